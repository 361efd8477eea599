/** Losses besides the classification ones. https://pytorch.org/docs/stable/nn.functional.html#loss-functions */
import { shapeError, valueError } from '../errors.js';
import { add, div, mul, sub } from '../ops/arithmetic.js';
import { gt, lt, where } from '../ops/comparison.js';
import { mean, sizeOf, sum } from '../ops/reduction.js';
import { abs, clamp, exp, log, log1p, neg, relu } from '../ops/unary.js';
import { sameShape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkReduction, type Reduction } from './cross-entropy.js';

export interface LossOptions {
  readonly reduction?: Reduction;
}

function reduceLoss(losses: Tensor, reduction: Reduction | undefined): Tensor {
  const wanted = checkReduction(reduction);
  return wanted === 'none' ? losses : wanted === 'sum' ? sum(losses) : mean(losses);
}

function checkSame(name: string, input: Tensor, target: Tensor): void {
  if (!sameShape(input.shape, target.shape)) {
    throw shapeError(
      `${name}: the input has shape ${shapeText(input.shape)}, but the target ${shapeText(target.shape)}`,
      'the two must have one shape: reshape one of them',
    );
  }
}

/** `(input - target)^2` */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkSame('mseLoss', input, target);
  const difference = sub(input, target);
  return reduceLoss(mul(difference, difference), options.reduction);
}

/** `|input - target|` */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkSame('l1Loss', input, target);
  return reduceLoss(abs(sub(input, target)), options.reduction);
}

/** Half the square over beta where the difference is below beta, else the difference less half of beta. */
export function smoothL1Loss(input: Tensor, target: Tensor, options: LossOptions & { beta?: number } = {}): Tensor {
  checkSame('smoothL1Loss', input, target);
  const beta = options.beta ?? 1;
  if (beta < 0) throw valueError(`smoothL1Loss: beta must be at least 0, but it is ${beta}`);
  if (beta === 0) return l1Loss(input, target, options);
  const difference = sub(input, target);
  const distance = abs(difference);
  const losses = where(lt(distance, beta), mul(mul(difference, difference), 0.5 / beta), sub(distance, 0.5 * beta));
  return reduceLoss(losses, options.reduction);
}

/** Half the square where the difference is at most delta, else delta times (the difference less half of delta). */
export function huberLoss(input: Tensor, target: Tensor, options: LossOptions & { delta?: number } = {}): Tensor {
  checkSame('huberLoss', input, target);
  const delta = options.delta ?? 1;
  if (delta <= 0) throw valueError(`huberLoss: delta must be above 0, but it is ${delta}`);
  const difference = sub(input, target);
  const distance = abs(difference);
  const losses = where(gt(distance, delta), mul(sub(distance, 0.5 * delta), delta), mul(mul(difference, difference), 0.5));
  return reduceLoss(losses, options.reduction);
}

/** Cross entropy of probabilities against targets from 0 to 1; logarithms stop at -100. */
export function binaryCrossEntropy(input: Tensor, target: Tensor, options: LossOptions & { weight?: Tensor | null } = {}): Tensor {
  checkSame('binaryCrossEntropy', input, target);
  const yes = mul(target, clampedLog(input));
  const no = mul(sub(1, target), clampedLog(sub(1, input)));
  return reduceLoss(weighted(neg(add(yes, no)), options.weight), options.reduction);
}

/**
 * The logarithm, at least -100. Its gradient is 1 / max(p, 1e-12) and not the logarithm's own, as PyTorch has it
 * (binary_cross_entropy_backward), so that a saturated probability still learns.
 */
function clampedLog(p: Tensor): Tensor {
  const bounded = clamp(p.detach(), 1e-12);
  const value = clamp(log(p.detach()), -100);
  return add(value, mul(sub(p, p.detach()), bounded.reciprocal()));
}

function weighted(losses: Tensor, weight: Tensor | null | undefined): Tensor {
  return weight === undefined || weight === null ? losses : mul(losses, weight);
}

/** binaryCrossEntropy of the sigmoid of the input, computed without overflow; `posWeight` multiplies the positive part. */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  options: LossOptions & { weight?: Tensor | null; posWeight?: Tensor | null } = {},
): Tensor {
  checkSame('binaryCrossEntropyWithLogits', input, target);
  // log(1 + exp(-x)) = max(-x, 0) + log(1 + exp(-|x|))
  const softplus = add(log1p(exp(neg(abs(input)))), relu(neg(input)));
  const { posWeight } = options;
  const share = posWeight === undefined || posWeight === null ? undefined : add(mul(sub(posWeight, 1), target), 1);
  const losses = add(mul(sub(1, target), input), share === undefined ? softplus : mul(share, softplus));
  return reduceLoss(weighted(losses, options.weight), options.reduction);
}

/** `target (log(target) - input)` for log-probabilities; with `logTarget` the target is one too. 'batchmean' divides the sum by the batch. */
export function klDiv(input: Tensor, target: Tensor, options: { reduction?: Reduction | 'batchmean'; logTarget?: boolean } = {}): Tensor {
  const losses = options.logTarget === true ? mul(exp(target), sub(target, input)) : plainKl(input, target);
  if (options.reduction === 'batchmean') return div(sum(losses), sizeOf(input, [0]));
  return reduceLoss(losses, options.reduction);
}

/** Where the target is 0 its logarithm does not count. */
function plainKl(input: Tensor, target: Tensor): Tensor {
  const positive = gt(target, 0);
  const safe = where(positive, target, 1);
  return sub(where(positive, mul(target, log(safe)), mul(target, 0)), mul(target, input));
}
