/** What the evaluation of a loop speaks of: its statement, what its turns change, the turns that were tried. */
import type { ts } from 'ts-morph';
import type { Node, Value } from '../ir/graph.js';
import { isFloat } from '../ir/types.js';
import type { Holds } from './conditions.js';
import type { Grown } from './growth.js';
import type { JournalFrame, Location, Site } from './journal.js';
import type { Conflict, Disagree, Leaf, Merger, Plan, Ways } from './merge.js';
import type { Scope } from './scope.js';
import { TensorScalar } from './symbolic.js';
import type { Region } from './tensors.js';
import type { Completion, Definite } from './values.js';

/** A loop statement, ready to be evaluated in its scope. */
export interface LoopParts {
  readonly node: ts.Statement;
  /** Whether the condition holds before a turn; absent for `for (;;)`. */
  readonly test: Holds;
  /** Whether the test changes nothing, as its text shows. */
  readonly testIsPure: boolean;
  readonly body: (scope: Scope) => Completion | undefined;
  /** What happens between a turn and the next test: gives the next turn's scope, which is the same one where that is asked for. */
  readonly advance: (scope: Scope, inPlace: boolean) => Scope;
  /** The scope of the turn in progress. */
  frame: Scope;
  /** Says what is a `continue` and a `break` of this loop: everything else leaves it. */
  readonly after: (way: Definite | undefined) => 'next' | 'stop' | 'leave';
  /** `do` has no test before the first turn. */
  readonly testsFirst: boolean;
}

/** A place that a turn changes. */
export interface Carry {
  readonly location: Location;
  readonly initial: unknown;
  readonly site: Site | undefined;
  readonly disagree: Disagree;
}

/** What the first evaluations of a body have found out about it. */
export interface Carried {
  readonly carries: readonly Carry[];
  readonly plans: readonly Plan[];
  readonly merger: Merger;
  /** Objects whose structure changes from turn to turn. */
  readonly structural: readonly { readonly object: object; readonly conflict: Conflict }[];
  /** Arrays that every turn adds to. */
  readonly grown: readonly Grown[];
}

/** The body always ends the loop: it is no loop. */
export class RunsOnce {}

/** The condition changes variables: it belongs to the end of the body. */
export class ConditionChanges {}

/** A `break` of the loop in question. */
export const STOP: Definite = { kind: 'break', label: '%loop' };

export function unstop(way: Definite | undefined): Definite | undefined {
  return way === STOP ? undefined : way;
}

export interface Block {
  readonly parameters: Value[];
  readonly nodes: Node[];
  readonly region: Region;
  /** Condition: whether there is a turn. Body: whether there may be another. */
  holds: boolean | TensorScalar;
}

export interface Turn {
  readonly condition: Block;
  readonly body: Block;
  readonly completion: Completion | undefined;
  readonly frame: JournalFrame;
}

export interface Settled {
  readonly carried: Carried;
  readonly turn: Turn;
  readonly go: boolean | TensorScalar | undefined;
  readonly frame: JournalFrame;
}

export interface End {
  readonly keys: readonly string[];
  readonly ways: readonly (Definite | undefined)[];
  readonly value: Plan | undefined;
  readonly which: number | undefined;
  readonly holds: boolean | TensorScalar;
}

/** The first turn and a later one. */
export function turnsOf({ node }: LoopParts, isFresh?: (object: object) => boolean): Ways {
  return { isFresh: (object, way) => way === 1 && isFresh?.(object) === true, turns: true, node };
}

/** A number that was a float stays one. */
export function widen(leaf: Leaf, before: Leaf | undefined): Leaf {
  if (leaf.make !== 'number' || before?.make !== 'number' || !isFloat(before.type.dtype)) return leaf;
  return { ...leaf, type: before.type };
}

export function toBoolean(value: unknown): boolean | TensorScalar {
  return value instanceof TensorScalar ? value : value === true;
}
