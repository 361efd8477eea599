import { productOf } from '../../ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { Substitution, valueKey, valueNeeds, weight } from '../../kernel/expressions.js';
import { add, axisIndex, mul } from '../../kernel/index-math.js';
import type { RowStep, RowsPart, Store } from '../../kernel/kernel.js';
import { columnsSize } from './contraction-helpers.js';
import type { Printer } from './printer.js';

/** Steps of a row, and what one of its reductions puts into the panel on its way, for later steps to load. */
export interface Kept {
  readonly steps: readonly RowStep[];
  readonly reduce?: RowStep;
  readonly store?: Store;
}

/** A value that costs as much as a function is worth a store and a load. */
const worthKeeping = 8;
/** Shorter rows are not worth the bytes. */
const shortest = 32;

/**
 * A softmax adds up exponentials and later stores each of them, scaled: where a row fits into the panel, they are computed once and kept
 * there in float64. So with the first costly value of a reduction that later steps need at the same point.
 */
export function keptValues(printer: Printer, { steps, inner }: RowsPart): Kept {
  const points = productOf(inner.map(({ size }) => size));
  if (typeof points !== 'number' || points < shortest || points > columnsSize) return { steps };
  for (const [at, reduce] of steps.entries()) {
    if (reduce.kind !== 'reduce' || !isWorthKeeping(reduce.value, inner)) continue;
    const key = valueKey(reduce.value);
    const later = steps.slice(at + 1);
    if (!later.some(({ value }) => mentions(value, key))) continue;
    const tensor = printer.scratchTensor('columns');
    const index = flatPosition(inner);
    const load: ScalarExpr = { kind: 'load', dtype: 'f32', tensor, index };
    const instead = new Substitution(new Map(), (expr) => (mentionable(expr) && valueKey(expr) === key ? load : undefined));
    return {
      steps: [...steps.slice(0, at + 1), ...later.map((step): RowStep => ({ ...step, value: instead.value(step.value) }))],
      reduce,
      store: { tensor, index, value: reduce.value },
    };
  }
  return { steps };
}

function isWorthKeeping(value: ScalarExpr, inner: readonly Axis[]): boolean {
  if (value.dtype !== 'f32' || weight(value) < worthKeeping) return false;
  const needs = valueNeeds(value);
  return inner.some((axis) => needs.has(axis));
}

const mentionable = (expr: ScalarExpr): boolean => expr.kind !== 'constant' && expr.kind !== 'local';

function mentions(expr: ScalarExpr, key: string): boolean {
  if (mentionable(expr) && valueKey(expr) === key) return true;
  if (expr.kind === 'apply') return expr.args.some((arg) => mentions(arg, key));
  return expr.kind === 'guard' && (mentions(expr.value, key) || mentions(expr.otherwise, key));
}

/** Row-major position in `axes`. */
export function flatPosition(axes: readonly Axis[]): IndexExpr {
  let position: IndexExpr = { kind: 'number', value: 0 };
  for (const axis of axes) position = add(mul(position, axis.size), axisIndex(axis));
  return position;
}
