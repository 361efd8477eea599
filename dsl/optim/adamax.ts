/** Adamax (Kingma and Ba 2015): Adam with the largest gradient. https://pytorch.org/docs/stable/generated/torch.optim.Adamax.html */
import { add, div, maximum, mul, sub } from '../ops/arithmetic.js';
import { abs, expm1, neg } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkBetas, checkNotNegative, Optimizer, type TensorRecord, type Update } from './optimizer.js';
import type { ParameterSource } from './param-groups.js';

export interface AdamaxOptions {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly maximize?: boolean;
}

export class Adamax extends Optimizer<AdamaxOptions> {
  constructor(options?: AdamaxOptions);
  constructor(parameters: ParameterSource<AdamaxOptions>, options?: AdamaxOptions);
  constructor(first?: ParameterSource<AdamaxOptions> | AdamaxOptions, second?: AdamaxOptions) {
    super(first, second, { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false });
  }

  protected override check(options: Required<AdamaxOptions>): void {
    checkNotNegative(options, 'lr', 'eps', 'weightDecay');
    checkBetas(options.betas);
  }

  override get scalars(): readonly string[] {
    return ['step'];
  }

  override initialState(): Record<string, number> {
    return { step: 0, exp_avg: 0, exp_inf: 0 };
  }

  override update(
    parameter: Tensor,
    gradient: Tensor,
    state: Readonly<TensorRecord>,
    hyper: Readonly<TensorRecord>,
    options: Required<AdamaxOptions>,
  ): Update {
    let direction = options.maximize ? neg(gradient) : gradient;
    if (options.weightDecay !== 0) direction = add(direction, mul(parameter, options.weightDecay));
    const [beta1, beta2] = options.betas;
    const step = add(state.step!, 1);
    const average = add(mul(state.exp_avg!, beta1), mul(direction, 1 - beta1));
    const largest = maximum(mul(state.exp_inf!, beta2), add(abs(direction), options.eps));
    // 1 - beta1^step, without losing digits in float32.
    const correction = neg(expm1(mul(step, Math.log(beta1))));
    const move = mul(div(hyper.lr!, correction), div(average, largest));
    return { parameter: sub(parameter, move), state: { step, exp_avg: average, exp_inf: largest } };
  }
}
