/** RAdam (Liu et al. 2020): Adam whose first steps are rectified. https://pytorch.org/docs/stable/generated/torch.optim.RAdam.html */
import { add, div, mul, sub } from '../ops/arithmetic.js';
import { gt, where } from '../ops/comparison.js';
import { clamp, exp, expm1, neg, sqrt } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkBetas, checkNotNegative, Optimizer, type TensorRecord, type Update } from './optimizer.js';
import type { ParameterSource } from './param-groups.js';

export interface RAdamOptions {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weightDecay?: number;
  /** Whether weight decay shrinks the parameter itself, as in AdamW. */
  readonly decoupledWeightDecay?: boolean;
  readonly maximize?: boolean;
}

export class RAdam extends Optimizer<RAdamOptions> {
  constructor(options?: RAdamOptions);
  constructor(parameters: ParameterSource<RAdamOptions>, options?: RAdamOptions);
  constructor(first?: ParameterSource<RAdamOptions> | RAdamOptions, second?: RAdamOptions) {
    super(first, second, { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, decoupledWeightDecay: false, maximize: false });
  }

  protected override check(options: Required<RAdamOptions>): void {
    checkNotNegative(options, 'lr', 'eps', 'weightDecay');
    checkBetas(options.betas);
  }

  override get scalars(): readonly string[] {
    return ['step'];
  }

  override initialState(): Record<string, number> {
    return { step: 0, exp_avg: 0, exp_avg_sq: 0 };
  }

  override update(
    parameter: Tensor,
    gradient: Tensor,
    state: Readonly<TensorRecord>,
    hyper: Readonly<TensorRecord>,
    options: Required<RAdamOptions>,
  ): Update {
    const lr = hyper.lr!;
    const [beta1, beta2] = options.betas;
    let start = parameter;
    let direction = options.maximize ? neg(gradient) : gradient;
    if (options.weightDecay !== 0) {
      if (options.decoupledWeightDecay) start = mul(parameter, sub(1, mul(lr, options.weightDecay)));
      else direction = add(direction, mul(parameter, options.weightDecay));
    }
    const step = add(state.step!, 1);
    const average = add(mul(state.exp_avg!, beta1), mul(direction, 1 - beta1));
    const square = add(mul(state.exp_avg_sq!, beta2), mul(mul(direction, direction), 1 - beta2));
    // 1 - beta^step, without losing digits in float32.
    const correction1 = neg(expm1(mul(step, Math.log(beta1))));
    const correction2 = neg(expm1(mul(step, Math.log(beta2))));
    // The length of the average: too short in the first steps to say how the gradient varies.
    const longest = 2 / (1 - beta2) - 1;
    const length = sub(longest, div(mul(mul(step, 2), exp(mul(step, Math.log(beta2)))), correction2));
    const known = gt(length, 5);
    const safe = clamp(length, 5);
    const rectified = sqrt(div(mul(mul(sub(safe, 4), sub(safe, 2)), longest), mul(safe, (longest - 4) * (longest - 2))));
    const scale = div(mul(rectified, sqrt(correction2)), add(sqrt(square), options.eps));
    const move = mul(mul(average, div(lr, correction1)), where(known, scale, 1));
    return { parameter: sub(start, move), state: { step, exp_avg: average, exp_avg_sq: square } };
  }
}
