/** What is known of the numbers that a loop counts: comparisons that come out the same in every turn, and rows that are there. */
import { loopOf } from '../../ir/control.js';
import { addDims, type Dim, lowerBound, mulDims, subDims } from '../../ir/dim.js';
import type { Graph, Node } from '../../ir/graph.js';
import { type Counted, TurnNumbers } from '../../ir/turn-numbers.js';
import { definitions } from '../../ir/walk.js';
import { copyBody, withOutputs } from '../rewrite.js';

const orders: Readonly<Record<string, { readonly swapped: boolean; readonly orEqual: boolean } | undefined>> = {
  lt: { swapped: false, orEqual: false },
  le: { swapped: false, orEqual: true },
  gt: { swapped: true, orEqual: false },
  ge: { swapped: true, orEqual: true },
};

/**
 * In loops whose number of turns is known, comparisons of numbers that are counted become constants where all turns agree, what is
 * chosen by one of them becomes the choice, and rows that are read or written at such a number are noted to be `inside` where they surely
 * are. The same graph where there is nothing to do.
 */
export function settleComparisons(graph: Graph): Graph {
  if (!graph.body.nodes.some((node) => node.regions.length > 0)) return graph;
  const nodes = definitions(graph);
  const loops: { readonly numbers: TurnNumbers; readonly last: Dim }[] = [];
  const settled = new Map<Node, boolean>();
  const inside = new Set<Node>();
  const visit = (list: readonly Node[]): void => {
    for (const node of list) {
      const counted = countedLoop(node);
      if (counted) {
        visit(loopOf(node).condition.nodes);
        loops.push(counted);
        visit(loopOf(node).body.nodes);
        loops.pop();
      } else for (const region of node.regions) visit(region.nodes);
      const size = rowsOf(node);
      if (size !== undefined && node.attributes.inside !== true) {
        for (const { numbers, last } of loops) {
          const at = numbers.of(node.inputs[1]!);
          // A number that does not change may be computed where there is no turn.
          if (at && at.step !== 0 && isLess({ offset: -1, step: 0 }, at, last, false) && isLess(at, { offset: size, step: 0 }, last, false))
            inside.add(node);
        }
      }
      const order = orders[node.op];
      if (!order) continue;
      for (const { numbers, last } of loops) {
        const [a, b] = node.inputs.map((input) => numbers.of(input));
        const holds = a && b && (order.swapped ? isLess(b, a, last, order.orEqual) : isLess(a, b, last, order.orEqual));
        if (holds !== undefined) settled.set(node, holds);
      }
    }
  };
  const countedLoop = (node: Node) => {
    if (node.op !== 'loop') return undefined;
    const loop = loopOf(node);
    return loop.trips && { numbers: new TurnNumbers(loop, (value) => nodes.get(value)), last: subDims(loop.trips, 1) };
  };
  visit(graph.body.nodes);
  if (settled.size + inside.size === 0) return graph;
  const { builder, values } = copyBody(graph, (target, node, inputs) => {
    const holds = settled.get(node);
    if (holds !== undefined) return [target.emit('constant', [], { value: Number(holds), dtype: 'bool', shape: [] })];
    if (inside.has(node)) return [target.emit(node.op, inputs, { ...node.attributes, inside: true }, node.span)];
    if (node.op !== 'select') return undefined;
    const condition = nodes.get(node.inputs[0]!);
    const chosen = condition && settled.get(condition);
    return chosen === undefined ? undefined : [inputs[chosen ? 1 : 2]!];
  });
  return withOutputs(graph, builder, values);
}

/** How many rows there are where the node reads or writes one. */
function rowsOf({ op, inputs, attributes }: Node): Dim | undefined {
  if (op === 'index') return inputs[0]!.type.shape[0];
  return op === 'writeRow' ? inputs[0]!.type.shape[attributes.dim as number] : undefined;
}

/** Whether `a < b` (or `a <= b`) in all turns from the first to the one of number `last`; false if in none, undefined if it depends. */
function isLess(a: Counted, b: Counted, last: Dim, orEqual: boolean): boolean | undefined {
  const slope = b.step - a.step;
  const first = subDims(b.offset, a.offset);
  const end = addDims(first, mulDims(last, slope));
  // The difference moves evenly from the first turn, which there is, to the last.
  const [low, high] = slope < 0 ? [end, first] : [first, end];
  if (lowerBound(low) >= (orEqual ? 0 : 1)) return true;
  return -lowerBound(mulDims(high, -1)) < (orEqual ? 0 : 1) ? false : undefined;
}
