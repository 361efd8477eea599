/** Concrete tensors for tests: making them, filling them, comparing them. */
import { type DType, shapeText } from '../../compiler/ir/types.js';
import type { TensorData } from '../../compiler/ops/op.js';

function elementsOf(dtype: DType, values: readonly number[]): TensorData['data'] {
  if (dtype === 'i32') return Int32Array.from(values);
  if (dtype === 'bool') return Uint8Array.from(values);
  return dtype === 'f64' ? Float64Array.from(values) : Float32Array.from(values);
}

/** A tensor of given elements in row-major order; f32 elements are rounded to float32. */
export function tensor(dtype: DType, shape: readonly number[], values: readonly number[]): TensorData {
  const size = shape.reduce((product, n) => product * n, 1);
  if (values.length !== size) throw new Error(`${values.length} values for the shape ${shapeText(shape)}`);
  return { dtype, shape, data: elementsOf(dtype, values) };
}

/** The same tensor with its floats held in float64, for the interpreter's exact mode. */
export function inFloat64(given: TensorData): TensorData {
  return given.dtype === 'f32' ? { ...given, data: Float64Array.from(given.data) } : given;
}

/** A small deterministic stream of uniform numbers in [0, 1) (mulberry32's recurrence). */
export function uniforms(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface Closeness {
  readonly rtol?: number;
  readonly atol?: number;
}

/** What differs first between two tensors, or undefined. NaN meets NaN, infinities are equal; integers and bools are exact. */
export function difference(actual: TensorData, expected: TensorData, { rtol = 1e-5, atol = 1e-6 }: Closeness = {}): string | undefined {
  if (actual.dtype !== expected.dtype) return `dtype ${actual.dtype}, expected ${expected.dtype}`;
  if (actual.shape.join() !== expected.shape.join()) return `shape ${shapeText(actual.shape)}, expected ${shapeText(expected.shape)}`;
  const exact = actual.dtype === 'i32' || actual.dtype === 'bool';
  for (let i = 0; i < expected.data.length; i++) {
    const got = actual.data[i]!;
    const want = expected.data[i]!;
    if (got === want || (Number.isNaN(got) && Number.isNaN(want))) continue;
    if (!exact && Number.isFinite(want) && Math.abs(got - want) <= atol + rtol * Math.abs(want)) continue;
    return `element ${i} of ${shapeText(expected.shape)} is ${got}, expected ${want}`;
  }
  return undefined;
}

/** Throws with the first difference, if there is one. */
export function expectClose(actual: TensorData, expected: TensorData, closeness: Closeness = {}, what = 'tensor'): void {
  const found = difference(actual, expected, closeness);
  if (found !== undefined) throw new Error(`${what}: ${found}`);
}
