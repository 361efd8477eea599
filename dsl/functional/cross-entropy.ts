/** Classification losses. https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html */
import { dtypeError, shapeError, valueError } from '../errors.js';
import { op } from '../op.js';
import { add, div, mul } from '../ops/arithmetic.js';
import { eq, where } from '../ops/comparison.js';
import { gather } from '../ops/indexing.js';
import { reshape } from '../ops/movement.js';
import { logSoftmax, mean, sum } from '../ops/reduction.js';
import { broadcastTo, filled } from '../promotion.js';
import { sameShape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';

/** How the losses of a batch become one: their (weighted) mean, their sum, or not at all. */
export type Reduction = 'mean' | 'sum' | 'none';

export function checkReduction(reduction: Reduction | undefined): Reduction {
  const wanted = reduction ?? 'mean';
  if (wanted !== 'mean' && wanted !== 'sum' && wanted !== 'none') {
    throw valueError(`reduction is 'mean', 'sum' or 'none', not '${String(wanted)}'`);
  }
  return wanted;
}

export interface CrossEntropyOptions {
  /** One weight for each class. */
  readonly weight?: Tensor | null;
  /** Labels of this value do not count: -100 unless given; with null every label counts. */
  readonly ignoreIndex?: number | null;
  readonly reduction?: Reduction;
  /** How much of the target is spread evenly over all classes. */
  readonly labelSmoothing?: number;
}

export interface NllOptions {
  readonly weight?: Tensor | null;
  /** Labels of this value do not count: -100 unless given; with null every label counts. */
  readonly ignoreIndex?: number | null;
  readonly reduction?: Reduction;
}

/** The dim of the classes: the first of an unbatched input, else the second. */
function classDim(input: Tensor): number {
  if (input.shape.length === 0) throw shapeError('the input is a scalar; it needs a dim of classes');
  return input.shape.length === 1 ? 0 : 1;
}

function checkLabels(name: string, input: Tensor, target: Tensor, dim: number): void {
  if (target.dtype !== 'i32')
    throw dtypeError(`${name}: labels must be i32, but the target is ${target.dtype}`, "declare the argument as Tensor<['batch'], 'i32'>");
  const expected = input.shape.filter((_, axis) => axis !== dim);
  if (!sameShape(target.shape, expected)) {
    throw shapeError(
      `${name}: for an input of shape ${shapeText(input.shape)} the labels must have shape ${shapeText(expected)}, but it is ${shapeText(target.shape)}`,
      'one label for each sample: the class dim of the input is left out',
    );
  }
}

/** The class weights along `dim` of a tensor with this shape. */
function spreadWeight(weight: Tensor, shape: readonly number[], dim: number): Tensor {
  if (weight.shape.length !== 1 || weight.shape[0] !== shape[dim]) {
    throw shapeError(`the weights must be one for each of the ${shape[dim]} classes, but their shape is ${shapeText(weight.shape)}`);
  }
  return broadcastTo(
    reshape(
      weight,
      shape.map((size, axis) => (axis === dim ? size : 1)),
    ),
    shape,
  );
}

/** The value of the label's class for each sample, labels that do not count read as class 0. */
function atLabel(values: Tensor, target: Tensor, dim: number): Tensor {
  const column = reshape(
    target,
    values.shape.map((size, axis) => (axis === dim ? 1 : size)),
  );
  return reshape(gather(values, dim, column), target.shape);
}

/** What counts of each sample. */
interface Counted {
  /** The labels, with class 0 in the place of those that do not count. */
  readonly label: Tensor;
  /** Where labels do not count; undefined if all do. */
  readonly ignored: Tensor | undefined;
  /** The weight of each sample; undefined when each has weight 1. */
  readonly weights: Tensor | undefined;
}

function countedSamples(logProbabilities: Tensor, target: Tensor, options: NllOptions, dim: number): Counted {
  const { weight, ignoreIndex = -100 } = options;
  const ignored = ignoreIndex === null ? undefined : eq(target, ignoreIndex);
  const label = ignored === undefined ? target : where(ignored, 0, target);
  let weights =
    weight === undefined || weight === null ? undefined : atLabel(spreadWeight(weight, logProbabilities.shape, dim), label, dim);
  if (ignored !== undefined) weights = where(ignored, 0, weights ?? filled(1, target.shape, logProbabilities.dtype));
  return { label, ignored, weights };
}

/** The losses times the weights; where nothing counts it is a choice of 0, so that no infinite factor of the mean comes back. */
function weightedLosses(losses: Tensor, { ignored, weights }: Counted, plain: boolean): Tensor {
  const product = weights === undefined || plain ? losses : mul(losses, weights);
  return ignored === undefined ? product : where(ignored, 0, product);
}

function reduceWeighted(losses: Tensor, weights: Tensor | undefined, reduction: Reduction): Tensor {
  if (reduction === 'none') return losses;
  if (reduction === 'sum') return sum(losses);
  return weights === undefined ? mean(losses) : div(sum(losses), sum(weights));
}

/** Minus the log-probability of the label: input `[N, C, ...]` of log-probabilities, labels `[N, ...]` (i32). */
export function nllLoss(input: Tensor, target: Tensor, options: NllOptions = {}): Tensor {
  const reduction = checkReduction(options.reduction);
  const dim = classDim(input);
  checkLabels('nllLoss', input, target, dim);
  const counted = countedSamples(input, target, options, dim);
  const chosen = op('neg', [atLabel(input, counted.label, dim)]);
  return reduceWeighted(weightedLosses(chosen, counted, !options.weight), counted.weights, reduction);
}

/**
 * Cross entropy of logits `[N, C, ...]` (or `[C]`) against labels `[N, ...]` (i32) or class probabilities of the input's
 * shape. The mean is weighted by the labels' class weights.
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const reduction = checkReduction(options.reduction);
  const smoothing = options.labelSmoothing ?? 0;
  if (smoothing < 0 || smoothing > 1) throw valueError(`labelSmoothing is a share from 0 to 1, not ${smoothing}`);
  const dim = classDim(input);
  if (target.dtype !== 'i32' && sameShape(target.shape, input.shape))
    return againstProbabilities(input, target, options, reduction, smoothing, dim);
  checkLabels('crossEntropy', input, target, dim);
  const logProbabilities = logSoftmax(input, dim);
  const counted = countedSamples(logProbabilities, target, options, dim);
  const chosen = op('neg', [atLabel(logProbabilities, counted.label, dim)]);
  const hard = weightedLosses(chosen, counted, !options.weight);
  if (smoothing === 0) return reduceWeighted(hard, counted.weights, reduction);
  // The even part: every class of a sample counts with its own weight, samples that are ignored do not.
  const { weight } = options;
  const weighted =
    weight === undefined || weight === null ? logProbabilities : mul(logProbabilities, spreadWeight(weight, input.shape, dim));
  const total = op('neg', [sum(weighted, dim)]);
  const even = counted.ignored === undefined ? total : where(counted.ignored, 0, total);
  const losses = add(mul(hard, 1 - smoothing), mul(even, smoothing / input.shape[dim]!));
  return reduceWeighted(losses, counted.weights, reduction);
}

function againstProbabilities(
  input: Tensor,
  target: Tensor,
  options: CrossEntropyOptions,
  reduction: Reduction,
  smoothing: number,
  dim: number,
): Tensor {
  const { weight } = options;
  if (options.ignoreIndex !== undefined && options.ignoreIndex !== null && options.ignoreIndex >= 0)
    throw valueError('ignoreIndex is for labels, not for class probabilities');
  const smoothed = smoothing === 0 ? target : add(mul(target, 1 - smoothing), smoothing / input.shape[dim]!);
  const terms = mul(logSoftmax(input, dim), smoothed);
  const weighted = weight === undefined || weight === null ? terms : mul(terms, spreadWeight(weight, input.shape, dim));
  const losses = op('neg', [sum(weighted, dim)]);
  // The mean is over samples, whatever the weights are.
  return reduction === 'none' ? losses : reduction === 'sum' ? sum(losses) : mean(losses);
}
