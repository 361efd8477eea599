/** Adamax (Kingma and Ba 2015): Adam with the largest gradient. https://pytorch.org/docs/stable/generated/torch.optim.Adamax.html */
import type { Parameter } from '../nn/parameter.js';
import { add, div, maximum, mul, sub } from '../ops/arithmetic.js';
import { abs, expm1, neg } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkBetas, checkNotNegative, isParameterList, Optimizer, type TensorRecord, type Update } from './optimizer.js';

export interface AdamaxOptions {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly maximize?: boolean;
}

export class Adamax extends Optimizer {
  /** The learning rate; it may change between steps. */
  lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  readonly maximize: boolean;

  constructor(options?: AdamaxOptions);
  constructor(parameters: readonly Parameter[], options?: AdamaxOptions);
  constructor(first?: readonly Parameter[] | AdamaxOptions, second?: AdamaxOptions) {
    super();
    const options = second ?? (isParameterList(first) ? {} : (first ?? {}));
    this.lr = options.lr ?? 2e-3;
    this.betas = options.betas ?? [0.9, 0.999];
    this.eps = options.eps ?? 1e-8;
    this.weightDecay = options.weightDecay ?? 0;
    this.maximize = options.maximize ?? false;
    for (const name of ['lr', 'eps', 'weightDecay'] as const) checkNotNegative(name, this[name]);
    checkBetas(this.betas);
    if (isParameterList(first)) this.attach(first);
  }

  override get hyper(): Record<string, number> {
    return { lr: this.lr };
  }

  override get scalars(): readonly string[] {
    return ['step'];
  }

  override initialState(): Record<string, number> {
    return { step: 0, exp_avg: 0, exp_inf: 0 };
  }

  override update(parameter: Tensor, gradient: Tensor, state: Readonly<TensorRecord>, hyper: Readonly<TensorRecord>): Update {
    let direction = this.maximize ? neg(gradient) : gradient;
    if (this.weightDecay !== 0) direction = add(direction, mul(parameter, this.weightDecay));
    const [beta1, beta2] = this.betas;
    const step = add(state.step!, 1);
    const average = add(mul(state.exp_avg!, beta1), mul(direction, 1 - beta1));
    const largest = maximum(mul(state.exp_inf!, beta2), add(abs(direction), this.eps));
    // 1 - beta1^step, without losing digits in float32.
    const correction = neg(expm1(mul(step, Math.log(beta1))));
    const move = mul(div(hyper.lr!, correction), div(average, largest));
    return { parameter: sub(parameter, move), state: { step, exp_avg: average, exp_inf: largest } };
  }
}
