/** Losses of scores that should lie apart by a margin. https://pytorch.org/docs/stable/nn.functional.html#loss-functions */
import { dtypeError, shapeError, valueError } from '../errors.js';
import { op } from '../op.js';
import { add, div, minimum, mul, pow, sub } from '../ops/arithmetic.js';
import { eq, where } from '../ops/comparison.js';
import { gather } from '../ops/indexing.js';
import { unsqueeze } from '../ops/movement.js';
import { cumsum, mean, sum } from '../ops/reduction.js';
import { clamp, exp, log1p, neg, relu } from '../ops/unary.js';
import { cast, filled } from '../promotion.js';
import { sameShape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { logsigmoid } from './activation.js';
import { type LossOptions, reduceLoss } from './losses.js';

/** `log(1 + exp(-target * input))` for targets of 1 and -1, without overflow. */
export function softMarginLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const z = neg(mul(cast(target, input.dtype), input));
  // log(1 + e^z) = max(z, 0) + log(1 + e^-|z|)
  return reduceLoss(add(clamp(z, 0), log1p(exp(neg(z.abs())))), options.reduction);
}

/** Scores `[N, C]`, or `[C]` of a single sample: a batch in any case. */
function batched(name: string, input: Tensor): Tensor {
  if (input.shape.length !== 1 && input.shape.length !== 2) {
    throw shapeError(`${name}: the input must be [N, C] or [C], but its shape is ${shapeText(input.shape)}`);
  }
  return input.shape.length === 2 ? input : unsqueeze(input, 0);
}

/** Losses of samples `[N]` as those of the input: a scalar for a single one. */
function reduceSamples(losses: Tensor, input: Tensor, options: LossOptions): Tensor {
  if (options.reduction === 'none' && input.shape.length === 1) return sum(losses);
  return reduceLoss(losses, options.reduction);
}

export interface MultiMarginOptions extends LossOptions {
  /** 1 or 2. */
  readonly p?: number;
  readonly margin?: number;
  readonly weight?: Tensor | null;
}

/** For each sample the mean over all other classes of max(0, margin - x[y] + x[i])^p, times the weight of y: `[N, C]` and labels `[N]`. */
export function multiMarginLoss(input: Tensor, target: Tensor, options: MultiMarginOptions = {}): Tensor {
  const { p = 1, margin = 1, weight } = options;
  if (p !== 1 && p !== 2) throw valueError(`multiMarginLoss: p is 1 or 2, not ${p}`);
  if (target.dtype !== 'i32') throw dtypeError(`multiMarginLoss: labels must be i32, but the target is ${target.dtype}`);
  const x = batched('multiMarginLoss', input);
  const labels = input.shape.length === 1 && target.shape.length === 0 ? unsqueeze(target, 0) : target;
  if (!sameShape(labels.shape, [x.shape[0]!])) {
    throw shapeError(`multiMarginLoss: an input of shape ${shapeText(input.shape)} with labels of shape ${shapeText(target.shape)}`);
  }
  const column = unsqueeze(labels, 1);
  const distance = relu(add(sub(x, gather(x, 1, column)), margin));
  const terms = p === 1 ? distance : mul(distance, distance);
  const weighted = weight === undefined || weight === null ? terms : mul(terms, unsqueeze(gather(weight, 0, labels), 1));
  const numbers = op('iota', [], { shape: x.shape, dim: 1, dtype: 'i32' });
  return reduceSamples(div(sum(where(eq(numbers, column), 0, weighted), 1), x.shape[1]!), input, options);
}

/**
 * Labels `[N, C]` (i32): the classes of each sample, up to the first -1. The sum over labels y and other classes i of
 * max(0, 1 - (x[y] - x[i])), over C.
 */
export function multilabelMarginLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  if (target.dtype !== 'i32') throw dtypeError(`multilabelMarginLoss: labels must be i32, but the target is ${target.dtype}`);
  if (!sameShape(input.shape, target.shape)) {
    throw shapeError(`multilabelMarginLoss: the input has shape ${shapeText(input.shape)}, but the target ${shapeText(target.shape)}`);
  }
  const x = batched('multilabelMarginLoss', input);
  const labels = batched('multilabelMarginLoss', target);
  const ended = cumsum(cast(op('lt', [labels, filled(0, labels.shape, 'i32')]), 'i32'), 1);
  const valid = eq(ended, 0);
  const classes = where(valid, labels, 0);
  // Which classes are labels: [N, C].
  const marks = op('scatterAdd', [filled(0, x.shape, 'i32'), classes, cast(valid, 'i32')], { dim: 1 });
  const isLabel = op('gt', [marks, filled(0, x.shape, 'i32')]);
  const ofLabels = gather(x, 1, classes);
  // [N, labels, classes]
  const distance = relu(add(sub(unsqueeze(x, 1), unsqueeze(ofLabels, 2)), 1));
  const pairs = op('and', [
    op('broadcast', [unsqueeze(valid, 2)], { shape: distance.shape }),
    op('broadcast', [unsqueeze(op('not', [isLabel]), 1)], { shape: distance.shape }),
  ]);
  return reduceSamples(div(sum(where(pairs, distance, 0), [1, 2]), x.shape[1]!), input, options);
}

/** The mean over classes of the binary cross entropy of logits `[..., C]` with labels 0 and 1 of that shape. */
export function multilabelSoftMarginLoss(input: Tensor, target: Tensor, options: LossOptions & { weight?: Tensor | null } = {}): Tensor {
  const { weight } = options;
  const terms = neg(add(mul(target, logsigmoid(input)), mul(sub(1, target), logsigmoid(neg(input)))));
  const weighted = weight === undefined || weight === null ? terms : mul(terms, weight);
  return reduceLoss(mean(weighted, -1), options.reduction);
}

export interface TripletDistanceOptions extends LossOptions {
  readonly negative: Tensor;
  /** Gives the distances of two batches: the Euclidean ones unless given. */
  readonly distanceFunction?: (a: Tensor, b: Tensor) => Tensor;
  readonly margin?: number;
  /** Whether the distance of positive and negative counts where it is the smaller one. */
  readonly swap?: boolean;
}

/** max(0, d(anchor, positive) - d(anchor, negative) + margin) for a distance of one's own. */
export function tripletMarginWithDistanceLoss(anchor: Tensor, positive: Tensor, options: TripletDistanceOptions): Tensor {
  const { negative, margin = 1, swap = false } = options;
  const distance = options.distanceFunction ?? ((a: Tensor, b: Tensor) => pow(sum(pow(add(sub(a, b), 1e-6), 2), -1), 0.5));
  const near = distance(anchor, positive);
  const far = distance(anchor, negative);
  const apart = swap ? minimum(far, distance(positive, negative)) : far;
  return reduceLoss(clamp(add(sub(near, apart), margin), 0), options.reduction);
}
