/** Losses of how near two inputs are. https://pytorch.org/docs/stable/nn.functional.html#loss-functions */
import { shapeError } from '../errors.js';
import { add, div, minimum, mul, sub } from '../ops/arithmetic.js';
import { eq, ne, where } from '../ops/comparison.js';
import { norm, sum } from '../ops/reduction.js';
import { clamp, neg, sqrt } from '../ops/unary.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type LossOptions, reduceLoss } from './losses.js';

/** The p-norm of x1 - x2 + eps over the last dim. https://pytorch.org/docs/stable/generated/torch.nn.PairwiseDistance.html */
export function pairwiseDistance(x1: Tensor, x2: Tensor, options: { p?: number; eps?: number; keepdim?: boolean } = {}): Tensor {
  const { p = 2, eps = 1e-6, keepdim = false } = options;
  return norm(add(sub(x1, x2), eps), p, { dim: -1, keepdim });
}

export interface CosineEmbeddingOptions extends LossOptions {
  /** 1 for pairs that should be alike, -1 for those that should not: `[N]`. */
  readonly target: Tensor;
  readonly margin?: number;
}

/** 1 - cos for alike pairs, max(0, cos - margin) for the others: inputs `[N, D]`. */
export function cosineEmbeddingLoss(input1: Tensor, input2: Tensor, options: CosineEmbeddingOptions): Tensor {
  const { target, margin = 0 } = options;
  const dots = sum(mul(input1, input2), -1);
  const squares = (x: Tensor) => add(sum(mul(x, x), -1), 1e-12);
  const cosine = div(dots, sqrt(mul(squares(input1), squares(input2))));
  const alike = where(eq(target, 1), sub(1, cosine), 0);
  return reduceLoss(add(alike, where(eq(target, -1), clamp(sub(cosine, margin), 0), 0)), options.reduction);
}

/** The distance `input` itself where the target is 1, max(0, margin - input) where it is -1. */
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, options: LossOptions & { margin?: number } = {}): Tensor {
  const apart = where(ne(target, 1), clamp(sub(options.margin ?? 1, input), 0), 0);
  return reduceLoss(add(apart, where(ne(target, -1), input, 0)), options.reduction);
}

export interface MarginRankingOptions extends LossOptions {
  /** 1 where the first input should be the larger, -1 where the second should. */
  readonly target: Tensor;
  readonly margin?: number;
}

/** max(0, -target (input1 - input2) + margin) */
export function marginRankingLoss(input1: Tensor, input2: Tensor, options: MarginRankingOptions): Tensor {
  const { target, margin = 0 } = options;
  return reduceLoss(clamp(add(mul(neg(target), sub(input1, input2)), margin), 0), options.reduction);
}

export interface TripletMarginOptions extends LossOptions {
  readonly margin?: number;
  readonly p?: number;
  readonly eps?: number;
  /** Whether the distance of positive and negative counts where it is the smaller one. */
  readonly swap?: boolean;
}

/** max(0, d(anchor, positive) - d(anchor, negative) + margin): inputs `[N, D]`. */
export function tripletMarginLoss(anchor: Tensor, positive: Tensor, options: TripletMarginOptions & { negative: Tensor }): Tensor {
  const { negative, margin = 1, p, eps, swap = false } = options;
  if (positive.shape.length !== anchor.shape.length || negative.shape.length !== anchor.shape.length) {
    throw shapeError(
      `tripletMarginLoss: the anchor has shape ${shapeText(anchor.shape)}, the positive ${shapeText(positive.shape)}, the negative ${shapeText(negative.shape)}`,
      'the three must have as many dims',
    );
  }
  const distance = (a: Tensor, b: Tensor) => pairwiseDistance(a, b, { p, eps });
  const near = distance(anchor, positive);
  let far = distance(anchor, negative);
  if (swap) far = minimum(far, distance(positive, negative));
  return reduceLoss(clamp(add(sub(near, far), margin), 0), options.reduction);
}
