/**
 * Values that lie in the memory of their padded form: the kernel that computes one writes it into the middle, and of the padding only the
 * border is left to be filled. So no kernel copies a tensor in order to pad it.
 */
import { addDims, type Dim } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { dimsAttribute, integersAttribute } from '../ops/attributes.js';
import { type Cluster, noAxes } from './cluster.js';
import type { Axis, IndexExpr } from './expr.js';
import { add, axisIndex, flatten, sizeIndex } from './index-math.js';

/** The value lies in the memory of `host`, from `low` on. */
export interface Residence {
  readonly host: Value;
  readonly low: readonly Dim[];
}

/** The residence that a padding offers to what it pads; undefined where it also puts something between the elements. */
export function residenceIn(node: Node): Residence | undefined {
  const host = node.outputs[0]!;
  const rank = host.type.shape.length;
  if (node.op !== 'pad' || integersAttribute(node.op, node.attributes, 'interior', 0, rank).some((between) => between > 0))
    return undefined;
  return { host, low: dimsAttribute(node.op, node.attributes, 'low', rank) };
}

/** Which tensor holds an element, and where. */
export function locate(
  residences: ReadonlyMap<Value, Residence>,
  value: Value,
  indices: readonly IndexExpr[],
): { readonly tensor: Value; readonly index: IndexExpr } {
  const home = residences.get(value);
  if (!home) return { tensor: value, index: flatten(indices, value.type.shape) };
  const inside = indices.map((index, axis) => add(index, sizeIndex(home.low[axis]!)));
  return { tensor: home.host, index: flatten(inside, home.host.type.shape) };
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
