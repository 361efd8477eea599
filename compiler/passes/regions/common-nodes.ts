import type { Block, Node, Value } from '../../ir/graph.js';
import { op as lookUp } from '../../ops/registry.js';
import { nodeKey } from '../merge-common.js';

/** Nodes of two branches that compute the same from values of the enclosing blocks. */
export interface CommonNodes {
  /** Nodes of the first branch, in order. */
  readonly nodes: readonly Node[];
  /** For values of the second branch, those of the first. */
  readonly same: ReadonlyMap<Value, Value>;
}

/**
 * What both branches of an `if` compute, whichever runs: done before it, that is no more work, and one kernel less to choose. Constants and
 * views are left where they are used, unless what is moved needs them.
 */
export function commonNodes(first: Block, second: Block): CommonNodes {
  const isOutside = outsideOf(first, second);
  const same = new Map<Value, Value>();
  const byKey = new Map<string, Node>();
  const candidates = new Map<Node, Node>();
  const moved = new Set<Value>();
  const current = (value: Value) => same.get(value) ?? value;
  const isAvailable = (value: Value) => isOutside(value) || moved.has(value);
  // Keys are of values that stand for both branches, so that a chain of nodes is found from its start.
  for (const node of first.nodes) {
    const key = nodeKey(node);
    if (key !== undefined && !byKey.has(key)) byKey.set(key, node);
  }
  for (const node of second.nodes) {
    const inputs = node.inputs.map(current);
    const key = nodeKey({ ...node, inputs });
    const twin = key === undefined ? undefined : byKey.get(key);
    if (!twin?.inputs.every(isAvailable)) continue;
    candidates.set(twin, node);
    moved.add(twin.outputs[0]!);
    same.set(node.outputs[0]!, twin.outputs[0]!);
  }
  return neededOf(first, candidates, same);
}

function outsideOf(first: Block, second: Block): (value: Value) => boolean {
  const own = new Set([...first.nodes, ...second.nodes].flatMap((node) => node.outputs));
  return (value) => !own.has(value);
}

/** Those of the candidates that are worth it, and what they need. */
function neededOf(first: Block, candidates: ReadonlyMap<Node, Node>, same: ReadonlyMap<Value, Value>): CommonNodes {
  const needed = new Set<Value>();
  const kept: Node[] = [];
  for (const node of [...first.nodes].reverse()) {
    if (!candidates.has(node)) continue;
    const { kind } = lookUp(node.op);
    if ((kind === 'source' || kind === 'view') && !needed.has(node.outputs[0]!)) continue;
    kept.push(node);
    for (const input of node.inputs) needed.add(input);
  }
  const outputs = new Set(kept.map((node) => node.outputs[0]!));
  return { nodes: kept.reverse(), same: new Map([...same].filter(([, value]) => outputs.has(value))) };
}
