import { isSymbolic } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { Alignment } from './align.js';
import { findSplit, joined, replaceAxis } from './axes.js';
import { type AxisGroups, type Cluster, type Computed, type Reduction, Refusal, rewriteCluster, sizeOfAxes } from './cluster.js';
import type { Axis, IndexExpr } from './expr.js';
import { affineForm, axisIndex, flatten, sameIndex } from './index-math.js';
import { visitIndexValues } from './scalar.js';
import { substituteIndex } from './substitute.js';

/** A cluster and where it reads or writes the tensor that it shares with another. */
export interface Side {
  readonly cluster: Cluster;
  readonly position: IndexExpr;
}

const groupNames = ['rows', 'inner', 'batch', 'm', 'n', 'k'] as const;

function allAxes(axes: AxisGroups): Axis[] {
  return groupNames.flatMap((group) => axes[group]);
}

/** Splits axes that the position takes apart by division. */
function withSplits(side: Side): Side {
  let { cluster, position } = side;
  let depends = false;
  visitIndexValues(position, () => {
    depends = true;
  });
  if (depends) return side;
  for (let turn = 0; turn < 16; turn++) {
    const split = findSplit([position], new Set(allAxes(cluster.axes)));
    if (!split) break;
    const map = new Map([[split.axis, joined(split)]]);
    const axes = Object.fromEntries(groupNames.map((group) => [group, replaceAxis(cluster.axes[group], split)])) as Record<
      keyof AxisGroups,
      Axis[]
    >;
    cluster = rewriteCluster(cluster, axes, map);
    position = substituteIndex(position, map);
  }
  return { cluster, position };
}

export function isPointwise(cluster: Cluster): boolean {
  return cluster.reductions.length === 0 && !cluster.contraction && !cluster.scatter && !cluster.line;
}

/**
 * One cluster out of two that touch the same tensor at the given positions: their loops are matched, and everything that both
 * compute is computed at each turn. Throws Refusal when the loops do not match. Whether the expressions come out is for `bodyOf` to say.
 */
export function mergeClusters(one: Side, other: Side, order: ReadonlyMap<Node, number>): Cluster {
  if (one.cluster.scatter || other.cluster.scatter) throw new Refusal('a scatter writes where data says');
  if (one.cluster.line || other.cluster.line) throw new Refusal('a line is computed whole');
  // The side with a root keeps its loops.
  const swap = isPointwise(one.cluster) && !isPointwise(other.cluster);
  const [first, second] = (swap ? [other, one] : [one, other]).map(withSplits) as [Side, Side];
  const alignment = new Alignment();
  if (!isPointwise(second.cluster)) {
    if (first.cluster.contraction && second.cluster.contraction) throw new Refusal('two contractions are two kernels');
    if (first.cluster.contraction || second.cluster.contraction) throw new Refusal('a reduction and a contraction are two kernels');
  }
  alignment.matchPositions(first.position, second.position);
  if (first.cluster.contraction) return withEpilogue(first.cluster, second.cluster, alignment);
  return withRows(first.cluster, second.cluster, alignment, order);
}

/** A contraction, and pointwise values computed where it stores. */
function withEpilogue(contraction: Cluster, pointwise: Cluster, alignment: Alignment): Cluster {
  const { batch, m, n } = contraction.axes;
  if (!alignment.allParts(0, [...batch, ...m, ...n]).every((part) => alignment.isMatched(part))) {
    throw new Refusal('it does not run over every element of the contraction');
  }
  if (!alignment.allParts(1, pointwise.axes.rows).every((part) => alignment.isMatched(part))) {
    throw new Refusal('it repeats the elements of the contraction (a broadcast)');
  }
  return united(contraction, pointwise, alignment, 'element');
}

function withRows(first: Cluster, second: Cluster, alignment: Alignment, order: ReadonlyMap<Node, number>): Cluster {
  const rows = alignment.allParts(0, first.axes.rows);
  const inner = (): Axis[] => alignment.allParts(0, first.axes.inner);
  if (!rows.every((part) => alignment.isMatched(part))) throw new Refusal('it does not run over every row');

  if (isPointwise(second)) {
    const own = (): Axis[] => alignment.allParts(1, second.axes.rows);
    const openInner = inner().filter((part) => !alignment.isMatched(part));
    const open = own().filter((part) => !alignment.isMatched(part));
    const touchesInner = inner().some((part) => alignment.isMatched(part));
    if (open.length > 0 || touchesInner) alignment.matchInOrder(openInner, open);
    const level = first.reductions.length > 0 && (open.length > 0 || touchesInner) ? 'element' : 'row';
    const merged = united(first, second, alignment, level);
    if (level === 'element') refuseFewLongRows(merged);
    return merged;
  }

  // Both reduce: rows must be rows in both, and what is reduced the same.
  const secondRows = new Set(alignment.allParts(1, second.axes.rows));
  if (![...secondRows].every((part) => alignment.isMatched(part))) throw new Refusal('they have other rows');
  const firstRows = new Set(rows);
  const alike = secondRows.size === firstRows.size && [...secondRows].every((part) => firstRows.has(alignment.partner.get(part)!));
  if (!alike) throw new Refusal('rows of the one are reduced by the other');
  const open = (parts: readonly Axis[]): Axis[] => parts.filter((part) => !alignment.isMatched(part));
  alignment.matchInOrder(open(inner()), open(alignment.allParts(1, second.axes.inner)));
  return ordered(united(first, second, alignment, undefined), order);
}

/** Puts both together; `level` is that of the second's values, or undefined to keep them. */
function united(first: Cluster, second: Cluster, alignment: Alignment, level: Computed['level'] | undefined): Cluster {
  const axes = Object.fromEntries(groupNames.map((group) => [group, alignment.allParts(0, first.axes[group])])) as Record<
    keyof AxisGroups,
    Axis[]
  >;
  const a = rewriteCluster(first, axes, alignment.substitution(0, allAxes(first.axes)));
  const b = rewriteCluster(second, axes, alignment.substitution(1, allAxes(second.axes)));
  const known = new Set<Value>(a.computed.map(({ value }) => value));
  const added = b.computed.filter(({ value }) => !known.has(value)).map((own) => (level ? { ...own, level } : own));
  return { ...a, reductions: [...a.reductions, ...b.reductions], computed: [...a.computed, ...added] };
}

/** Reductions in the order of the graph, so that each comes after those it reads. */
function ordered(cluster: Cluster, order: ReadonlyMap<Node, number>): Cluster {
  const reductions = [...cluster.reductions].sort((p, q) => order.get(p.root.node)! - order.get(q.root.node)!);
  for (const reduction of reductions) refuseShuffledPositions(reduction, cluster);
  return { ...cluster, reductions };
}

/** argmax gives a position in the inner loops: they must run through the reduced axes in their order. */
function refuseShuffledPositions(reduction: Reduction, cluster: Cluster): void {
  if (reduction.root.combine !== 'argmax' && reduction.root.combine !== 'argmin') return;
  const { inner } = cluster.axes;
  const loops = flatten(
    inner.map(axisIndex),
    inner.map(({ size }) => size),
  );
  if (!sameIndex(flatten(reduction.inner, reduction.root.inner), loops)) throw new Refusal('positions are counted in another order');
}

/** Elements that a reduction reads in columns are better written by a kernel that runs along memory. */
export function refuseAcrossRows(merged: Cluster, values: readonly Computed[]): void {
  const inner = new Set(merged.axes.inner);
  for (const { value, index, level } of merged.computed) {
    if (level !== 'element' || !values.some((own) => own.value === value)) continue;
    const strides = affineForm(flatten(index, value.type.shape))?.strides;
    const nearest = [...(strides ?? [])].find(([, stride]) => stride === 1);
    if (nearest && !inner.has(nearest[0])) throw new Refusal('it would be written across the rows that are reduced');
  }
}

const longRow = 4096;
const manyRows = 256;

/** A row is the work of one workgroup: few long rows are not the place for writing a large tensor. */
function refuseFewLongRows(cluster: Cluster): void {
  const rows = sizeOfAxes(cluster.axes.rows);
  if (isSymbolic(rows) || rows >= manyRows) return;
  const length = sizeOfAxes(cluster.axes.inner);
  if (isSymbolic(length) || length > longRow) throw new Refusal(`${rows} long rows would be written by as few groups of threads`);
}
