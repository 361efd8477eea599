import type { Dim } from '../ir/dim.js';
import type { Attributes, Node, Span, Value } from '../ir/graph.js';
import type { DType, TensorType } from '../ir/types.js';

/** Thrown by type rules; the frontend turns it into a diagnostic at the user's line. */
export class OpError extends Error {
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
    this.name = 'OpError';
  }
}

/** Elements of a concrete tensor in row-major order. Bools are 0 and 1. */
export interface TensorData {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/** The part of GraphBuilder that gradient rules and passes need: appends a node and returns its only result. */
export interface Emitter {
  emit(op: string, inputs: readonly Value[], attributes?: Attributes, span?: Span): Value;
}

/**
 * How an op relates to loops. `elementwise`: result element i depends on element i of each input (inputs have the result's shape);
 * `view`: every result element is one input element or a constant, found by index arithmetic; `source`: no tensor input;
 * `reduce`, `contract`, `scatter`, `random`: as named; `line`: each line along the axis `dim` is computed from the whole of it.
 */
export type OpKind = 'source' | 'elementwise' | 'view' | 'reduce' | 'line' | 'contract' | 'index' | 'scatter' | 'random' | 'control';

/** `size` must be at least `least` for what is named, a window say, to be possible. */
export interface SizeNeed {
  readonly size: Dim;
  readonly least: number;
  /** As it reads in a message: `a window of 5`. */
  readonly what: string;
}

/** All that the compiler knows of one op. Passes ask these fields, never for an op by name. */
export interface Op {
  readonly name: string;
  readonly kind: OpKind;
  /** Number of tensor inputs, or 'many' for one or more. */
  readonly arity: number | 'many';
  /** The result's type. Throws OpError when inputs or attributes are wrong. */
  type(inputs: readonly TensorType[], attributes: Attributes): TensorType;
  /** The result for concrete inputs, computed plainly in float64; `type.shape` is concrete. */
  evaluate(inputs: readonly TensorData[], attributes: Attributes, result: TensorType): TensorData;
  /**
   * What the type rule has checked for known sizes and must hold of the others at run time too, besides that no size is negative.
   * For sizes that are all known there is nothing left to check.
   */
  sizeNeeds?(inputs: readonly TensorType[], attributes: Attributes): readonly SizeNeed[];
  /**
   * Inputs that hold positions along an axis, and the size of that axis: elements below 0 or not below it are mistakes. They are looked
   * for in eager use and before a program runs on js; a program that runs all the same touches no memory but its own.
   */
  positions?(inputs: readonly TensorType[], attributes: Attributes): readonly { readonly input: number; readonly size: Dim }[];
  /**
   * The cotangents of the inputs, in ops: `undefined` where there is none (integer or non-differentiable input).
   * Absent when the op has no gradient at all (comparisons, argmax, iota ...).
   */
  vjp?(builder: Emitter, node: Node, cotangent: Value): readonly (Value | undefined)[];
  /** For tests: draws well-typed small examples. Kept beside the op so that a new op is tested by being in the table. */
  readonly commutative?: boolean;
  /** A function such as tanh, which a device computes in many steps. */
  readonly costly?: boolean;
}
