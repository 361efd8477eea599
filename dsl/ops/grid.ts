/** Every combination of the elements of several vectors, and of the rows of matrices. */
import { shapeError, valueError } from '../errors.js';
import { broadcastTo } from '../promotion.js';
import { broadcastShapes, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { sub } from './arithmetic.js';
import { stack } from './indexing.js';
import { flatten, reshape, transpose, unsqueeze } from './movement.js';
import { norm } from './reduction.js';

/**
 * Each of n vectors (or scalars) spread over a grid of n dims: with 'ij' (the default) vector k runs along dim k, with 'xy' the
 * first two dims are exchanged. https://pytorch.org/docs/stable/generated/torch.meshgrid.html
 */
export function meshgrid(tensors: readonly Tensor[], options: { indexing?: 'ij' | 'xy' } = {}): Tensor[] {
  const indexing = options.indexing ?? 'ij';
  if (indexing !== 'ij' && indexing !== 'xy') throw valueError(`meshgrid: indexing is 'ij' or 'xy', not '${String(indexing)}'`);
  if (tensors.length === 0) throw shapeError('meshgrid: there are no vectors to make a grid of');
  const vectors = tensors.map((x) => {
    if (x.shape.length > 1)
      throw shapeError(`meshgrid: every tensor must be a vector or a scalar, but one has shape ${shapeText(x.shape)}`);
    return flatten(x);
  });
  const shape = vectors.map((x) => x.shape[0]!);
  const grids = vectors.map((x, at) =>
    broadcastTo(
      reshape(
        x,
        shape.map((size, axis) => (axis === at ? size : 1)),
      ),
      shape,
    ),
  );
  return indexing === 'ij' || grids.length < 2 ? grids : grids.map((grid) => transpose(grid, 0, 1));
}

/** All combinations of one element of each vector, the last running fastest: `[product of the sizes, number of vectors]`. */
export function cartesianProd(tensors: readonly Tensor[]): Tensor {
  if (tensors.length === 1) return flatten(tensors[0]!);
  return stack(
    meshgrid(tensors).map((grid) => flatten(grid)),
    -1,
  );
}

/**
 * The p-norm of the difference of every row of `x1` `[..., P, M]` and every row of `x2` `[..., R, M]`: `[..., P, R]`. Computed from
 * the differences themselves, so that near rows keep their digits; the gradient of a distance of 0 is 0.
 */
export function cdist(x1: Tensor, x2: Tensor, options: { p?: number } = {}): Tensor {
  const p = options.p ?? 2;
  if (!(p >= 0)) throw valueError(`cdist: p must be at least 0, but it is ${p}`);
  if (x1.shape.length < 2 || x2.shape.length < 2 || x1.shape[x1.shape.length - 1] !== x2.shape[x2.shape.length - 1]) {
    throw shapeError(
      `cdist: shapes ${shapeText(x1.shape)} and ${shapeText(x2.shape)} are not two sets of rows of one length`,
      'both need at least two dims, and last dims of one size',
    );
  }
  broadcastShapes([x1.shape.slice(0, -2), x2.shape.slice(0, -2)], 'cdist');
  return norm(sub(unsqueeze(x1, -2), unsqueeze(x2, -3)), p, { dim: -1 });
}
