/** Loops over the points of axes: which axes run as one, and in which order. */
import { type Dim, mulDims, productOf, sameDim } from '../ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from './expr.js';
import { indexNeeds, indicesOf, strideAlong } from './expressions.js';
import { linearForm } from './index-math.js';
import type { Store } from './kernel.js';

/** One loop that runs several axes as one: the last axis's variable counts over all of them. */
export interface Loop {
  readonly axes: readonly Axis[];
  readonly size: Dim;
}

/**
 * Joins neighbouring axes i, j where every index steps along i as far as over all of j: i*J + j is then one variable. Axes inside
 * quotients, remainders or conditions on them stay alone.
 */
export function mergeAxes(axes: readonly Axis[], indices: readonly IndexExpr[]): Loop[] {
  const groups: Axis[][] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const last = groups.at(-1);
    if (last && indices.every((index) => joins(index, last.at(-1)!, axis))) last.push(axis);
    else groups.push([axis]);
  }
  return groups.map((group) => ({ axes: group, size: productOf(group.map((axis) => axis.size)) }));
}

function joins(index: IndexExpr, outer: Axis, inner: Axis): boolean {
  let outerStride: Dim = 0;
  let innerStride: Dim = 0;
  for (const { atom: term, coefficient } of linearForm(index).terms) {
    if (term.kind === 'axis') {
      if (term.axis === outer) outerStride = coefficient;
      if (term.axis === inner) innerStride = coefficient;
      continue;
    }
    const needs = indexNeeds(term);
    if (needs.has(outer) || needs.has(inner)) return false;
  }
  return sameDim(outerStride, mulDims(inner.size, innerStride));
}

/** All index expressions of stores, their own and those of their values. */
export function storeIndices(stores: readonly Store[]): IndexExpr[] {
  const roots: ScalarExpr[] = stores.map(({ value }) => value);
  for (const { index } of stores) roots.push({ kind: 'index', dtype: 'i32', index });
  return indicesOf(roots);
}

/** Axes with the greatest stride of `index` outermost, so that memory is walked in order; of two with the same stride the shorter. */
export function byStride(axes: readonly Axis[], index: IndexExpr): Axis[] {
  return [...axes].sort((a, b) => {
    const [x, y] = [strideAlong(index, a), strideAlong(index, b)];
    if (x !== y) return y > x ? 1 : -1;
    return typeof a.size === 'number' && typeof b.size === 'number' ? a.size - b.size : 0;
  });
}
