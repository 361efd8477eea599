/** Other shapes and orders of the same elements, as tensors of their own: what the library computes with. `views.ts` has those that share memory. */
import { rangeError, shapeError } from '../errors.js';
import { op, surelyLess } from '../op.js';
import { broadcastTo, filled } from '../promotion.js';
import { normalizeDim, numel, range, sameShape, shapeText } from '../shape.js';
import { Tensor } from '../tensor.js';
import { copyOf, ownCopy } from '../views.js';
import { knownElements, positionsOf } from './mask.js';

/** A shape for the elements of `x`; one size may be -1, which is inferred. */
export function resolveShape(x: Tensor, shape: readonly number[]): readonly number[] {
  const total = numel(x.shape);
  let inferred = -1;
  let known = 1;
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis]!;
    if (size === -1) {
      if (inferred >= 0) throw shapeError(`only one size of a shape may be -1: ${shapeText(shape)}`);
      inferred = axis;
    } else if (surelyLess(size, 0)) {
      throw shapeError(`a shape holds sizes of at least 0, or one -1: ${shapeText(shape)}`);
    } else known = known * size;
  }
  let wanted: readonly number[] = shape;
  if (inferred >= 0) {
    if (known === 0) throw shapeError(`the size -1 of ${shapeText(shape)} cannot be inferred: the other sizes multiply to 0`);
    const size = Math.floor(total / known);
    wanted = shape.map((given, axis) => (axis === inferred ? size : given));
  }
  if (numel(wanted) !== total) {
    throw shapeError(`a tensor of shape ${shapeText(x.shape)} cannot be viewed as ${shapeText(shape)}: the number of elements differs`);
  }
  return wanted;
}

/** The same elements in row-major order under another shape; one size may be -1, which is inferred. */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  const wanted = resolveShape(x, shape);
  return sameShape(x.shape, wanted) ? x : op('reshape', [x], { shape: wanted });
}

/** The dims from `startDim` to `endDim` as one. A scalar becomes a vector of one element. */
export function flatten(x: Tensor, startDim = 0, endDim = -1): Tensor {
  return reshape(x, flatShape(x, startDim, endDim));
}

export function flatShape(x: Tensor, startDim: number, endDim: number): readonly number[] {
  const rank = x.shape.length;
  if (rank === 0) return [1];
  const start = normalizeDim(startDim, rank);
  const end = normalizeDim(endDim, rank);
  if (start > end) throw rangeError(`flatten: startDim ${startDim} comes after endDim ${endDim}`);
  return [...x.shape.slice(0, start), numel(x.shape.slice(start, end + 1)), ...x.shape.slice(end + 1)];
}

/** The inverse of flatten: `dim` becomes `sizes`, of which one may be -1. */
export function unflatten(x: Tensor, dim: number, sizes: readonly number[]): Tensor {
  return reshape(x, unflatShape(x, dim, sizes));
}

export function unflatShape(x: Tensor, dim: number, sizes: readonly number[]): readonly number[] {
  const axis = normalizeDim(dim, x.shape.length);
  const size = x.shape[axis]!;
  let known = 1;
  for (const part of sizes) if (part !== -1) known = known * part;
  const parts = sizes.map((part) => (part === -1 ? Math.floor(size / known) : part));
  if (numel(parts) !== size) throw shapeError(`unflatten: dim ${dim} of size ${size} is not the product of ${shapeText(sizes)}`);
  return [...x.shape.slice(0, axis), ...parts, ...x.shape.slice(axis + 1)];
}

/** Without the dims of size 1: all of them, or those named that have size 1. */
export function squeeze(x: Tensor, dim?: number | readonly number[]): Tensor {
  return reshape(
    x,
    keptDims(x, dim).map((axis) => x.shape[axis]!),
  );
}

/** The dims that `squeeze` leaves. */
export function keptDims(x: Tensor, dim?: number | readonly number[]): readonly number[] {
  const rank = x.shape.length;
  const named = dim === undefined ? range(rank) : (typeof dim === 'number' ? [dim] : dim).map((d) => normalizeDim(d, rank));
  return range(rank).filter((axis) => !(x.shape[axis] === 1 && named.includes(axis)));
}

/** With a dim of size 1 before `dim`. */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  const axis = normalizeDim(dim, x.shape.length + 1);
  return op('reshape', [x], { shape: [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)] });
}

/** The dims in another order. */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  const permutation = resolvePermutation(x, dims);
  return permutation.every((axis, at) => axis === at) ? x : op('permute', [x], { permutation });
}

export function resolvePermutation(x: Tensor, dims: readonly number[]): readonly number[] {
  const rank = x.shape.length;
  if (dims.length !== rank) {
    throw shapeError(`permute: ${dims.length} dims are named for a tensor of rank ${rank} with shape ${shapeText(x.shape)}`);
  }
  const permutation = dims.map((dim) => normalizeDim(dim, rank));
  permutation.forEach((axis, at) => {
    if (permutation.indexOf(axis) !== at) throw rangeError(`permute: dim ${dims[at]} is named twice in [${dims.join(', ')}]`);
  });
  return permutation;
}

/** With two dims exchanged. */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  return permute(x, exchanged(x, dim0, dim1));
}

export function exchanged(x: Tensor, dim0: number, dim1: number): readonly number[] {
  const rank = x.shape.length;
  const a = normalizeDim(dim0, rank);
  const b = normalizeDim(dim1, rank);
  return range(rank).map((axis) => (axis === a ? b : axis === b ? a : axis));
}

/** The transpose of a matrix; vectors and scalars stay as they are. */
export function t(x: Tensor): Tensor {
  return permute(x, transposed(x));
}

export function transposed(x: Tensor): readonly number[] {
  if (x.shape.length > 2)
    throw shapeError(`t() is for tensors of rank 2 or less, not of shape ${shapeText(x.shape)}`, 'use transpose or permute');
  return x.shape.length < 2 ? range(x.shape.length) : [1, 0];
}

/** Moves dims to other places, the rest keep their order. */
export function movedim(x: Tensor, source: number | readonly number[], destination: number | readonly number[]): Tensor {
  return permute(x, movedDims(x, source, destination));
}

export function movedDims(x: Tensor, source: number | readonly number[], destination: number | readonly number[]): readonly number[] {
  const rank = x.shape.length;
  const from = (typeof source === 'number' ? [source] : source).map((dim) => normalizeDim(dim, rank));
  const to = (typeof destination === 'number' ? [destination] : destination).map((dim) => normalizeDim(dim, rank));
  if (from.length !== to.length) throw shapeError(`movedim: ${from.length} source dims but ${to.length} destinations`);
  const rest = range(rank).filter((axis) => !from.includes(axis));
  let next = 0;
  return range(rank).map((axis) => {
    const at = to.indexOf(axis);
    return at >= 0 ? from[at]! : rest[next++]!;
  });
}

/** Stretches dims of size 1, and adds dims in front; -1 keeps a size. */
export function expand(x: Tensor, shape: readonly number[]): Tensor {
  return broadcastTo(x, expandedShape(x, shape));
}

export function expandedShape(x: Tensor, shape: readonly number[]): readonly number[] {
  const added = shape.length - x.shape.length;
  if (added < 0) throw shapeError(`expand: ${shapeText(shape)} has fewer dims than the tensor's shape ${shapeText(x.shape)}`);
  return shape.map((size, axis) => {
    const own = axis < added ? undefined : x.shape[axis - added]!;
    if (size === -1) {
      if (own === undefined) throw shapeError(`expand: -1 stands for an existing size, but dim ${axis} of ${shapeText(shape)} is new`);
      return own;
    }
    if (own !== undefined && own !== 1 && own !== size) {
      throw shapeError(
        `expand: size ${own} at dim ${axis - added} of ${shapeText(x.shape)} does not stretch to ${size}`,
        'only dims of size 1 stretch',
      );
    }
    return size;
  });
}

/** Copies of the tensor side by side: `repeats[i]` times along dim i; more repeats than dims add dims in front. */
export function repeat(x: Tensor, repeats: readonly number[]): Tensor {
  const added = repeats.length - x.shape.length;
  if (added < 0) throw shapeError(`repeat: ${repeats.length} counts for a tensor of rank ${x.shape.length}`, 'give one count for each dim');
  const shape = [...repeats.slice(0, added).map(() => 1), ...x.shape];
  const spread: number[] = [];
  const stretched: number[] = [];
  const result: number[] = [];
  shape.forEach((size, axis) => {
    spread.push(1, size);
    stretched.push(repeats[axis]!, size);
    result.push(repeats[axis]! * size);
  });
  return ownCopy(reshape(broadcastTo(reshape(x, spread), stretched), result), x);
}

/**
 * Each element `count` times in a row along `dim`; without a dim, of the flattened tensor. A vector of i32 has a count for each position
 * (eager use only).
 */
export function repeatInterleave(x: Tensor, count: number | Tensor, dim?: number): Tensor {
  if (dim === undefined) return repeatInterleave(flatten(x), count, 0);
  const axis = normalizeDim(dim, x.shape.length);
  if (count instanceof Tensor) return repeatEach(x, count, axis);
  const before = x.shape.slice(0, axis);
  const after = x.shape.slice(axis + 1);
  const size = x.shape[axis]!;
  const spread = broadcastTo(reshape(x, [...before, size, 1, ...after]), [...before, size, count, ...after]);
  return ownCopy(reshape(spread, [...before, size * count, ...after]), x);
}

/** The element at each position of an axis as often as the vector says. */
function repeatEach(x: Tensor, counts: Tensor, axis: number): Tensor {
  const size = x.shape[axis]!;
  const elements = knownElements('repeatInterleave with a tensor of counts', counts);
  if (counts.shape.length > 1 || (elements.length !== size && elements.length !== 1)) {
    throw shapeError(`repeatInterleave: counts of shape ${shapeText(counts.shape)} for dim ${axis} of size ${size}`);
  }
  const positions: number[] = [];
  for (let at = 0; at < size; at++) {
    const count = elements[elements.length === 1 ? 0 : at]!;
    if (count < 0) throw rangeError(`repeatInterleave: the count of position ${at} is ${count}`);
    for (let turn = 0; turn < count; turn++) positions.push(at);
  }
  const column = reshape(
    positionsOf(positions),
    x.shape.map((_, at) => (at === axis ? positions.length : 1)),
  );
  const all = x.shape.map((own, at) => (at === axis ? positions.length : own));
  return op('gather', [x, broadcastTo(column, all)], { dim: axis });
}

/** As repeat, but fewer counts than dims are completed with ones in front. */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  const missing = Math.max(0, x.shape.length - repeats.length);
  return repeat(x, [...range(missing).map(() => 1), ...repeats]);
}

/** The elements in reverse order along dims. */
export function flip(x: Tensor, dims: readonly number[]): Tensor {
  const axes = dims.map((dim) => normalizeDim(dim, x.shape.length)).sort((a, b) => a - b);
  axes.forEach((axis, at) => {
    if (axes.indexOf(axis) !== at) throw rangeError(`flip: dim ${axis} is named twice in [${dims.join(', ')}]`);
  });
  return axes.length === 0 ? copyOf(x) : op('flip', [x], { dims: axes });
}

/** The elements moved on by `shifts` along dims; what leaves at the end returns at the start. Without dims, the flattened tensor. */
export function roll(x: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]): Tensor {
  const by = typeof shifts === 'number' ? [shifts] : shifts;
  if (dims === undefined) return ownCopy(reshape(rollOne(flatten(x), by[0] ?? 0, 0), x.shape), x);
  const axes = typeof dims === 'number' ? [dims] : dims;
  if (axes.length !== by.length) throw shapeError(`roll: ${by.length} shifts for ${axes.length} dims`);
  let result = x;
  axes.forEach((dim, at) => {
    result = rollOne(result, by[at]!, normalizeDim(dim, x.shape.length));
  });
  return ownCopy(result, x);
}

function rollOne(x: Tensor, shift: number, axis: number): Tensor {
  const size = x.shape[axis]!;
  if (size === 0 || shift === 0) return x;
  const back = ((shift % size) + size) % size;
  if (back === 0) return x;
  const part = (from: number, length: number) =>
    op('slice', [x], {
      start: x.shape.map((_, at) => (at === axis ? from : 0)),
      size: x.shape.map((own, at) => (at === axis ? length : own)),
      step: x.shape.map(() => 1),
    });
  return op('concat', [part(size - back, back), part(0, size - back)], { dim: axis });
}

/** Row and column numbers of the last two dims. */
function rowsAndColumns(x: Tensor, name: string): [Tensor, Tensor] {
  const rank = x.shape.length;
  if (rank < 2) throw shapeError(`${name}: the tensor needs at least two dims, but its shape is ${shapeText(x.shape)}`);
  const row = op('iota', [], { shape: x.shape, dim: rank - 2, dtype: 'i32' });
  const column = op('iota', [], { shape: x.shape, dim: rank - 1, dtype: 'i32' });
  return [row, column];
}

/** The lower triangle of the last two dims, the rest 0: columns up to row + diagonal. */
export function tril(x: Tensor, diagonal = 0): Tensor {
  const [row, column] = rowsAndColumns(x, 'tril');
  const inside = op('le', [column, op('add', [row, filled(diagonal, x.shape, 'i32')])]);
  return op('select', [inside, x, filled(0, x.shape, x.dtype)]);
}

/** The upper triangle of the last two dims, the rest 0: columns from row + diagonal on. */
export function triu(x: Tensor, diagonal = 0): Tensor {
  const [row, column] = rowsAndColumns(x, 'triu');
  const inside = op('ge', [column, op('add', [row, filled(diagonal, x.shape, 'i32')])]);
  return op('select', [inside, x, filled(0, x.shape, x.dtype)]);
}

/** The elements where dim1 and dim2 have one index (apart by `offset`), as a new last dim. */
export function diagonal(x: Tensor, offset = 0, options: { dim1?: number; dim2?: number } = {}): Tensor {
  const rank = x.shape.length;
  const dim1 = normalizeDim(options.dim1 ?? 0, rank);
  const dim2 = normalizeDim(options.dim2 ?? 1, rank);
  if (dim1 === dim2) throw rangeError(`diagonal: both dims are ${dim1}`);
  const rest = range(rank).filter((axis) => axis !== dim1 && axis !== dim2);
  const matrix = permute(x, [...rest, dim1, dim2]);
  const stack = rest.map((axis) => x.shape[axis]!);
  const rows = x.shape[dim1]!;
  const columns = x.shape[dim2]!;
  const top = Math.max(0, -offset);
  const left = Math.max(0, offset);
  const length = Math.max(0, Math.min(rows - top, columns - left));
  if (length === 0) return filled(0, [...stack, 0], x.dtype);
  const square = op('slice', [matrix], {
    start: [...stack.map(() => 0), top, left],
    size: [...stack, length, length],
    step: [...stack.map(() => 1), 1, 1],
  });
  // Element i of the diagonal lies at i * (length + 1) of the flattened square.
  const flat = reshape(square, [...stack, length * length]);
  return op('slice', [flat], {
    start: [...stack.map(() => 0), 0],
    size: [...stack, length],
    step: [...stack.map(() => 1), length + 1],
  });
}

/** Windows of `size` elements along `dim`, `step` apart, as a new last dim. */
export function unfold(x: Tensor, dim: number, options: { size: number; step: number }): Tensor {
  const axis = normalizeDim(dim, x.shape.length);
  if (surelyLess(x.shape[axis]!, options.size)) {
    throw rangeError(`unfold: a window of ${options.size} does not fit into dim ${dim} of size ${x.shape[axis]}`);
  }
  return op('unfold', [x], { dims: [axis], kernel: [options.size], stride: [options.step], dilation: [1] });
}
