/**
 * The one tensor operation. Everything in the DSL bottoms out here: when a model is compiled, the frontend replaces `op`
 * by a node in the graph; in eager use an executor computes it at once.
 */
import { type DType, Tensor } from './tensor.js';

export type Attribute = number | string | boolean | readonly Attribute[];
export type Attributes = Readonly<Record<string, Attribute>>;

/** What stands behind a tensor: opaque to the DSL. */
export type Handle = object;

export interface BackwardOptions {
  /** Where the gradients start from: of the tensor's shape. 1 for a tensor of one element, unless it is given. */
  readonly cotangent?: Tensor;
  /** Whether gradients can be taken through the same computation again; as `createGraph` unless it is given. */
  readonly retainGraph?: boolean;
  /** Whether the gradients themselves can be differentiated. */
  readonly createGraph?: boolean;
}

export interface Executor {
  execute(name: string, inputs: readonly Tensor[], attributes: Attributes): { handle: Handle; shape: readonly number[]; dtype: DType };
  /** The elements in row-major order; booleans are 0 and 1. */
  read(handle: Handle): ArrayLike<number>;
  /** Adds the gradients of a scalar to `grad` of the leaves that it was computed from and that require them. */
  backward(tensor: Tensor, options: BackwardOptions): void;
  /** Whether an element is surely not from `low` to `high`; false where values are not known. */
  surelyOutside(tensor: Tensor, low: number, high: number): boolean;
  /** Whether what is computed is followed for gradients; changed to `next` where that is given. Returns what held before. */
  gradientMode(next?: boolean): boolean;
  /** The handle of a tensor like `result` whose gradient by the inputs is what `rule` gives for its cotangent. */
  withRule(result: Tensor, inputs: readonly Tensor[], rule: (cotangent: Tensor) => readonly Tensor[]): Handle;
  /** The handle of what a tensor that is no view holds now: `handle`, unless which tensor it is depends on values, while a model is compiled. */
  held(tensor: Tensor): Handle;
  /** Writes to all that such a tensor may be, where it is that one; false for any other tensor, whose `handle` is to be written. */
  writeAlternatives(tensor: Tensor, handle: Handle): boolean;
  /** What a view was noted to show while its root held `root`, if that is of use here. */
  shown(view: Tensor, root: Handle): Handle | undefined;
  /** Notes what a view shows while its root holds `root`. */
  noteShown(view: Tensor, root: Handle, shown: Handle): void;
  /**
   * A tensor's memory held `before` and is to hold `after`: gives the handle that it takes. Gradients go through the change as it was
   * computed if it is `followed`, and else past it, as though it had not been made; whether it is `counted` says if a later use of
   * `before` for a gradient is a mistake.
   */
  written(before: Handle, after: Handle, change: { readonly followed: boolean; readonly counted: boolean }): Handle;
  /** The tensor as PyTorch would print it. */
  text(tensor: Tensor): string;
}

let executor: Executor | undefined;

/** Installs what computes `op` in eager use (`kilnn/eager` does). Returns the one before. */
export function setExecutor(next: Executor | undefined): Executor | undefined {
  const before = executor;
  executor = next;
  return before;
}

/** What computes in eager use. While a model is compiled, the frontend's takes its place, which has no values. */
export function eagerExecutor(): Executor {
  if (executor === undefined) {
    throw new Error("tensors have values in eager use only: import 'kilnn/eager' before the first operation");
  }
  return executor;
}

/**
 * Applies the primitive `name` of the compiler's op table. `random` takes no inputs and no `stream` here: whoever executes
 * it supplies the generator's state and numbers the draws.
 */
export function op(name: string, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor {
  const result = eagerExecutor().execute(name, inputs, attributes);
  return new Tensor(result.handle, result.shape, result.dtype);
}

/**
 * Whether `a < b` holds for certain. Sizes of named dims are unknown while a model is compiled, and the frontend answers false
 * where the order depends on them: for checks that run time makes again.
 */
export function surelyLess(a: number, b: number): boolean {
  return a < b;
}

/** Whether a number is whole for certain. Of a tensor's value the frontend answers by the tensor's dtype. */
export function surelyWhole(value: number): boolean {
  return Number.isInteger(value);
}

/**
 * The tensors of a list, stacked along a new dim 0, where a loop of a built model has added one in every turn: such a list has no other form.
 * Undefined for every other list, and in eager use.
 */
export function stackOf(_tensors: readonly Tensor[]): Tensor | undefined {
  return undefined;
}

/** A number of turns that a loop of the library is to take. In a built model one of many turns, or of a named dim, is a loop there, too. */
export function countedTurns(turns: number): number {
  return turns;
}

/** Whether a number or boolean is known: values of tensors (`.item()`) are not, while a model is compiled. */
export function isKnown(_value: number | boolean): boolean {
  return true;
}
