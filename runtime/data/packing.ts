import type { TypedArray } from '../devices/device.js';
import { dataError } from '../errors.js';
import type { DType } from '../program.js';
import { Tensor } from '../tensor.js';

/** Tensors between threads: a message keeps plain objects and typed arrays, but no classes. */

interface Packed {
  readonly 'kilnn:tensor': readonly [shape: readonly number[], dtype: DType, memory: TypedArray];
}

const mark = 'kilnn:tensor';

/** The value with its tensors as plain objects. Their memory is listed in `memories`. */
export function pack(value: unknown, memories: TypedArray[]): unknown {
  if (value instanceof Tensor) {
    if (value.home) throw dataError(`a tensor is on ${value.device}: give await tensor.cpu()`);
    memories.push(value.memory as TypedArray);
    return { [mark]: [value.shape, value.dtype, value.memory] };
  }
  return mapParts(value, (part) => pack(part, memories));
}

export function unpack(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && mark in value) return new Tensor(...(value as Packed)[mark]);
  return mapParts(value, unpack);
}

function mapParts(value: unknown, map: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, map(part)]));
}
