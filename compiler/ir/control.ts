/** Control flow in graphs: what the regions, attributes and outputs of `if` and `loop` mean. */
import { type Dim, isSymbolic, namedDim } from './dim.js';
import type { Block, Node, Value } from './graph.js';

/** The most turns of a loop that does not say. */
export const defaultLoopLimit = 2 ** 20;

/** An `if` taken apart. */
export interface Branch {
  readonly condition: Value;
  readonly taken: Block;
  readonly otherwise: Block;
}

/** A `loop` taken apart: `while (condition(carries)) carries = body(carries)`. */
export interface Loop {
  readonly initial: readonly Value[];
  readonly condition: Block;
  readonly body: Block;
  /** The carries after the last turn. */
  readonly carries: readonly Value[];
  /** The carries that the body yields for the next turn. */
  readonly next: readonly Value[];
  /** One more turn than this is an error. */
  readonly limit: number;
  /** The number of turns, where it is known before the loop runs. */
  readonly trips: Dim | undefined;
  readonly tape: Tape | undefined;
}

/** What a loop keeps of every turn. */
export interface Tape {
  /** The size that turns are stacked along: their number. */
  readonly size: Dim;
  /** The name of the size that is bound to the number of turns when the loop has run; undefined where that is known before. */
  readonly dim: string | undefined;
  /** The last turn comes first in the stacks. */
  readonly reversed: boolean;
  /** The number of turns, i32[]. */
  readonly turns: Value;
  /** What the body yields after the carries. */
  readonly taped: readonly Value[];
  /** The taped values of all turns in order: tensors [size, ...shape of the value]. */
  readonly stacks: readonly Value[];
}

export function branchOf(node: Node): Branch {
  return { condition: node.inputs[0]!, taken: node.regions[0]!, otherwise: node.regions[1]! };
}

export function loopOf(node: Node): Loop {
  const [condition, body] = node.regions as readonly [Block, Block];
  const count = node.inputs.length;
  const dim = turnsDim(node);
  const trips = tripsOf(node);
  const size = dim === undefined ? trips : namedDim(dim);
  return {
    initial: node.inputs,
    condition,
    body,
    carries: node.outputs.slice(0, count),
    next: body.results.slice(0, count),
    limit: typeof node.attributes.limit === 'number' ? node.attributes.limit : defaultLoopLimit,
    trips,
    tape:
      size === undefined || node.attributes.tape === undefined
        ? undefined
        : {
            size,
            dim,
            reversed: node.attributes.reversed === true,
            turns: node.outputs[count]!,
            taped: body.results.slice(count),
            stacks: node.outputs.slice(count + 1),
          },
  };
}

/** The size that a loop binds, if it keeps a tape. */
export function turnsDim(node: Node): string | undefined {
  const { turns } = node.attributes;
  return node.op === 'loop' && typeof turns === 'string' ? turns : undefined;
}

/** The number of turns of a loop that says it beforehand. */
export function tripsOf(node: Node): Dim | undefined {
  const { turns } = node.attributes;
  return node.op === 'loop' && (typeof turns === 'number' || isSymbolic(turns)) ? turns : undefined;
}

/**
 * The attributes of a loop: `tape` counts the taped values, `turns` is the size that they are stacked along, or the name that it is to
 * have; `reversed` tapes have the last turn first, which takes a known number of turns.
 */
export function loopAttributes(
  limit: number | undefined,
  tape?: { readonly size: Dim | string; readonly count: number; readonly reversed?: boolean },
): Node['attributes'] {
  return {
    ...(limit !== undefined && { limit }),
    ...(tape && { tape: tape.count, turns: tape.size, ...(tape.reversed && { reversed: true }) }),
  };
}
