import { fileError } from '../errors.js';
import type { DType } from '../program.js';
import { type AnyTensor, Tensor } from '../tensor.js';
import { bfloat16ToFloats, floatsToBfloat16, floatsToHalf, halfToFloats } from './half.js';

/** Element types of files. */
export type StoredType = 'f64' | 'f32' | 'f16' | 'bf16' | 'i64' | 'i32' | 'i16' | 'i8' | 'u64' | 'u32' | 'u16' | 'u8' | 'bool';

export type StoredArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | BigUint64Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

/** A tensor as a file holds it, every element exact: f16 and bf16 as a Float32Array, i64 as a BigInt64Array, bool as bytes 0 and 1. */
export interface StoredTensor {
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly data: StoredArray;
}

interface ElementType {
  readonly bytes: number;
  /** What it becomes in a tensor. */
  readonly dtype: DType;
  /** Elements of little-endian memory that holds nothing else; may be that memory. */
  read(buffer: ArrayBuffer): StoredArray;
}

export const elementTypes: Readonly<Record<StoredType, ElementType>> = {
  f64: { bytes: 8, dtype: 'f32', read: (buffer) => new Float64Array(buffer) },
  f32: { bytes: 4, dtype: 'f32', read: (buffer) => new Float32Array(buffer) },
  f16: { bytes: 2, dtype: 'f32', read: halfToFloats },
  bf16: { bytes: 2, dtype: 'f32', read: bfloat16ToFloats },
  i64: { bytes: 8, dtype: 'i32', read: (buffer) => new BigInt64Array(buffer) },
  i32: { bytes: 4, dtype: 'i32', read: (buffer) => new Int32Array(buffer) },
  i16: { bytes: 2, dtype: 'i32', read: (buffer) => new Int16Array(buffer) },
  i8: { bytes: 1, dtype: 'i32', read: (buffer) => new Int8Array(buffer) },
  u64: { bytes: 8, dtype: 'i32', read: (buffer) => new BigUint64Array(buffer) },
  u32: { bytes: 4, dtype: 'i32', read: (buffer) => new Uint32Array(buffer) },
  u16: { bytes: 2, dtype: 'i32', read: (buffer) => new Uint16Array(buffer) },
  u8: { bytes: 1, dtype: 'i32', read: (buffer) => new Uint8Array(buffer) },
  bool: { bytes: 1, dtype: 'bool', read: (buffer) => new Uint8Array(buffer).map((byte) => Number(byte !== 0)) },
};

/**
 * A tensor in ordinary memory: floats become f32 (f64 rounded, which may give infinities), integers i32, bool stays. Throws KN5005,
 * with the name, when an integer does not fit 32 bits.
 */
export function toTensor({ dtype, shape, data }: StoredTensor, name: string): AnyTensor {
  const target = elementTypes[dtype].dtype;
  if (target === 'i32') return new Tensor(shape, target, toIntegers(data, name));
  return new Tensor(shape, target, data instanceof Float64Array ? new Float32Array(data) : data);
}

/** Elements in little-endian memory. Floats of any type may become f32, f16 or bf16, rounded to the nearest, and i32 i64. */
export function toBytes(data: StoredArray, dtype: StoredType): Uint8Array {
  const { buffer, byteOffset, byteLength } = narrowed(data, dtype);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function narrowed(data: StoredArray, dtype: StoredType): StoredArray {
  if (data instanceof Int32Array && dtype === 'i64') return BigInt64Array.from(data, BigInt);
  const floats = data instanceof Float64Array && dtype !== 'f64' ? new Float32Array(data) : data;
  if (dtype === 'f16') return floatsToHalf(floats as Float32Array);
  return dtype === 'bf16' ? floatsToBfloat16(floats as Float32Array) : floats;
}

function toIntegers(data: StoredArray, name: string): Int32Array {
  if (data instanceof Int32Array) return data;
  const integers = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    // A bigint that is rounded here is far outside of 32 bits.
    const integer = Number(data[i]);
    integers[i] = integer;
    if (integers[i] !== integer)
      throw fileError(
        `element ${i} of '${name}' is ${data[i]}, which does not fit i32: leave it out with select, or read the elements as they are with stored: true`,
      );
  }
  return integers;
}
