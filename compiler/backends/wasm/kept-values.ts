import type { ScalarExpr } from '../../kernel/expr.js';
import { Substitution, valueKey, weight } from '../../kernel/expressions.js';
import type { RowStep, Store } from '../../kernel/kernel.js';
import type { Reduce } from './accumulators.js';
import type { Printer } from './printer.js';

/** Steps, and what a reduction stores on its way for a later step to load. */
export interface Kept {
  readonly steps: readonly RowStep[];
  readonly keep: readonly { readonly reduce: RowStep; readonly store: Store }[];
}

/** Values that cost as much as a function are worth a store and a load. */
const worthKeeping = 8;

/**
 * A softmax adds up exponentials and later stores each of them, scaled: it is computed once, put where its result goes, and loaded from
 * there. So with any costly value of a reduction that a later store of a point needs: the first of those stores lends its place.
 */
export function keptValues(printer: Printer, steps: readonly RowStep[]): Kept {
  const elements = steps.filter((step) => step.kind === 'storeElement');
  const lent = new Set<RowStep>();
  const keep: { reduce: RowStep; store: Store }[] = [];
  const loads = new Map<string, ScalarExpr>();
  for (const reduce of steps.filter((step): step is Reduce => step.kind === 'reduce')) {
    const key = valueKey(reduce.value);
    if (weight(reduce.value) < worthKeeping || reduce.value.dtype !== 'f32' || loads.has(key)) continue;
    const place = elements.find((step) => !lent.has(step) && step.value.dtype === 'f32' && !printer.memory[step.tensor]!.isRead);
    if (place?.kind !== 'storeElement' || !elements.some(({ value }) => mentions(value, key))) continue;
    // What the stores before would overwrite, or later ones read too late, stays as it is.
    if (
      elements.indexOf(place) !== elements.length - 1 &&
      elements.slice(elements.indexOf(place) + 1).some(({ value }) => mentions(value, key))
    )
      continue;
    lent.add(place);
    printer.makeReadable(place.tensor);
    keep.push({ reduce, store: { tensor: place.tensor, index: place.index, value: reduce.value } });
    loads.set(key, { kind: 'load', dtype: 'f32', tensor: place.tensor, index: place.index });
  }
  if (keep.length === 0) return { steps, keep };
  const instead = new Substitution(new Map(), (expr) =>
    expr.kind === 'constant' || expr.kind === 'local' ? undefined : loads.get(valueKey(expr)),
  );
  return { steps: steps.map((step) => (step.kind === 'storeElement' ? { ...step, value: instead.value(step.value) } : step)), keep };
}

function mentions(expr: ScalarExpr, key: string): boolean {
  if (valueKey(expr) === key) return true;
  if (expr.kind === 'apply') return expr.args.some((arg) => mentions(arg, key));
  return expr.kind === 'guard' && (mentions(expr.value, key) || mentions(expr.otherwise, key));
}
