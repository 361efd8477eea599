/** Clusters: what will become one part of a kernel, before memory and names are given out. */
import { type Dim, productOf } from '../ir/dim.js';
import type { Value } from '../ir/graph.js';
import type { Axis, IndexExpr } from './expr.js';
import { axisIndex } from './index-math.js';
import type { ContractRoot, LineRoot, Root, RowsRoot, ScatterRoot } from './roots.js';
import { type AxisMap, substituteIndex } from './substitute.js';

/** Loops of a part. A rows part has `rows` and `inner`, a contraction `batch`, `m`, `n` and `k`, a scatter `rows`, a line `rows` and one `inner`. */
export type AxisGroup = 'rows' | 'inner' | 'batch' | 'm' | 'n' | 'k';
export type AxisGroups = Readonly<Record<AxisGroup, readonly Axis[]>>;

export interface Reduction {
  readonly root: RowsRoot;
  readonly value: Value;
  /** Which element of the result a row computes, and which element of the reduced axes a turn of the inner loops is. */
  readonly result: readonly IndexExpr[];
  readonly inner: readonly IndexExpr[];
}

export interface Contraction {
  readonly root: ContractRoot;
  readonly value: Value;
  readonly batch: readonly IndexExpr[];
  readonly m: readonly IndexExpr[];
  readonly n: readonly IndexExpr[];
  readonly k: readonly IndexExpr[];
}

export interface Scatter {
  readonly root: ScatterRoot;
  readonly value: Value;
  /** The index of the update. */
  readonly update: readonly IndexExpr[];
  /** The copy of the base that is added to: its memory becomes the result's. */
  readonly initial: Value;
}

/** The line of results along the one inner axis, for every point of the rows. */
export interface Line {
  readonly root: LineRoot;
  readonly value: Value;
  readonly result: readonly IndexExpr[];
}

/** Element `index` of `value` is computed at each point (`element`) or once per row (`row`). */
export interface Computed {
  readonly value: Value;
  readonly index: readonly IndexExpr[];
  readonly level: 'row' | 'element';
  /** A row of a tape: the value in memory that the index reads. */
  readonly position?: Value;
}

export interface Cluster {
  readonly axes: AxisGroups;
  readonly reductions: readonly Reduction[];
  readonly contraction?: Contraction;
  readonly scatter?: Scatter;
  readonly line?: Line;
  /** What the part can store. What nobody outside reads is not stored in the end. */
  readonly computed: readonly Computed[];
}

/** Why two clusters do not become one. */
export class Refusal extends Error {}

export const noAxes: AxisGroups = { rows: [], inner: [], batch: [], m: [], n: [], k: [] };

/** Axes for a shape, and the index that they make. Axes of size 1 have no loop. */
export function axesFor(shape: readonly Dim[], letter: string): { axes: Axis[]; index: IndexExpr[] } {
  const all = shape.map((size, i): Axis => ({ name: `${letter}${i}`, size }));
  return { axes: all.filter((axis) => axis.size !== 1), index: all.map(axisIndex) };
}

/** The cluster that computes one materialised value and nothing else. */
export function clusterOf(value: Value, root: Root | undefined, initial: Value | undefined): Cluster {
  const { shape } = value.type;
  if (root?.kind === 'contract') {
    const [batch, m, n, k] = [axesFor(root.batch, 'b'), axesFor(root.m, 'm'), axesFor(root.n, 'n'), axesFor(root.k, 'k')];
    return {
      axes: { ...noAxes, batch: batch.axes, m: m.axes, n: n.axes, k: k.axes },
      reductions: [],
      contraction: { root, value, batch: batch.index, m: m.index, n: n.index, k: k.index },
      computed: [{ value, index: root.index(batch.index, m.index, n.index), level: 'element' }],
    };
  }
  if (root?.kind === 'scatter') {
    const update = axesFor(root.node.inputs[1]!.type.shape, 'u');
    return {
      axes: { ...noAxes, rows: update.axes },
      reductions: [],
      scatter: { root, value, update: update.index, initial: initial! },
      computed: [],
    };
  }
  if (root?.kind === 'line') {
    const all = shape.map((size, i): Axis => ({ name: `${i === root.dim ? 'j' : 'i'}${i}`, size }));
    const rows = all.filter(({ size }, i) => i !== root.dim && size !== 1);
    const line: Line = { root, value, result: all.map(axisIndex) };
    return { axes: { ...noAxes, rows, inner: [all[root.dim]!] }, reductions: [], line, computed: [] };
  }
  const rows = axesFor(shape, 'i');
  if (root === undefined) {
    return { axes: { ...noAxes, rows: rows.axes }, reductions: [], computed: [{ value, index: rows.index, level: 'row' }] };
  }
  const inner = axesFor(root.inner, 'j');
  return {
    axes: { ...noAxes, rows: rows.axes, inner: inner.axes },
    reductions: [{ root, value, result: rows.index, inner: inner.index }],
    computed: [{ value, index: rows.index, level: 'row' }],
  };
}

/** The same cluster with other loops: `map` says what the old axes are in terms of the new. */
export function rewriteCluster(cluster: Cluster, axes: AxisGroups, map: AxisMap): Cluster {
  // What a tape's index reads depends on no loop.
  const rewrite = (indices: readonly IndexExpr[]): IndexExpr[] => indices.map((index) => substituteIndex(index, map, (value) => value));
  const { contraction, scatter, line } = cluster;
  return {
    axes,
    reductions: cluster.reductions.map((own) => ({ ...own, result: rewrite(own.result), inner: rewrite(own.inner) })),
    computed: cluster.computed.map((own) => ({ ...own, index: rewrite(own.index) })),
    ...(contraction && {
      contraction: {
        ...contraction,
        batch: rewrite(contraction.batch),
        m: rewrite(contraction.m),
        n: rewrite(contraction.n),
        k: rewrite(contraction.k),
      },
    }),
    ...(scatter && { scatter: { ...scatter, update: rewrite(scatter.update) } }),
    ...(line && { line: { ...line, result: rewrite(line.result) } }),
  };
}

/** What a cluster computes, or adds to. */
export function producedBy(cluster: Cluster): Value[] {
  const values = cluster.computed.map(({ value }) => value);
  const whole = cluster.scatter ?? cluster.line;
  return whole ? [...values, whole.value] : values;
}

export function sizeOfAxes(axes: readonly Axis[]): Dim {
  return productOf(axes.map(({ size }) => size));
}
