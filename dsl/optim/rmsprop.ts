/** RMSprop (Hinton's lectures, 2012). https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html */
import type { Parameter } from '../nn/parameter.js';
import { add, div, mul, sub } from '../ops/arithmetic.js';
import { neg, sqrt } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkNotNegative, isParameterList, Optimizer, type TensorRecord, type Update } from './optimizer.js';

export interface RMSpropOptions {
  readonly lr?: number;
  /** How much of the average of the squared gradient is kept. */
  readonly alpha?: number;
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly momentum?: number;
  /** Whether the gradient is divided by its deviation, not by its root mean square. */
  readonly centered?: boolean;
  readonly maximize?: boolean;
}

export class RMSprop extends Optimizer {
  /** The learning rate; it may change between steps. */
  lr: number;
  readonly alpha: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly momentum: number;
  readonly centered: boolean;
  readonly maximize: boolean;

  constructor(options?: RMSpropOptions);
  constructor(parameters: readonly Parameter[], options?: RMSpropOptions);
  constructor(first?: readonly Parameter[] | RMSpropOptions, second?: RMSpropOptions) {
    super();
    const options = second ?? (isParameterList(first) ? {} : (first ?? {}));
    this.lr = options.lr ?? 1e-2;
    this.alpha = options.alpha ?? 0.99;
    this.eps = options.eps ?? 1e-8;
    this.weightDecay = options.weightDecay ?? 0;
    this.momentum = options.momentum ?? 0;
    this.centered = options.centered ?? false;
    this.maximize = options.maximize ?? false;
    for (const name of ['lr', 'alpha', 'eps', 'weightDecay', 'momentum'] as const) checkNotNegative(name, this[name]);
    if (isParameterList(first)) this.attach(first);
  }

  override get hyper(): Record<string, number> {
    return { lr: this.lr };
  }

  override get scalars(): readonly string[] {
    return ['step'];
  }

  override initialState(): Record<string, number> {
    const state: Record<string, number> = { step: 0, square_avg: 0 };
    if (this.momentum > 0) state.momentum_buffer = 0;
    if (this.centered) state.grad_avg = 0;
    return state;
  }

  override update(parameter: Tensor, gradient: Tensor, state: Readonly<TensorRecord>, hyper: Readonly<TensorRecord>): Update {
    let direction = this.maximize ? neg(gradient) : gradient;
    if (this.weightDecay !== 0) direction = add(direction, mul(parameter, this.weightDecay));
    const square = add(mul(state.square_avg!, this.alpha), mul(mul(direction, direction), 1 - this.alpha));
    const next: TensorRecord = { step: add(state.step!, 1), square_avg: square };
    let spread = square;
    if (this.centered) {
      const average = add(mul(state.grad_avg!, this.alpha), mul(direction, 1 - this.alpha));
      next.grad_avg = average;
      spread = sub(square, mul(average, average));
    }
    let move = div(direction, add(sqrt(spread), this.eps));
    if (this.momentum > 0) {
      move = add(mul(state.momentum_buffer!, this.momentum), move);
      next.momentum_buffer = move;
    }
    return { parameter: sub(parameter, mul(move, hyper.lr!)), state: next };
  }
}
