/** Stochastic gradient descent. https://pytorch.org/docs/stable/generated/torch.optim.SGD.html */
import { valueError } from '../errors.js';
import { add, mul, sub } from '../ops/arithmetic.js';
import { eq, where } from '../ops/comparison.js';
import { neg } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkNotNegative, Optimizer, type TensorRecord, type Update } from './optimizer.js';
import type { ParameterSource } from './param-groups.js';

export interface SGDOptions {
  readonly lr: number;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly weightDecay?: number;
  readonly nesterov?: boolean;
  readonly maximize?: boolean;
}

export class SGD extends Optimizer<SGDOptions> {
  /** Options alone for a compiled model that trains all of its parameters; else parameters or groups come first, as in PyTorch. */
  constructor(options: SGDOptions);
  constructor(parameters: ParameterSource<SGDOptions>, options?: Partial<SGDOptions>);
  constructor(first: ParameterSource<SGDOptions> | SGDOptions, second?: Partial<SGDOptions>) {
    super(first, second, { lr: undefined, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false });
  }

  protected override check(options: Required<SGDOptions>): void {
    checkNotNegative(options, 'lr', 'momentum', 'weightDecay');
    if (options.nesterov && (options.momentum <= 0 || options.dampening !== 0)) {
      throw valueError('nesterov needs a momentum above 0 and a dampening of 0', 'set momentum: 0.9, for instance');
    }
  }

  override get scalars(): readonly string[] {
    return ['step'];
  }

  override initialState(_parameter: Tensor, options: Required<SGDOptions>): Record<string, number | null> {
    if (options.momentum === 0) return { momentum_buffer: null };
    return counts(options) ? { momentum_buffer: 0, step: 0 } : { momentum_buffer: 0 };
  }

  override update(
    parameter: Tensor,
    gradient: Tensor,
    state: Readonly<TensorRecord>,
    hyper: Readonly<TensorRecord>,
    options: Required<SGDOptions>,
  ): Update {
    const next: TensorRecord = {};
    let direction = options.maximize ? neg(gradient) : gradient;
    if (options.weightDecay !== 0) direction = add(direction, mul(parameter, options.weightDecay));
    if (options.momentum !== 0) {
      const before = mul(state.momentum_buffer!, options.momentum);
      let buffer: Tensor;
      if (counts(options)) {
        const first = eq(state.step!, 0);
        buffer = add(before, where(first, direction, mul(direction, 1 - options.dampening)));
        next.step = add(state.step!, 1);
      } else buffer = add(before, direction);
      next.momentum_buffer = buffer;
      direction = options.nesterov ? add(direction, mul(buffer, options.momentum)) : buffer;
    }
    return { parameter: sub(parameter, mul(direction, hyper.lr!)), state: next };
  }
}

/** With dampening the first step is a case of its own (the buffer starts as the gradient, undamped), so the steps are counted. */
function counts({ momentum, dampening }: Required<SGDOptions>): boolean {
  return momentum !== 0 && dampening !== 0;
}
