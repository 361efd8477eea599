import type { Graph } from '../ir/graph.js';
import { nodesOf } from '../ir/walk.js';
import { rebuild } from './rewrite.js';

/** customGradient(y, inputs...) = y once nothing is differentiated any more. */
export function dropGradientRules(graph: Graph): Graph {
  if (![...nodesOf(graph.body)].some((node) => node.op === 'customGradient')) return graph;
  return rebuild(graph, (_builder, node, inputs) => (node.op === 'customGradient' ? [inputs[0]!] : undefined));
}
