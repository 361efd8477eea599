import type { Size } from './program.js';

/** Values of the named dims of a call. */
export type Dims = Readonly<Record<string, number>>;

/** The size for the given dims; `/` rounds down and `%` has the sign of its divisor. */
export function evaluateSize(size: Size, dims: Dims): number {
  if (typeof size === 'number') return size;
  if (typeof size === 'string') return dims[size]!;
  const a = evaluateSize(size[1], dims);
  const b = evaluateSize(size[2], dims);
  switch (size[0]) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return Math.floor(a / b);
    case '%':
      return a - b * Math.floor(a / b);
  }
}

export function evaluateShape(shape: readonly Size[], dims: Dims): number[] {
  return shape.map((size) => evaluateSize(size, dims));
}

/** As it reads in a message: `[batch, 28, 28]`. */
export function shapeText(shape: readonly Size[]): string {
  return `[${shape.map(sizeText).join(', ')}]`;
}

export function sizeText(size: Size): string {
  return typeof size === 'object' ? `(${sizeText(size[1])} ${size[0]} ${sizeText(size[2])})` : `${size}`;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
