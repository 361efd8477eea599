/** Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019). https://pytorch.org/docs/stable/generated/torch.optim.Adam.html */
import { add, div, maximum, mul, sub } from '../ops/arithmetic.js';
import { expm1, neg, sqrt } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkBetas, checkNotNegative, Optimizer, type TensorRecord, type Update } from './optimizer.js';
import type { ParameterSource } from './param-groups.js';

export interface AdamOptions {
  readonly lr?: number;
  /** How much of the averages of the gradient and of its square is kept. */
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly amsgrad?: boolean;
  readonly maximize?: boolean;
}

abstract class AdamBase extends Optimizer<AdamOptions> {
  constructor(first: ParameterSource<AdamOptions> | AdamOptions | undefined, second: AdamOptions | undefined, weightDecay: number) {
    super(first, second, { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay, amsgrad: false, maximize: false });
  }

  protected override check(options: Required<AdamOptions>): void {
    checkNotNegative(options, 'lr', 'eps', 'weightDecay');
    checkBetas(options.betas);
  }

  override get scalars(): readonly string[] {
    return ['step'];
  }

  override initialState(_parameter: Tensor, options: Required<AdamOptions>): Record<string, number> {
    const state: Record<string, number> = { step: 0, exp_avg: 0, exp_avg_sq: 0 };
    if (options.amsgrad) state.max_exp_avg_sq = 0;
    return state;
  }

  protected move(parameter: Tensor, gradient: Tensor, state: Readonly<TensorRecord>, lr: Tensor, options: Required<AdamOptions>): Update {
    const [beta1, beta2] = options.betas;
    const step = add(state.step!, 1);
    const average = add(mul(state.exp_avg!, beta1), mul(gradient, 1 - beta1));
    const square = add(mul(state.exp_avg_sq!, beta2), mul(mul(gradient, gradient), 1 - beta2));
    const next: TensorRecord = { step, exp_avg: average, exp_avg_sq: square };
    let largest = square;
    if (options.amsgrad) {
      largest = maximum(state.max_exp_avg_sq!, square);
      next.max_exp_avg_sq = largest;
    }
    // The averages start at 0 and are brought up to what they would be had they started from the gradient.
    const correction1 = correction(beta1, step);
    const correction2 = correction(beta2, step);
    const denominator = add(div(sqrt(largest), sqrt(correction2)), options.eps);
    return { parameter: sub(parameter, mul(div(lr, correction1), div(average, denominator))), state: next };
  }
}

/** `1 - beta^step`, as `-expm1(step log(beta))`: the difference itself would lose digits in float32. */
function correction(beta: number, step: Tensor): Tensor {
  return neg(expm1(mul(step, Math.log(beta))));
}

/** Weight decay is added to the gradient. */
export class Adam extends AdamBase {
  constructor(options?: AdamOptions);
  constructor(parameters: ParameterSource<AdamOptions>, options?: AdamOptions);
  constructor(first?: ParameterSource<AdamOptions> | AdamOptions, second?: AdamOptions) {
    super(first, second, 0);
  }

  override update(
    parameter: Tensor,
    gradient: Tensor,
    state: Readonly<TensorRecord>,
    hyper: Readonly<TensorRecord>,
    options: Required<AdamOptions>,
  ): Update {
    let direction = options.maximize ? neg(gradient) : gradient;
    if (options.weightDecay !== 0) direction = add(direction, mul(parameter, options.weightDecay));
    return this.move(parameter, direction, state, hyper.lr!, options);
  }
}

/** Weight decay (0.01 by default) shrinks the parameter itself, apart from the gradient. */
export class AdamW extends AdamBase {
  constructor(options?: AdamOptions);
  constructor(parameters: ParameterSource<AdamOptions>, options?: AdamOptions);
  constructor(first?: ParameterSource<AdamOptions> | AdamOptions, second?: AdamOptions) {
    super(first, second, 0.01);
  }

  override update(
    parameter: Tensor,
    gradient: Tensor,
    state: Readonly<TensorRecord>,
    hyper: Readonly<TensorRecord>,
    options: Required<AdamOptions>,
  ): Update {
    const lr = hyper.lr!;
    const direction = options.maximize ? neg(gradient) : gradient;
    const decayed = options.weightDecay === 0 ? parameter : mul(parameter, sub(1, mul(lr, options.weightDecay)));
    return this.move(decayed, direction, state, lr, options);
  }
}
