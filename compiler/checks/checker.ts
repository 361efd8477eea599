import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { Graph } from '../ir/graph.js';
import { printGraph } from '../ir/print.js';
import { type GuardedPositions, indexGuard } from './index-guards.js';
import type { PlaceText } from './place.js';
import { type SizeRequirement, sizeRequirements } from './size-requirements.js';

/** What a call of a program is checked for before anything runs. */
export interface ProgramChecks {
  readonly sizes: readonly SizeRequirement[];
  /** Name of the program that looks at the positions among the arguments. */
  readonly guard?: string;
}

/** A program of its own: its outputs are the least and the greatest element of each of `positions`. */
export interface GuardProgram {
  readonly name: string;
  readonly graph: Graph;
  readonly positions: readonly GuardedPositions[];
}

/** Makes the checks of a model's programs. Programs that are checked alike share a guard. */
export class Checker {
  /** Positions that are known, and wrong. */
  readonly diagnostics: Diagnostic[] = [];
  private readonly shared = new Map<string, GuardProgram>();

  constructor(private readonly place: PlaceText) {}

  get guards(): GuardProgram[] {
    return [...this.shared.values()];
  }

  checksOf(graph: Graph): ProgramChecks {
    const sizes = sizeRequirements(graph, this.place);
    const guard = this.guardOf(graph);
    return { sizes, ...(guard !== undefined && { guard }) };
  }

  private guardOf(graph: Graph): string | undefined {
    const found: Diagnostic[] = [];
    const guard = indexGuard(graph, this.place, found);
    // Several programs of one method trip over the same line.
    for (const diagnostic of found) {
      if (!this.diagnostics.some((other) => other.message === diagnostic.message && other.span?.start === diagnostic.span?.start))
        this.diagnostics.push(diagnostic);
    }
    if (guard === undefined) return undefined;
    const key = JSON.stringify([printGraph(guard.graph), guard.positions]);
    const known = this.shared.get(key);
    if (known !== undefined) return known.name;
    const names = this.guards.map(({ name }) => name);
    let { name } = guard.graph;
    for (let i = 2; names.includes(name); i++) name = `${guard.graph.name}.${i}`;
    this.shared.set(key, { ...guard, name, graph: { ...guard.graph, name } });
    return name;
  }
}
