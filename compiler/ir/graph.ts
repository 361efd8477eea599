import type { Dim } from './dim.js';
import type { TensorType } from './types.js';

/** A place in a source file, in UTF-16 offsets; `via` is the chain of calls that led there, innermost caller first. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly via?: Span;
}

export type Attribute = number | string | boolean | Dim | readonly Attribute[];
export type Attributes = Readonly<Record<string, Attribute>>;

/** A tensor in a graph: the result of one node, or a parameter of a block. Identity is the object; `id` is for printing. */
export interface Value {
  readonly id: number;
  readonly type: TensorType;
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
  /** Structured control flow: the branches of an `if`, the condition and body of a `loop`. Empty for all other ops. */
  readonly regions: readonly Block[];
  readonly span?: Span;
}

/** A straight line of nodes in execution order: every value is defined before it is used. */
export interface Block {
  readonly parameters: readonly Value[];
  readonly nodes: readonly Node[];
  readonly results: readonly Value[];
}

/**
 * What an input is. `argument`: given at each call; `parameter`, `buffer`: the model's state; `optimizer`: the
 * optimizer's state (`hidden.weight.momentum_buffer`); `hyper`: a run-time scalar (`lr`); `rng`: the i32[2] pair (seed, step).
 */
export type InputRole = 'argument' | 'parameter' | 'buffer' | 'optimizer' | 'hyper' | 'rng';

/** What an output is. The state roles replace the state entry of the same name; the others go to the caller. */
export type OutputRole = 'result' | 'gradient' | 'parameter' | 'buffer' | 'optimizer';

export interface GraphInput {
  readonly name: string;
  readonly role: InputRole;
  readonly value: Value;
}

export interface GraphOutput {
  readonly name: string;
  readonly role: OutputRole;
  readonly value: Value;
}

/** `body.parameters` are the inputs' values and `body.results` the outputs' values, in the same order. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly GraphOutput[];
  readonly body: Block;
}
