import { branchOf, loopOf } from '../../ir/control.js';
import type { Block, Node, Value } from '../../ir/graph.js';
import { isFloat } from '../../ir/types.js';

/**
 * The float values, those inside regions among them, that depend on the given ones. Parameters of loops do if any turn's may. Nodes that
 * `through` does not let pass make nothing depend on anything.
 */
export function activeValues(block: Block, sources: readonly Value[], through: Through = () => true): Set<Value> {
  const active = new Set(sources);
  visit(block, active, through);
  return active;
}

type Through = (node: Node) => boolean;

function visit(block: Block, active: Set<Value>, through: Through): void {
  for (const node of block.nodes) {
    if (node.op === 'if') visitBranch(node, active, through);
    else if (node.op === 'loop') visitLoop(node, active, through);
    else if (through(node) && node.inputs.some((input) => active.has(input))) activate(node.outputs, active);
  }
}

function activate(values: readonly Value[], active: Set<Value>): void {
  for (const value of values) if (isFloat(value.type.dtype)) active.add(value);
}

function visitBranch(node: Node, active: Set<Value>, through: Through): void {
  const { taken, otherwise } = branchOf(node);
  visit(taken, active, through);
  visit(otherwise, active, through);
  activate(
    node.outputs.filter((_, i) => active.has(taken.results[i]!) || active.has(otherwise.results[i]!)),
    active,
  );
}

function visitLoop(node: Node, active: Set<Value>, through: Through): void {
  const { initial, body, next, carries, tape } = loopOf(node);
  const carried = body.parameters;
  activate(
    carried.filter((_, j) => active.has(initial[j]!)),
    active,
  );
  for (let before = -1; before !== active.size; ) {
    before = active.size;
    visit(body, active, through);
    activate(
      carried.filter((_, j) => active.has(next[j]!)),
      active,
    );
  }
  activate(
    carries.filter((_, j) => active.has(carried[j]!)),
    active,
  );
  activate(tape?.stacks.filter((_, i) => active.has(tape.taped[i]!)) ?? [], active);
}
