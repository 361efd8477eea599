/**
 * Rows that are written into memory which holds the other rows already: what a loop carries, or state, gets a row of its own in place, and
 * nothing else of it is touched.
 */
import { addDims, type Dim, floorDivDims, lowerBound } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { axisAttribute } from '../ops/attributes.js';
import { elementOf } from './access.js';
import { type Context, liesInMemory, type RowWrite, type TapeRow } from './body.js';
import { axesFor, type Cluster, noAxes } from './cluster.js';
import type { Axis, IndexExpr, ScalarExpr } from './expr.js';
import { flatten, sizeIndex, sub, zero } from './index-math.js';
import type { WorkGraph } from './legalise.js';
import { clampedIndex } from './scalar.js';

/**
 * The writes whose results replace what a memory holds, by their results; where several rows are written one after the other, each of them.
 * None of those that end in an `excluded` value, or come after it.
 */
export function rowWrites(work: WorkGraph, excluded: ReadonlySet<Value>): Map<Value, RowWrite> {
  const found = new Map<Value, RowWrite>();
  const outputs = new Set(work.outputs.flatMap(({ value }) => value ?? []));
  for (const { output, value } of work.outputs) {
    if (!value || !output.replaces || !output.old) continue;
    const chain: Node[] = [];
    let at = value;
    for (let node = work.definition.get(at); node?.op === 'writeRow' && at !== output.old; node = work.definition.get(at)) {
      chain.push(node);
      at = node.inputs[0]!;
      if (outputs.has(at)) break;
    }
    if (at !== output.old || chain.some((node) => excluded.has(node.outputs[0]!) || sizeOf(node) === 0)) continue;
    for (const node of chain) found.set(node.outputs[0]!, { node, old: node.inputs[0]!, place: output.place });
  }
  return found;
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

/** The cluster that writes the row and no more; a position out of range writes what is there. */
export function rowWriteCluster(context: Context, { node }: RowWrite): Cluster {
  const { build } = context;
  const [value] = node.outputs as readonly [Value];
  const position = node.inputs[1]!;
  const { shape } = value.type;
  const dim = axisAttribute(node.op, node.attributes, 'dim', shape.length);
  const rows = axesFor(
    shape.filter((_, axis) => axis !== dim),
    'i',
  );
  const number = scalarOf(context, position, []);
  const at: IndexExpr = node.attributes.inside === true ? { kind: 'value', value: number } : clampedIndex(build, number, shape[dim]!);
  const index = [...rows.index.slice(0, dim), at, ...rows.index.slice(dim)];
  // Where there may be no row at all nothing is written either.
  const size = sizeOf(node);
  const once: Axis[] = node.attributes.inside === true || lowerBound(size) > 0 ? [] : [{ name: 'i', size: atMostOne(size) }];
  return { axes: { ...noAxes, rows: [...once, ...rows.axes] }, reductions: [], computed: [{ value, index, level: 'row', position }] };
}

/** How many rows there are. */
function sizeOf({ inputs, attributes }: Node): Dim {
  return inputs[0]!.type.shape[attributes.dim as number]!;
}

/** 1, or 0 for a size of 0. */
function atMostOne(size: Dim): Dim {
  return floorDivDims(addDims(size, mostRows - 1), mostRows);
}

const mostRows = 2 ** 30;

/** What `bodyOf` makes of a scalar. */
function scalarOf(context: Context, value: Value, indices: readonly IndexExpr[]): ScalarExpr {
  if (liesInMemory(context, value)) return context.build.load(value.type.dtype, value.id, flatten(indices, value.type.shape));
  return elementOf(context.build, context.definition.get(value)!, indices, (input, at) => scalarOf(context, input, at));
}
