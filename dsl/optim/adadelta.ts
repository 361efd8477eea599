/** Adadelta (Zeiler 2012). https://pytorch.org/docs/stable/generated/torch.optim.Adadelta.html */
import { valueError } from '../errors.js';
import { add, div, mul, sub } from '../ops/arithmetic.js';
import { neg, sqrt } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkNotNegative, Optimizer, type TensorRecord, type Update } from './optimizer.js';
import type { ParameterSource } from './param-groups.js';

export interface AdadeltaOptions {
  readonly lr?: number;
  /** How much of the averages of the squared gradient and of the squared change is kept. */
  readonly rho?: number;
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly maximize?: boolean;
}

export class Adadelta extends Optimizer<AdadeltaOptions> {
  constructor(options?: AdadeltaOptions);
  constructor(parameters: ParameterSource<AdadeltaOptions>, options?: AdadeltaOptions);
  constructor(first?: ParameterSource<AdadeltaOptions> | AdadeltaOptions, second?: AdadeltaOptions) {
    super(first, second, { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false });
  }

  protected override check(options: Required<AdadeltaOptions>): void {
    checkNotNegative(options, 'lr', 'rho', 'eps', 'weightDecay');
    if (options.rho > 1) throw valueError(`rho must be at most 1, but it is ${options.rho}`);
  }

  override get scalars(): readonly string[] {
    return ['step'];
  }

  override initialState(): Record<string, number> {
    return { step: 0, square_avg: 0, acc_delta: 0 };
  }

  override update(
    parameter: Tensor,
    gradient: Tensor,
    state: Readonly<TensorRecord>,
    hyper: Readonly<TensorRecord>,
    options: Required<AdadeltaOptions>,
  ): Update {
    let direction = options.maximize ? neg(gradient) : gradient;
    if (options.weightDecay !== 0) direction = add(direction, mul(parameter, options.weightDecay));
    const average = (before: Tensor, x: Tensor) => add(mul(before, options.rho), mul(mul(x, x), 1 - options.rho));
    const square = average(state.square_avg!, direction);
    const delta = mul(div(sqrt(add(state.acc_delta!, options.eps)), sqrt(add(square, options.eps))), direction);
    return {
      parameter: sub(parameter, mul(delta, hyper.lr!)),
      state: { step: add(state.step!, 1), square_avg: square, acc_delta: average(state.acc_delta!, delta) },
    };
  }
}
