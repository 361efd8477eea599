/** Counts, quantiles, running extremes and what else describes many numbers. https://pytorch.org/docs/stable/torch.html#reduction-ops */
import { rangeError, shapeError, valueError } from '../errors.js';
import { op } from '../op.js';
import { broadcastTo, cast, filled, isFloatType, toFloat } from '../promotion.js';
import { normalizeDim, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { add, div, lerp, mul, sub } from './arithmetic.js';
import { eq, where } from './comparison.js';
import { cat, gather, narrow } from './indexing.js';
import { flatten, reshape, unsqueeze } from './movement.js';
import { amax, amin, type Dims, logsumexp, mean, norm, sum, type ValuesAndIndices, variance } from './reduction.js';
import { sort } from './sorting.js';
import { isnan, sqrt } from './unary.js';

type VarianceOptions = { readonly keepdim?: boolean; readonly correction?: number; readonly unbiased?: boolean };

/** `[variance, mean]` */
export function varMean(x: Tensor, dim?: Dims, options: VarianceOptions = {}): [Tensor, Tensor] {
  return [variance(x, dim, options), mean(x, dim, { keepdim: options.keepdim ?? false })];
}

/** `[standard deviation, mean]` */
export function stdMean(x: Tensor, dim?: Dims, options: VarianceOptions = {}): [Tensor, Tensor] {
  const [spread, average] = varMean(x, dim, options);
  return [sqrt(spread), average];
}

/** The least and the largest element, along `dim` or of all. */
export function aminmax(x: Tensor, options: { dim?: number; keepdim?: boolean } = {}): { min: Tensor; max: Tensor } {
  const { dim, keepdim = false } = options;
  return { min: amin(x, dim, { keepdim }), max: amax(x, dim, { keepdim }) };
}

/** The sum without what is NaN. */
export function nansum(x: Tensor, dim?: Dims, options: { keepdim?: boolean } = {}): Tensor {
  return sum(where(isnan(x), 0, x), dim, options);
}

/** The mean of what is not NaN; NaN where nothing is left. */
export function nanmean(x: Tensor, dim?: Dims, options: { keepdim?: boolean } = {}): Tensor {
  const numbers = cast(op('not', [isnan(x)]), x.dtype);
  return div(nansum(x, dim, options), sum(numbers, dim, options));
}

/** How many elements are not zero. i32. */
export function countNonzero(x: Tensor, dim?: Dims): Tensor {
  return sum(cast(cast(x, 'bool'), 'i32'), dim);
}

/** The p-norm of the difference. */
export function dist(a: Tensor, b: Tensor, p = 2): Tensor {
  return norm(sub(a, b), p);
}

function runningExtreme(x: Tensor, dim: number, sign: 1 | -1): ValuesAndIndices {
  const axis = normalizeDim(dim, x.shape.length);
  if (x.shape.length === 0) return { values: x, indices: filled(0, [], 'i32') };
  const value = x.dtype === 'bool' ? cast(x, 'i32') : x;
  const ordered = sign === 1 ? value : isFloatType(value.dtype) ? op('neg', [value]) : sub(-1, value);
  const indices = op('cumargmax', [ordered], { dim: axis });
  return { values: gather(x, axis, indices), indices };
}

/** The largest element up to each along `dim`, and where the last of them stands. A NaN is the largest. */
export function cummax(x: Tensor, dim: number): ValuesAndIndices {
  return runningExtreme(x, dim, 1);
}

/** The least element up to each along `dim`, and where the last of them stands. A NaN is the least. */
export function cummin(x: Tensor, dim: number): ValuesAndIndices {
  return runningExtreme(x, dim, -1);
}

/** `log(cumsum(exp(x)))` without overflow, every prefix from its own largest element: n^2 terms a line; the size of `dim` must be known. */
export function logcumsumexp(x: Tensor, dim: number): Tensor {
  const axis = normalizeDim(dim, x.shape.length);
  const size = x.shape.length === 0 ? 0 : x.shape[axis]!;
  if (size === 0) return toFloat(x);
  const none = x.shape.map(() => 0);
  const low = x.shape.map((_, at) => (at === axis ? size - 1 : 0));
  const padded = op('pad', [toFloat(x)], { low, high: none, interior: none, value: Number.NEGATIVE_INFINITY });
  return logsumexp(op('unfold', [padded], { dims: [axis], kernel: [size], stride: [1], dilation: [1] }), -1);
}

/** Differences of neighbours along `dim`, taken n times; `prepend` and `append` are joined to x before. */
export function diff(x: Tensor, n = 1, options: { dim?: number; prepend?: Tensor; append?: Tensor } = {}): Tensor {
  const { dim = -1, prepend, append } = options;
  if (x.shape.length === 0) throw shapeError('diff: a scalar has no neighbours');
  const axis = normalizeDim(dim, x.shape.length);
  const parts = [prepend, x, append].filter((part) => part !== undefined);
  let result = cat(parts, axis);
  for (let turn = 0; turn < n; turn++) {
    const length = Math.max(0, result.shape[axis]! - 1);
    if (length === 0) return narrow(result, axis, { start: 0, length: 0 });
    const next = narrow(result, axis, { start: 1, length });
    const before = narrow(result, axis, { start: 0, length });
    result = x.dtype === 'bool' ? op('xor', [next, before]) : sub(next, before);
  }
  return result;
}

/**
 * The q-quantiles (q a number from 0 to 1, or a list of such, which makes a first dim) along `dim` or of all elements; between two
 * elements as `interpolation` says. NaN where there is one. The size of `dim` must be known.
 */
export function quantile(
  x: Tensor,
  q: number | readonly number[],
  options: { dim?: number; keepdim?: boolean; interpolation?: 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest' } = {},
): Tensor {
  const { dim, keepdim = false, interpolation = 'linear' } = options;
  const value = dim === undefined ? flatten(x) : x.shape.length === 0 ? reshape(x, [1]) : x;
  const axis = dim === undefined ? 0 : normalizeDim(dim, x.shape.length);
  const size = value.shape[axis]!;
  if (size === 0) throw shapeError(`quantile: dim ${axis} of a tensor of shape ${shapeText(value.shape)} is empty`);
  const wanted = typeof q === 'number' ? [q] : q;
  const { values } = sort(value, axis);
  const hasNan = amax(cast(isnan(value), 'i32'), axis, { keepdim: true });
  const parts = wanted.map((share) => {
    if (!(share >= 0 && share <= 1)) throw rangeError(`quantile: q goes from 0 to 1, but it is ${share}`);
    const at = share * (size - 1);
    const element = (position: number) => narrow(values, axis, { start: position, length: 1 });
    const found = between(element, at, interpolation);
    const whole = where(eq(hasNan, 0), found, Number.NaN);
    if (keepdim && dim === undefined) {
      return reshape(
        whole,
        x.shape.map(() => 1),
      );
    }
    return keepdim && x.shape.length > 0
      ? whole
      : reshape(
          whole,
          whole.shape.filter((_, other) => other !== axis),
        );
  });
  return typeof q === 'number' ? parts[0]! : cat(parts.map((part) => unsqueeze(part, 0)));
}

function between(element: (position: number) => Tensor, at: number, interpolation: string): Tensor {
  const low = Math.floor(at);
  const high = Math.ceil(at);
  if (interpolation === 'lower' || (low === high && interpolation !== 'nearest')) return element(low);
  if (interpolation === 'higher') return element(high);
  if (interpolation === 'nearest') {
    const half = at - low === 0.5;
    return element(half ? (low % 2 === 0 ? low : high) : Math.floor(at + 0.5));
  }
  if (interpolation !== 'linear' && interpolation !== 'midpoint') {
    throw valueError(`quantile: there is no interpolation '${interpolation}'`, 'it is linear, lower, higher, midpoint or nearest');
  }
  return lerp(element(low), element(high), { weight: interpolation === 'midpoint' ? 0.5 : at - low });
}

/**
 * How many elements lie in each of `bins` equal parts from `min` to `max` (the least and largest element when both are 0), the
 * upper end included in the last. The same dtype; elements outside do not count.
 */
export function histc(x: Tensor, bins = 100, options: { min?: number; max?: number } = {}): Tensor {
  const flat = flatten(x);
  const { min = 0, max = 0 } = options;
  if (max < min) throw valueError(`histc: max ${max} is below min ${min}`);
  const own = min === max;
  const lowest: Tensor = own ? amin(flat) : filled(min, [], flat.dtype);
  const highest: Tensor = own ? amax(flat) : filled(max, [], flat.dtype);
  // Where all are equal the part is one unit to either side.
  const single = eq(lowest, highest);
  const start = where(single, sub(lowest, 1), lowest);
  const end = where(single, add(highest, 1), highest);
  const scaled = op('floor', [mul(div(sub(flat, start), sub(end, start)), bins)]);
  const bin = cast(where(eq(flat, end), bins - 1, scaled), 'i32');
  const inside = op('and', [op('ge', [flat, broadcastTo(start, flat.shape)]), op('le', [flat, broadcastTo(end, flat.shape)])]);
  const ones = op('select', [inside, filled(1, flat.shape, x.dtype), filled(0, flat.shape, x.dtype)]);
  return op('scatterAdd', [filled(0, [bins], x.dtype), where(inside, bin, 0), ones], { dim: 0 });
}
