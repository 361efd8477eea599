/** Arrangements of parts and of whole tensors by PyTorch's other names. https://pytorch.org/docs/stable/torch.html#indexing-slicing-joining-mutating-ops */
import { rangeError, shapeError } from '../errors.js';
import { broadcastTo } from '../promotion.js';
import { broadcastShapes, normalizeDim, range, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { copyOf } from '../views.js';
import { cat } from './indexing.js';
import { flip } from './movement.js';
import { expand, flatten, movedim, narrow, reshape, split, transpose, unsqueeze } from './views.js';

export function swapaxes(x: Tensor, dim0: number, dim1: number): Tensor {
  return transpose(x, dim0, dim1);
}

export function swapdims(x: Tensor, dim0: number, dim1: number): Tensor {
  return transpose(x, dim0, dim1);
}

export function moveaxis(x: Tensor, source: number | readonly number[], destination: number | readonly number[]): Tensor {
  return movedim(x, source, destination);
}

export function ravel(x: Tensor): Tensor {
  return flatten(x);
}

export { cat as concat, expand as broadcastTo };

/** The tensors, all stretched to the shape that they have together. */
export function broadcastTensors(tensors: readonly Tensor[]): Tensor[] {
  const shape = broadcastShapes(
    tensors.map((x) => x.shape),
    'broadcastTensors',
  );
  return tensors.map((x) => broadcastTo(x, shape));
}

/** With at least one dim. */
export function atleast1d(x: Tensor): Tensor {
  return x.shape.length === 0 ? reshape(x, [1]) : x;
}

/** With at least two dims; new ones stand in front. */
export function atleast2d(x: Tensor): Tensor {
  return x.shape.length < 2 ? unsqueeze(atleast1d(x), 0) : x;
}

/** With at least three dims: a new one stands in front of a vector and behind a matrix. */
export function atleast3d(x: Tensor): Tensor {
  return x.shape.length < 3 ? unsqueeze(atleast2d(x), -1) : x;
}

/** Side by side: vectors along their only dim, others along dim 1. */
export function hstack(tensors: readonly Tensor[]): Tensor {
  const parts = tensors.map(atleast1d);
  return cat(parts, parts[0]?.shape.length === 1 ? 0 : 1);
}

/** One under the other: vectors are rows. */
export function vstack(tensors: readonly Tensor[]): Tensor {
  return cat(tensors.map(atleast2d), 0);
}

/** One behind the other, along dim 2. */
export function dstack(tensors: readonly Tensor[]): Tensor {
  return cat(tensors.map(atleast3d), 2);
}

/** Side by side along dim 1: vectors are columns. */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  return cat(
    tensors.map((x) => (x.shape.length < 2 ? reshape(x, [-1, 1]) : x)),
    1,
  );
}

/** Parts of almost one size (the first ones larger by one), or the parts between the given positions. */
export function tensorSplit(x: Tensor, sections: number | readonly number[], dim = 0): Tensor[] {
  const axis = normalizeDim(dim, x.shape.length);
  const size = x.shape[axis]!;
  if (typeof sections !== 'number') {
    const bound = (position: number) => Math.min(Math.max(position < 0 ? position + size : position, 0), size);
    const ends = [...sections.map(bound), size];
    let start = 0;
    return ends.map((end) => {
      const part = narrow(x, axis, { start, length: Math.max(0, end - start) });
      start = end;
      return part;
    });
  }
  if (sections < 1) throw rangeError(`tensorSplit: the number of parts is ${sections}; it must be at least 1`);
  const whole = Math.floor(size / sections);
  const larger = size - whole * sections;
  return split(
    x,
    range(sections).map((at) => (at < larger ? whole + 1 : whole)),
    axis,
  );
}

/** With the columns (dim 1) in reverse order. */
export function fliplr(x: Tensor): Tensor {
  if (x.shape.length < 2) throw shapeError(`fliplr: the tensor needs at least two dims, but its shape is ${shapeText(x.shape)}`);
  return flip(x, [1]);
}

/** With the rows (dim 0) in reverse order. */
export function flipud(x: Tensor): Tensor {
  if (x.shape.length < 1) throw shapeError('flipud: a scalar has no rows');
  return flip(x, [0]);
}

/** Turned k times by 90 degrees in the plane of two dims, from the first towards the second. */
export function rot90(x: Tensor, k = 1, options: { dims?: readonly [number, number] } = {}): Tensor {
  const [first, second] = options.dims ?? [0, 1];
  if (normalizeDim(first, x.shape.length) === normalizeDim(second, x.shape.length)) throw rangeError(`rot90: both dims are ${first}`);
  const turns = ((k % 4) + 4) % 4;
  if (turns === 0) return copyOf(x);
  if (turns === 2) return flip(x, [first, second]);
  return turns === 1 ? flip(transpose(x, first, second), [first]) : transpose(flip(x, [first]), first, second);
}
