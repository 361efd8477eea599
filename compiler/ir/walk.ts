import { type Dim, dimNames, isSymbolic } from './dim.js';
import type { Attribute, Block, Graph, Node, Value } from './graph.js';

/** Every node of the block and of the blocks nested in it, in execution order, a node before what its regions hold. */
export function* nodesOf(block: Block): Generator<Node> {
  for (const node of block.nodes) {
    yield node;
    for (const region of node.regions) yield* nodesOf(region);
  }
}

/** How often each value is used: by nodes, by results of blocks and of the graph. */
export function countUses(graph: Graph): Map<Value, number> {
  const uses = new Map<Value, number>();
  const use = (value: Value) => uses.set(value, (uses.get(value) ?? 0) + 1);
  const visit = (block: Block) => {
    for (const node of block.nodes) {
      node.inputs.forEach(use);
      node.regions.forEach(visit);
    }
    block.results.forEach(use);
  };
  visit(graph.body);
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

/** The named dims that occur in a graph: in the types of its inputs first, in order, then in its nodes. */
export function dimNamesOf(graph: Graph): string[] {
  const names = new Set<string>();
  const fromAttribute = (attribute: Attribute) => {
    mapDims(attribute, (dim) => {
      dimNames(dim, names);
      return dim;
    });
  };
  for (const input of graph.inputs) for (const dim of input.value.type.shape) dimNames(dim, names);
  for (const node of nodesOf(graph.body)) {
    for (const attribute of Object.values(node.attributes)) fromAttribute(attribute);
    for (const output of node.outputs) for (const dim of output.type.shape) dimNames(dim, names);
  }
  return [...names];
}
