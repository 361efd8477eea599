/**
 * Which dtype and shape an operation on several operands has: PyTorch's type promotion
 * (https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc) and broadcasting.
 */

import { shapeError } from './errors.js';
import { op, surelyWhole } from './op.js';
import { broadcastShapes, sameShape, shapeText } from './shape.js';
import { type DType, Tensor } from './tensor.js';
import { copyOf, overwrite } from './views.js';

/** What an operand may be: a number or a boolean counts as a scalar of the other operand's dtype where that can hold it. */
export type Operand = Tensor | number | boolean;

const rankOf: Record<DType, number> = { bool: 0, i32: 1, f32: 2, f64: 3 };

export function isFloatType(dtype: DType): boolean {
  return dtype === 'f32' || dtype === 'f64';
}

/** The larger of two dtypes: bool < i32 < f32 < f64. */
export function largerType(a: DType, b: DType): DType {
  return rankOf[a] >= rankOf[b] ? a : b;
}

function category(dtype: DType): number {
  return Math.min(rankOf[dtype], 2);
}

function scalarType(value: number | boolean): DType {
  if (typeof value === 'boolean') return 'bool';
  return surelyWhole(value) ? 'i32' : 'f32';
}

/** The dtype of a result of the operands: scalars and rank-0 tensors raise the category (bool, integer, float) only. */
export function resultType(operands: readonly Operand[]): DType {
  let tensors: DType | undefined;
  let scalars: DType | undefined;
  let numbers: DType | undefined;
  for (const operand of operands) {
    if (operand instanceof Tensor) {
      if (operand.shape.length > 0) tensors = tensors === undefined ? operand.dtype : largerType(tensors, operand.dtype);
      else scalars = scalars === undefined ? operand.dtype : largerType(scalars, operand.dtype);
    } else {
      const dtype = scalarType(operand);
      numbers = numbers === undefined ? dtype : largerType(numbers, dtype);
    }
  }
  let result = tensors;
  for (const dtype of [scalars, numbers]) {
    if (dtype === undefined) continue;
    if (result === undefined || category(dtype) > category(result)) result = dtype;
  }
  return result ?? 'f32';
}

/** A tensor whose elements are all `value`. */
export function filled(value: number | boolean, shape: readonly number[], dtype: DType): Tensor {
  return op('constant', [], { value: typeof value === 'boolean' ? (value ? 1 : 0) : value, shape, dtype });
}

/** Element-by-element conversion; the tensor itself where it has that dtype already. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : op('cast', [x], { dtype });
}

/** `x` stretched to `shape`, which its own shape must broadcast to. */
export function broadcastTo(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const missing = shape.length - x.shape.length;
  const padded = missing === 0 ? x : op('reshape', [x], { shape: [...shape.slice(0, missing).map(() => 1), ...x.shape] });
  return sameShape(padded.shape, shape) ? padded : op('broadcast', [padded], { shape });
}

/** The operands with one common shape, and one common dtype (`dtype` or the promoted one). */
export function alike(operands: readonly Operand[], dtype: DType = resultType(operands)): Tensor[] {
  const shapes: (readonly number[])[] = [];
  for (const operand of operands) if (operand instanceof Tensor) shapes.push(operand.shape);
  const shape = broadcastShapes(shapes);
  return operands.map((operand) => {
    if (operand instanceof Tensor) return broadcastTo(cast(operand, dtype), shape);
    return filled(operand, shape, dtype);
  });
}

/** The operand as a tensor of rank 0 if it is a number. */
export function asTensor(operand: Operand): Tensor {
  if (operand instanceof Tensor) return operand;
  const dtype = scalarType(operand);
  return filled(operand, [], dtype);
}

/** The tensor in float: integers and booleans become f32, as PyTorch's default dtype. */
export function toFloat(x: Tensor): Tensor {
  return isFloatType(x.dtype) ? x : cast(x, 'f32');
}

/** Puts the values of `source`, broadcast and converted, in the place of those of `x` and of all that share its memory. */
export function assign(x: Tensor, source: Operand): void {
  const value = source instanceof Tensor ? source : filled(source, [], x.dtype);
  if (value.shape.length > x.shape.length) {
    throw shapeError(`a tensor of shape ${shapeText(x.shape)} cannot take values of shape ${shapeText(value.shape)}`);
  }
  broadcastShapes([x.shape, value.shape]);
  const fitting = broadcastTo(cast(value, x.dtype), x.shape);
  overwrite(x, fitting === source ? copyOf(fitting) : fitting);
}
