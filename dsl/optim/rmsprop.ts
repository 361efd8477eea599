/** RMSprop (Hinton's lectures, 2012). https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html */
import { add, div, mul, sub } from '../ops/arithmetic.js';
import { neg, sqrt } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkNotNegative, Optimizer, type TensorRecord, type Update } from './optimizer.js';
import type { ParameterSource } from './param-groups.js';

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

export class RMSprop extends Optimizer<RMSpropOptions> {
  constructor(options?: RMSpropOptions);
  constructor(parameters: ParameterSource<RMSpropOptions>, options?: RMSpropOptions);
  constructor(first?: ParameterSource<RMSpropOptions> | RMSpropOptions, second?: RMSpropOptions) {
    super(first, second, { lr: 1e-2, momentum: 0, alpha: 0.99, eps: 1e-8, centered: false, weightDecay: 0, maximize: false });
  }

  protected override check(options: Required<RMSpropOptions>): void {
    checkNotNegative(options, 'lr', 'alpha', 'eps', 'weightDecay', 'momentum');
  }

  override get scalars(): readonly string[] {
    return ['step'];
  }

  override initialState(_parameter: Tensor, options: Required<RMSpropOptions>): Record<string, number> {
    const state: Record<string, number> = { step: 0, square_avg: 0 };
    if (options.momentum > 0) state.momentum_buffer = 0;
    if (options.centered) state.grad_avg = 0;
    return state;
  }

  override update(
    parameter: Tensor,
    gradient: Tensor,
    state: Readonly<TensorRecord>,
    hyper: Readonly<TensorRecord>,
    options: Required<RMSpropOptions>,
  ): Update {
    let direction = options.maximize ? neg(gradient) : gradient;
    if (options.weightDecay !== 0) direction = add(direction, mul(parameter, options.weightDecay));
    const square = add(mul(state.square_avg!, options.alpha), mul(mul(direction, direction), 1 - options.alpha));
    const next: TensorRecord = { step: add(state.step!, 1), square_avg: square };
    let spread = square;
    if (options.centered) {
      const average = add(mul(state.grad_avg!, options.alpha), mul(direction, 1 - options.alpha));
      next.grad_avg = average;
      spread = sub(square, mul(average, average));
    }
    let move = div(direction, add(sqrt(spread), options.eps));
    if (options.momentum > 0) {
      move = add(mul(state.momentum_buffer!, options.momentum), move);
      next.momentum_buffer = move;
    }
    return { parameter: sub(parameter, mul(move, hyper.lr!)), state: next };
  }
}
