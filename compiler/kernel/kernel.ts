import type { Dim } from '../ir/dim.js';
import type { DType } from '../ir/types.js';
import type { Axis, IndexCondition, IndexExpr, ScalarExpr } from './expr.js';

/** A tensor that a kernel reads or writes, as flat row-major memory of `size` elements. */
export interface KernelTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly size: Dim;
  readonly access: 'read' | 'write' | 'readwrite';
}

export interface Store {
  readonly tensor: number;
  readonly index: IndexExpr;
  readonly value: ScalarExpr;
}

export type Combine = 'sum' | 'prod' | 'max' | 'min' | 'argmax' | 'argmin';

/**
 * For every point of `rows`, the steps in order. A `reduce` runs over all points of `inner` and names its result for later
 * steps (argmax and argmin give the flat row-major position in `inner` of the first extreme; a NaN wins). `let` names a value that
 * is the same for the whole row. `storeRow` writes once per row; `storeElement` writes once per point of `inner`; all stores come
 * after the last `reduce` and `let`. Without `inner` it is a pointwise kernel: the only steps are `let` and `storeRow`.
 *
 * A store may write a tensor that the part also reads (`readwrite`): every such read is at the very element that the store writes,
 * and steps are ordered so that, point by point, no read comes after the write. Sub-expressions that occur more than once are one
 * object (a DAG): emitters should name them rather than print them twice. An operation (outside of guards) that several `storeRow` steps, or
 * stores of a contraction, have in common must be computed once, before the first of them: what a later one computes from it may read
 * what an earlier one has written over.
 */
export interface RowsPart {
  readonly kind: 'rows';
  readonly rows: readonly Axis[];
  readonly inner: readonly Axis[];
  readonly steps: readonly RowStep[];
}

export type RowStep =
  | { readonly kind: 'reduce'; readonly name: string; readonly combine: Combine; readonly dtype: DType; readonly value: ScalarExpr }
  | { readonly kind: 'let'; readonly name: string; readonly dtype: DType; readonly value: ScalarExpr }
  | ({ readonly kind: 'storeRow' } & Store)
  | ({ readonly kind: 'storeElement' } & Store);

/**
 * acc[batch, m, n] = sum over k of a(batch, m, k) * b(batch, k, n); then the stores, which may read `acc` as a local.
 * `a` does not mention an axis of `n`, `b` none of `m`. Matrix products, einsums and convolutions (with patches as index maps).
 */
export interface ContractPart {
  readonly kind: 'contract';
  readonly batch: readonly Axis[];
  readonly m: readonly Axis[];
  readonly n: readonly Axis[];
  readonly k: readonly Axis[];
  readonly a: ScalarExpr;
  readonly b: ScalarExpr;
  readonly stores: readonly Store[];
}

/**
 * In order over `updates`: the value is combined with target[index] (added to it, or the larger of the two taken), where index may hold gathered values, where the
 * guard's conditions hold. The target is initialised by an earlier launch.
 */
export interface ScatterPart {
  readonly kind: 'scatter';
  readonly combine: 'sum' | 'max';
  readonly updates: readonly Axis[];
  /** Conditions on the target position; an update for which they fail is dropped. */
  readonly conditions: readonly IndexCondition[];
  readonly store: Store;
}

/**
 * `sum`, `prod`: the running result up to each element; `argmax`: the position of the largest up to each, the last of equal ones, a NaN
 * the largest. `ascending`, `descending`: the position of the element of each rank, equal ones in their order, a NaN the largest.
 */
export type LineMethod = 'sum' | 'prod' | 'argmax' | 'ascending' | 'descending';

/** For every point of `rows`: the method's results for the line of values along `axis`, element by element the local `acc` of the store. */
export interface LinePart {
  readonly kind: 'line';
  readonly rows: readonly Axis[];
  readonly axis: Axis;
  readonly method: LineMethod;
  readonly value: ScalarExpr;
  readonly store: Store;
}

export type Part = RowsPart | ContractPart | ScatterPart | LinePart;

/** One launch. Parts are independent of each other and may run in any order or at once. */
export interface Kernel {
  readonly name: string;
  readonly tensors: readonly KernelTensor[];
  readonly parts: readonly Part[];
}
