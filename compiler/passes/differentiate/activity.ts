import { branchOf, loopOf } from '../../ir/control.js';
import type { Block, Node, Value } from '../../ir/graph.js';
import { isFloat } from '../../ir/types.js';

/** The float values, those inside regions among them, that depend on the given ones. Parameters of loops do if any turn's may. */
export function activeValues(block: Block, sources: readonly Value[]): Set<Value> {
  const active = new Set(sources);
  visit(block, active);
  return active;
}

function visit(block: Block, active: Set<Value>): void {
  for (const node of block.nodes) {
    if (node.op === 'if') visitBranch(node, active);
    else if (node.op === 'loop') visitLoop(node, active);
    else if (node.inputs.some((input) => active.has(input))) activate(node.outputs, active);
  }
}

function activate(values: readonly Value[], active: Set<Value>): void {
  for (const value of values) if (isFloat(value.type.dtype)) active.add(value);
}

function visitBranch(node: Node, active: Set<Value>): void {
  const { taken, otherwise } = branchOf(node);
  visit(taken, active);
  visit(otherwise, active);
  activate(
    node.outputs.filter((_, i) => active.has(taken.results[i]!) || active.has(otherwise.results[i]!)),
    active,
  );
}

function visitLoop(node: Node, active: Set<Value>): void {
  const { initial, body, next, carries, tape } = loopOf(node);
  const carried = body.parameters;
  activate(
    carried.filter((_, j) => active.has(initial[j]!)),
    active,
  );
  for (let before = -1; before !== active.size; ) {
    before = active.size;
    visit(body, active);
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
