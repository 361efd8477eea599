import type { Graph } from '../ir/graph.js';
import { applyRules, type Rule } from './rule.js';
import { arithmeticRules } from './rules/arithmetic.js';
import { contractRules } from './rules/contract.js';
import { indexingRules } from './rules/indexing.js';
import { movementRules } from './rules/movement.js';
import { reduceRules } from './rules/reduce.js';
import { windowRules } from './rules/window.js';

/** All equations, tried in this order at every node. */
export const simplifyRules: readonly Rule[] = [
  ...arithmeticRules,
  ...movementRules,
  ...windowRules,
  ...reduceRules,
  ...contractRules,
  ...indexingRules,
];

/** Replaces nodes by simpler ones that compute the same. To be run after differentiation, for it drops `stopGradient`. */
export function simplify(graph: Graph): Graph {
  return applyRules(graph, simplifyRules);
}
