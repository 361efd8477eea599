/** Averaged SGD (Polyak and Juditsky 1992). https://pytorch.org/docs/stable/generated/torch.optim.ASGD.html */
import { add, div, mul, pow, sub } from '../ops/arithmetic.js';
import { eq, where } from '../ops/comparison.js';
import { clamp, neg } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkNotNegative, Optimizer, type TensorRecord, type Update } from './optimizer.js';
import type { ParameterSource } from './param-groups.js';

export interface ASGDOptions {
  readonly lr?: number;
  /** How fast the parameters shrink, and the step size with them. */
  readonly lambd?: number;
  /** The power by which the step size falls. */
  readonly alpha?: number;
  /** The step at which averaging begins. */
  readonly t0?: number;
  readonly weightDecay?: number;
  readonly maximize?: boolean;
}

/** The average of the parameters is the state `ax`. */
export class ASGD extends Optimizer<ASGDOptions> {
  constructor(options?: ASGDOptions);
  constructor(parameters: ParameterSource<ASGDOptions>, options?: ASGDOptions);
  constructor(first?: ParameterSource<ASGDOptions> | ASGDOptions, second?: ASGDOptions) {
    super(first, second, { lr: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0, maximize: false });
  }

  protected override check(options: Required<ASGDOptions>): void {
    checkNotNegative(options, 'lr', 'weightDecay');
  }

  override get scalars(): readonly string[] {
    return ['step', 'eta', 'mu'];
  }

  override initialState(_parameter: Tensor, options: Required<ASGDOptions>): Record<string, number> {
    return { step: 0, eta: options.lr, mu: 1, ax: 0 };
  }

  override update(
    parameter: Tensor,
    gradient: Tensor,
    state: Readonly<TensorRecord>,
    hyper: Readonly<TensorRecord>,
    options: Required<ASGDOptions>,
  ): Update {
    const { eta, mu, ax } = state as { eta: Tensor; mu: Tensor; ax: Tensor };
    const lr = hyper.lr!;
    let direction = options.maximize ? neg(gradient) : gradient;
    if (options.weightDecay !== 0) direction = add(direction, mul(parameter, options.weightDecay));
    const step = add(state.step!, 1);
    const moved = sub(mul(parameter, sub(1, mul(eta, options.lambd))), mul(direction, eta));
    return {
      parameter: moved,
      state: {
        step,
        eta: div(lr, pow(add(mul(mul(step, lr), options.lambd), 1), options.alpha)),
        mu: div(1, clamp(sub(step, options.t0), 1)),
        ax: where(eq(mu, 1), moved, add(ax, mul(sub(moved, ax), mu))),
      },
    };
  }
}
