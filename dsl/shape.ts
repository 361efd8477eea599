/** Arithmetic on shapes. While a model is compiled, the sizes of named dims are symbolic integers that take part in it. */
import { rangeError, shapeError } from './errors.js';

/** Sizes in a type: numbers, and names for dims whose size is known when the model is called. */
export type Shape = readonly (number | string)[];

/** A shape as text: `(2, 3)` is written `[2, 3]`. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.map((size) => `${size}`).join(', ')}]`;
}

/** Number of elements. */
export function numel(shape: readonly number[]): number {
  let product = 1;
  for (const size of shape) product = product * size;
  return product;
}

/** A dim counted from the end if negative, as a number from 0 to rank - 1. A scalar accepts 0 and -1, as in PyTorch. */
export function normalizeDim(dim: number, rank: number): number {
  const limit = rank === 0 ? 1 : rank;
  if (dim < -limit || dim >= limit || Math.floor(dim) !== dim) {
    throw rangeError(`dim ${dim} is out of range for a tensor of rank ${rank}`, `dims go from ${-limit} to ${limit - 1}`);
  }
  return dim < 0 ? dim + limit : dim;
}

/** Dims (all of them when undefined) as ascending distinct numbers. */
export function normalizeDims(dims: number | readonly number[] | undefined, rank: number): number[] {
  if (dims === undefined) return range(rank);
  if (typeof dims === 'number') return rank === 0 && normalizeDim(dims, rank) === 0 ? [] : [normalizeDim(dims, rank)];
  if (dims.length === 0) return range(rank);
  const seen: number[] = [];
  for (const dim of dims) {
    const axis = normalizeDim(dim, rank);
    if (seen.includes(axis)) throw rangeError(`dim ${dim} appears more than once in the list of dims [${dims.join(', ')}]`);
    if (rank > 0) seen.push(axis);
  }
  return seen.sort((a, b) => a - b);
}

/** 0, 1, ..., count - 1. */
export function range(count: number): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < count; i++) numbers.push(i);
  return numbers;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The shape that all the given shapes stretch to: aligned at the last dim, equal or 1. `name` is who asks. */
export function broadcastShapes(shapes: readonly (readonly number[])[], name?: string): number[] {
  let rank = 0;
  for (const shape of shapes) rank = Math.max(rank, shape.length);
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    let size = 1;
    for (const shape of shapes) {
      const at = axis - (rank - shape.length);
      const candidate = at < 0 ? 1 : shape[at]!;
      if (candidate === 1 || candidate === size) continue;
      if (size !== 1) {
        throw shapeError(
          `${name === undefined ? '' : `${name}: `}shapes ${shapes.map(shapeText).join(' and ')} do not broadcast: sizes ${size} and ${candidate} meet at dim ${axis - rank}`,
          'dims are aligned from the last; each pair must be equal or one of the two must be 1',
        );
      }
      size = candidate;
    }
    result.push(size);
  }
  return result;
}
