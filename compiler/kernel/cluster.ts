/** Clusters: what will become one part of a kernel, before memory and names are given out. */
import { type Dim, productOf } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { accessKey, elementOf, isInline, isUniform } from './access.js';
import type { Axis, IndexExpr, ScalarExpr } from './expr.js';
import { axisIndex, flatten, indexKey, sizeIndex, sub, zero } from './index-math.js';
import { locate, type Residence } from './residence.js';
import type { ContractRoot, LineRoot, Root, RowsRoot, ScatterRoot } from './roots.js';
import type { RowWrite } from './row-writes.js';
import type { ScalarBuilder } from './scalar.js';
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

/** Which row of a tape is written: the number in memory, counted back from `from` where that is given. */
export interface TapeRow {
  readonly position: Value;
  readonly from: Dim | undefined;
}

/** The cluster that writes one row of a tape; `value` is that row repeated. */
export function rowCluster(context: Context, value: Value, { position, from }: TapeRow): Cluster {
  const rows = axesFor(value.type.shape.slice(1), 'i');
  const number: IndexExpr = { kind: 'value', value: context.build.load(position.type.dtype, position.id, zero) };
  const row = from === undefined ? number : sub(sizeIndex(from), number);
  return {
    axes: { ...noAxes, rows: rows.axes },
    reductions: [],
    computed: [{ value, index: [row, ...rows.index], level: 'row', position }],
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

/** What bodies are built from. */
export interface Context {
  readonly build: ScalarBuilder;
  readonly definition: ReadonlyMap<Value, Node>;
  /** Values that lie in memory once they are computed, besides the graph's inputs. */
  readonly materialised: Set<Value>;
  /** Values of which one row is written, and which. */
  readonly rows: ReadonlyMap<Value, TapeRow>;
  /** Values of which one row is written where the others are. */
  readonly rowWrites: ReadonlyMap<Value, RowWrite>;
  /** New values that are written over old ones by kernels of their own, when all that reads these has run. */
  readonly apart: ReadonlySet<Value>;
  /** Values that lie in the memory of another. */
  readonly residences: ReadonlyMap<Value, Residence>;
}

/** A cluster's expressions. Loads name values by their id; `reads` are the values and positions that are read from memory. */
export interface Body {
  readonly reductions: readonly { readonly reduction: Reduction; readonly value: ScalarExpr }[];
  readonly a?: ScalarExpr;
  readonly b?: ScalarExpr;
  readonly computed: readonly { readonly computed: Computed; readonly value: ScalarExpr }[];
  /** Scatter: the position along the scattered axis, and what is added. */
  readonly position?: ScalarExpr;
  readonly update?: ScalarExpr;
  /** Line: the element. */
  readonly element?: ScalarExpr;
  readonly reads: ReadonlyMap<Value, readonly IndexExpr[]>;
}

export function localName(value: Value): string {
  return `r${value.id}`;
}

/** Whether a value is read from memory by whoever does not compute it itself. */
export function liesInMemory(context: Context, value: Value): boolean {
  const node = context.definition.get(value);
  if (node === undefined || context.materialised.has(value)) return true;
  return node.op === 'literal' && !isUniform(node);
}

/** Builds the expressions. Throws Refusal when the cluster would need an element of its own results that it has not at hand. */
export function bodyOf(context: Context, cluster: Cluster): Body {
  const { build } = context;
  const reads = new Map<Value, Map<string, IndexExpr>>();
  const memo = new Map<string, ScalarExpr>();
  const reductions = new Map(cluster.reductions.map((reduction) => [reduction.value, reduction]));
  const own = new Map(cluster.computed.map((computed) => [computed.value, computed]));
  const position = (value: Value, indices: readonly IndexExpr[]): string => indexKey(flatten(indices, value.type.shape));

  const access = (value: Value, indices: readonly IndexExpr[]): ScalarExpr => {
    const key = accessKey(value, indices);
    let made = memo.get(key);
    if (made === undefined) {
      made = compute(value, indices);
      memo.set(key, made);
    }
    return made;
  };

  const compute = (value: Value, indices: readonly IndexExpr[]): ScalarExpr => {
    const { dtype } = value.type;
    const reduction = reductions.get(value);
    if (reduction) {
      if (position(value, indices) !== position(value, reduction.result)) throw new Refusal('its results of other rows are needed');
      const reduced = build.local(dtype, localName(value));
      return reduction.root.finish?.(build, reduced, indices, access) ?? reduced;
    }
    const { contraction } = cluster;
    if (contraction?.value === value) {
      const at = contraction.root.index(contraction.batch, contraction.m, contraction.n);
      if (position(value, indices) !== position(value, at)) throw new Refusal('other elements of the contraction are needed');
      return build.local(dtype, 'acc');
    }
    const computed = own.get(value);
    if (computed === undefined && liesInMemory(context, value)) {
      const { tensor, index } = locate(context.residences, value, indices);
      const known = reads.get(value) ?? new Map<string, IndexExpr>();
      known.set(indexKey(index), index);
      reads.set(value, known);
      return build.load(dtype, tensor.id, index);
    }
    if (computed && position(value, indices) !== position(value, computed.index)) throw new Refusal('other elements of it are needed');
    const node = context.definition.get(value)!;
    if (!isInline(node)) throw new Error(`'${node.op}' (%${value.id}) is not materialised`);
    return elementOf(build, node, indices, access);
  };

  const { contraction, scatter, line } = cluster;
  const body = {
    reductions: cluster.reductions.map((reduction) => ({
      reduction,
      value: reduction.root.element(build, reduction.result, reduction.inner, access),
    })),
    ...(contraction && {
      a: access(contraction.root.operands[0], contraction.root.aIndex(contraction.batch, contraction.m, contraction.k)),
      b: access(contraction.root.operands[1], contraction.root.bIndex(contraction.batch, contraction.n, contraction.k)),
    }),
    ...(scatter && {
      position: access(scatter.root.node.inputs[1]!, scatter.update),
      update: access(scatter.root.node.inputs[2]!, scatter.update),
    }),
    ...(line && { element: access(line.root.node.inputs[0]!, line.result) }),
    computed: cluster.computed.map((computed) => {
      if (computed.position) {
        // Its number is read from memory: that holds it when another kernel has written it.
        if (valuesBehind(context, computed.position).some((value) => own.has(value)))
          throw new Refusal('the position of a row is computed here');
        access(computed.position, []);
      }
      return { computed, value: access(computed.value, computed.index) };
    }),
  };
  for (const [value, { host }] of context.residences) {
    if (!reads.has(host)) continue;
    if (own.has(value)) throw new Refusal('it pads what is computed here');
    // Who reads the padded value waits for its middle.
    if (!reads.has(value)) reads.set(value, new Map());
  }
  return { ...body, reads: new Map([...reads].map(([value, at]) => [value, [...at.values()]])) };
}

/** The values in memory that a scalar is made of. */
function valuesBehind(context: Context, value: Value): Value[] {
  if (liesInMemory(context, value)) return [value];
  return context.definition.get(value)!.inputs.flatMap((input) => valuesBehind(context, input));
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
