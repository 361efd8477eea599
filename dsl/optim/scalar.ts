/**
 * Arithmetic of what may be a number or a tensor of shape []: a formula that is written with it gives numbers in a program that
 * sets learning rates from outside, and becomes part of the training step where it is compiled.
 */
import * as arithmetic from '../ops/arithmetic.js';
import { lt, where } from '../ops/comparison.js';
import { cos, floor } from '../ops/unary.js';
import { Tensor } from '../tensor.js';

export type Scalar = number | Tensor;

/** The sum. A number 0 is left out, so that a compiled formula does not add it. */
export function plus(a: Scalar, b: Scalar): Scalar {
  if (a === 0) return b;
  if (b === 0) return a;
  return typeof a === 'number' && typeof b === 'number' ? a + b : arithmetic.add(a, b);
}

export function minus(a: Scalar, b: Scalar): Scalar {
  return typeof a === 'number' && typeof b === 'number' ? a - b : arithmetic.sub(a, b);
}

export function times(a: Scalar, b: Scalar): Scalar {
  return typeof a === 'number' && typeof b === 'number' ? a * b : arithmetic.mul(a, b);
}

export function over(a: Scalar, b: Scalar): Scalar {
  return typeof a === 'number' && typeof b === 'number' ? a / b : arithmetic.div(a, b);
}

export function power(base: number, exponent: Scalar): Scalar;
export function power(base: Scalar, exponent: number): Scalar;
export function power(base: Scalar, exponent: Scalar): Scalar {
  return typeof base === 'number' && typeof exponent === 'number' ? base ** exponent : arithmetic.pow(base, exponent);
}

/** The whole number of times that `b` goes into `a`, exact for integers on every device. */
export function wholeTimes(a: Scalar, b: number): Scalar {
  if (typeof a === 'number') return Math.floor(a / b);
  return Number.isInteger(b) ? arithmetic.floorDivide(a, b) : floor(arithmetic.div(a, b));
}

export function cosine(angle: Scalar): Scalar {
  return typeof angle === 'number' ? Math.cos(angle) : cos(angle);
}

/** Half a cosine wave: `from` where `part` is 0, `to` where it is 1. */
export function halfWave(from: Scalar, to: Scalar, part: Scalar): Scalar {
  return plus(to, over(times(minus(from, to), plus(1, cosine(times(Math.PI, part)))), 2));
}

/** `low` where `a < b`, else `high`. */
export function ifLess(a: Scalar, b: Scalar, low: Scalar, high: Scalar): Scalar {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? low : high;
  return where(lt(a, b), low, high);
}

export function least(a: Scalar, b: Scalar): Scalar {
  return ifLess(a, b, a, b);
}

export function isTensor(value: Scalar): value is Tensor {
  return value instanceof Tensor;
}
