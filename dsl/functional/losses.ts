/** Losses besides the classification ones. https://pytorch.org/docs/stable/nn.functional.html#loss-functions */
import { shapeError, valueError } from '../errors.js';
import { eagerExecutor } from '../op.js';
import { add, div, mul, sub } from '../ops/arithmetic.js';
import { gt, lt, where } from '../ops/comparison.js';
import { mean, sizeOf, sum } from '../ops/reduction.js';
import { abs, clamp, exp, log, neg } from '../ops/unary.js';
import { broadcastTo } from '../promotion.js';
import { broadcastShapes, sameShape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { logsigmoid } from './activation.js';
import { checkReduction, type Reduction } from './cross-entropy.js';

export interface LossOptions {
  readonly reduction?: Reduction;
}

export function reduceLoss(losses: Tensor, reduction: Reduction | undefined): Tensor {
  const wanted = checkReduction(reduction);
  return wanted === 'none' ? losses : wanted === 'sum' ? sum(losses) : mean(losses);
}

/** The two of one shape. They broadcast as in PyTorch, where that brings a warning: [N, 1] against [N] is rarely meant. */
function paired(name: string, input: Tensor, target: Tensor): [Tensor, Tensor] {
  if (sameShape(input.shape, target.shape)) return [input, target];
  const together = broadcastShapes([input.shape, target.shape], name);
  return [broadcastTo(input, together), broadcastTo(target, together)];
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
  const [x, y] = paired('mseLoss', input, target);
  const difference = sub(x, y);
  return reduceLoss(mul(difference, difference), options.reduction);
}

/** `|input - target|` */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const [x, y] = paired('l1Loss', input, target);
  return reduceLoss(abs(sub(x, y)), options.reduction);
}

/** Half the square over beta where the difference is below beta, else the difference less half of beta. */
export function smoothL1Loss(input: Tensor, target: Tensor, options: LossOptions & { beta?: number } = {}): Tensor {
  const beta = options.beta ?? 1;
  if (beta < 0) throw valueError(`smoothL1Loss: beta must be at least 0, but it is ${beta}`);
  const [x, y] = paired('smoothL1Loss', input, target);
  const difference = sub(x, y);
  // At equality PyTorch's gradient is that from below.
  if (beta === 0) return reduceLoss(where(gt(difference, 0), difference, neg(difference)), options.reduction);
  const distance = abs(difference);
  const losses = where(lt(distance, beta), mul(mul(difference, difference), 0.5 / beta), sub(distance, 0.5 * beta));
  return reduceLoss(losses, options.reduction);
}

/** Half the square where the difference is at most delta, else delta times (the difference less half of delta). */
export function huberLoss(input: Tensor, target: Tensor, options: LossOptions & { delta?: number } = {}): Tensor {
  const delta = options.delta ?? 1;
  if (delta <= 0) throw valueError(`huberLoss: delta must be above 0, but it is ${delta}`);
  const [x, y] = paired('huberLoss', input, target);
  const difference = sub(x, y);
  const distance = abs(difference);
  const losses = where(gt(distance, delta), mul(sub(distance, 0.5 * delta), delta), mul(mul(difference, difference), 0.5));
  return reduceLoss(losses, options.reduction);
}

/**
 * Cross entropy of probabilities against targets from 0 to 1. Logarithms stop at -100, and the gradient is
 * (p - t) / max(p (1 - p), 1e-12), not infinite, where a probability is 0 or 1 (binary_cross_entropy_backward of PyTorch).
 */
export function binaryCrossEntropy(input: Tensor, target: Tensor, options: LossOptions & { weight?: Tensor | null } = {}): Tensor {
  checkSame('binaryCrossEntropy', input, target);
  if (eagerExecutor().surelyOutside(input, 0, 1))
    throw valueError('binaryCrossEntropy: the input holds probabilities from 0 to 1', 'for logits use binaryCrossEntropyWithLogits');
  const p = input.detach();
  const rest = sub(1, p);
  const value = neg(add(mul(target, clamp(log(p), -100)), mul(sub(1, target), clamp(log(rest), -100))));
  const slope = div(sub(p, target.detach()), clamp(mul(p, rest), 1e-12));
  return reduceLoss(weighted(add(value, mul(sub(input, p), slope)), options.weight), options.reduction);
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
  // log(1 + exp(-x)) = -log(sigmoid(x))
  const softplus = neg(logsigmoid(input));
  const { posWeight } = options;
  const share = posWeight === undefined || posWeight === null ? undefined : add(mul(sub(posWeight, 1), target), 1);
  const losses = add(mul(sub(1, target), input), share === undefined ? softplus : mul(share, softplus));
  return reduceLoss(weighted(losses, options.weight), options.reduction);
}

/** `target (log(target) - input)` for log-probabilities; with `logTarget` the target is one too. 'batchmean' divides the sum by the batch. */
export function klDiv(input: Tensor, target: Tensor, options: { reduction?: Reduction | 'batchmean'; logTarget?: boolean } = {}): Tensor {
  const losses = options.logTarget === true ? mul(exp(target), sub(target, input)) : plainKl(input, target);
  if (options.reduction === 'batchmean') return input.shape.length === 0 ? losses : div(sum(losses), sizeOf(input, [0]));
  return reduceLoss(losses, options.reduction);
}

/** Where the target is 0 its logarithm does not count. */
function plainKl(input: Tensor, target: Tensor): Tensor {
  const positive = gt(target, 0);
  const safe = where(positive, target, 1);
  return sub(where(positive, mul(target, log(safe)), mul(target, 0)), mul(target, input));
}
