/** What stands behind tensors in eager use, and how it was computed. */
import type { TensorData } from '../ops/op.js';
import { type Attributes, currentHandle, Parameter, type Tensor } from './dsl.js';

/** How a value was computed. */
export interface Step {
  readonly op: string;
  readonly attributes: Attributes;
  readonly inputs: readonly Source[];
  /** The user's own gradient rule, in place of the op's. */
  readonly rule?: (cotangent: Tensor) => readonly Tensor[];
  /** A gradient has gone through it, and was not to be asked for again. */
  done: boolean;
}

/** An input of a step: the value, and the leaf tensor that held it if its gradient is wanted. */
export interface Source {
  readonly value: EagerValue;
  readonly leaf?: Tensor;
}

/** `step` is there only if the value depends on a tensor that requires a gradient. */
export class EagerValue {
  /** The memory that held the value was written: gradients must not need it any more. */
  overwritten = false;
  /** A number in the program, spread over a shape: no value that a gradient would have to keep, unless it is a leaf. */
  isNumber = false;
  /** What the memory holds now, where that was not to count as a change. */
  replacement: EagerValue | undefined = undefined;
  /** It is what a view showed of a root's value. */
  view: { readonly root: EagerValue; readonly of: Tensor } | undefined = undefined;

  constructor(
    readonly data: TensorData,
    readonly step?: Step,
  ) {}
}

export function eagerValue(tensor: Tensor): EagerValue {
  const handle = currentHandle(tensor);
  if (handle instanceof EagerValue) return handle;
  throw new Error('this tensor belongs to another executor; eager operations take tensors made in eager use');
}

/** The tensor as an input of a step or the start of a gradient. */
export function sourceOf(tensor: Tensor): Source {
  const value = eagerValue(tensor);
  // A parameter is a leaf whatever it was made of.
  const leaf = tensor.requiresGrad && (value.step === undefined || tensor instanceof Parameter);
  return leaf ? { value, leaf: tensor } : { value };
}
