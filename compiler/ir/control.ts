/** Control flow in graphs: what the regions, attributes and outputs of `if` and `loop` mean. */
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
  readonly tape: Tape | undefined;
}

/** What a loop keeps of every turn. */
export interface Tape {
  /** The name of the size that is bound to the number of turns when the loop has run. */
  readonly dim: string;
  /** The number of turns, i32[]. */
  readonly turns: Value;
  /** What the body yields after the carries. */
  readonly taped: readonly Value[];
  /** The taped values of all turns in order: tensors [dim, ...shape of the value]. */
  readonly stacks: readonly Value[];
}

export function branchOf(node: Node): Branch {
  return { condition: node.inputs[0]!, taken: node.regions[0]!, otherwise: node.regions[1]! };
}

export function loopOf(node: Node): Loop {
  const [condition, body] = node.regions as readonly [Block, Block];
  const count = node.inputs.length;
  const dim = turnsDim(node);
  return {
    initial: node.inputs,
    condition,
    body,
    carries: node.outputs.slice(0, count),
    next: body.results.slice(0, count),
    limit: typeof node.attributes.limit === 'number' ? node.attributes.limit : defaultLoopLimit,
    tape:
      dim === undefined
        ? undefined
        : { dim, turns: node.outputs[count]!, taped: body.results.slice(count), stacks: node.outputs.slice(count + 1) },
  };
}

/** The size that a loop binds, if it keeps a tape. */
export function turnsDim(node: Node): string | undefined {
  const { turns } = node.attributes;
  return node.op === 'loop' && typeof turns === 'string' ? turns : undefined;
}

/** The attributes of a loop: `tape` counts the taped values, `turns` names the size that they are stacked along. */
export function loopAttributes(limit: number | undefined, tape?: { readonly dim: string; readonly count: number }): Node['attributes'] {
  return { ...(limit !== undefined && { limit }), ...(tape && { tape: tape.count, turns: tape.dim }) };
}
