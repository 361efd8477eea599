/** The passes over graphs, in order. Each is a function from a graph to a graph that computes the same. */
import type { Graph } from '../ir/graph.js';
import { dropGradientRules } from './drop-gradient-rules.js';
import { eliminateDead } from './eliminate-dead.js';
import { foldConstants } from './fold-constants.js';
import { mergeCommon } from './merge-common.js';
import { hoistInvariants } from './regions/hoist-invariants.js';
import { settleComparisons } from './regions/settle-comparisons.js';
import { simplifyControl } from './regions/simplify-control.js';
import { simplify } from './simplify.js';

export interface Pass {
  readonly name: string;
  readonly run: (graph: Graph) => Graph;
}

export const passes: readonly Pass[] = [
  { name: 'dropGradientRules', run: dropGradientRules },
  { name: 'simplify', run: simplify },
  { name: 'foldConstants', run: foldConstants },
  { name: 'simplifyControl', run: simplifyControl },
  { name: 'settleComparisons', run: settleComparisons },
  { name: 'mergeCommon', run: mergeCommon },
  { name: 'hoistInvariants', run: hoistInvariants },
  { name: 'eliminateDead', run: eliminateDead },
];

export interface OptimizeOptions {
  /** Stops after the first run of the pass of that name, or after its second with `simplify:2`, to find the pass that broke a graph. */
  readonly stopAfter?: string;
  /** Called with the graph after every pass, under labels like `simplify:1`. */
  readonly trace?: (label: string, graph: Graph) => void;
}

/** Passes uncover work for one another; this many rounds are enough in practice, and the result is right after any number. */
const mostRounds = 8;

/** Runs all passes, in rounds, until a round changes nothing. Differentiate first: `stopGradient` and rules of gradients are gone from the result. */
export function optimize(graph: Graph, options: OptimizeOptions = {}): Graph {
  let current = graph;
  for (let round = 1; round <= mostRounds; round++) {
    const before = current;
    for (const { name, run } of passes) {
      current = run(current);
      options.trace?.(`${name}:${round}`, current);
      if (options.stopAfter === `${name}:${round}` || (round === 1 && options.stopAfter === name)) return current;
    }
    if (current === before) break;
  }
  return current;
}
