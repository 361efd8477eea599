/** Parts of a tensor, by position or by index tensors, as tensors of their own. `views.ts` has those that share memory. */
import { dtypeError, rangeError, shapeError } from '../errors.js';
import { eagerExecutor, isKnown, op, stackOf, surelyLess } from '../op.js';
import { alike, broadcastTo, cast, filled } from '../promotion.js';
import { broadcastShapes, normalizeDim, numel, range, shapeText } from '../shape.js';
import { Tensor } from '../tensor.js';
import { copyOf, ownCopy } from '../views.js';
import { add, mul } from './arithmetic.js';
import { knownElements, maskPositions } from './mask.js';
import { flatten, permute, reshape, squeeze, unsqueeze } from './movement.js';

/** Positions along an axis: `length` of them from `start` on, `step` apart. */
export interface Part {
  readonly start: number;
  readonly length: number;
  readonly step: number;
}

/** `length` elements along `dim` from `start` on. */
export function narrow(x: Tensor, dim: number, options: { start: number; length: number }): Tensor {
  if (!isKnown(options.start) && options.length === 1) return unsqueeze(select(x, dim, options.start), normalizeDim(dim, x.shape.length));
  const { start, length, step } = narrowPart(x, dim, options);
  return cut(x, normalizeDim(dim, x.shape.length), start, length, step);
}

export function narrowPart(x: Tensor, dim: number, options: { start: number; length: number }): Part {
  const axis = normalizeDim(dim, x.shape.length);
  const size = x.shape[axis]!;
  const start = surelyLess(options.start, 0) ? options.start + size : options.start;
  if (surelyLess(start, 0) || surelyLess(options.length, 0) || surelyLess(size, start + options.length)) {
    throw rangeError(`narrow: ${options.length} elements from ${options.start} on do not lie in dim ${dim} of size ${size}`);
  }
  return { start, length: options.length, step: 1 };
}

export function cut(x: Tensor, axis: number, start: number, length: number, step: number): Tensor {
  if (start === 0 && length === x.shape[axis] && step === 1) return x;
  return op('slice', [x], {
    start: x.shape.map((_, at) => (at === axis ? start : 0)),
    size: x.shape.map((size, at) => (at === axis ? length : size)),
    step: x.shape.map((_, at) => (at === axis ? step : 1)),
  });
}

/** The elements from `start` up to `end` (not included) along a dim, every `step`-th: Python's `start:end:step`, bounds beyond the size are cut. */
export interface SliceRange {
  readonly start?: number;
  readonly end?: number;
  readonly step?: number;
}

export function slice(x: Tensor, dim: number, options: SliceRange = {}): Tensor {
  const { start, length, step } = slicePart(x, dim, options);
  return cut(x, normalizeDim(dim, x.shape.length), start, length, step);
}

export function slicePart(x: Tensor, dim: number, options: SliceRange): Part {
  const axis = normalizeDim(dim, x.shape.length);
  const size = x.shape[axis]!;
  const step = options.step ?? 1;
  if (step < 1) throw rangeError(`slice: the step is ${step}; it must be at least 1`, 'flip reverses a dim');
  const start = options.start === undefined ? 0 : bound(options.start, size);
  const end = options.end === undefined ? size : bound(options.end, size);
  const length = surelyLess(end, start) ? 0 : end - start;
  return { start, length: step === 1 ? length : Math.floor((length + step - 1) / step), step };
}

/** A bound beyond the size is cut; of a named dim only where that is certain, and else run time holds the size against it. */
function bound(position: number, size: number): number {
  const from = surelyLess(position, 0) ? position + size : position;
  if (surelyLess(from, 0)) return 0;
  return surelyLess(size, from) ? size : from;
}

/** The part at one position of `dim`, which vanishes. */
export function select(x: Tensor, dim: number, index: number): Tensor {
  if (x.shape.length > 0 && !isKnown(index)) return rowAt(x, normalizeDim(dim, x.shape.length), index);
  const { start, length, step } = selectPart(x, dim, index);
  const axis = normalizeDim(dim, x.shape.length);
  const part = cut(x, axis, start, length, step);
  return reshape(
    part,
    part.shape.filter((_, at) => at !== axis),
  );
}

export function selectPart(x: Tensor, dim: number, index: number): Part {
  if (x.shape.length === 0) throw rangeError('select: a scalar has no dim to select from');
  const size = x.shape[normalizeDim(dim, x.shape.length)]!;
  const at = surelyLess(index, 0) ? index + size : index;
  if (surelyLess(at, 0) || surelyLess(size, at + 1)) throw rangeError(`index ${index} is out of range for dim ${dim} of size ${size}`);
  return { start: at, length: 1, step: 1 };
}

/** `x` with `part` in the place of positions of an axis. */
export function putPart(x: Tensor, axis: number, { start, length, step }: Part, part: Tensor): Tensor {
  const size = x.shape[axis]!;
  if (length === 0) return x;
  if (step === 1) {
    const end = start + length;
    const parts = [part];
    if (start !== 0) parts.unshift(cut(x, axis, 0, start, 1));
    if (end !== size) parts.push(cut(x, axis, end, size - end, 1));
    return parts.length === 1 ? part : op('concat', parts, { dim: axis });
  }
  const along = (amount: number) => x.shape.map((_, at) => (at === axis ? amount : 0));
  const spread = { low: along(start), high: along(size - start - length * step + step - 1), interior: along(step - 1) };
  const placed = op('pad', [part], { ...spread, value: 0 });
  const here = op('pad', [filled(1, part.shape, 'i32')], { ...spread, value: 0 });
  return op('select', [op('ne', [here, filled(0, x.shape, 'i32')]), placed, x]);
}

/** `x` with `part` at a position that a tensor or a loop tells; nothing is put at one that is out of range. */
export function putAt(x: Tensor, axis: number, position: number, part: Tensor): Tensor {
  return op('writeRow', [x, fromStart(filled(position, [], 'i32'), x.shape[axis]!), part], { dim: axis });
}

/** The part at a position that a tensor or a loop tells; what is out of range takes the nearest one. */
function rowAt(x: Tensor, axis: number, position: number): Tensor {
  const rows = axis === 0 ? x : permute(x, [axis, ...range(x.shape.length).filter((other) => other !== axis)]);
  return op('index', [rows, fromStart(filled(position, [], 'i32'), x.shape[axis]!)]);
}

/** One position, a range, everything (`null`), a tensor of positions, or `'...'` in the place of all dims that the others leave. */
export type Index = number | SliceRange | null | Tensor | '...';

/** The indices with whole dims in the place of `'...'`. */
export function withoutEllipsis(x: Tensor, indices: readonly Index[]): readonly Exclude<Index, '...'>[] {
  const result: Exclude<Index, '...'>[] = [];
  let named = 0;
  let ellipses = 0;
  for (const at of indices) {
    if (typeof at === 'string') ellipses++;
    else named += at instanceof Tensor && at.dtype === 'bool' ? at.shape.length : 1;
  }
  if (ellipses > 1) throw rangeError(`${ellipses} indices '...': it is not known how many dims each stands for`);
  for (const at of indices) {
    if (typeof at !== 'string') result.push(at);
    else if (at === '...') for (let left = named; left < x.shape.length; left++) result.push(null);
    else throw rangeError(`there is no index '${String(at)}'`, "an index is a position, a range, null, a tensor or '...'");
  }
  return result;
}

/**
 * Python's `x[i, a:b, :, t]`: one index for each dim from the first on; the dims that are left over are kept. Several index
 * tensors broadcast and are taken together; their dims stand where the first of them stood (in front, if others lie between).
 * A mask of booleans stands for as many dims as it has, and takes the elements where it holds: in eager use only.
 */
export function index(x: Tensor, given: readonly Index[]): Tensor {
  const indices = withoutEllipsis(x, given);
  if (indices.length > x.shape.length) {
    throw rangeError(`${indices.length} indices for a tensor of rank ${x.shape.length} with shape ${shapeText(x.shape)}`);
  }
  let result = x;
  let axis = 0;
  const axes: number[] = [];
  const positions: Tensor[] = [];
  for (const at of indices) {
    if (typeof at === 'number') result = select(result, axis, at);
    else {
      if (at instanceof Tensor && at.dtype === 'bool') {
        checkMask(result, axis, at);
        for (const column of maskPositions('a boolean mask', at)) {
          axes.push(axis++);
          positions.push(column);
        }
        continue;
      }
      if (at instanceof Tensor) {
        axes.push(axis);
        positions.push(at);
      } else if (at !== null) result = slice(result, axis, at);
      axis++;
    }
  }
  if (positions.length === 0) return result;
  return positions.length === 1 ? takeAlong(result, axes[0]!, positions[0]!) : takeTogether(result, axes, positions);
}

/** Index tensors on several dims: these become one dim, and the tensors one index into it. */
function takeTogether(x: Tensor, axes: readonly number[], positions: readonly Tensor[]): Tensor {
  const together = broadcastShapes(positions.map((at) => at.shape));
  let flat: Tensor | undefined;
  let size = 1;
  axes.forEach((axis, which) => {
    const at = broadcastTo(fromStart(positions[which]!, x.shape[axis]!), together);
    flat = flat === undefined ? at : add(mul(flat, x.shape[axis]!), at);
    size = size * x.shape[axis]!;
  });
  const first = axes[0]!;
  const adjacent = axes.every((axis, which) => axis === first + which);
  const place = adjacent ? first : 0;
  const rest = range(x.shape.length).filter((axis) => !axes.includes(axis));
  const ordered = permute(x, [...rest.slice(0, place), ...axes, ...rest.slice(place)]);
  const before = ordered.shape.slice(0, place);
  const after = ordered.shape.slice(place + axes.length);
  return takeAlong(reshape(ordered, [...before, size, ...after]), place, flat!);
}

/** A mask has the sizes of the dims that it stands for. */
function checkMask(x: Tensor, axis: number, mask: Tensor): void {
  mask.shape.forEach((size, at) => {
    if (size !== x.shape[axis + at]) {
      throw shapeError(`a mask of shape ${shapeText(mask.shape)} does not fit a tensor of shape ${shapeText(x.shape)} at dim ${axis + at}`);
    }
  });
}

/** An index tensor of any rank in the place of one dim. */
function takeAlong(x: Tensor, axis: number, at: Tensor): Tensor {
  const chosen = indexSelect(x, axis, reshape(at, [numel(at.shape)]));
  return reshape(chosen, [...x.shape.slice(0, axis), ...at.shape, ...x.shape.slice(axis + 1)]);
}

export function checkIndex(name: string, at: Tensor): void {
  if (at.dtype !== 'i32') throw dtypeError(`${name}: the index must be i32, but it is ${at.dtype}`, "cast it: index.to('i32')");
}

/** Negative positions count from the end. */
function fromStart(at: Tensor, size: number): Tensor {
  const length = broadcastTo(op('dimension', [], { size }), at.shape);
  const zero = filled(0, at.shape, 'i32');
  return op('select', [op('lt', [at, zero]), op('add', [at, length]), at]);
}

/** torch.gather: `out[i][j] = x[i][index[i][j]]` for dim 1. The other sizes of the index may be smaller than the tensor's. */
export function gather(x: Tensor, dim: number, at: Tensor): Tensor {
  checkIndex('gather', at);
  const axis = normalizeDim(dim, x.shape.length);
  if (x.shape.length === 0) return at.shape.length === 0 ? copyOf(x) : broadcastTo(x, at.shape);
  if (at.shape.length !== x.shape.length) {
    throw shapeError(`gather: the index has shape ${shapeText(at.shape)}, but the tensor ${shapeText(x.shape)}: the ranks must be equal`);
  }
  for (let i = 0; i < x.shape.length; i++) {
    if (i !== axis && at.shape[i]! !== x.shape[i]! && at.shape[i]! > x.shape[i]!) {
      throw shapeError(
        `gather: the index of shape ${shapeText(at.shape)} is larger than the tensor of shape ${shapeText(x.shape)} at dim ${i}`,
      );
    }
  }
  return op('gather', [x, at], { dim: axis });
}

/** The rows (or what else lies along `dim`) that the vector `index` names, in its order. */
export function indexSelect(x: Tensor, dim: number, at: Tensor): Tensor {
  checkIndex('indexSelect', at);
  if (at.shape.length > 1) throw shapeError(`indexSelect: the index must be a vector, but its shape is ${shapeText(at.shape)}`);
  const axis = normalizeDim(dim, x.shape.length);
  const vector = reshape(at, [numel(at.shape)]);
  const count = vector.shape[0]!;
  const column = reshape(
    fromStart(vector, x.shape[axis]!),
    x.shape.map((_, i) => (i === axis ? count : 1)),
  );
  return gather(
    x,
    axis,
    broadcastTo(
      column,
      x.shape.map((size, i) => (i === axis ? count : size)),
    ),
  );
}

/** Elements of the flattened tensor; the result has the index's shape. */
export function take(x: Tensor, at: Tensor): Tensor {
  checkIndex('take', at);
  return reshape(indexSelect(flatten(x), 0, reshape(at, [numel(at.shape)])), at.shape);
}

/** torch.take_along_dim: as gather, the other dims broadcast. */
export function takeAlongDim(x: Tensor, at: Tensor, dim: number): Tensor {
  checkIndex('takeAlongDim', at);
  const axis = normalizeDim(dim, x.shape.length);
  return gather(
    x,
    axis,
    broadcastTo(
      fromStart(at, x.shape[axis]!),
      x.shape.map((size, i) => (i === axis ? at.shape[i]! : size)),
    ),
  );
}

/**
 * 1 where the class stands and 0 elsewhere, along a new last dim of `numClasses`: in eager use, one more than the largest class unless
 * given. i32, as PyTorch gives integers. Classes out of range are an error in eager use; in built models they stand nowhere.
 */
export function oneHot(classes: Tensor, numClasses?: number): Tensor {
  checkIndex('oneHot', classes);
  if (numClasses === undefined) return oneHot(classes, largestOf(classes) + 1);
  if (eagerExecutor().surelyOutside(classes, 0, numClasses - 1))
    throw rangeError(`oneHot: the classes are numbers from 0 to ${numClasses - 1}`);
  const shape = [...classes.shape, numClasses];
  const numbers = op('iota', [], { shape, dim: classes.shape.length, dtype: 'i32' });
  const [a, b] = alike([unsqueeze(classes, -1), numbers]) as [Tensor, Tensor];
  return cast(op('eq', [a, b]), 'i32');
}

/** The largest of integers, which must be known. */
function largestOf(classes: Tensor): number {
  const elements = knownElements('oneHot without numClasses', classes);
  if (elements.length === 0) throw shapeError('oneHot: no classes tell how many there are', 'give numClasses');
  let largest = elements[0]!;
  for (let at = 1; at < elements.length; at++) largest = Math.max(largest, elements[at]!);
  return largest;
}

/** The tensors side by side along `dim`; the other sizes must be equal. */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  const rows = stackOf(tensors);
  if (rows !== undefined) return joinRows(rows, dim);
  if (tensors.length === 0) throw shapeError('cat: there are no tensors to join');
  // As in PyTorch an empty vector joins tensors of any rank.
  const joined = tensors.filter((x) => !(x.shape.length === 1 && x.shape[0] === 0));
  const first = joined[0] ?? tensors[0]!;
  const axis = normalizeDim(dim, first.shape.length);
  if (first.shape.length === 0) throw shapeError('cat: scalars cannot be joined', 'stack makes a vector of scalars');
  for (const other of joined) {
    if (other.shape.length !== first.shape.length || other.shape.some((size, i) => i !== axis && size !== first.shape[i])) {
      throw shapeError(
        `cat: shapes ${shapeText(first.shape)} and ${shapeText(other.shape)} differ in more than dim ${dim}`,
        'only the size along the joined dim may differ',
      );
    }
  }
  const dtype = alikeType(tensors);
  if (joined.length < 2) return ownCopy(cast(first, dtype), first);
  return op(
    'concat',
    joined.map((x) => cast(x, dtype)),
    { dim: axis },
  );
}

/** The rows of a stack side by side along a dim that they have. */
function joinRows(rows: Tensor, dim: number): Tensor {
  const [count, ...shape] = rows.shape as [number, ...number[]];
  if (shape.length === 0) throw shapeError('cat: scalars cannot be joined', 'stack makes a vector of scalars');
  const axis = normalizeDim(dim, shape.length);
  const others = range(shape.length + 1).filter((at) => at !== 0);
  const inPlace = permute(rows, [...others.slice(0, axis), 0, ...others.slice(axis)]);
  return reshape(
    inPlace,
    shape.map((size, at) => (at === axis ? count * size : size)),
  );
}

function alikeType(tensors: readonly Tensor[]): Tensor['dtype'] {
  let dtype = tensors[0]!.dtype;
  for (const x of tensors) {
    if (x.dtype === 'f64' || dtype === 'bool') dtype = x.dtype;
    else if (x.dtype === 'f32' && dtype === 'i32') dtype = 'f32';
  }
  return dtype;
}

/** Tensors of one shape along a new dim. */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  const rows = stackOf(tensors);
  if (rows !== undefined) {
    const to = normalizeDim(dim, rows.shape.length);
    const others = range(rows.shape.length).filter((at) => at !== 0);
    return to === 0 ? rows : permute(rows, [...others.slice(0, to), 0, ...others.slice(to)]);
  }
  const first = tensors[0];
  if (first === undefined) throw shapeError('stack: there are no tensors to stack');
  for (const other of tensors) {
    if (shapeText(other.shape) !== shapeText(first.shape)) {
      throw shapeError(`stack: shapes ${shapeText(first.shape)} and ${shapeText(other.shape)} differ`, 'all tensors need one shape');
    }
  }
  return cat(
    tensors.map((x) => unsqueeze(x, dim)),
    normalizeDim(dim, first.shape.length + 1),
  );
}

/** Parts along `dim`: of `size` each (the last may be smaller), or of the sizes listed. */
export function split(x: Tensor, size: number | readonly number[], dim = 0): Tensor[] {
  let start = 0;
  return partSizes(x, size, dim).map((length) => {
    const part = cut(x, normalizeDim(dim, x.shape.length), start, length, 1);
    start = start + length;
    return part;
  });
}

/** The sizes of the parts that `split` gives. */
export function partSizes(x: Tensor, size: number | readonly number[], dim: number): readonly number[] {
  const axis = normalizeDim(dim, x.shape.length);
  const total = x.shape[axis]!;
  const sizes: number[] = [];
  if (typeof size === 'number') {
    if (size < 1 && total > 0) throw rangeError(`split: parts of size ${size} never fill dim ${dim} of size ${total}`);
    for (let at = 0; at < total; at += size) sizes.push(Math.min(size, total - at));
    if (total === 0) sizes.push(0);
  } else {
    sizes.push(...size);
    let sum = 0;
    for (const part of sizes) sum = sum + part;
    if (sum !== total) throw shapeError(`split: the sizes [${sizes.join(', ')}] sum to ${sum}, but dim ${dim} has size ${total}`);
  }
  return sizes;
}

/** At most `chunks` parts of one size along `dim`; the last may be smaller. */
export function chunk(x: Tensor, chunks: number, dim = 0): Tensor[] {
  const size = chunkSize(x, chunks, dim);
  return size === 0 ? range(chunks).map(() => x) : split(x, size, dim);
}

export function chunkSize(x: Tensor, chunks: number, dim: number): number {
  const axis = normalizeDim(dim, x.shape.length);
  if (chunks < 1) throw rangeError(`chunk: the number of parts is ${chunks}; it must be at least 1`);
  return Math.ceil(x.shape[axis]! / chunks);
}

/** The parts at every position of `dim`, which vanishes. */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  const axis = normalizeDim(dim, x.shape.length);
  return split(x, 1, axis).map((part) => squeeze(part, axis));
}
