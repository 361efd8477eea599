import type { TensorType } from '../../ir/types.js';
import { elementCount } from '../tensor-size.js';

/** Every tensor that is kept costs something, however small: memory of its own and the launch that writes it. */
const overhead = 64;

/** The bytes that it takes to keep a tensor, roughly. */
export function byteSize({ dtype, shape }: TensorType): number {
  return overhead + elementCount(shape) * (dtype === 'bool' ? 1 : dtype === 'f64' ? 8 : 4);
}
