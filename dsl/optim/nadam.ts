/** NAdam (Dozat 2016): Adam with Nesterov momentum. https://pytorch.org/docs/stable/generated/torch.optim.NAdam.html */
import { add, div, mul, sub } from '../ops/arithmetic.js';
import { exp, expm1, neg, sqrt } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { checkBetas, checkNotNegative, Optimizer, type TensorRecord, type Update } from './optimizer.js';
import type { ParameterSource } from './param-groups.js';

export interface NAdamOptions {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weightDecay?: number;
  /** How fast the momentum of step t goes from half of beta1 to beta1. */
  readonly momentumDecay?: number;
  /** Whether weight decay shrinks the parameter itself, as in AdamW. */
  readonly decoupledWeightDecay?: boolean;
  readonly maximize?: boolean;
}

export class NAdam extends Optimizer<NAdamOptions> {
  constructor(options?: NAdamOptions);
  constructor(parameters: ParameterSource<NAdamOptions>, options?: NAdamOptions);
  constructor(first?: ParameterSource<NAdamOptions> | NAdamOptions, second?: NAdamOptions) {
    super(first, second, {
      lr: 2e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      momentumDecay: 4e-3,
      decoupledWeightDecay: false,
      maximize: false,
    });
  }

  protected override check(options: Required<NAdamOptions>): void {
    checkNotNegative(options, 'lr', 'eps', 'weightDecay', 'momentumDecay');
    checkBetas(options.betas);
  }

  override get scalars(): readonly string[] {
    return ['step', 'mu_product'];
  }

  override initialState(): Record<string, number> {
    return { step: 0, mu_product: 1, exp_avg: 0, exp_avg_sq: 0 };
  }

  override update(
    parameter: Tensor,
    gradient: Tensor,
    state: Readonly<TensorRecord>,
    hyper: Readonly<TensorRecord>,
    options: Required<NAdamOptions>,
  ): Update {
    const lr = hyper.lr!;
    const [beta1, beta2] = options.betas;
    let start = parameter;
    let direction = options.maximize ? neg(gradient) : gradient;
    if (options.weightDecay !== 0) {
      if (options.decoupledWeightDecay) start = mul(parameter, sub(1, mul(lr, options.weightDecay)));
      else direction = add(direction, mul(parameter, options.weightDecay));
    }
    const step = add(state.step!, 1);
    const mu = momentum(step, beta1, options.momentumDecay);
    const next = momentum(add(step, 1), beta1, options.momentumDecay);
    const product = mul(state.mu_product!, mu);
    const average = add(mul(state.exp_avg!, beta1), mul(direction, 1 - beta1));
    const square = add(mul(state.exp_avg_sq!, beta2), mul(mul(direction, direction), 1 - beta2));
    // 1 - beta2^step, without losing digits in float32.
    const correction = neg(expm1(mul(step, Math.log(beta2))));
    const denominator = add(sqrt(div(square, correction)), options.eps);
    const ofGradient = mul(div(mul(lr, sub(1, mu)), sub(1, product)), div(direction, denominator));
    const ofAverage = mul(div(mul(lr, next), sub(1, mul(product, next))), div(average, denominator));
    return {
      parameter: sub(sub(start, ofGradient), ofAverage),
      state: { step, mu_product: product, exp_avg: average, exp_avg_sq: square },
    };
  }
}

/** `beta1 (1 - 0.96^(t momentumDecay) / 2)` */
function momentum(step: Tensor, beta1: number, decay: number): Tensor {
  return mul(sub(1, mul(exp(mul(step, decay * Math.log(0.96))), 0.5)), beta1);
}
