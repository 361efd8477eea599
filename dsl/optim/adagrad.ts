/** Adagrad (Duchi, Hazan and Singer 2011). https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html */
import { add, div, mul, sub } from '../ops/arithmetic.js';
import { neg, sqrt } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkNotNegative, Optimizer, type TensorRecord, type Update } from './optimizer.js';
import type { ParameterSource } from './param-groups.js';

export interface AdagradOptions {
  readonly lr?: number;
  /** The learning rate of step t, counted from 0, is lr / (1 + t lrDecay). */
  readonly lrDecay?: number;
  readonly weightDecay?: number;
  /** What the sum of the squared gradients starts from. */
  readonly initialAccumulatorValue?: number;
  readonly eps?: number;
  readonly maximize?: boolean;
}

export class Adagrad extends Optimizer<AdagradOptions> {
  constructor(options?: AdagradOptions);
  constructor(parameters: ParameterSource<AdagradOptions>, options?: AdagradOptions);
  constructor(first?: ParameterSource<AdagradOptions> | AdagradOptions, second?: AdagradOptions) {
    super(first, second, { lr: 1e-2, lrDecay: 0, eps: 1e-10, weightDecay: 0, initialAccumulatorValue: 0, maximize: false });
  }

  protected override check(options: Required<AdagradOptions>): void {
    checkNotNegative(options, 'lr', 'lrDecay', 'weightDecay', 'initialAccumulatorValue', 'eps');
  }

  protected override get startsWithState(): boolean {
    return true;
  }

  override get scalars(): readonly string[] {
    return ['step'];
  }

  override initialState(_parameter: Tensor, options: Required<AdagradOptions>): Record<string, number> {
    return { step: 0, sum: options.initialAccumulatorValue };
  }

  override update(
    parameter: Tensor,
    gradient: Tensor,
    state: Readonly<TensorRecord>,
    hyper: Readonly<TensorRecord>,
    options: Required<AdagradOptions>,
  ): Update {
    let direction = options.maximize ? neg(gradient) : gradient;
    if (options.weightDecay !== 0) direction = add(direction, mul(parameter, options.weightDecay));
    const rate = options.lrDecay === 0 ? hyper.lr! : div(hyper.lr!, add(mul(state.step!, options.lrDecay), 1));
    const sum = add(state.sum!, mul(direction, direction));
    const move = mul(rate, div(direction, add(sqrt(sum), options.eps)));
    return { parameter: sub(parameter, move), state: { step: add(state.step!, 1), sum } };
  }
}
