import { type Dim, dimText, sameShape } from './dim.js';

/** Element types. `f64` exists in eager execution only; no compiled target has it. */
export type DType = 'f32' | 'f64' | 'i32' | 'bool';

export interface TensorType {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

export function tensorType(dtype: DType, shape: readonly Dim[]): TensorType {
  return { dtype, shape };
}

export function isFloat(dtype: DType): boolean {
  return dtype === 'f32' || dtype === 'f64';
}

export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

/** `f32[batch, 10]`, the form that the printer writes and the parser reads. */
export function typeText(type: TensorType): string {
  return `${type.dtype}${shapeText(type.shape)}`;
}

export function shapeText(shape: readonly Dim[]): string {
  return `[${shape.map(dimText).join(', ')}]`;
}
