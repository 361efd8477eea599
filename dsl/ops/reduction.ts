/** Sums, products, extremes and what is made of them. Reduced dims vanish unless `keepdim` is set. */
import { dtypeError, shapeError } from '../errors.js';
import { op } from '../op.js';
import { cast, filled, isFloatType, toFloat } from '../promotion.js';
import { normalizeDim, normalizeDims, numel, shapeText } from '../shape.js';
import type { DType, Tensor } from '../tensor.js';
import { add, div, mul, sub } from './arithmetic.js';
import { eq, where } from './comparison.js';
import { gather } from './indexing.js';
import { flatten, reshape } from './movement.js';
import { abs, exp, log, sqrt } from './unary.js';

/** One dim, several, or all when undefined. */
export type Dims = number | readonly number[] | undefined;

export interface ReduceOptions {
  readonly keepdim?: boolean;
  readonly dtype?: DType;
}

/** The shape after a reduction that keeps the reduced dims as size 1. */
function keptShape(shape: readonly number[], dims: readonly number[]): number[] {
  return shape.map((size, axis) => (dims.includes(axis) ? 1 : size));
}

function reduce(name: string, x: Tensor, dims: readonly number[], keepdim: boolean | undefined, more: Record<string, string> = {}): Tensor {
  const reduced = dims.length === 0 ? x : op(name, [x], { dims, ...more });
  return keepdim ? reshape(reduced, keptShape(x.shape, dims)) : reduced;
}

/** Integers and booleans add up as i32. */
function summable(x: Tensor, dtype: DType | undefined): Tensor {
  return cast(x, dtype ?? (x.dtype === 'bool' ? 'i32' : x.dtype));
}

export function sum(x: Tensor, dim?: Dims, options: ReduceOptions = {}): Tensor {
  return reduce('reduceSum', summable(x, options.dtype), normalizeDims(dim, x.shape.length), options.keepdim);
}

export function prod(x: Tensor, dim?: Dims, options: ReduceOptions = {}): Tensor {
  return reduce('reduceProd', summable(x, options.dtype), normalizeDims(dim, x.shape.length), options.keepdim);
}

/** How many elements a reduction over `dims` takes together, as a scalar tensor of x's dtype: known at run time for named dims. */
export function sizeOf(x: Tensor, dims: readonly number[]): Tensor {
  return op('cast', [op('dimension', [], { size: numel(dims.map((axis) => x.shape[axis]!)) })], { dtype: x.dtype });
}

/** The arithmetic mean. Only floats have one; NaN where nothing is averaged. */
export function mean(x: Tensor, dim?: Dims, options: ReduceOptions = {}): Tensor {
  const value = options.dtype === undefined ? x : cast(x, options.dtype);
  if (!isFloatType(value.dtype)) {
    throw dtypeError(`mean: the tensor is ${value.dtype}; only floats have a mean`, "cast it first: x.to('f32')");
  }
  const dims = normalizeDims(dim, x.shape.length);
  return div(reduce('reduceSum', value, dims, options.keepdim), sizeOf(value, dims));
}

/** The variance; `correction` is taken off the count: 1 (the default) for the unbiased estimate, 0 for the plain one. */
export function variance(x: Tensor, dim?: Dims, options: { keepdim?: boolean; correction?: number; unbiased?: boolean } = {}): Tensor {
  const dims = normalizeDims(dim, x.shape.length);
  const correction = options.correction ?? (options.unbiased === false ? 0 : 1);
  const centered = sub(x, mean(x, dims.length === 0 ? undefined : dims, { keepdim: true }));
  const total = reduce('reduceSum', mul(centered, centered), dims, options.keepdim);
  const count = sizeOf(x, dims);
  return div(total, correction === 0 ? count : op('maximum', [sub(count, correction), filled(0, [], x.dtype)]));
}

/** The standard deviation: the root of the variance. */
export function std(x: Tensor, dim?: Dims, options: { keepdim?: boolean; correction?: number; unbiased?: boolean } = {}): Tensor {
  return sqrt(variance(x, dim, options));
}

function checkNotEmpty(name: string, x: Tensor, dims: readonly number[]): void {
  for (const axis of dims) {
    if (x.shape[axis] === 0)
      throw shapeError(`${name}: nothing to choose from in a tensor of shape ${shapeText(x.shape)} along dim ${axis}`);
  }
}

/** The largest elements along dims; equal ones share the gradient evenly. */
export function amax(x: Tensor, dim?: Dims, options: { keepdim?: boolean } = {}): Tensor {
  const dims = normalizeDims(dim, x.shape.length);
  checkNotEmpty('amax', x, dims);
  if (x.dtype === 'bool') return any(x, dim, options);
  return reduce('reduceMax', x, dims, options.keepdim, { ties: 'even' });
}

/** The least elements along dims; equal ones share the gradient evenly. */
export function amin(x: Tensor, dim?: Dims, options: { keepdim?: boolean } = {}): Tensor {
  const dims = normalizeDims(dim, x.shape.length);
  checkNotEmpty('amin', x, dims);
  if (x.dtype === 'bool') return all(x, dim, options);
  return reduce('reduceMin', x, dims, options.keepdim, { ties: 'even' });
}

/** Values along one dim and where they were found. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

function extreme(name: 'max' | 'min', x: Tensor, dim: number, keepdim: boolean | undefined): ValuesAndIndices {
  const axis = normalizeDim(dim, x.shape.length);
  if (x.shape.length === 0) return { values: x, indices: filled(0, [], 'i32') };
  checkNotEmpty(name, x, [axis]);
  if (x.dtype === 'bool') {
    const { values, indices } = extreme(name, cast(x, 'i32'), dim, keepdim);
    return { values: cast(values, 'bool'), indices };
  }
  const indices = op(name === 'max' ? 'argmax' : 'argmin', [x], { dim: axis });
  const values = op(name === 'max' ? 'reduceMax' : 'reduceMin', [x], { dims: [axis], ties: 'first' });
  if (!keepdim) return { values, indices };
  const kept = keptShape(x.shape, [axis]);
  return { values: reshape(values, kept), indices: reshape(indices, kept) };
}

/** The largest element; equal ones share the gradient evenly. With a dim: the elements along it and their indices, the first of equal ones. */
export function max(x: Tensor): Tensor;
export function max(x: Tensor, dim: number, options?: { keepdim?: boolean }): ValuesAndIndices;
export function max(x: Tensor, dim?: number, options: { keepdim?: boolean } = {}): Tensor | ValuesAndIndices {
  return dim === undefined ? amax(x) : extreme('max', x, dim, options.keepdim);
}

/** The least element; equal ones share the gradient evenly. With a dim: the elements along it and their indices, the first of equal ones. */
export function min(x: Tensor): Tensor;
export function min(x: Tensor, dim: number, options?: { keepdim?: boolean }): ValuesAndIndices;
export function min(x: Tensor, dim?: number, options: { keepdim?: boolean } = {}): Tensor | ValuesAndIndices {
  return dim === undefined ? amin(x) : extreme('min', x, dim, options.keepdim);
}

function argument(name: 'argmax' | 'argmin', x: Tensor, dim: number | undefined, keepdim: boolean | undefined): Tensor {
  const value = dim === undefined ? flatten(x) : x;
  const axis = dim === undefined ? 0 : normalizeDim(dim, x.shape.length);
  checkNotEmpty(name, value, [axis]);
  if (value.shape.length === 0) return filled(0, [], 'i32');
  const found = op(name, [value], { dim: axis });
  if (!keepdim) return found;
  return reshape(found, dim === undefined ? x.shape.map(() => 1) : keptShape(x.shape, [axis]));
}

/** Where the largest element is: along `dim`, or in the flattened tensor. The first of equal ones. i32. */
export function argmax(x: Tensor, dim?: number, options: { keepdim?: boolean } = {}): Tensor {
  return argument('argmax', x, dim, options.keepdim);
}

/** Where the least element is: along `dim`, or in the flattened tensor. The first of equal ones. i32. */
export function argmin(x: Tensor, dim?: number, options: { keepdim?: boolean } = {}): Tensor {
  return argument('argmin', x, dim, options.keepdim);
}

/** Whether every element is true (not zero). True for no elements. */
export function all(x: Tensor, dim?: Dims, options: { keepdim?: boolean } = {}): Tensor {
  const dims = normalizeDims(dim, x.shape.length);
  const zeros = cast(eq(x, x.dtype === 'bool' ? false : 0), 'i32');
  return eq(reduce('reduceSum', zeros, dims, options.keepdim), 0);
}

/** Whether some element is true (not zero). False for no elements. */
export function any(x: Tensor, dim?: Dims, options: { keepdim?: boolean } = {}): Tensor {
  const dims = normalizeDims(dim, x.shape.length);
  return op('gt', [
    reduce('reduceSum', cast(cast(x, 'bool'), 'i32'), dims, options.keepdim),
    filled(0, options.keepdim ? keptShape(x.shape, dims) : x.shape.filter((_, axis) => !dims.includes(axis)), 'i32'),
  ]);
}

/** The p-norm over dims: `(sum |x|^p)^(1/p)`; p may be 0 (how many are not zero), Infinity or -Infinity. Its gradient at 0 is 0. */
export function norm(x: Tensor, p = 2, options: { dim?: Dims; keepdim?: boolean } = {}): Tensor {
  const value = toFloat(x);
  const dims = normalizeDims(options.dim, x.shape.length);
  if (p === Number.POSITIVE_INFINITY) return amax(abs(value), dims, options);
  if (p === Number.NEGATIVE_INFINITY) return amin(abs(value), dims, options);
  if (p === 0) return reduce('reduceSum', cast(cast(value, 'bool'), value.dtype), dims, options.keepdim);
  if (p === 1) return reduce('reduceSum', abs(value), dims, options.keepdim);
  const powered = p === 2 ? mul(value, value) : p < 1 ? steepPowerOf(abs(value), p) : powerOf(abs(value), p);
  const total = reduce('reduceSum', powered, dims, options.keepdim);
  // The root's gradient is infinite at 0: take the root of 1 there, so that the chain rule meets 0 and not 0 * inf.
  const zero = eq(total, 0);
  const safe = where(zero, 1, total);
  return where(zero, 0, p === 2 ? sqrt(safe) : powerOf(safe, 1 / p));
}

function powerOf(x: Tensor, exponent: number): Tensor {
  return op('pow', [x, filled(exponent, x.shape, x.dtype)]);
}

/** x^p of x >= 0 for p below 1, whose gradient at 0 is infinite: 0 here. */
function steepPowerOf(x: Tensor, p: number): Tensor {
  const zero = eq(x, 0);
  return where(zero, p < 0 ? Number.POSITIVE_INFINITY : 0, powerOf(where(zero, 1, x), p));
}

/** `log(sum(exp(x)))`, computed from the largest element so that it does not overflow. */
export function logsumexp(x: Tensor, dim: Dims, options: { keepdim?: boolean } = {}): Tensor {
  const value = toFloat(x);
  const dims = normalizeDims(dim, x.shape.length);
  const largest = finiteMaximum(value, dims);
  const total = add(log(reduce('reduceSum', exp(sub(value, largest)), dims, true)), largest);
  return options.keepdim
    ? total
    : reshape(
        total,
        x.shape.filter((_, axis) => !dims.includes(axis)),
      );
}

/** The largest elements with dims kept, outside the gradient; 0 where the largest is infinite, as inf - inf is NaN. */
function finiteMaximum(x: Tensor, dims: readonly number[]): Tensor {
  const largest = op('stopGradient', [reduce('reduceMax', x, dims, true, { ties: 'even' })]);
  return where(eq(abs(largest), Number.POSITIVE_INFINITY), 0, largest);
}

/** `exp(x) / sum(exp(x))` along `dim`. */
export function softmax(x: Tensor, dim: number): Tensor {
  const value = toFloat(x);
  const dims = [normalizeDim(dim, x.shape.length)];
  if (x.shape.length === 0) return filled(1, [], value.dtype);
  if (x.shape[dims[0]!] === 0) return value;
  const powers = exp(sub(value, op('stopGradient', [reduce('reduceMax', value, dims, true, { ties: 'even' })])));
  return div(powers, reduce('reduceSum', powers, dims, true));
}

/** `log(softmax(x))` along `dim`, computed without overflow. */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  const value = toFloat(x);
  const dims = [normalizeDim(dim, x.shape.length)];
  if (x.shape.length === 0) return filled(0, [], value.dtype);
  if (x.shape[dims[0]!] === 0) return value;
  const shifted = sub(value, op('stopGradient', [reduce('reduceMax', value, dims, true, { ties: 'even' })]));
  return sub(shifted, log(reduce('reduceSum', exp(shifted), dims, true)));
}

/** Running sums along `dim`. */
export function cumsum(x: Tensor, dim: number): Tensor {
  const axis = normalizeDim(dim, x.shape.length);
  const value = summable(x, undefined);
  return x.shape.length === 0 ? value : op('cumsum', [value], { dim: axis });
}

/** Running products along `dim`. */
export function cumprod(x: Tensor, dim: number): Tensor {
  const axis = normalizeDim(dim, x.shape.length);
  const value = summable(x, undefined);
  return x.shape.length === 0 ? value : op('cumprod', [value], { dim: axis });
}

/** The element where the index points, along `dim`, for each row: used to read one class per row. */
export function pick(x: Tensor, index: Tensor, dim: number): Tensor {
  const axis = normalizeDim(dim, x.shape.length);
  const column = reshape(index, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis + 1)]);
  return reshape(
    gather(x, axis, column),
    x.shape.filter((_, at) => at !== axis),
  );
}
