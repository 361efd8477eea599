import type { DType, TensorType } from '../ir/types.js';
import type { TensorData } from './op.js';

export type Elements = TensorData['data'];

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Row-major strides, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** Memory for a result. Floats of either width are held in float64: whoever stores them as float32 rounds them. */
export function allocateElements(dtype: DType, size: number): Elements {
  if (dtype === 'i32') return new Int32Array(size);
  if (dtype === 'bool') return new Uint8Array(size);
  return new Float64Array(size);
}

/** A zero-filled tensor of a concrete type. */
export function allocate(type: TensorType): TensorData {
  const shape = concreteShape(type);
  return { dtype: type.dtype, shape, data: allocateElements(type.dtype, sizeOf(shape)) };
}

export function concreteShape(type: TensorType): number[] {
  return type.shape.map((dim) => {
    if (typeof dim !== 'number') throw new Error(`the size ${dim.key} is not known here; evaluation needs concrete shapes`);
    return dim;
  });
}

/** The same memory seen with another shape. */
export function withShape(tensor: TensorData, shape: readonly number[]): TensorData {
  return { dtype: tensor.dtype, shape, data: tensor.data };
}

/** A walk over a box: element (i0, i1, ...) lies at `offset + sum of i * strides`. */
export interface Layout {
  readonly offset: number;
  readonly strides: readonly number[];
}

/**
 * Calls `row` once for each run along the last axis, with the offsets at which it starts under each of two layouts.
 * A rank-0 box is one run of length 1.
 */
function forEachRow(shape: readonly number[], a: Layout, b: Layout, row: (a: number, b: number) => void): void {
  const outer = shape.slice(0, -1);
  if (shape.some((size) => size === 0)) return;
  const index = new Array<number>(outer.length).fill(0);
  let at = a.offset;
  let bt = b.offset;
  for (;;) {
    row(at, bt);
    let axis = outer.length - 1;
    for (; axis >= 0; axis--) {
      at += a.strides[axis]!;
      bt += b.strides[axis]!;
      if (++index[axis]! < outer[axis]!) break;
      at -= a.strides[axis]! * outer[axis]!;
      bt -= b.strides[axis]! * outer[axis]!;
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

function lastStride(layout: Layout): number {
  return layout.strides.length === 0 ? 0 : layout.strides[layout.strides.length - 1]!;
}

/** target(i) = source(i) over a box of that shape. */
export function copyStrided(shape: readonly number[], source: Elements, from: Layout, target: Elements, to: Layout): void {
  const length = shape.length === 0 ? 1 : shape[shape.length - 1]!;
  const sourceStep = lastStride(from);
  const targetStep = lastStride(to);
  forEachRow(shape, from, to, (s, t) => {
    for (let i = 0; i < length; i++, s += sourceStep, t += targetStep) target[t] = source[s]!;
  });
}

/** target(i) += source(i) over a box of that shape; the target's layout may meet an element several times. */
export function addStrided(shape: readonly number[], source: Elements, from: Layout, target: Elements, to: Layout): void {
  const length = shape.length === 0 ? 1 : shape[shape.length - 1]!;
  const sourceStep = lastStride(from);
  const targetStep = lastStride(to);
  forEachRow(shape, from, to, (s, t) => {
    for (let i = 0; i < length; i++, s += sourceStep, t += targetStep) target[t] = target[t]! + source[s]!;
  });
}

/** The offsets of all points of a box, in row-major order. */
export function offsetsOf(shape: readonly number[], strides: readonly number[]): Int32Array {
  const offsets = new Int32Array(sizeOf(shape));
  let at = 0;
  const length = shape.length === 0 ? 1 : shape[shape.length - 1]!;
  const step = shape.length === 0 ? 0 : strides[strides.length - 1]!;
  const layout = { offset: 0, strides };
  forEachRow(shape, layout, layout, (start) => {
    for (let i = 0; i < length; i++) offsets[at++] = start + i * step;
  });
  return offsets;
}
