/** Negative log-likelihoods of counts and of normal numbers. https://pytorch.org/docs/stable/nn.functional.html#loss-functions */
import { shapeError, valueError } from '../errors.js';
import { eagerExecutor } from '../op.js';
import { add, div, maximum, mul, sub } from '../ops/arithmetic.js';
import { gt, where } from '../ops/comparison.js';
import { unsqueeze } from '../ops/movement.js';
import { exp, log } from '../ops/unary.js';
import { sameShape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type LossOptions, reduceLoss } from './losses.js';

export interface PoissonNllOptions extends LossOptions {
  /** Whether the input is the logarithm of the rate (the default) or the rate itself. */
  readonly logInput?: boolean;
  /** Whether Stirling's approximation of log(target!) is added for targets above 1. */
  readonly full?: boolean;
  readonly eps?: number;
}

/** `exp(input) - target * input`, or `input - target * log(input + eps)` without logInput. */
export function poissonNllLoss(input: Tensor, target: Tensor, options: PoissonNllOptions = {}): Tensor {
  const { logInput = true, full = false, eps = 1e-8 } = options;
  const losses = logInput ? sub(exp(input), mul(target, input)) : sub(input, mul(target, log(add(input, eps))));
  if (!full) return reduceLoss(losses, options.reduction);
  const large = gt(target, 1);
  const safe = where(large, target, 1);
  const stirling = add(sub(mul(safe, log(safe)), safe), mul(log(mul(safe, 2 * Math.PI)), 0.5));
  return reduceLoss(add(losses, where(large, stirling, 0)), options.reduction);
}

export interface GaussianNllOptions extends LossOptions {
  /** The variances: of the input's shape, or with 1 in the place of the last dim, or without it. */
  readonly variance: Tensor;
  /** Whether the constant log(2 pi) / 2 is added. */
  readonly full?: boolean;
  /** Variances count as at least this. */
  readonly eps?: number;
}

/** `(log(variance) + (input - target)^2 / variance) / 2`, where the bound of the variance has no gradient. */
export function gaussianNllLoss(input: Tensor, target: Tensor, options: GaussianNllOptions): Tensor {
  const { full = false, eps = 1e-6 } = options;
  let { variance } = options;
  if (!sameShape(variance.shape, input.shape)) {
    const without = input.shape.slice(0, -1);
    if (sameShape(variance.shape, without)) variance = unsqueeze(variance, -1);
    else if (!sameShape(variance.shape, [...without, 1])) {
      throw shapeError(`gaussianNllLoss: the variance has shape ${shapeText(variance.shape)}, but the input ${shapeText(input.shape)}`);
    }
  }
  if (!(eps > 0)) throw valueError(`gaussianNllLoss: eps must be above 0, but it is ${eps}`);
  if (eagerExecutor().surelyOutside(variance, 0, Number.POSITIVE_INFINITY))
    throw valueError('gaussianNllLoss: the variance has negative elements');
  // The clamped value with the gradient of the plain one.
  const bounded = add(variance, sub(maximum(variance, eps), variance).detach());
  const difference = sub(input, target);
  const losses = mul(add(log(bounded), div(mul(difference, difference), bounded)), 0.5);
  return reduceLoss(full ? add(losses, 0.5 * Math.log(2 * Math.PI)) : losses, options.reduction);
}
