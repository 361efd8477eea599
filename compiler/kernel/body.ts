/** The expressions of a cluster: what each of its values is computed from, down to what lies in memory. */

import type { Dim } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { accessKey, elementOf, isInline, isUniform } from './access.js';
import { type Cluster, type Computed, type Reduction, Refusal } from './cluster.js';
import type { IndexExpr, ScalarExpr } from './expr.js';
import { areApart, flatten, indexKey } from './index-math.js';
import { type Host, locate, memoryOwner, type Residences } from './residence.js';
import type { ScalarBuilder } from './scalar.js';

/** Which row of a tape is written: the number in memory, counted back from `from` where that is given. */
export interface TapeRow {
  readonly position: Value;
  readonly from: Dim | undefined;
}

/** `node` writes a row of `old`, whose memory becomes that of its result. */
export interface RowWrite {
  readonly node: Node;
  readonly old: Value;
  readonly place: string;
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
  readonly residences: Residences;
  /** Whose memory that is, those in another's memory after that one; no kernel computes them as a whole. */
  readonly hosts: ReadonlyMap<Value, Host>;
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
  refuseSharedMemory(context, cluster, new Set(reads.keys()));
  for (const [host, { residents }] of context.hosts) {
    if (!reads.has(host)) continue;
    for (const value of residents) {
      if (own.has(value)) throw new Refusal('it pads or joins what is computed here');
      // Who reads the whole waits for its parts.
      if (!reads.has(value)) reads.set(value, new Map());
    }
  }
  return { ...body, reads: new Map([...reads].map(([value, at]) => [value, [...at.values()]])) };
}

/** A kernel does not read one part of a tensor and write another, and two parts that it writes lie a fixed step from each other. */
function refuseSharedMemory({ residences }: Context, { computed }: Cluster, reads: ReadonlySet<Value>): void {
  const residents = computed.filter(({ value }) => residences.has(value));
  if (residents.length === 0) return;
  const written = new Set(computed.map(({ value }) => value));
  for (const [i, { value, index }] of residents.entries()) {
    const owner = memoryOwner(residences, value);
    for (const read of reads) {
      if (!written.has(read) && memoryOwner(residences, read) === owner)
        throw new Refusal('it would read one part of a tensor and write another');
    }
    const at = locate(residences, value, index).index;
    for (const other of residents.slice(i + 1)) {
      if (memoryOwner(residences, other.value) !== owner) continue;
      if (!areApart(at, locate(residences, other.value, other.index).index))
        throw new Refusal('it would write two parts of a tensor that are not alike');
    }
  }
}

/** The values in memory that a scalar is made of. */
function valuesBehind(context: Context, value: Value): Value[] {
  if (liesInMemory(context, value)) return [value];
  return context.definition.get(value)!.inputs.flatMap((input) => valuesBehind(context, input));
}
