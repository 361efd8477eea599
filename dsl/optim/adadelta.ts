/** Adadelta (Zeiler 2012). https://pytorch.org/docs/stable/generated/torch.optim.Adadelta.html */
import type { Parameter } from '../nn/parameter.js';
import { add, div, mul, sub } from '../ops/arithmetic.js';
import { neg, sqrt } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkNotNegative, isParameterList, Optimizer, type TensorRecord, type Update } from './optimizer.js';

export interface AdadeltaOptions {
  readonly lr?: number;
  /** How much of the averages of the squared gradient and of the squared change is kept. */
  readonly rho?: number;
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly maximize?: boolean;
}

export class Adadelta extends Optimizer {
  /** What the change is multiplied by; it may change between steps. */
  lr: number;
  readonly rho: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly maximize: boolean;

  constructor(options?: AdadeltaOptions);
  constructor(parameters: readonly Parameter[], options?: AdadeltaOptions);
  constructor(first?: readonly Parameter[] | AdadeltaOptions, second?: AdadeltaOptions) {
    super();
    const options = second ?? (isParameterList(first) ? {} : (first ?? {}));
    this.lr = options.lr ?? 1;
    this.rho = options.rho ?? 0.9;
    this.eps = options.eps ?? 1e-6;
    this.weightDecay = options.weightDecay ?? 0;
    this.maximize = options.maximize ?? false;
    for (const name of ['lr', 'rho', 'eps', 'weightDecay'] as const) checkNotNegative(name, this[name]);
    if (isParameterList(first)) this.attach(first);
  }

  override get hyper(): Record<string, number> {
    return { lr: this.lr };
  }

  override get scalars(): readonly string[] {
    return ['step'];
  }

  override initialState(): Record<string, number> {
    return { step: 0, square_avg: 0, acc_delta: 0 };
  }

  override update(parameter: Tensor, gradient: Tensor, state: Readonly<TensorRecord>, hyper: Readonly<TensorRecord>): Update {
    let direction = this.maximize ? neg(gradient) : gradient;
    if (this.weightDecay !== 0) direction = add(direction, mul(parameter, this.weightDecay));
    const average = (before: Tensor, x: Tensor) => add(mul(before, this.rho), mul(mul(x, x), 1 - this.rho));
    const square = average(state.square_avg!, direction);
    const delta = mul(div(sqrt(add(state.acc_delta!, this.eps)), sqrt(add(square, this.eps))), direction);
    return {
      parameter: sub(parameter, mul(delta, hyper.lr!)),
      state: { step: add(state.step!, 1), square_avg: square, acc_delta: average(state.acc_delta!, delta) },
    };
  }
}
