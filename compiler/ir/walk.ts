import { type Dim, dimNames, isSymbolic } from './dim.js';
import type { Attribute, Block, Graph, Node, Value } from './graph.js';

/** Every node of the block and of the blocks nested in it, in execution order, a node before what its regions hold. */
export function* nodesOf(block: Block): Generator<Node> {
  for (const node of block.nodes) {
    yield node;
    for (const region of node.regions) yield* nodesOf(region);
  }
}

/** Every value that the block and the blocks nested in it define, parameters first. */
export function* valuesOf(block: Block): Generator<Value> {
  yield* block.parameters;
  for (const node of block.nodes) {
    for (const region of node.regions) yield* valuesOf(region);
    yield* node.outputs;
  }
}

/** Calls `visit` for every use of a value in the node: its inputs, and what its regions use and yield. */
export function visitUses(node: Node, visit: (value: Value) => void): void {
  node.inputs.forEach(visit);
  for (const region of node.regions) visitBlockUses(region, visit);
}

export function visitBlockUses(block: Block, visit: (value: Value) => void): void {
  for (const node of block.nodes) visitUses(node, visit);
  block.results.forEach(visit);
}

/** The values of enclosing blocks that the block uses, in order of first use. */
export function capturesOf(block: Block): Set<Value> {
  const own = new Set(valuesOf(block));
  const captures = new Set<Value>();
  visitBlockUses(block, (value) => {
    if (!own.has(value)) captures.add(value);
  });
  return captures;
}

/** How often each value is used: by nodes, by results of blocks and of the graph. */
export function countUses(graph: Graph): Map<Value, number> {
  const uses = new Map<Value, number>();
  visitBlockUses(graph.body, (value) => uses.set(value, (uses.get(value) ?? 0) + 1));
  return uses;
}

/** The node that makes each value; parameters of blocks have none. */
export function definitions(graph: Graph): Map<Value, Node> {
  const result = new Map<Value, Node>();
  for (const node of nodesOf(graph.body)) for (const output of node.outputs) result.set(output, node);
  return result;
}

/** An attribute with every symbolic size in it replaced. */
export function mapDims(attribute: Attribute, replace: (dim: Dim) => Dim): Attribute {
  if (isSymbolic(attribute)) return replace(attribute);
  if (Array.isArray(attribute)) return attribute.map((item: Attribute) => mapDims(item, replace));
  return attribute;
}

/** Calls `visit` for every size in the types and attributes of the node and of the nodes in its regions. */
export function visitDims(node: Node, visit: (dim: Dim) => void): void {
  visitOwnDims(node, visit);
  for (const region of node.regions) {
    for (const parameter of region.parameters) parameter.type.shape.forEach(visit);
    for (const inner of region.nodes) visitDims(inner, visit);
  }
}

/** Those of the node itself, without its regions. */
export function visitOwnDims(node: Node, visit: (dim: Dim) => void): void {
  for (const attribute of Object.values(node.attributes)) {
    mapDims(attribute, (dim) => {
      visit(dim);
      return dim;
    });
  }
  for (const output of node.outputs) output.type.shape.forEach(visit);
}

/** The named dims that occur in a graph: in the types of its inputs first, in order, then in its nodes (those bound by loops among them). */
export function dimNamesOf(graph: Graph): string[] {
  const names = new Set<string>();
  for (const input of graph.inputs) for (const dim of input.value.type.shape) dimNames(dim, names);
  for (const node of nodesOf(graph.body)) visitOwnDims(node, (dim) => dimNames(dim, names));
  return [...names];
}
