import { type Dim, dimNames, evaluateDim } from '../ir/dim.js';

/** What a named size is taken for where a choice depends on it. */
const typicalSize = 64;

/** The elements of a tensor, roughly: names stand for a typical size. */
export function elementCount(shape: readonly Dim[]): number {
  return shape.reduce<number>((product, dim) => {
    const sizes = new Map([...dimNames(dim)].map((name) => [name, typicalSize]));
    return product * Math.max(0, evaluateDim(dim, sizes));
  }, 1);
}
