import type { TypedArray } from './devices/device.js';
import { argumentError } from './errors.js';
import type { DType } from './program.js';
import { elementCount } from './size.js';

/** Typed arrays and nested arrays of numbers, by dtype. */

export const arrayTypes = { f32: Float32Array, i32: Int32Array, bool: Uint8Array } as const;

export type NestedNumbers = number | boolean | readonly NestedNumbers[];

/** Zero-filled. */
export function emptyArray(dtype: DType, size: number): TypedArray {
  return new arrayTypes[dtype](size);
}

/** The dtype whose elements an array holds, if there is one. */
export function dtypeOf(data: unknown): DType | undefined {
  if (data instanceof Float32Array) return 'f32';
  if (data instanceof Int32Array) return 'i32';
  return data instanceof Uint8Array ? 'bool' : undefined;
}

/** The shape of nested arrays, read along first elements. */
export function nestedShape(nested: NestedNumbers): number[] {
  const shape: number[] = [];
  let inner: NestedNumbers | undefined = nested;
  while (Array.isArray(inner)) {
    shape.push(inner.length);
    inner = inner[0];
  }
  return shape;
}

/** The elements of nested arrays of that shape in row-major order. `what` names them in errors (KN5002). */
export function flattenNested(nested: NestedNumbers, shape: readonly number[], dtype: DType, what: string): TypedArray {
  const data = emptyArray(dtype, elementCount(shape));
  let at = 0;
  const visit = (value: NestedNumbers, axis: number, path: string): void => {
    if (axis < shape.length) {
      if (!Array.isArray(value) || value.length !== shape[axis])
        throw argumentError(
          `${what}${path} has ${Array.isArray(value) ? `${value.length} elements` : 'no elements of its own'} where its neighbours have ${shape[axis]}: nested arrays must be rectangular`,
        );
      for (let i = 0; i < value.length; i++) visit(value[i]!, axis + 1, `${path}[${i}]`);
      return;
    }
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (typeof number !== 'number')
      throw argumentError(`${what}${path} is ${Array.isArray(value) ? 'an array' : String(value)}, expected a number`);
    if (dtype === 'i32' && (number | 0) !== number)
      throw argumentError(`${what}${path} is ${number}, which is no 32-bit integer: its dtype is i32`);
    data[at++] = dtype === 'bool' ? Number(number !== 0) : number;
  };
  visit(nested, 0, '');
  return data;
}

/** Row-major elements as nested arrays; a scalar for the shape []. Bools become true and false. */
export function nestArray(data: TypedArray, shape: readonly number[], dtype: DType): NestedNumbers {
  let at = 0;
  const build = (axis: number): NestedNumbers => {
    if (axis < shape.length) return Array.from({ length: shape[axis]! }, () => build(axis + 1));
    const value = data[at++]!;
    return dtype === 'bool' ? value !== 0 : value;
  };
  return build(0);
}
