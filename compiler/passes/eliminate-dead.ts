import type { Block, Graph, Node, Value } from '../ir/graph.js';

/** Removes the nodes whose results nobody uses. Inputs stay, used or not: they are the graph's signature. */
export function eliminateDead(graph: Graph): Graph {
  const live = new Set<Value>();
  let removed = false;
  const prune = (block: Block): Block => {
    for (const result of block.results) live.add(result);
    const kept: Node[] = [];
    for (let i = block.nodes.length - 1; i >= 0; i--) {
      const node = block.nodes[i]!;
      if (!node.outputs.some((output) => live.has(output))) {
        removed = true;
        continue;
      }
      for (const input of node.inputs) live.add(input);
      kept.push(node.regions.length === 0 ? node : { ...node, regions: node.regions.map(prune) });
    }
    return { ...block, nodes: kept.reverse() };
  };
  const body = prune(graph.body);
  return removed ? { ...graph, body } : graph;
}
