import { dimNames, evaluateDim } from '../../ir/dim.js';
import type { TensorType } from '../../ir/types.js';

/** What a named size is taken for. */
const typicalSize = 64;

/** Every tensor that is kept costs something, however small: memory of its own and the launch that writes it. */
const overhead = 64;

/** The bytes that it takes to keep a tensor, roughly: names stand for a typical size. */
export function byteSize({ dtype, shape }: TensorType): number {
  const elements = shape.reduce<number>((product, dim) => {
    const sizes = new Map([...dimNames(dim)].map((name) => [name, typicalSize]));
    return product * Math.max(0, evaluateDim(dim, sizes));
  }, 1);
  return overhead + elements * (dtype === 'bool' ? 1 : dtype === 'f64' ? 8 : 4);
}
