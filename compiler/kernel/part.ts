/** Walking and rewriting parts of kernels. */
import type { Axis, IndexExpr, ScalarExpr } from './expr.js';
import type { Part, RowStep, Store } from './kernel.js';
import {
  conditionIndices,
  mapCondition,
  ownIndices,
  type ScalarBuilder,
  type ScalarChange,
  visitIndexValues,
  visitScalar,
} from './scalar.js';

export function axesOf(part: Part): Axis[] {
  if (part.kind === 'rows') return [...part.rows, ...part.inner];
  if (part.kind === 'contract') return [...part.batch, ...part.m, ...part.n, ...part.k];
  return part.kind === 'line' ? [...part.rows, part.axis] : [...part.updates];
}

export function storesOf(part: Part): Store[] {
  if (part.kind === 'contract') return [...part.stores];
  if (part.kind === 'scatter' || part.kind === 'line') return [part.store];
  return part.steps.flatMap((step) => (step.kind === 'storeRow' || step.kind === 'storeElement' ? [step] : []));
}

/** The expressions that a part evaluates, in the order of the steps. */
export function expressionsOf(part: Part): ScalarExpr[] {
  if (part.kind === 'rows') return part.steps.map(({ value }) => value);
  if (part.kind === 'contract') return [part.a, part.b, ...part.stores.map(({ value }) => value)];
  return part.kind === 'line' ? [part.value, part.store.value] : [part.store.value];
}

/** Every index in a part, those inside expressions and gathered values included. */
export function indicesOf(part: Part): IndexExpr[] {
  const found: IndexExpr[] = [];
  const seen = new Set<ScalarExpr>();
  const visit = (expr: ScalarExpr): void => visitScalar(expr, (inner) => found.push(...ownIndices(inner)), seen);
  const own = [...storesOf(part).map(({ index }) => index), ...(part.kind === 'scatter' ? part.conditions.flatMap(conditionIndices) : [])];
  for (const index of own) {
    found.push(index);
    visitIndexValues(index, visit);
  }
  for (const expr of expressionsOf(part)) visit(expr);
  return found;
}

/** The part with other axes, indices, leaves and tensors. */
export function mapPart(
  part: Part,
  build: ScalarBuilder,
  change: ScalarChange,
  axes: (axes: readonly Axis[]) => readonly Axis[],
  name: (local: string) => string = (local) => local,
): Part {
  const memo = new Map<ScalarExpr, ScalarExpr>();
  const scalar = (expr: ScalarExpr): ScalarExpr => build.rebuild(expr, change, memo);
  const index = (expr: IndexExpr): IndexExpr => change.index(expr, scalar);
  const store = <T extends Store>(own: T): T => ({
    ...own,
    tensor: change.tensor?.(own.tensor) ?? own.tensor,
    index: index(own.index),
    value: scalar(own.value),
  });
  if (part.kind === 'rows') {
    const steps = part.steps.map((step): RowStep => {
      if (step.kind === 'reduce' || step.kind === 'let') return { ...step, name: name(step.name), value: scalar(step.value) };
      return store(step);
    });
    return { kind: 'rows', rows: axes(part.rows), inner: axes(part.inner), steps };
  }
  if (part.kind === 'contract') {
    return {
      kind: 'contract',
      batch: axes(part.batch),
      m: axes(part.m),
      n: axes(part.n),
      k: axes(part.k),
      a: scalar(part.a),
      b: scalar(part.b),
      stores: part.stores.map(store),
    };
  }
  if (part.kind === 'line') {
    return {
      kind: 'line',
      rows: axes(part.rows),
      axis: axes([part.axis])[0]!,
      method: part.method,
      value: scalar(part.value),
      store: store(part.store),
    };
  }
  return {
    kind: 'scatter',
    combine: part.combine,
    updates: axes(part.updates),
    conditions: part.conditions.map((condition) => mapCondition(condition, index)),
    store: store(part.store),
  };
}
