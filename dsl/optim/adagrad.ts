/** Adagrad (Duchi, Hazan and Singer 2011). https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html */
import type { Parameter } from '../nn/parameter.js';
import { add, div, mul, sub } from '../ops/arithmetic.js';
import { neg, sqrt } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkNotNegative, isParameterList, Optimizer, type TensorRecord, type Update } from './optimizer.js';

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

export class Adagrad extends Optimizer {
  /** The learning rate; it may change between steps. */
  lr: number;
  readonly lrDecay: number;
  readonly weightDecay: number;
  readonly initialAccumulatorValue: number;
  readonly eps: number;
  readonly maximize: boolean;

  constructor(options?: AdagradOptions);
  constructor(parameters: readonly Parameter[], options?: AdagradOptions);
  constructor(first?: readonly Parameter[] | AdagradOptions, second?: AdagradOptions) {
    super();
    const options = second ?? (isParameterList(first) ? {} : (first ?? {}));
    this.lr = options.lr ?? 1e-2;
    this.lrDecay = options.lrDecay ?? 0;
    this.weightDecay = options.weightDecay ?? 0;
    this.initialAccumulatorValue = options.initialAccumulatorValue ?? 0;
    this.eps = options.eps ?? 1e-10;
    this.maximize = options.maximize ?? false;
    for (const name of ['lr', 'lrDecay', 'weightDecay', 'initialAccumulatorValue', 'eps'] as const) checkNotNegative(name, this[name]);
    if (isParameterList(first)) this.attach(first);
  }

  override get hyper(): Record<string, number> {
    return { lr: this.lr };
  }

  override get scalars(): readonly string[] {
    return ['step'];
  }

  override initialState(): Record<string, number> {
    return { step: 0, sum: this.initialAccumulatorValue };
  }

  override update(parameter: Tensor, gradient: Tensor, state: Readonly<TensorRecord>, hyper: Readonly<TensorRecord>): Update {
    let direction = this.maximize ? neg(gradient) : gradient;
    if (this.weightDecay !== 0) direction = add(direction, mul(parameter, this.weightDecay));
    const rate = this.lrDecay === 0 ? hyper.lr! : div(hyper.lr!, add(mul(state.step!, this.lrDecay), 1));
    const sum = add(state.sum!, mul(direction, direction));
    const move = mul(rate, div(direction, add(sqrt(sum), this.eps)));
    return { parameter: sub(parameter, move), state: { step: add(state.step!, 1), sum } };
  }
}
