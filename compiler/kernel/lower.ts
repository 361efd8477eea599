/** A cluster becomes a part: its loops split and joined, its steps in order. Tensors are still named by the ids of their values. */
import { findJoin, findSplit, joined, parted, replaceAxis } from './axes.js';
import { type Body, bodyOf, type Context, localName } from './body.js';
import { type AxisGroups, type Cluster, type Line, rewriteCluster, type Scatter } from './cluster.js';
import type { Axis, IndexExpr, ScalarExpr } from './expr.js';
import { flatten, sizeIndex, zero } from './index-math.js';
import type { Part, RowStep, RowsPart, Store } from './kernel.js';
import { isPoint, storeOrder } from './order-constraints.js';
import { axesOf, indicesOf, mapPart } from './part.js';
import { locate } from './residence.js';
import { ownIndices, type ScalarBuilder, visitIndexValues } from './scalar.js';
import type { StatePlan } from './state.js';
import { axisChange } from './substitute.js';

export function lowerCluster(context: Context, cluster: Cluster, state: StatePlan): Part {
  let current = cluster;
  let part = partOf(context, current, state);
  for (let turn = 0; turn < 32; turn++) {
    const split = findSplit(indicesOf(part), new Set(part.kind === 'line' ? part.rows : axesOf(part)));
    if (!split) break;
    const axes = Object.fromEntries(
      Object.entries(current.axes).map(([group, own]) => [group, replaceAxis(own, split)]),
    ) as unknown as AxisGroups;
    current = rewriteCluster(current, axes, new Map([[split.axis, joined(split)]]));
    part = partOf(context, current, state);
  }
  part = joinAxes(part, context.build);
  return part.kind === 'rows' && part.inner.length > 0 ? hoistRowValues(part, context.build) : part;
}

function partOf(context: Context, cluster: Cluster, state: StatePlan): Part {
  const body = bodyOf(context, cluster);
  const { axes, contraction, scatter, line } = cluster;
  if (scatter) return scatterPart(axes, scatter, body);
  if (line) return linePart(context, axes, line, body);
  const stores = storeOrder(
    body.computed.map(({ computed, value }) => ({ value: computed.value, expr: value, isPoint: isPoint(cluster, computed), computed })),
    state,
  ).map(({ value, expr, computed }) => {
    const { tensor, index } = locate(context.residences, value, computed.index);
    return { level: computed.level, store: { tensor: tensor.id, index, value: expr } };
  });
  if (contraction) {
    const { batch, m, n, k } = axes;
    return { kind: 'contract', batch, m, n, k, a: body.a!, b: body.b!, stores: stores.map(({ store }) => store) };
  }
  const reductions = body.reductions.map(
    ({ reduction, value }): RowStep => ({
      kind: 'reduce',
      name: localName(reduction.value),
      combine: reduction.root.combine,
      dtype: reduction.value.type.dtype,
      value,
    }),
  );
  // Stores of rows together: a later one may be computed from what an earlier one has written over.
  const writes = (wanted: 'row' | 'element'): RowStep[] =>
    stores.flatMap(({ level, store }) => (level === wanted ? [{ kind: level === 'row' ? 'storeRow' : 'storeElement', ...store }] : []));
  return { kind: 'rows', rows: axes.rows, inner: axes.inner, steps: [...reductions, ...writes('row'), ...writes('element')] };
}

function scatterPart(axes: AxisGroups, scatter: Scatter, body: Body): Part {
  const { value, root, update } = scatter;
  const { shape, dtype } = value.type;
  const position: IndexExpr = { kind: 'value', value: body.position! };
  const target = update.map((index, axis) => (axis === root.dim ? position : index));
  const store: Store = { tensor: value.id, index: flatten(target, shape), value: body.update! };
  if (store.value.dtype !== dtype) throw new Error('a scatter takes values of its own dtype');
  return {
    kind: 'scatter',
    combine: root.combine,
    updates: axes.rows,
    conditions: [{ kind: 'inRange', index: position, low: zero, high: sizeIndex(shape[root.dim]!) }],
    store,
  };
}

function linePart(context: Context, axes: AxisGroups, { value, root, result }: Line, body: Body): Part {
  const store = { tensor: value.id, index: flatten(result, value.type.shape), value: context.build.local(value.type.dtype, 'acc') };
  return { kind: 'line', rows: axes.rows, axis: axes.inner[0]!, method: root.method, value: body.element!, store };
}

/** Joins neighbouring loops that memory does not tell apart. */
function joinAxes(part: Part, build: ScalarBuilder): Part {
  let current = part;
  for (;;) {
    const indices = indicesOf(current);
    const join = axisGroups(current)
      .map((axes) => findJoin(indices, axes))
      .find((found) => found !== undefined);
    if (!join) return current;
    const [high, low] = parted(join);
    const replace = (axes: readonly Axis[]): Axis[] =>
      axes.flatMap((axis) => (axis === join.high ? [join.axis] : axis === join.low ? [] : [axis]));
    const map = new Map([
      [join.high, high],
      [join.low, low],
    ]);
    current = mapPart(current, build, axisChange(map), replace);
  }
}

function axisGroups(part: Part): readonly (readonly Axis[])[] {
  if (part.kind === 'rows') return [part.rows, part.inner];
  if (part.kind === 'line') return [part.rows];
  return part.kind === 'contract' ? [part.batch, part.m, part.n, part.k] : [part.updates];
}

/** Names what is the same for a whole row, so that it is computed once per row. */
function hoistRowValues(part: RowsPart, build: ScalarBuilder): RowsPart {
  const inner = new Set(part.inner);
  const varies = variation(inner);
  const replaced = new Map<ScalarExpr, ScalarExpr>();
  const steps: RowStep[] = [];
  const visited = new Set<ScalarExpr>();
  const hoist = (expr: ScalarExpr): void => {
    if (visited.has(expr)) return;
    visited.add(expr);
    if (!varies(expr)) {
      if (expr.kind !== 'apply' && expr.kind !== 'random' && expr.kind !== 'guard') return;
      const name = `v${replaced.size}`;
      steps.push({ kind: 'let', name, dtype: expr.dtype, value: rewrite(expr) });
      replaced.set(expr, build.local(expr.dtype, name));
      return;
    }
    // What a guard holds is not evaluated everywhere.
    if (expr.kind === 'apply') for (const arg of expr.args) hoist(arg);
  };
  const rewrite = (expr: ScalarExpr): ScalarExpr => build.rebuild(expr, { index: (index) => index }, new Map(replaced));

  for (const step of part.steps)
    if (step.kind === 'reduce') {
      hoist(step.value);
      steps.push({ ...step, value: rewrite(step.value) });
    }
  for (const step of part.steps) if (step.kind === 'storeElement') hoist(step.value);
  for (const step of part.steps)
    if (step.kind === 'storeElement' || step.kind === 'storeRow') steps.push({ ...step, value: rewrite(step.value) });
  return { ...part, steps };
}

/** Whether an expression differs between the turns of some axes. */
function variation(axes: ReadonlySet<Axis>): (expr: ScalarExpr) => boolean {
  const known = new Map<ScalarExpr, boolean>();
  const indexVaries = (index: IndexExpr): boolean => {
    if (index.kind === 'axis') return axes.has(index.axis);
    if ('left' in index) return indexVaries(index.left) || indexVaries(index.right);
    let found = false;
    visitIndexValues(index, (value) => {
      if (varies(value)) found = true;
    });
    return found;
  };
  const varies = (expr: ScalarExpr): boolean => {
    const before = known.get(expr);
    if (before !== undefined) return before;
    const children = expr.kind === 'apply' ? expr.args : expr.kind === 'guard' ? [expr.value, expr.otherwise] : [];
    const result = ownIndices(expr).some(indexVaries) || children.some(varies);
    known.set(expr, result);
    return result;
  };
  return varies;
}
