/** Functions whose result shares memory with their input: https://pytorch.org/docs/stable/tensor_view.html */
import { shapeError } from '../errors.js';
import { isKnown, op } from '../op.js';
import { broadcastTo, filled } from '../promotion.js';
import { normalizeDim, range, sameShape, shapeText } from '../shape.js';
import { Tensor } from '../tensor.js';
import { copyOf, type Link, layoutOf, stridesAs, viewOf } from '../views.js';
import * as indexing from './indexing.js';
import * as movement from './movement.js';

/** The tensor as a view, where `read` shows something else than the tensor itself. */
function asView(x: Tensor, shown: readonly number[], link: Link): Tensor {
  return sameShape(x.shape, shown) ? x : viewOf(x, link);
}

/** The same elements under another shape, whatever their order in memory. */
function reshapeLink(from: readonly number[], to: readonly number[]): Link {
  return {
    read: (source) => op('reshape', [source], { shape: to }),
    write: (_, part) => op('reshape', [part], { shape: from }),
    layout: (source) => ({ shape: to, strides: stridesAs(source, to)!, offset: source.offset }),
  };
}

/** The same memory under another shape. Throws where the elements do not lie so. */
export function view(x: Tensor, shape: readonly number[]): Tensor {
  const to = movement.resolveShape(x, shape);
  if (x.alias !== undefined && stridesAs(layoutOf(x), to) === undefined) {
    throw shapeError(
      `a tensor of shape ${shapeText(x.shape)} and strides ${shapeText(layoutOf(x).strides)} cannot be viewed as ${shapeText(to)}: its elements do not lie in that order in memory`,
      'reshape copies them where it must: x.reshape(...), or x.contiguous().view(...)',
    );
  }
  return asView(x, to, reshapeLink(x.shape, to));
}

/** The same elements in row-major order under another shape, one size of which may be -1. A view where the elements lie so, else a copy. */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  const to = movement.resolveShape(x, shape);
  if (x.alias !== undefined && stridesAs(layoutOf(x), to) === undefined) return op('reshape', [x], { shape: to });
  return asView(x, to, reshapeLink(x.shape, to));
}

/** The dims from `startDim` to `endDim` as one: a view where the elements lie so, else a copy. */
export function flatten(x: Tensor, startDim = 0, endDim = -1): Tensor {
  return reshape(x, movement.flatShape(x, startDim, endDim));
}

/** The inverse of flatten: `dim` becomes `sizes`, of which one may be -1. */
export function unflatten(x: Tensor, dim: number, sizes: readonly number[]): Tensor {
  return view(x, movement.unflatShape(x, dim, sizes));
}

/** Without the dims of size 1: all of them, or those named that have size 1. */
export function squeeze(x: Tensor, dim?: number | readonly number[]): Tensor {
  const kept = movement.keptDims(x, dim);
  const shape = kept.map((axis) => x.shape[axis]!);
  return asView(x, shape, {
    ...reshapeLink(x.shape, shape),
    layout: ({ strides, offset }) => ({ shape, strides: kept.map((axis) => strides[axis]!), offset }),
  });
}

/** With a dim of size 1 before `dim`. */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  const axis = normalizeDim(dim, x.shape.length + 1);
  const put = (list: readonly number[], item: number) => [...list.slice(0, axis), item, ...list.slice(axis)];
  const shape = put(x.shape, 1);
  return viewOf(x, {
    ...reshapeLink(x.shape, shape),
    layout: ({ strides, offset, ...from }) => ({
      shape,
      strides: put(strides, axis < strides.length ? from.shape[axis]! * strides[axis]! : 1),
      offset,
    }),
  });
}

/** The dims in another order. */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  const permutation = movement.resolvePermutation(x, dims);
  if (permutation.every((axis, at) => axis === at)) return x;
  const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
  return viewOf(x, {
    read: (source) => op('permute', [source], { permutation }),
    write: (_, part) => op('permute', [part], { permutation: inverse }),
    layout: ({ shape, strides, offset }) => ({
      shape: permutation.map((axis) => shape[axis]!),
      strides: permutation.map((axis) => strides[axis]!),
      offset,
    }),
  });
}

/** With two dims exchanged. */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  return permute(x, movement.exchanged(x, dim0, dim1));
}

/** The transpose of a matrix; vectors and scalars stay as they are. */
export function t(x: Tensor): Tensor {
  return permute(x, movement.transposed(x));
}

/** Moves dims to other places, the rest keep their order. */
export function movedim(x: Tensor, source: number | readonly number[], destination: number | readonly number[]): Tensor {
  return permute(x, movement.movedDims(x, source, destination));
}

/** Stretches dims of size 1, and adds dims in front; -1 keeps a size. The copies of an element are one element in memory. */
export function expand(x: Tensor, sizes: readonly number[]): Tensor {
  const to = movement.expandedShape(x, sizes);
  const added = to.length - x.shape.length;
  const stretches = to.some((size, axis) => size !== (axis < added ? 1 : x.shape[axis - added]));
  const link: Link = {
    read: (source) => broadcastTo(source, to),
    write: (source, part) => op('reshape', [part], { shape: source.shape }),
    layout: ({ shape, strides, offset }) => ({
      shape: to,
      strides: to.map((size, axis) => (axis >= added && shape[axis - added] === size ? strides[axis - added]! : 0)),
      offset,
    }),
  };
  return asView(x, to, stretches ? { ...link, repeats: 'an expanded tensor' } : link);
}

/** `length` elements of an axis from `start` on, `step` apart. */
function cut(x: Tensor, axis: number, { start, length, step }: indexing.Part): Tensor {
  const size = x.shape[axis]!;
  if (start === 0 && length === size && step === 1) return x;
  return viewOf(x, {
    read: (source) => indexing.cut(source, axis, start, length, step),
    write: (source, part) => indexing.putPart(source, axis, { start, length, step }, part),
    layout: ({ shape, strides, offset }) => ({
      shape: shape.map((own, at) => (at === axis ? length : own)),
      strides: strides.map((stride, at) => (at === axis ? stride * step : stride)),
      offset: offset + strides[axis]! * start,
    }),
  });
}

/** `length` elements along `dim` from `start` on. */
export function narrow(x: Tensor, dim: number, options: { start: number; length: number }): Tensor {
  if (!isKnown(options.start) && options.length === 1) return unsqueeze(select(x, dim, options.start), normalizeDim(dim, x.shape.length));
  return cut(x, normalizeDim(dim, x.shape.length), indexing.narrowPart(x, dim, options));
}

/** The elements from `start` up to `end` (not included) along a dim, every `step`-th: Python's `start:end:step`, bounds beyond the size are cut. */
export function slice(x: Tensor, dim: number, options: indexing.SliceRange = {}): Tensor {
  return cut(x, normalizeDim(dim, x.shape.length), indexing.slicePart(x, dim, options));
}

/** The part at one position of `dim`, which vanishes. */
export function select(x: Tensor, dim: number, position: number): Tensor {
  if (x.shape.length === 0 || isKnown(position)) {
    const at = indexing.selectPart(x, dim, position);
    const axis = normalizeDim(dim, x.shape.length);
    const part = cut(x, axis, at);
    const shape = part.shape.filter((_, other) => other !== axis);
    return viewOf(part, {
      ...reshapeLink(part.shape, shape),
      layout: ({ strides, offset }) => ({ shape, strides: strides.filter((_, other) => other !== axis), offset }),
    });
  }
  const axis = normalizeDim(dim, x.shape.length);
  return viewOf(x, {
    read: (source) => indexing.select(source, axis, position),
    write: (source, part) => indexing.putAt(source, axis, position, part),
    layout: ({ shape, strides, offset }) => ({
      shape: shape.filter((_, other) => other !== axis),
      strides: strides.filter((_, other) => other !== axis),
      offset: offset + strides[axis]! * position,
    }),
  });
}

/**
 * Python's `x[i, a:b, :, t]`: one index for each dim from the first on; the dims that are left over are kept. Of numbers and ranges a
 * view. Several index tensors broadcast and are taken together; their dims stand where the first of them stood (in front, if others
 * lie between). A mask of booleans stands for as many dims as it has, and takes the elements where it holds: in eager use only.
 * Index tensors and masks give a copy.
 */
export function index(x: Tensor, given: readonly indexing.Index[]): Tensor {
  const indices = indexing.withoutEllipsis(x, given);
  if (indices.length > x.shape.length || indices.some((at) => at instanceof Tensor)) return indexing.index(x, indices);
  let result = x;
  let axis = 0;
  for (const at of indices) {
    if (typeof at === 'number') result = select(result, axis, at);
    else {
      if (at !== null) result = slice(result, axis, at as indexing.SliceRange);
      axis++;
    }
  }
  return result;
}

/** Parts along `dim`: of `size` each (the last may be smaller), or of the sizes listed. */
export function split(x: Tensor, size: number | readonly number[], dim = 0): Tensor[] {
  const axis = normalizeDim(dim, x.shape.length);
  let start = 0;
  return indexing.partSizes(x, size, dim).map((length) => {
    const part = cut(x, axis, { start, length, step: 1 });
    start = start + length;
    return part;
  });
}

/** At most `chunks` parts of one size along `dim`; the last may be smaller. */
export function chunk(x: Tensor, chunks: number, dim = 0): Tensor[] {
  const size = indexing.chunkSize(x, chunks, dim);
  return size === 0 ? range(chunks).map(() => x) : split(x, size, dim);
}

/** The parts at every position of `dim`, which vanishes. */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  const axis = normalizeDim(dim, x.shape.length);
  return range(x.shape[axis]!).map((at) => select(x, axis, at));
}

/** The elements where dim1 and dim2 have one index (apart by `offset`), as a new last dim. */
export function diagonal(x: Tensor, offset = 0, options: { dim1?: number; dim2?: number } = {}): Tensor {
  const rank = x.shape.length;
  const dim1 = normalizeDim(options.dim1 ?? 0, rank);
  const dim2 = normalizeDim(options.dim2 ?? 1, rank);
  const rest = range(rank).filter((axis) => axis !== dim1 && axis !== dim2);
  return viewOf(x, {
    read: (source) => movement.diagonal(source, offset, { dim1, dim2 }),
    write: (source, part) => putDiagonal(source, part, { offset, dim1, dim2 }),
    layout: ({ shape, strides, ...from }) => {
      const top = Math.max(0, -offset);
      const left = Math.max(0, offset);
      const length = Math.max(0, Math.min(shape[dim1]! - top, shape[dim2]! - left));
      return {
        shape: [...rest.map((axis) => shape[axis]!), length],
        strides: [...rest.map((axis) => strides[axis]!), strides[dim1]! + strides[dim2]!],
        offset: length === 0 ? from.offset : from.offset + top * strides[dim1]! + left * strides[dim2]!,
      };
    },
  });
}

function putDiagonal(source: Tensor, part: Tensor, { offset, dim1, dim2 }: { offset: number; dim1: number; dim2: number }): Tensor {
  const { shape } = source;
  const length = part.shape[part.shape.length - 1]!;
  if (length === 0) return source;
  const rest = range(shape.length).filter((axis) => axis !== dim1 && axis !== dim2);
  const rows = shape[dim1]!;
  const top = Math.max(0, -offset);
  const none = part.shape.map(() => 0);
  const at = (size: number) => none.map((_, axis) => (axis === none.length - 1 ? size : 0));
  // Each row of the matrix has the element that belongs on its diagonal, in every column.
  const padded = op('pad', [part], { low: at(top), high: at(rows - top - length), interior: none, value: 0 });
  const inFront = [...rest.map((axis) => shape[axis]!), rows, shape[dim2]!];
  const everywhere = broadcastTo(movement.unsqueeze(padded, -1), inFront);
  const order = [...rest, dim1, dim2];
  const placed = movement.permute(
    everywhere,
    shape.map((_, axis) => order.indexOf(axis)),
  );
  const row = op('iota', [], { shape, dim: dim1, dtype: 'i32' });
  const column = op('iota', [], { shape, dim: dim2, dtype: 'i32' });
  return op('select', [op('eq', [column, op('add', [row, filled(offset, shape, 'i32')])]), placed, source]);
}

/** Windows of `size` elements along `dim`, `step` apart, as a new last dim. */
export function unfold(x: Tensor, dim: number, options: { size: number; step: number }): Tensor {
  const axis = normalizeDim(dim, x.shape.length);
  const { size, step } = options;
  const windows = { dims: [axis], kernel: [size], stride: [step], dilation: [1] };
  const link: Link = {
    read: (source) => movement.unfold(source, axis, options),
    write(source, part) {
      const sums = { ...windows, sizes: [source.shape[axis]!] };
      const covered = op('fold', [filled(1, part.shape, 'i32')], sums);
      return op('select', [op('ne', [covered, filled(0, covered.shape, 'i32')]), op('fold', [part], sums), source]);
    },
    layout: ({ shape, strides, offset }) => ({
      shape: [...shape.map((own, at) => (at === axis ? Math.floor((own - size) / step) + 1 : own)), size],
      strides: [...strides.map((stride, at) => (at === axis ? stride * step : stride)), strides[axis]!],
      offset,
    }),
  };
  return viewOf(x, step < size ? { ...link, repeats: 'a tensor of overlapping windows' } : link);
}

/** The tensor itself where its elements lie in row-major order, else a copy of it. */
export function contiguous(x: Tensor, isContiguous: boolean): Tensor {
  return isContiguous ? x : copyOf(x);
}
