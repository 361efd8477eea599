/** Tensors with values put, added or combined at places that index tensors name. Indices are i32; what they name twice is said below. */
import { dtypeError, shapeError, valueError } from '../errors.js';
import { op } from '../op.js';
import { broadcastTo, cast, filled, isFloatType, type Operand } from '../promotion.js';
import { broadcastShapes, normalizeDim, numel, shapeText } from '../shape.js';
import { Tensor } from '../tensor.js';
import { add, div, mul, sub } from './arithmetic.js';
import { gt, where } from './comparison.js';
import { checkIndex, gather, indexSelect, narrow } from './indexing.js';
import { flatten, reshape, unsqueeze } from './movement.js';
import { cumsum } from './reduction.js';

/** An update as large as the index: a number for all of them, or the part of a tensor that the index covers. */
function updatesFor(name: string, x: Tensor, index: Tensor, source: Operand): Tensor {
  checkIndex(name, index);
  if (!(source instanceof Tensor)) return filled(source, index.shape, x.dtype);
  if (source.dtype !== x.dtype) {
    throw dtypeError(`${name}: the source is ${source.dtype}, but the tensor ${x.dtype}`, `cast the source: source.to('${x.dtype}')`);
  }
  if (source.shape.length !== index.shape.length || index.shape.some((size, axis) => size > source.shape[axis]!)) {
    throw shapeError(`${name}: the source of shape ${shapeText(source.shape)} does not cover the index of shape ${shapeText(index.shape)}`);
  }
  let part = source;
  index.shape.forEach((size, axis) => {
    if (size !== source.shape[axis]) part = narrow(part, axis, { start: 0, length: size });
  });
  return part;
}

/** With `value` behind the elements, up to the sizes of x along all dims but `axis`. */
function completed(part: Tensor, x: Tensor, axis: number, value: number): Tensor {
  const none = part.shape.map(() => 0);
  const high = part.shape.map((size, at) => (at === axis ? 0 : x.shape[at]! - size));
  return high.every((amount) => amount === 0) ? part : op('pad', [part], { low: none, high, interior: none, value });
}

/** A scalar as a vector of one element, as PyTorch takes it. */
function atLeastVector(x: Tensor): Tensor {
  return x.shape.length === 0 ? reshape(x, [1]) : x;
}

interface ScatterOptions {
  readonly index: Tensor;
  /** Numbers for the places that the index names: a tensor at least as large as the index, or one number. */
  readonly source: Operand;
}

/**
 * torch.scatter: `out[index[i][j]][j] = source[i][j]` for dim 0, the rest as in x. Of updates for one place the last counts. With
 * `reduce: 'add'` or `'multiply'` updates are combined with what is there.
 */
export function scatter(x: Tensor, dim: number, options: ScatterOptions & { reduce?: 'add' | 'multiply' }): Tensor {
  const { reduce } = options;
  if (reduce === 'add') return scatterAdd(x, dim, options);
  if (reduce === 'multiply') return scatterReduce(x, dim, { ...options, reduce: 'prod' });
  if (reduce !== undefined) throw valueError(`scatter: reduce is 'add' or 'multiply', not '${String(reduce)}'`);
  if (x.shape.length === 0) return reshape(scatter(atLeastVector(x), 0, vectors(options)), []);
  const axis = normalizeDim(dim, x.shape.length);
  const { index } = options;
  const updates = updatesFor('scatter', x, index, options.source);
  if (index.shape[axis] === 0) return x;
  // Which update is the last for each place: -1 where there is none.
  const numbers = op('iota', [], { shape: index.shape, dim: axis, dtype: 'i32' });
  const last = op('scatterMax', [filled(-1, x.shape, 'i32'), index, numbers], { dim: axis });
  const hit = op('ge', [last, filled(0, x.shape, 'i32')]);
  const at = op('maximum', [last, filled(0, x.shape, 'i32')]);
  return op('select', [hit, gather(completed(updates, x, axis, 0), axis, at), x]);
}

function vectors(options: ScatterOptions): ScatterOptions {
  const { index, source } = options;
  return { index: atLeastVector(index), source: source instanceof Tensor ? atLeastVector(source) : source };
}

/** torch.scatter_add: `x` with `source` added where `index` points along `dim`. */
export function scatterAdd(x: Tensor, dim: number, options: ScatterOptions): Tensor {
  if (x.shape.length === 0) return reshape(scatterAdd(atLeastVector(x), 0, vectors(options)), []);
  const axis = normalizeDim(dim, x.shape.length);
  return op('scatterAdd', [x, options.index, updatesFor('scatterAdd', x, options.index, options.source)], { dim: axis });
}

export interface ScatterReduceOptions extends ScatterOptions {
  readonly reduce: 'sum' | 'prod' | 'mean' | 'amax' | 'amin';
  /** Whether the elements of x take part (default true); without, they stay only where nothing goes. */
  readonly includeSelf?: boolean;
}

/** torch.scatter_reduce: every element with all updates for its place. The gradient of an extreme is shared evenly; a mean of integers is rounded down. */
export function scatterReduce(x: Tensor, dim: number, options: ScatterReduceOptions): Tensor {
  if (x.shape.length === 0) return reshape(scatterReduce(atLeastVector(x), 0, { ...options, ...vectors(options) }), []);
  const { index, reduce, includeSelf = true } = options;
  const axis = normalizeDim(dim, x.shape.length);
  const updates = updatesFor('scatterReduce', x, index, options.source);
  const counts = op('scatterAdd', [filled(0, x.shape, 'i32'), index, filled(1, index.shape, 'i32')], { dim: axis });
  const base = includeSelf ? x : where(gt(counts, 0), neutral(reduce, x), x);
  switch (reduce) {
    case 'sum':
      return op('scatterAdd', [base, index, updates], { dim: axis });
    case 'mean': {
      const total = op('scatterAdd', [base, index, updates], { dim: axis });
      const count = cast(includeSelf ? add(counts, 1) : op('maximum', [counts, filled(1, x.shape, 'i32')]), x.dtype);
      return isFloatType(x.dtype) ? div(total, count) : op('floorDivide', [total, count]);
    }
    case 'amax':
      return op('scatterMax', [base, index, updates], { dim: axis });
    case 'amin':
      return mirrored(op('scatterMax', [mirrored(base), index, mirrored(updates)], { dim: axis }));
    case 'prod':
      return scatterProduct(base, axis, index, updates);
    default:
      throw valueError(`scatterReduce: reduce is 'sum', 'prod', 'mean', 'amax' or 'amin', not '${String(reduce)}'`);
  }
}

/** What changes nothing when it is combined. */
function neutral(reduce: ScatterReduceOptions['reduce'], x: Tensor): number {
  const isFloat = isFloatType(x.dtype);
  if (reduce === 'amax') return isFloat ? Number.NEGATIVE_INFINITY : -2147483648;
  if (reduce === 'amin') return isFloat ? Number.POSITIVE_INFINITY : 2147483647;
  return reduce === 'prod' ? 1 : 0;
}

/** In the opposite order: -x, or -1 - x, which every integer has. */
function mirrored(x: Tensor): Tensor {
  return isFloatType(x.dtype) ? op('neg', [x]) : op('sub', [filled(-1, x.shape, x.dtype), x]);
}

/** Every place looks at all updates of its line: n * m factors, of which those that go elsewhere are 1. */
function scatterProduct(x: Tensor, axis: number, index: Tensor, updates: Tensor): Tensor {
  const factors = unsqueeze(completed(updates, x, axis, 1), axis);
  const targets = unsqueeze(completed(index, x, axis, -1), axis);
  const shape = [...x.shape.slice(0, axis + 1), index.shape[axis]!, ...x.shape.slice(axis + 1)];
  const places = op('iota', [], { shape, dim: axis, dtype: 'i32' });
  const hit = op('eq', [broadcastTo(targets, shape), places]);
  const own = op('select', [hit, broadcastTo(factors, shape), filled(1, shape, x.dtype)]);
  return mul(x, op('reduceProd', [own], { dims: [axis + 1] }));
}

/** A vector of positions along `axis` as an index of the source's shape. */
function spread(name: string, index: Tensor, axis: number, source: Tensor): Tensor {
  checkIndex(name, index);
  if (index.shape.length > 1 || numel(index.shape) !== source.shape[axis]) {
    throw shapeError(
      `${name}: the index must be a vector with a position for each of the ${source.shape[axis]} parts of the source along dim ${axis}, but its shape is ${shapeText(index.shape)}`,
    );
  }
  return broadcastTo(
    reshape(
      index,
      source.shape.map((size, at) => (at === axis ? size : 1)),
    ),
    source.shape,
  );
}

/** torch.index_add: `alpha` times the parts of `source` along `dim` added at the positions that the vector `index` names. */
export function indexAdd(x: Tensor, dim: number, options: { index: Tensor; source: Tensor; alpha?: number }): Tensor {
  const axis = normalizeDim(dim, x.shape.length);
  const { index, source, alpha = 1 } = options;
  const updates = alpha === 1 ? source : mul(source, alpha);
  return scatterAdd(x, axis, { index: spread('indexAdd', index, axis, source), source: updates });
}

/** torch.index_copy: the parts of `source` along `dim` in the place of those that the vector `index` names; the last of several counts. */
export function indexCopy(x: Tensor, dim: number, options: { index: Tensor; source: Tensor }): Tensor {
  const axis = normalizeDim(dim, x.shape.length);
  return scatter(x, axis, { index: spread('indexCopy', options.index, axis, options.source), source: options.source });
}

/** torch.index_fill: `value` at all positions of `dim` that the vector `index` names. */
export function indexFill(x: Tensor, dim: number, options: { index: Tensor; value: Operand }): Tensor {
  const axis = normalizeDim(dim, x.shape.length);
  const { index, value } = options;
  checkIndex('indexFill', index);
  const positions = flatten(index);
  const shape = [x.shape[axis]!, positions.shape[0]!];
  const numbers = op('iota', [], { shape, dim: 0, dtype: 'i32' });
  const equal = op('eq', [numbers, broadcastTo(unsqueeze(positions, 0), shape)]);
  const hits = gt(op('reduceSum', [cast(equal, 'i32')], { dims: [1] }), 0);
  const mask = reshape(
    hits,
    x.shape.map((size, at) => (at === axis ? size : 1)),
  );
  return cast(where(mask, value instanceof Tensor ? cast(value, x.dtype) : value, x), x.dtype);
}

/**
 * torch.index_put: `values` (which broadcast) where the index tensors, one for each dim from the first on, point together. Of values
 * for one place the last counts, or all are added with `accumulate`. Negative positions count from the end.
 */
export function indexPut(x: Tensor, indices: readonly Tensor[], options: { values: Operand; accumulate?: boolean }): Tensor {
  if (indices.length === 0 || indices.length > x.shape.length) {
    throw shapeError(
      `indexPut: ${indices.length} index tensors for a tensor of shape ${shapeText(x.shape)}`,
      'give from one to as many as dims',
    );
  }
  const together = broadcastShapes(
    indices.map((at) => at.shape),
    'indexPut',
  );
  let flat = filled(0, together, 'i32');
  indices.forEach((at, axis) => {
    checkIndex('indexPut', at);
    const size = x.shape[axis]!;
    const position = where(op('lt', [at, filled(0, at.shape, 'i32')]), add(at, size), at);
    flat = add(mul(flat, size), broadcastTo(position, together));
  });
  const rest = x.shape.slice(indices.length);
  const count = numel(together);
  const { values } = options;
  const given = values instanceof Tensor ? cast(values, x.dtype) : filled(values, [], x.dtype);
  const source = reshape(broadcastTo(given, [...together, ...rest]), [count, numel(rest)]);
  const index = broadcastTo(reshape(flat, [count, 1]), source.shape);
  const matrix = reshape(x, [numel(x.shape.slice(0, indices.length)), numel(rest)]);
  const put = options.accumulate === true ? scatterAdd(matrix, 0, { index, source }) : scatter(matrix, 0, { index, source });
  return reshape(put, x.shape);
}

/** torch.masked_scatter: the elements of `source`, in order, in the places where the mask holds. */
export function maskedScatter(x: Tensor, mask: Tensor, source: Tensor): Tensor {
  if (mask.dtype !== 'bool')
    throw dtypeError(`maskedScatter: the mask is ${mask.dtype}, not bool`, "compare first, or cast with x.to('bool')");
  if (source.dtype !== x.dtype) throw dtypeError(`maskedScatter: the source is ${source.dtype}, but the tensor ${x.dtype}`);
  const shape = broadcastShapes([x.shape, mask.shape], 'maskedScatter');
  const hits = flatten(broadcastTo(mask, shape));
  const values = flatten(source);
  if (values.shape[0] === 0) return broadcastTo(x, shape);
  // Before the first hit the position would be -1; what stands there is not chosen.
  const order = op('maximum', [sub(cumsum(cast(hits, 'i32'), 0), 1), filled(0, hits.shape, 'i32')]);
  const last = op('sub', [op('dimension', [], { size: values.shape[0]! }), filled(1, [], 'i32')]);
  const bounded = op('minimum', [order, broadcastTo(last, order.shape)]);
  return op('select', [broadcastTo(mask, shape), reshape(indexSelect(values, 0, bounded), shape), broadcastTo(x, shape)]);
}
