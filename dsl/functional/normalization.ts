/** Normalisation to mean 0 and variance 1. https://pytorch.org/docs/stable/nn.functional.html */
import { shapeError, valueError } from '../errors.js';
import { op } from '../op.js';
import { add, div, maximum, mul, pow, sub } from '../ops/arithmetic.js';
import { reshape } from '../ops/movement.js';
import { mean, norm, sum } from '../ops/reduction.js';
import { rsqrt } from '../ops/unary.js';
import { range, sameShape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { padConstant } from './pad.js';

export interface AffineOptions {
  readonly weight?: Tensor | null;
  readonly bias?: Tensor | null;
  readonly eps?: number;
}

/** `(x - mean) / sqrt(var + eps)` over dims, with the plain (biased) variance. */
function standardize(x: Tensor, dims: readonly number[], eps: number): Tensor {
  const centered = sub(x, mean(x, dims, { keepdim: true }));
  return mul(centered, rsqrt(add(mean(mul(centered, centered), dims, { keepdim: true }), eps)));
}

function scaled(x: Tensor, weight: Tensor | null | undefined, bias: Tensor | null | undefined): Tensor {
  const product = weight === undefined || weight === null ? x : mul(x, weight);
  return bias === undefined || bias === null ? product : add(product, bias);
}

/** Over the last dims, whose sizes are `normalizedShape`. */
export function layerNorm(x: Tensor, normalizedShape: readonly number[], options: AffineOptions = {}): Tensor {
  const first = x.shape.length - normalizedShape.length;
  if (first < 0 || !sameShape(x.shape.slice(first), normalizedShape)) {
    throw shapeError(`layerNorm: the last dims must be ${shapeText(normalizedShape)}, but the input's shape is ${shapeText(x.shape)}`);
  }
  const dims = range(normalizedShape.length).map((at) => first + at);
  return scaled(standardize(x, dims, options.eps ?? 1e-5), options.weight, options.bias);
}

/** `[C]` as a shape that broadcasts over an input `[N, C, ...]`. */
function perChannel(x: Tensor, rank: number): Tensor {
  return reshape(x, [1, x.shape[0]!, ...range(rank - 2).map(() => 1)]);
}

function channelAffine(x: Tensor, options: AffineOptions): Tensor {
  const { weight, bias } = options;
  const spread = (given: Tensor | null | undefined) => (given === undefined || given === null ? given : perChannel(given, x.shape.length));
  return scaled(x, spread(weight), spread(bias));
}

/** Over each of `numGroups` groups of channels (dim 1) and all spatial dims. */
export function groupNorm(x: Tensor, numGroups: number, options: AffineOptions = {}): Tensor {
  if (x.shape.length < 2) throw shapeError(`groupNorm: the input needs a dim of channels, but its shape is ${shapeText(x.shape)}`);
  const channels = x.shape[1]!;
  const size = Math.floor(channels / numGroups);
  if (size * numGroups !== channels) throw valueError(`groupNorm: ${channels} channels do not divide into ${numGroups} groups`);
  const grouped = reshape(x, [x.shape[0]!, numGroups, size, ...x.shape.slice(2)]);
  const normal = standardize(grouped, range(grouped.shape.length).slice(2), options.eps ?? 1e-5);
  return channelAffine(reshape(normal, x.shape), options);
}

export interface InstanceNormOptions extends AffineOptions {
  readonly runningMean?: Tensor | null;
  readonly runningVar?: Tensor | null;
  /** Whether each sample's own statistics are used (default true), not the running ones. */
  readonly useInputStats?: boolean;
  readonly momentum?: number;
}

/** Over the spatial dims of each channel of each sample. Running statistics move towards the mean of those of the samples. */
export function instanceNorm(x: Tensor, options: InstanceNormOptions = {}): Tensor {
  if (x.shape.length < 3) throw shapeError(`instanceNorm: the input needs spatial dims, but its shape is ${shapeText(x.shape)}`);
  const { runningMean, runningVar, eps = 1e-5 } = options;
  const tracked = runningMean !== undefined && runningMean !== null && runningVar !== undefined && runningVar !== null;
  if (options.useInputStats === false) {
    if (!tracked) throw valueError("instanceNorm: without the input's statistics the running ones are needed");
    return batchNorm(x, runningMean, { ...options, training: false });
  }
  const dims = range(x.shape.length).slice(2);
  if (dims.every((axis) => x.shape[axis] === 1)) {
    throw shapeError(`instanceNorm: one element in each channel of an input of shape ${shapeText(x.shape)} has no variance`);
  }
  if (tracked) {
    const fixed = x.detach();
    const momentum = options.momentum ?? 0.1;
    move(runningMean, mean(mean(fixed, dims), 0), momentum);
    move(runningVar, mean(fixed.var(dims), 0), momentum);
  }
  return channelAffine(standardize(x, dims, eps), options);
}

/** `x / sqrt(mean(x^2) + eps)` over the last dims, whose sizes are `normalizedShape`; eps is the precision of f32 unless given. */
export function rmsNorm(
  x: Tensor,
  normalizedShape: readonly number[],
  options: { weight?: Tensor | null; eps?: number | null } = {},
): Tensor {
  const first = x.shape.length - normalizedShape.length;
  if (first < 0 || !sameShape(x.shape.slice(first), normalizedShape)) {
    throw shapeError(`rmsNorm: the last dims must be ${shapeText(normalizedShape)}, but the input's shape is ${shapeText(x.shape)}`);
  }
  const dims = range(normalizedShape.length).map((at) => first + at);
  const squares = mean(mul(x, x), dims, { keepdim: true });
  return scaled(mul(x, rsqrt(add(squares, options.eps ?? 2 ** -23))), options.weight, null);
}

export interface LocalResponseNormOptions {
  readonly alpha?: number;
  readonly beta?: number;
  readonly k?: number;
}

/** `x / (k + alpha * mean of x^2 over `size` neighbouring channels)^beta`, where channels beyond the ends count as 0 (Krizhevsky et al. 2012). */
export function localResponseNorm(x: Tensor, size: number, options: LocalResponseNormOptions = {}): Tensor {
  if (x.shape.length < 3) throw shapeError(`localResponseNorm: the input needs at least 3 dims, but its shape is ${shapeText(x.shape)}`);
  const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
  const along = (amount: number) => x.shape.map((_, axis) => (axis === 1 ? amount : 0));
  const padded = padConstant(mul(x, x), { low: along(Math.floor(size / 2)), high: along(Math.floor((size - 1) / 2)), value: 0 });
  const neighbours = op('unfold', [padded], { dims: [1], kernel: [size], stride: [1], dilation: [1] });
  return div(x, pow(add(mul(mean(neighbours, -1), alpha), k), beta));
}

export interface BatchNormOptions extends AffineOptions {
  readonly runningVar?: Tensor | null;
  /** Whether the batch's own statistics are used (and the running ones moved towards them). */
  readonly training?: boolean;
  /** How far running statistics move: a number, or a scalar tensor. */
  readonly momentum?: number | Tensor;
}

/** Statistics over the batch and the spatial dims, one for each channel (dim 1). */
export function batchNorm(x: Tensor, runningMean?: Tensor | null, options: BatchNormOptions = {}): Tensor {
  const rank = x.shape.length;
  if (rank < 2) throw shapeError(`batchNorm: the input needs a dim of channels, but its shape is ${shapeText(x.shape)}`);
  const eps = options.eps ?? 1e-5;
  const runningVariance = options.runningVar;
  const own = options.training === true;
  if (!own) {
    if (runningMean === undefined || runningMean === null || runningVariance === undefined || runningVariance === null) {
      throw valueError('batchNorm: without training the running statistics are needed');
    }
    const normal = mul(sub(x, perChannel(runningMean, rank)), rsqrt(add(perChannel(runningVariance, rank), eps)));
    return channelAffine(normal, options);
  }
  const dims = range(rank).filter((axis) => axis !== 1);
  let count = 1;
  for (const axis of dims) count = count * x.shape[axis]!;
  if (count === 1) {
    throw valueError(`batchNorm: training needs more than one value for each channel, but the input's shape is ${shapeText(x.shape)}`);
  }
  const average = mean(x, dims, { keepdim: true });
  const centered = sub(x, average);
  const variance = mean(mul(centered, centered), dims, { keepdim: true });
  if (runningMean !== undefined && runningMean !== null && runningVariance !== undefined && runningVariance !== null) {
    const momentum = options.momentum ?? 0.1;
    const shape = runningMean.shape;
    // The running variance is of the unbiased estimate.
    const unbiased = reshape(x.detach().var(dims), shape);
    move(runningMean, reshape(average.detach(), shape), momentum);
    move(runningVariance, unbiased, momentum);
  }
  return channelAffine(mul(centered, rsqrt(add(variance, eps))), options);
}

function move(running: Tensor, towards: Tensor, momentum: number | Tensor): void {
  const kept = typeof momentum === 'number' ? mul(running, 1 - momentum) : mul(running, sub(1, momentum));
  running.copy_(add(kept, mul(towards, momentum)));
}

/** x over its p-norm along `dim`, which counts as at least eps. */
export function normalize(x: Tensor, options: { p?: number; dim?: number; eps?: number } = {}): Tensor {
  const length = norm(x, options.p ?? 2, { dim: options.dim ?? 1, keepdim: true });
  return div(x, maximum(length, options.eps ?? 1e-12));
}

/** The cosine of the angle between vectors along `dim`: their product over that of their lengths, each at least eps. */
export function cosineSimilarity(x1: Tensor, x2: Tensor, options: { dim?: number; eps?: number } = {}): Tensor {
  const dim = options.dim ?? 1;
  const eps = options.eps ?? 1e-8;
  return div(sum(mul(x1, x2), dim), mul(maximum(norm(x1, 2, { dim }), eps), maximum(norm(x2, 2, { dim }), eps)));
}
