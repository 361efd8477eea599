/** Diagonals of matrices, and matrices with a given diagonal. */
import { rangeError, shapeError } from '../errors.js';
import { op } from '../op.js';
import { filled } from '../promotion.js';
import { normalizeDim, range, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { diagonal, flatten, permute, unsqueeze } from './movement.js';
import { sum } from './reduction.js';

/**
 * `[..., n] -> [..., m, m]` with m = n + |offset|: the last dim becomes the diagonal `offset` above the main one, the rest is 0.
 * `dim1` and `dim2` say where the rows and columns stand in the result. https://pytorch.org/docs/stable/generated/torch.diag_embed.html
 */
export function diagEmbed(x: Tensor, offset = 0, options: { dim1?: number; dim2?: number } = {}): Tensor {
  if (x.shape.length === 0) throw shapeError('diagEmbed: a scalar has no dim that could be a diagonal');
  const rank = x.shape.length + 1;
  const dim1 = normalizeDim(options.dim1 ?? -2, rank);
  const dim2 = normalizeDim(options.dim2 ?? -1, rank);
  if (dim1 === dim2) throw rangeError(`diagEmbed: both dims are ${dim1}`);
  const shift = Math.abs(offset);
  const last = x.shape.length - 1;
  const size = x.shape[last]! + shift;
  const none = x.shape.map(() => 0);
  const high = none.map((_, axis) => (axis === last ? shift : 0));
  const padded = shift === 0 ? x : op('pad', [x], { low: none, high, interior: none, value: 0 });
  // Element i stands in row i above the main diagonal, in column i below it.
  const lines = unsqueeze(padded, offset >= 0 ? -1 : -2);
  const shape = [...x.shape.slice(0, last), size, size];
  const row = op('iota', [], { shape, dim: last, dtype: 'i32' });
  const column = op('iota', [], { shape, dim: last + 1, dtype: 'i32' });
  const on = op('eq', [column, op('add', [row, filled(offset, shape, 'i32')])]);
  const matrix = op('select', [on, op('broadcast', [lines], { shape }), filled(0, shape, x.dtype)]);
  const rest = range(rank - 2);
  let next = 0;
  return permute(
    matrix,
    range(rank).map((axis) => (axis === dim1 ? last : axis === dim2 ? last + 1 : rest[next++]!)),
  );
}

/** A vector as the diagonal of a square matrix, or the diagonal of a matrix as a vector. */
export function diag(x: Tensor, diagonalNumber = 0): Tensor {
  if (x.shape.length === 1) return diagEmbed(x, diagonalNumber);
  if (x.shape.length === 2) return diagonal(x, diagonalNumber);
  throw shapeError(`diag: the tensor must be a vector or a matrix, but its shape is ${shapeText(x.shape)}`, 'use diagEmbed or diagonal');
}

/** The elements, in row-major order, as the diagonal of a square matrix. */
export function diagflat(x: Tensor, offset = 0): Tensor {
  return diagEmbed(flatten(x), offset);
}

/** The sum of the main diagonal of a matrix. */
export function trace(x: Tensor): Tensor {
  if (x.shape.length !== 2) throw shapeError(`trace: the tensor must be a matrix, but its shape is ${shapeText(x.shape)}`);
  return sum(diagonal(x));
}
