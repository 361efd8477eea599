import type { Dim } from '../ir/dim.js';
import type { DType } from '../ir/types.js';

/** A loop variable: runs from 0 to `size` - 1. Identity is the object. */
export interface Axis {
  readonly name: string;
  readonly size: Dim;
}

/** Integer arithmetic on loop variables and sizes: where an element lies. Built by the functions of index-math, which simplify. */
export type IndexExpr =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'axis'; readonly axis: Axis }
  /** A size that is known at run time only. */
  | { readonly kind: 'size'; readonly dim: Dim }
  /** The value of an integer expression (a gathered index), already clamped to its range. */
  | { readonly kind: 'value'; readonly value: ScalarExpr }
  | { readonly kind: 'add' | 'mul' | 'floorDiv' | 'mod'; readonly left: IndexExpr; readonly right: IndexExpr };

/** `low <= index < high`, or a divisibility (index mod by = 0); a guard holds when all of its conditions do; they are checked in order. */
export type IndexCondition =
  | { readonly kind: 'inRange'; readonly index: IndexExpr; readonly low: IndexExpr; readonly high: IndexExpr }
  | { readonly kind: 'divisible'; readonly index: IndexExpr; readonly by: number };

/** The computation of one element. */
export type ScalarExpr =
  | { readonly kind: 'constant'; readonly dtype: DType; readonly value: number }
  /** Reads element `index` (flat, row-major) of the kernel's tensor number `tensor`. */
  | { readonly kind: 'load'; readonly dtype: DType; readonly tensor: number; readonly index: IndexExpr }
  /** An index as a value. */
  | { readonly kind: 'index'; readonly dtype: 'i32'; readonly index: IndexExpr }
  /** An elementwise op of the op table (`add`, `exp`, `select`, `cast` ...) on scalars. */
  | { readonly kind: 'apply'; readonly dtype: DType; readonly op: string; readonly args: readonly ScalarExpr[] }
  /** `value` where the conditions hold, else `otherwise`; `value` is not evaluated (nothing is read) elsewhere. */
  | {
      readonly kind: 'guard';
      readonly dtype: DType;
      readonly conditions: readonly IndexCondition[];
      readonly value: ScalarExpr;
      readonly otherwise: ScalarExpr;
    }
  /** The result of an earlier reduce or let step of the same part, or the accumulator of a contraction (`acc`). */
  | { readonly kind: 'local'; readonly dtype: DType; readonly name: string }
  /** Uniform [0, 1) from counter `index` of stream `stream` under the key (seed, step) that tensor number `rng` holds. */
  | { readonly kind: 'random'; readonly dtype: 'f32'; readonly rng: number; readonly stream: IndexExpr; readonly index: IndexExpr };
