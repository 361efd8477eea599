/**
 * Order along a dim. A NaN counts as larger than every number; equal elements keep their order. Integers and booleans sort as
 * numbers; indices are i32. Gradients go to the elements that were chosen. https://pytorch.org/docs/stable/generated/torch.sort.html
 */
import { rangeError, shapeError } from '../errors.js';
import { op } from '../op.js';
import { cast, filled } from '../promotion.js';
import { normalizeDim, sameShape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { add } from './arithmetic.js';
import { eq, le, lt, where } from './comparison.js';
import { gather, narrow } from './indexing.js';
import { flatten, reshape, unsqueeze } from './movement.js';
import { amax, argmax, type ValuesAndIndices } from './reduction.js';

/** Where the element of each rank stands: `gather(x, dim, argsort(x, dim))` is sorted. */
export function argsort(x: Tensor, dim = -1, options: { descending?: boolean; stable?: boolean } = {}): Tensor {
  const axis = normalizeDim(dim, x.shape.length);
  if (x.shape.length === 0) return filled(0, [], 'i32');
  return op('argsort', [x.dtype === 'bool' ? cast(x, 'i32') : x], { dim: axis, descending: options.descending === true });
}

/** The elements in order, and where each stood. */
export function sort(x: Tensor, dim = -1, options: { descending?: boolean; stable?: boolean } = {}): ValuesAndIndices {
  const indices = argsort(x, dim, options);
  return { values: x.shape.length === 0 ? x : gather(x, dim, indices), indices };
}

/** The k largest elements (the least with `largest: false`) along `dim`, the first of them first. They are always sorted. */
export function topk(x: Tensor, k: number, options: { dim?: number; largest?: boolean; sorted?: boolean } = {}): ValuesAndIndices {
  const dim = options.dim ?? -1;
  const axis = normalizeDim(dim, x.shape.length);
  const size = x.shape.length === 0 ? 1 : x.shape[axis]!;
  if (k < 0 || k > size) throw rangeError(`topk: ${k} elements of dim ${dim} of size ${size}`, `k goes from 0 to ${size}`);
  if (x.shape.length === 0) {
    const shape = k === 0 ? [0] : [];
    return { values: reshape(k === 0 ? narrow(reshape(x, [1]), 0, { start: 0, length: 0 }) : x, shape), indices: filled(0, shape, 'i32') };
  }
  const indices = narrow(argsort(x, axis, { descending: options.largest !== false }), axis, { start: 0, length: k });
  return { values: gather(x, axis, indices), indices };
}

/** The element at one position of the order along `axis`, which is kept with size 1. */
function atPosition(x: Tensor, axis: number, indices: Tensor, keepdim: boolean | undefined): ValuesAndIndices {
  const values = gather(x, axis, indices);
  if (keepdim === true) return { values, indices };
  const shape = x.shape.filter((_, at) => at !== axis);
  return { values: reshape(values, shape), indices: reshape(indices, shape) };
}

/** The k-th least element along `dim` (1 is the least), and where it stands. */
export function kthvalue(x: Tensor, k: number, options: { dim?: number; keepdim?: boolean } = {}): ValuesAndIndices {
  const dim = options.dim ?? -1;
  const axis = normalizeDim(dim, x.shape.length);
  const size = x.shape.length === 0 ? 1 : x.shape[axis]!;
  if (k < 1 || k > size) throw rangeError(`kthvalue: element ${k} of dim ${dim} of size ${size}`, `k goes from 1 to ${size}`);
  if (x.shape.length === 0) return { values: x, indices: filled(0, [], 'i32') };
  return atPosition(x, axis, narrow(argsort(x, axis), axis, { start: k - 1, length: 1 }), options.keepdim);
}

/**
 * The middle element: the lower one of two, NaN if there is one. With a dim, the middle elements along it and where they stand;
 * without, that of all elements, whose gradient equal elements share.
 */
export function median(x: Tensor): Tensor;
export function median(x: Tensor, dim: number, options?: { keepdim?: boolean }): ValuesAndIndices;
export function median(x: Tensor, dim?: number, options: { keepdim?: boolean } = {}): Tensor | ValuesAndIndices {
  if (dim === undefined) {
    const flat = flatten(x);
    if (flat.shape[0] === 0 && x.dtype !== 'i32' && x.dtype !== 'bool') return filled(Number.NaN, [], x.dtype);
    const middle = medianAlong(flat, 0, false).values.detach();
    const equal = where(eq(flat, middle), flat, lowest(x));
    return where(eq(middle, middle), amax(equal), middle);
  }
  if (x.shape.length === 0) {
    normalizeDim(dim, 0);
    return { values: x, indices: filled(0, [], 'i32') };
  }
  return medianAlong(x, normalizeDim(dim, x.shape.length), options.keepdim === true);
}

function lowest(x: Tensor): number {
  return x.dtype === 'i32' ? -2147483648 : Number.NEGATIVE_INFINITY;
}

function medianAlong(x: Tensor, axis: number, keepdim: boolean): ValuesAndIndices {
  const size = x.shape[axis]!;
  if (size === 0) throw shapeError(`median: dim ${axis} of a tensor of shape ${shapeText(x.shape)} is empty`);
  const order = argsort(x, axis);
  const middle = narrow(order, axis, { start: Math.floor((size - 1) / 2), length: 1 });
  if (x.dtype === 'i32' || x.dtype === 'bool') return atPosition(x, axis, middle, keepdim);
  // The largest is a NaN where there is one, and argmax finds the first.
  const first = argmax(x, axis, { keepdim: true });
  const isNumber = op('not', [op('isNan', [gather(x, axis, first)])]);
  return atPosition(x, axis, where(isNumber, middle, first), keepdim);
}

/** The most frequent element along `dim`, the least of equally frequent ones, and where it stands last. n^2 comparisons a line. */
export function mode(x: Tensor, dim = -1, options: { keepdim?: boolean } = {}): ValuesAndIndices {
  const axis = normalizeDim(dim, x.shape.length);
  if (x.shape.length === 0) return { values: x, indices: filled(0, [], 'i32') };
  const size = x.shape[axis]!;
  if (size === 0) throw shapeError(`mode: dim ${dim} of a tensor of shape ${shapeText(x.shape)} is empty`);
  const { values, indices } = sort(x, axis);
  const equal = eq(unsqueeze(values, axis), unsqueeze(values, axis + 1));
  const counts = op('reduceSum', [cast(equal, 'i32')], { dims: [axis + 1] });
  // The first of the most frequent in order, moved to the last of its equals.
  const first = argmax(counts, axis, { keepdim: true });
  const last = add(first, add(gather(counts, axis, first), -1));
  return atPosition(x, axis, gather(indices, axis, last), options.keepdim);
}

/** How many of the ascending `boundaries` (a vector) lie below each element, those equal to it included with `right`. i32. */
export function bucketize(x: Tensor, boundaries: Tensor, options: { right?: boolean } = {}): Tensor {
  if (boundaries.shape.length !== 1)
    throw shapeError(`bucketize: boundaries are a vector, but their shape is ${shapeText(boundaries.shape)}`);
  return searchsorted(boundaries, x, options);
}

/**
 * Where each of `values` would go into the ascending last dim of `sorted` so that it stays ascending: before equal elements, or after them
 * with `right`. `sorted` is a vector for all values, or its other sizes are those of the values. i32, of the values' shape. A NaN goes last.
 */
export function searchsorted(sorted: Tensor, values: Tensor, options: { right?: boolean } = {}): Tensor {
  const rows = sorted.shape.slice(0, -1);
  if (sorted.shape.length === 0 || (sorted.shape.length > 1 && !sameShape(rows, values.shape.slice(0, -1)))) {
    throw shapeError(
      `searchsorted: ascending numbers of shape ${shapeText(sorted.shape)} for values of shape ${shapeText(values.shape)}`,
      'they are a vector, or all sizes but the last are equal',
    );
  }
  const element = unsqueeze(values, -1);
  const boundaries = sorted.shape.length === 1 ? sorted : unsqueeze(sorted, -2);
  // Not "above": a NaN is that of nothing.
  const above = options.right === true ? lt(element, boundaries) : le(element, boundaries);
  return op('reduceSum', [cast(op('not', [above]), 'i32')], { dims: [values.shape.length] });
}
