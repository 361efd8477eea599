import type { Graph } from '../../ir/graph.js';
import { eliminateDead } from '../eliminate-dead.js';
import { mergeCommon } from '../merge-common.js';
import { hoistInvariants } from './hoist-invariants.js';
import { settleComparisons } from './settle-comparisons.js';
import { simplifyControl } from './simplify-control.js';

const rounds = 4;

/**
 * The passes over control flow that do not touch what gradients see: to be run before a graph is differentiated, so that nothing is taped
 * or pulled back that is known, unused, the same in every turn, or a loop no longer. The same graph where it has no control flow.
 */
export function tidyControl(graph: Graph): Graph {
  let current = graph;
  for (let round = 0; round < rounds && current.body.nodes.some((node) => node.regions.length > 0); round++) {
    const before = current;
    for (const pass of [simplifyControl, settleComparisons, mergeCommon, hoistInvariants, eliminateDead]) current = pass(current);
    if (current === before) break;
  }
  return current;
}
