import { arrayTypes } from './array.js';
import type { TypedArray } from './devices/device.js';
import type { DType } from './program.js';

/** The elements of a constant: base64 of little-endian memory. */
export function decodeBase64(text: string, dtype: DType): TypedArray {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return new arrayTypes[dtype](bytes.buffer);
}
