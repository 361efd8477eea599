/**
 * Values that lie in the memory of another: of their padded form, or of a tensor that joins them. The kernel that computes one writes it
 * where it belongs; of a padding only the border is left to be filled, of joined tensors what lies in other memory already. So no kernel
 * copies a tensor in order to pad it or to put it next to others.
 */
import { addDims, type Dim } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { axisAttribute, dimsAttribute, integersAttribute } from '../ops/attributes.js';
import { axesFor, type Cluster, noAxes } from './cluster.js';
import type { Axis, IndexExpr } from './expr.js';
import { add, axisIndex, flatten, sizeIndex, unflatten } from './index-math.js';

/** The value, seen through the views (its own first), lies in the memory of `host`, from `low` on. */
export interface Residence {
  readonly host: Value;
  readonly low: readonly Dim[];
  readonly views: readonly Node[];
}

/** What is written into a value's memory before it can be read: the values that lie there, and by `fills` the rest. */
export interface Host {
  readonly residents: readonly Value[];
  readonly fills: readonly Cluster[];
}

export type Residences = ReadonlyMap<Value, Residence>;

/** Where a padding has what it pads; undefined where it also puts something between the elements. */
export function middleOf(node: Node): readonly Dim[] | undefined {
  const rank = node.outputs[0]!.type.shape.length;
  if (integersAttribute(node.op, node.attributes, 'interior', 0, rank).some((between) => between > 0)) return undefined;
  return dimsAttribute(node.op, node.attributes, 'low', rank);
}

/** Which tensor holds an element, and where. */
export function locate(
  residences: Residences,
  value: Value,
  indices: readonly IndexExpr[],
): { readonly tensor: Value; readonly index: IndexExpr } {
  const home = residences.get(value);
  if (!home) return { tensor: value, index: flatten(indices, value.type.shape) };
  const seen = home.views.reduce(through, indices);
  return locate(
    residences,
    home.host,
    seen.map((index, axis) => add(index, sizeIndex(home.low[axis]!))),
  );
}

/** The index in the view's result of the element that its input has at `indices`. */
function through(indices: readonly IndexExpr[], view: Node): readonly IndexExpr[] {
  const { shape } = view.inputs[0]!.type;
  if (view.op === 'reshape') return unflatten(flatten(indices, shape), view.outputs[0]!.type.shape);
  return integersAttribute(view.op, view.attributes, 'permutation', 0, shape.length).map((axis) => indices[axis]!);
}

/** The value whose memory a value lies in in the end. */
export function memoryOwner(residences: Residences, value: Value): Value {
  const home = residences.get(value);
  return home ? memoryOwner(residences, home.host) : value;
}

/** Where each input of a concat begins. */
export function startsOf(node: Node): Dim[][] {
  const dim = axisAttribute(node.op, node.attributes, 'dim', node.outputs[0]!.type.shape.length);
  let start: Dim = 0;
  return node.inputs.map(({ type: { shape } }) => {
    const low = shape.map((_, axis) => (axis === dim ? start : 0));
    start = addDims(start, shape[dim]!);
    return low;
  });
}

/** What writes one input of a concat into its place. */
export function fillOf(node: Node, input: number): Cluster {
  const rows = axesFor(node.inputs[input]!.type.shape, 'i');
  const low = startsOf(node)[input]!;
  const index = rows.index.map((at, axis) => add(at, sizeIndex(low[axis]!)));
  return { axes: { ...noAxes, rows: rows.axes }, reductions: [], computed: [{ value: node.outputs[0]!, index, level: 'row' }] };
}

/** What fills the border of a padded value: two strips an axis, each within the middle of the axes before and all along those after it. */
export function borderOf(node: Node): Cluster[] {
  const host = node.outputs[0]!;
  const { shape } = node.inputs[0]!.type;
  const low = dimsAttribute(node.op, node.attributes, 'low', shape.length);
  const high = dimsAttribute(node.op, node.attributes, 'high', shape.length);
  const strip = (along: number, from: Dim, length: Dim): Cluster[] => {
    if (length === 0) return [];
    const axes = host.type.shape.map((size, axis): Axis => {
      return { name: `i${axis}`, size: axis < along ? shape[axis]! : axis === along ? length : size };
    });
    const start = (axis: number): Dim => (axis < along ? low[axis]! : axis === along ? from : 0);
    const index = axes.map((axis, i) => add(axisIndex(axis), sizeIndex(start(i))));
    const rows = axes.filter(({ size }) => size !== 1);
    return [{ axes: { ...noAxes, rows }, reductions: [], computed: [{ value: host, index, level: 'row' }] }];
  };
  return shape.flatMap((size, axis) => [...strip(axis, 0, low[axis]!), ...strip(axis, addDims(low[axis]!, size), high[axis]!)]);
}
