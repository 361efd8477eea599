import type { Block, Graph, Node, Value } from '../ir/graph.js';
import { attributesText } from '../ir/print.js';
import { typeText } from '../ir/types.js';
import { op as lookUp } from '../ops/registry.js';

/**
 * Common subexpressions become one node. Random draws stay apart: two of them are meant to be two. Nodes with regions stay
 * as they are; inside a region, values of the enclosing blocks are reused.
 */
export function mergeCommon(graph: Graph): Graph {
  const replaced = new Map<Value, Value>();
  const current = (value: Value) => replaced.get(value) ?? value;

  const merge = (block: Block, outer: ReadonlyMap<string, Node>): Block => {
    const known = new Map(outer);
    const nodes: Node[] = [];
    for (const original of block.nodes) {
      const inputs = original.inputs.map(current);
      const node = { ...original, inputs, regions: original.regions.map((region) => merge(region, known)) };
      const key = nodeKey(node);
      const before = key === undefined ? undefined : known.get(key);
      if (before) {
        original.outputs.forEach((output, i) => {
          replaced.set(output, before.outputs[i]!);
        });
        continue;
      }
      if (key !== undefined) known.set(key, node);
      nodes.push(node);
    }
    return { ...block, nodes, results: block.results.map(current) };
  };

  const body = merge(graph.body, new Map());
  if (replaced.size === 0) return graph;
  return { ...graph, outputs: graph.outputs.map((output) => ({ ...output, value: current(output.value) })), body };
}

/** Equal for nodes that compute the same; undefined for nodes that must stay apart. */
export function nodeKey(node: Node): string | undefined {
  if (node.regions.length > 0) return undefined;
  const { kind, commutative } = lookUp(node.op);
  if (kind === 'random') return undefined;
  const inputs = node.inputs.map((input) => input.id);
  if (commutative) inputs.sort((a, b) => a - b);
  return `${node.op}(${inputs.join()})${attributesText(node.attributes)}${node.outputs.map((output) => typeText(output.type)).join()}`;
}
