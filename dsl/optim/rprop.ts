/** Resilient backpropagation (Riedmiller and Braun 1993). https://pytorch.org/docs/stable/generated/torch.optim.Rprop.html */
import { valueError } from '../errors.js';
import { add, mul, sub } from '../ops/arithmetic.js';
import { gt, lt, where } from '../ops/comparison.js';
import { clamp, neg, sign } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkNotNegative, Optimizer, type TensorRecord, type Update } from './optimizer.js';
import type { ParameterSource } from './param-groups.js';

export interface RpropOptions {
  /** The first step size. */
  readonly lr?: number;
  /** What a step size is multiplied by when the gradient has changed its sign, and when it has kept it. */
  readonly etas?: readonly [number, number];
  /** The least and the greatest step size. */
  readonly stepSizes?: readonly [number, number];
  readonly maximize?: boolean;
}

/** Each element has a step size of its own; of the gradient only the sign counts. */
export class Rprop extends Optimizer<RpropOptions> {
  constructor(options?: RpropOptions);
  constructor(parameters: ParameterSource<RpropOptions>, options?: RpropOptions);
  constructor(first?: ParameterSource<RpropOptions> | RpropOptions, second?: RpropOptions) {
    super(first, second, { lr: 1e-2, etas: [0.5, 1.2], stepSizes: [1e-6, 50], maximize: false });
  }

  protected override check(options: Required<RpropOptions>): void {
    checkNotNegative(options, 'lr');
    const [down, up] = options.etas;
    if (!(down > 0 && down < 1 && up > 1)) {
      throw valueError(`etas must be a number between 0 and 1 and one above 1, but they are ${down} and ${up}`);
    }
  }

  override get scalars(): readonly string[] {
    return ['step'];
  }

  override initialState(_parameter: Tensor, options: Required<RpropOptions>): Record<string, number> {
    return { step: 0, prev: 0, step_size: options.lr };
  }

  override update(
    parameter: Tensor,
    gradient: Tensor,
    state: Readonly<TensorRecord>,
    _hyper: Readonly<TensorRecord>,
    options: Required<RpropOptions>,
  ): Update {
    const direction = options.maximize ? neg(gradient) : gradient;
    const [down, up] = options.etas;
    const agreement = mul(direction, state.prev!);
    const turned = lt(agreement, 0);
    const factor = where(gt(agreement, 0), up, where(turned, down, 1));
    const size = clamp(mul(state.step_size!, factor), options.stepSizes[0], options.stepSizes[1]);
    // An element whose gradient has changed its sign waits for a step.
    const kept = where(turned, 0, direction);
    return { parameter: sub(parameter, mul(sign(kept), size)), state: { step: add(state.step!, 1), prev: kept, step_size: size } };
  }
}
