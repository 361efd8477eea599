/** Methods that arrange, order and describe: those of `ops/arrangement`, `ops/sorting`, `ops/scatter`, `ops/special` and `ops/statistics`. */
import { ElementwiseMethods } from './elementwise-methods.js';
import * as arrangement from './ops/arrangement.js';
import * as diagonals from './ops/diagonal.js';
import type { Dims, ValuesAndIndices } from './ops/reduction.js';
import * as scattering from './ops/scatter.js';
import * as selection from './ops/selection.js';
import * as sorting from './ops/sorting.js';
import * as special from './ops/special.js';
import * as statistics from './ops/statistics.js';
import type { Operand } from './promotion.js';
import type { Shape } from './shape.js';
import type { Tensor } from './tensor.js';

type Keep = { readonly keepdim?: boolean };

/** Tensor extends this; several classes, so that each fits on a few screens. */
export abstract class ComposedMethods extends ElementwiseMethods {
  // Order along a dim.
  argsort(this: Tensor, dim?: number, options?: { descending?: boolean; stable?: boolean }): Tensor<Shape, 'i32'> {
    return sorting.argsort(this, dim, options);
  }
  sort(this: Tensor, dim?: number, options?: { descending?: boolean; stable?: boolean }): ValuesAndIndices {
    return sorting.sort(this, dim, options);
  }
  topk(this: Tensor, k: number, options?: { dim?: number; largest?: boolean; sorted?: boolean }): ValuesAndIndices {
    return sorting.topk(this, k, options);
  }
  kthvalue(this: Tensor, k: number, options?: { dim?: number; keepdim?: boolean }): ValuesAndIndices {
    return sorting.kthvalue(this, k, options);
  }
  median(this: Tensor): Tensor;
  median(this: Tensor, dim: number, options?: Keep): ValuesAndIndices;
  median(this: Tensor, dim?: number, options?: Keep): Tensor | ValuesAndIndices {
    return dim === undefined ? sorting.median(this) : sorting.median(this, dim, options);
  }
  mode(this: Tensor, dim?: number, options?: Keep): ValuesAndIndices {
    return sorting.mode(this, dim, options);
  }

  // Counts, quantiles and running extremes.
  aminmax(this: Tensor, options?: { dim?: number; keepdim?: boolean }): { min: Tensor; max: Tensor } {
    return statistics.aminmax(this, options);
  }
  nansum(this: Tensor, dim?: Dims, options?: Keep): Tensor {
    return statistics.nansum(this, dim, options);
  }
  nanmean(this: Tensor, dim?: Dims, options?: Keep): Tensor {
    return statistics.nanmean(this, dim, options);
  }
  countNonzero(this: Tensor, dim?: Dims): Tensor<Shape, 'i32'> {
    return statistics.countNonzero(this, dim);
  }
  quantile(this: Tensor, q: number | readonly number[], options?: Parameters<typeof statistics.quantile>[2]): Tensor {
    return statistics.quantile(this, q, options);
  }
  histc(this: Tensor, bins?: number, options?: { min?: number; max?: number }): Tensor {
    return statistics.histc(this, bins, options);
  }
  cummax(this: Tensor, dim: number): ValuesAndIndices {
    return statistics.cummax(this, dim);
  }
  cummin(this: Tensor, dim: number): ValuesAndIndices {
    return statistics.cummin(this, dim);
  }
  logcumsumexp(this: Tensor, dim: number): Tensor {
    return statistics.logcumsumexp(this, dim);
  }
  diff(this: Tensor, n?: number, options?: { dim?: number; prepend?: Tensor; append?: Tensor }): Tensor {
    return statistics.diff(this, n, options);
  }
  dist(this: Tensor, other: Tensor, p?: number): Tensor {
    return statistics.dist(this, other, p);
  }

  // Values at places that index tensors name.
  scatter(this: Tensor, dim: number, index: Tensor, source: Operand, options: { reduce?: 'add' | 'multiply' } = {}): Tensor {
    return scattering.scatter(this, dim, { index, source, ...options });
  }
  scatterAdd(this: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
    return scattering.scatterAdd(this, dim, { index, source });
  }
  scatterReduce(
    this: Tensor,
    dim: number,
    index: Tensor,
    source: Tensor,
    options: { reduce: scattering.ScatterReduceOptions['reduce']; includeSelf?: boolean },
  ): Tensor {
    return scattering.scatterReduce(this, dim, { index, source, ...options });
  }
  indexAdd(this: Tensor, dim: number, index: Tensor, source: Tensor, options: { alpha?: number } = {}): Tensor {
    return scattering.indexAdd(this, dim, { index, source, ...options });
  }
  indexCopy(this: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
    return scattering.indexCopy(this, dim, { index, source });
  }
  indexFill(this: Tensor, dim: number, index: Tensor, value: Operand): Tensor {
    return scattering.indexFill(this, dim, { index, value });
  }
  indexPut(this: Tensor, indices: readonly Tensor[], values: Operand, options: { accumulate?: boolean } = {}): Tensor {
    return scattering.indexPut(this, indices, { values, ...options });
  }
  maskedScatter(this: Tensor, mask: Tensor, source: Tensor): Tensor {
    return scattering.maskedScatter(this, mask, source);
  }

  // Results whose size depends on values: eager use only.
  maskedSelect(this: Tensor, mask: Tensor): Tensor {
    return selection.maskedSelect(this, mask);
  }
  nonzero(this: Tensor): Tensor<Shape, 'i32'> {
    return selection.nonzero(this);
  }
  unique(this: Tensor): Tensor {
    return selection.unique(this);
  }
  bincount(this: Tensor, weights?: Tensor | null, options?: { minlength?: number }): Tensor {
    return selection.bincount(this, weights, options);
  }

  // Arrangements.
  swapaxes(this: Tensor, dim0: number, dim1: number): Tensor {
    return arrangement.swapaxes(this, dim0, dim1);
  }
  swapdims(this: Tensor, dim0: number, dim1: number): Tensor {
    return arrangement.swapdims(this, dim0, dim1);
  }
  moveaxis(this: Tensor, source: number | readonly number[], destination: number | readonly number[]): Tensor {
    return arrangement.moveaxis(this, source, destination);
  }
  ravel(this: Tensor): Tensor {
    return arrangement.ravel(this);
  }
  broadcastTo(this: Tensor, shape: readonly number[]): Tensor {
    return arrangement.broadcastTo(this, shape);
  }
  viewAs(this: Tensor, other: Tensor): Tensor {
    return this.view(other.shape);
  }
  reshapeAs(this: Tensor, other: Tensor): Tensor {
    return this.reshape(other.shape);
  }
  tensorSplit(this: Tensor, sections: number | readonly number[], dim?: number): Tensor[] {
    return arrangement.tensorSplit(this, sections, dim);
  }
  fliplr(this: Tensor): Tensor {
    return arrangement.fliplr(this);
  }
  flipud(this: Tensor): Tensor {
    return arrangement.flipud(this);
  }
  rot90(this: Tensor, k?: number, options?: { dims?: readonly [number, number] }): Tensor {
    return arrangement.rot90(this, k, options);
  }
  diag(this: Tensor, diagonal?: number): Tensor {
    return diagonals.diag(this, diagonal);
  }
  diagEmbed(this: Tensor, offset?: number, options?: { dim1?: number; dim2?: number }): Tensor {
    return diagonals.diagEmbed(this, offset, options);
  }
  trace(this: Tensor): Tensor {
    return diagonals.trace(this);
  }

  // Functions of each element.
  logaddexp(this: Tensor, other: Tensor): Tensor {
    return special.logaddexp(this, other);
  }
  copysign(this: Tensor, other: Operand): Tensor {
    return special.copysign(this, other);
  }
  heaviside(this: Tensor, values: Tensor): Tensor {
    return special.heaviside(this, values);
  }
  sinc(this: Tensor): Tensor {
    return special.sinc(this);
  }
  sgn(this: Tensor): Tensor {
    return special.sgn(this);
  }
  deg2rad(this: Tensor): Tensor {
    return special.deg2rad(this);
  }
  rad2deg(this: Tensor): Tensor {
    return special.rad2deg(this);
  }
  erfinv(this: Tensor): Tensor {
    return special.erfinv(this);
  }
  clampMin(this: Tensor, min: number | Tensor): Tensor {
    return special.clampMin(this, min);
  }
  clampMax(this: Tensor, max: number | Tensor): Tensor {
    return special.clampMax(this, max);
  }
  isclose(this: Tensor, other: Tensor, options?: { rtol?: number; atol?: number; equalNan?: boolean }): Tensor<Shape, 'bool'> {
    return special.isclose(this, other, options);
  }
  allclose(this: Tensor, other: Tensor, options?: { rtol?: number; atol?: number; equalNan?: boolean }): Tensor<Shape, 'bool'> {
    return special.allclose(this, other, options);
  }
}
