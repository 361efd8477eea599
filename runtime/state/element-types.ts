import { arrayTypes } from '../array.js';
import type { TypedArray } from '../devices/device.js';
import type { DType } from '../program.js';

/** Called for an integer that 32 bits do not hold. */
type Misfit = (index: number, value: bigint | number) => never;

/** How one of the format's element types is read. `buffer` holds the elements alone. */
export interface ElementType {
  readonly bytes: number;
  /** What it becomes here. */
  readonly dtype: DType;
  read(buffer: ArrayBuffer, misfit: Misfit): TypedArray;
}

const float = (bytes: number, read: (buffer: ArrayBuffer) => Float32Array): ElementType => ({ bytes, dtype: 'f32', read });

function integer(type: {
  new (buffer: ArrayBuffer): ArrayLike<number | bigint> & Iterable<number | bigint>;
  readonly BYTES_PER_ELEMENT: number;
}): ElementType {
  return {
    bytes: type.BYTES_PER_ELEMENT,
    dtype: 'i32',
    read: (buffer, misfit) =>
      Int32Array.from(new type(buffer), (value: number | bigint, index) => {
        const number = Number(value);
        return (number | 0) === number ? number : misfit(index, value);
      }),
  };
}

/** The value of IEEE 754 half precision bits: 1 sign, 5 exponent, 10 fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

export const elementTypes: Readonly<Record<string, ElementType>> = {
  F64: float(8, (buffer) => Float32Array.from(new Float64Array(buffer))),
  F32: float(4, (buffer) => new Float32Array(buffer)),
  F16: float(2, (buffer) => Float32Array.from(new Uint16Array(buffer), halfToNumber)),
  // bfloat16 is the upper half of an f32.
  BF16: float(2, (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer)),
  I64: integer(BigInt64Array),
  I32: integer(Int32Array),
  I16: integer(Int16Array),
  I8: integer(Int8Array),
  U64: integer(BigUint64Array),
  U32: integer(Uint32Array),
  U16: integer(Uint16Array),
  U8: integer(Uint8Array),
  BOOL: { bytes: 1, dtype: 'bool', read: (buffer) => new arrayTypes.bool(buffer).map((byte) => Number(byte !== 0)) },
};

export const writtenAs: Readonly<Record<DType, string>> = { f32: 'F32', i32: 'I32', bool: 'BOOL' };
