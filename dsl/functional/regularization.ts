/** Layers that behave differently in training. */
import { valueError } from '../errors.js';
import { mul } from '../ops/arithmetic.js';
import { ge, where } from '../ops/comparison.js';
import { rand } from '../ops/creation.js';
import type { Tensor } from '../tensor.js';

/** Elements are zero with probability p, and the others 1 / (1 - p) times as large. Without training, the input. */
export function dropout(x: Tensor, p = 0.5, options: { training?: boolean } = {}): Tensor {
  checkProbability(p);
  if (options.training === false || p === 0) return x;
  if (p === 1) return mul(x, 0);
  return where(ge(rand(x.shape), p), mul(x, 1 / (1 - p)), 0);
}

/** As dropout, for whole channels (dim 1) of an input `[N, C, ...]`. */
export function dropout2d(x: Tensor, p = 0.5, options: { training?: boolean } = {}): Tensor {
  checkProbability(p);
  if (options.training === false || p === 0) return x;
  if (p === 1) return mul(x, 0);
  const channels = x.shape.map((size, axis) => (axis < 2 ? size : 1));
  return where(ge(rand(channels), p), mul(x, 1 / (1 - p)), 0);
}

export function checkProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw valueError(`the probability of dropout lies between 0 and 1, but it is ${p}`);
}
