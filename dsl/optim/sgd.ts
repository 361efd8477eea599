/** Stochastic gradient descent. https://pytorch.org/docs/stable/generated/torch.optim.SGD.html */
import { valueError } from '../errors.js';
import type { Parameter } from '../nn/parameter.js';
import { add, mul, sub } from '../ops/arithmetic.js';
import { eq, where } from '../ops/comparison.js';
import { neg } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkNotNegative, Optimizer, type TensorRecord } from './optimizer.js';

export interface SGDOptions {
  readonly lr: number;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly weightDecay?: number;
  readonly nesterov?: boolean;
  readonly maximize?: boolean;
}

export class SGD extends Optimizer {
  /** The learning rate; it may change between steps. */
  lr: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  readonly maximize: boolean;

  /** Options alone for a compiled model; in eager use the parameters may come first, as in PyTorch. */
  constructor(options: SGDOptions);
  constructor(parameters: readonly Parameter[], options: SGDOptions);
  constructor(first: readonly Parameter[] | SGDOptions, second?: SGDOptions) {
    super();
    const options = second ?? (first as SGDOptions);
    this.lr = options.lr;
    this.momentum = options.momentum ?? 0;
    this.dampening = options.dampening ?? 0;
    this.weightDecay = options.weightDecay ?? 0;
    this.nesterov = options.nesterov ?? false;
    this.maximize = options.maximize ?? false;
    checkNotNegative('lr', this.lr);
    checkNotNegative('momentum', this.momentum);
    checkNotNegative('weightDecay', this.weightDecay);
    if (this.nesterov && (this.momentum <= 0 || this.dampening !== 0)) {
      throw valueError('nesterov needs a momentum above 0 and a dampening of 0', 'set momentum: 0.9, for instance');
    }
    if (Array.isArray(first)) this.attach(first as readonly Parameter[]);
  }

  override get hyper(): Record<string, number> {
    return { lr: this.lr };
  }

  /** With dampening the first step is a case of its own (the buffer starts as the gradient, undamped), so the steps are counted. */
  private get counts(): boolean {
    return this.momentum !== 0 && this.dampening !== 0;
  }

  override get scalars(): readonly string[] {
    return ['step'];
  }

  override initialState(): Record<string, number> {
    if (this.momentum === 0) return {};
    return this.counts ? { momentum_buffer: 0, step: 0 } : { momentum_buffer: 0 };
  }

  override update(
    parameter: Tensor,
    gradient: Tensor,
    state: Readonly<TensorRecord>,
    hyper: Readonly<TensorRecord>,
  ): { parameter: Tensor; state: TensorRecord } {
    const next: TensorRecord = {};
    let direction = this.maximize ? neg(gradient) : gradient;
    if (this.weightDecay !== 0) direction = add(direction, mul(parameter, this.weightDecay));
    if (this.momentum !== 0) {
      const before = mul(state.momentum_buffer!, this.momentum);
      let buffer: Tensor;
      if (this.counts) {
        const first = eq(state.step!, 0);
        buffer = add(before, where(first, direction, mul(direction, 1 - this.dampening)));
        next.step = add(state.step!, 1);
      } else buffer = add(before, direction);
      next.momentum_buffer = buffer;
      direction = this.nesterov ? add(direction, mul(buffer, this.momentum)) : buffer;
    }
    return { parameter: sub(parameter, mul(direction, hyper.lr!)), state: next };
  }
}
