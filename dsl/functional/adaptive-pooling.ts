/** Pooling over as many windows as the output has elements. https://pytorch.org/docs/stable/nn.functional.html#pooling-functions */
import { shapeError } from '../errors.js';
import { op } from '../op.js';
import { cat, gather, indexSelect, slice } from '../ops/indexing.js';
import { reshape, unsqueeze } from '../ops/movement.js';
import { mean } from '../ops/reduction.js';
import { broadcastTo, filled } from '../promotion.js';
import { numel, range, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';

/** Takes the given dims away. */
type Reduce = (part: Tensor, axes: readonly number[]) => Tensor;

/** One dim in `count` parts that cover it: part i goes from floor(i n / count) to ceil((i + 1) n / count). */
export function adaptAxis(x: Tensor, axis: number, count: number, reduce: Reduce): Tensor {
  const size = x.shape[axis]!;
  if (count === 0) return slice(x, axis, { end: 0 });
  const whole = Math.floor(size / count);
  if (whole * count === size) {
    return reduce(reshape(x, [...x.shape.slice(0, axis), count, whole, ...x.shape.slice(axis + 1)]), [axis + 1]);
  }
  const parts: Tensor[] = [];
  for (let i = 0; i < count; i++) {
    const start = Math.floor((i * size) / count);
    const end = Math.floor(((i + 1) * size + count - 1) / count);
    parts.push(unsqueeze(reduce(slice(x, axis, { start, end }), [axis]), axis));
  }
  return cat(parts, axis);
}

function adaptivePool(name: string, spatial: number, x: Tensor, outputSize: number | readonly (number | null)[], reduce: Reduce): Tensor {
  const first = x.shape.length - spatial;
  if (first !== 1 && first !== 2)
    throw shapeError(`${name}: the input must have ${spatial + 2} dims (or ${spatial + 1}), but its shape is ${shapeText(x.shape)}`);
  const wanted = range(spatial).map((at) => (typeof outputSize === 'number' ? outputSize : outputSize[at]) ?? x.shape[first + at]!);
  const even = wanted.every((count, at) => count > 0 && Math.floor(x.shape[first + at]! / count) * count === x.shape[first + at]!);
  if (even) {
    // Windows of one size do not overlap: one reduction takes them all.
    const windows = wanted.flatMap((count, at) => [count, Math.floor(x.shape[first + at]! / count)]);
    const split = reshape(x, [...x.shape.slice(0, first), ...windows]);
    return reduce(
      split,
      wanted.map((_, at) => first + 2 * at + 1),
    );
  }
  let result = x;
  // From the last dim on, so that of equal elements the first in row-major order is found.
  for (let at = spatial - 1; at >= 0; at--) result = adaptAxis(result, first + at, wanted[at]!, reduce);
  return result;
}

/** Means over as many windows as the output has elements: `[N, C, L] -> [N, C, outputSize]`. */
export function adaptiveAvgPool1d(x: Tensor, outputSize: number): Tensor {
  return adaptivePool('adaptiveAvgPool1d', 1, x, outputSize, mean);
}

/** Means over as many windows as the output has elements; null keeps a size: `[N, C, H, W] -> [N, C, ...outputSize]`. */
export function adaptiveAvgPool2d(x: Tensor, outputSize: number | readonly (number | null)[]): Tensor {
  return adaptivePool('adaptiveAvgPool2d', 2, x, outputSize, mean);
}

/** Means over as many windows as the output has elements; null keeps a size: `[N, C, D, H, W] -> [N, C, ...outputSize]`. */
export function adaptiveAvgPool3d(x: Tensor, outputSize: number | readonly (number | null)[]): Tensor {
  return adaptivePool('adaptiveAvgPool3d', 3, x, outputSize, mean);
}

type AdaptiveWithIndices = { readonly returnIndices: true };
type AdaptiveOptions = { readonly returnIndices?: boolean };

function largest(part: Tensor, axes: readonly number[]): Tensor {
  return op('reduceMax', [part], { dims: axes, ties: 'first' });
}

function adaptiveMaxPool(
  name: string,
  spatial: number,
  x: Tensor,
  outputSize: number | readonly (number | null)[],
  options: AdaptiveOptions,
): Tensor | [Tensor, Tensor] {
  const values = adaptivePool(name, spatial, x, outputSize, largest);
  return options.returnIndices === true ? [values, adaptivePositions(x, values.shape, spatial)] : values;
}

/** Where the largest element of each part stands among those of the last dims, in row-major order: the first of equal ones. i32. */
function adaptivePositions(x: Tensor, pooled: readonly number[], spatial: number): Tensor {
  const first = x.shape.length - spatial;
  const places = numel(pooled.slice(first));
  let windows: number[][] = [[0]];
  for (let axis = first; axis < x.shape.length; axis++) {
    const size = x.shape[axis]!;
    const count = pooled[axis]!;
    // All parts as long as the longest: the last element of a shorter one stands there several times and never first.
    const starts = range(count).map((i) => Math.floor((i * size) / count));
    const ends = range(count).map((i) => Math.floor(((i + 1) * size + count - 1) / count));
    const longest = Math.max(0, ...starts.map((start, i) => ends[i]! - start));
    const parts = starts.map((start, i) => range(longest).map((k) => Math.min(start + k, ends[i]! - 1)));
    windows = windows.flatMap((outer) => parts.map((inner) => outer.flatMap((row) => inner.map((column) => row * size + column))));
  }
  const length = windows[0]?.length ?? 0;
  const outer = x.shape.slice(0, first);
  const values = windows.flat();
  if (values.length === 0) return filled(0, pooled, 'i32');
  const table = op('literal', [], { values, dtype: 'i32', shape: [values.length] });
  const flat = reshape(x, [...outer, numel(x.shape.slice(first))]);
  const candidates = reshape(indexSelect(flat, first, table), [...outer, places, length]);
  const winner = op('argmax', [candidates], { dim: first + 1 });
  const named = broadcastTo(reshape(table, [places, length]), [...outer, places, length]);
  return reshape(gather(named, first + 1, unsqueeze(winner, -1)), pooled);
}

/**
 * The largest elements of as many windows as the output has elements: `[N, C, L] -> [N, C, outputSize]`. With `returnIndices` also where they
 * stand, for maxUnpool1d.
 */
export function adaptiveMaxPool1d(x: Tensor, outputSize: number, options: AdaptiveWithIndices): [Tensor, Tensor];
export function adaptiveMaxPool1d(x: Tensor, outputSize: number, options?: AdaptiveOptions): Tensor;
export function adaptiveMaxPool1d(x: Tensor, outputSize: number, options: AdaptiveOptions = {}): Tensor | [Tensor, Tensor] {
  return adaptiveMaxPool('adaptiveMaxPool1d', 1, x, outputSize, options);
}

/**
 * The largest elements of as many windows as the output has elements; null keeps a size: `[N, C, H, W] -> [N, C, ...outputSize]`. With `returnIndices` also where they
 * stand, for maxUnpool2d.
 */
export function adaptiveMaxPool2d(
  x: Tensor,
  outputSize: number | readonly (number | null)[],
  options: AdaptiveWithIndices,
): [Tensor, Tensor];
export function adaptiveMaxPool2d(x: Tensor, outputSize: number | readonly (number | null)[], options?: AdaptiveOptions): Tensor;
export function adaptiveMaxPool2d(
  x: Tensor,
  outputSize: number | readonly (number | null)[],
  options: AdaptiveOptions = {},
): Tensor | [Tensor, Tensor] {
  return adaptiveMaxPool('adaptiveMaxPool2d', 2, x, outputSize, options);
}

/**
 * The largest elements of as many windows as the output has elements; null keeps a size: `[N, C, D, H, W] -> [N, C, ...outputSize]`. With `returnIndices` also where they
 * stand, for maxUnpool3d.
 */
export function adaptiveMaxPool3d(
  x: Tensor,
  outputSize: number | readonly (number | null)[],
  options: AdaptiveWithIndices,
): [Tensor, Tensor];
export function adaptiveMaxPool3d(x: Tensor, outputSize: number | readonly (number | null)[], options?: AdaptiveOptions): Tensor;
export function adaptiveMaxPool3d(
  x: Tensor,
  outputSize: number | readonly (number | null)[],
  options: AdaptiveOptions = {},
): Tensor | [Tensor, Tensor] {
  return adaptiveMaxPool('adaptiveMaxPool3d', 3, x, outputSize, options);
}
