/** New tensors. Shapes are lists of sizes; the default dtype is f32. */
import { rangeError, valueError } from '../errors.js';
import { op } from '../op.js';
import { cast, filled } from '../promotion.js';
import { broadcastShapes } from '../shape.js';
import type { DType, Tensor } from '../tensor.js';
import { add, mul } from './arithmetic.js';
import { cos, log, sqrt } from './unary.js';

export interface CreationOptions {
  readonly dtype?: DType;
}

export function zeros(shape: readonly number[], options: CreationOptions = {}): Tensor {
  return filled(0, shape, options.dtype ?? 'f32');
}

export function ones(shape: readonly number[], options: CreationOptions = {}): Tensor {
  return filled(1, shape, options.dtype ?? 'f32');
}

/** A tensor whose elements are all `value`; booleans give bool and numbers f32, unless a dtype is given. */
export function full(shape: readonly number[], value: number | boolean, options: CreationOptions = {}): Tensor {
  return filled(value, shape, options.dtype ?? (typeof value === 'boolean' ? 'bool' : 'f32'));
}

/** A tensor to be written to: zeros, as no memory is ever left as found. */
export function empty(shape: readonly number[], options: CreationOptions = {}): Tensor {
  return zeros(shape, options);
}

export function zerosLike(x: Tensor, options: CreationOptions = {}): Tensor {
  return filled(0, x.shape, options.dtype ?? x.dtype);
}

export function onesLike(x: Tensor, options: CreationOptions = {}): Tensor {
  return filled(1, x.shape, options.dtype ?? x.dtype);
}

export function fullLike(x: Tensor, value: number | boolean, options: CreationOptions = {}): Tensor {
  return filled(value, x.shape, options.dtype ?? x.dtype);
}

/** Uniform random numbers in [0, 1). */
export function rand(shape: readonly number[]): Tensor {
  return op('random', [], { shape });
}

/** Normal random numbers of mean 0 and variance 1 (Box and Muller 1958). */
export function randn(shape: readonly number[]): Tensor {
  // rand is below 1, so that 1 - rand is never 0.
  const radius = sqrt(mul(log(add(mul(rand(shape), -1), 1)), -2));
  return mul(radius, cos(mul(rand(shape), 2 * Math.PI)));
}

/** Random integers from `low` to `high` - 1. i32. */
export function randint(low: number, high: number, options: { size: readonly number[] }): Tensor {
  if (high <= low) throw rangeError(`randint: no integer is at least ${low} and below ${high}`);
  const scaled = cast(op('floor', [mul(rand(options.size), high - low)]), 'i32');
  // A product that rounds up to the width itself is brought back.
  return add(op('minimum', [scaled, filled(high - low - 1, options.size, 'i32')]), low);
}

/** The numbers from 0 to n - 1 in random order: the order of n random numbers, the earlier of equal ones first. i32. */
export function randperm(n: number): Tensor {
  return op('argsort', [rand([n])], { dim: 0, descending: false });
}

/** 1 with the probability that each element says, else 0. https://pytorch.org/docs/stable/generated/torch.bernoulli.html */
export function bernoulli(probabilities: Tensor): Tensor {
  return cast(op('lt', [cast(rand(probabilities.shape), probabilities.dtype), probabilities]), probabilities.dtype);
}

/** Normal random numbers of the given mean and standard deviation: numbers, or tensors that broadcast. */
export function normal(mean: number | Tensor, std: number | Tensor, options: { size?: readonly number[] } = {}): Tensor {
  const shapes: (readonly number[])[] = [options.size ?? []];
  for (const given of [mean, std]) if (typeof given !== 'number') shapes.push(given.shape);
  return add(mul(randn(broadcastShapes(shapes, 'normal')), std), mean);
}

export function emptyLike(x: Tensor, options: CreationOptions = {}): Tensor {
  return zerosLike(x, options);
}

export function randintLike(x: Tensor, low: number, high: number): Tensor {
  return cast(randint(low, high, { size: x.shape }), x.dtype);
}

export function randLike(x: Tensor): Tensor {
  return rand(x.shape);
}

export function randnLike(x: Tensor): Tensor {
  return randn(x.shape);
}

/** `start`, `start + step`, ... below `end`; with one argument from 0 to it. Integers give i32. */
export function arange(start: number, end?: number, options: { step?: number; dtype?: DType } = {}): Tensor {
  const from = end === undefined ? 0 : start;
  const to = end === undefined ? start : end;
  const step = options.step ?? 1;
  if (step === 0) throw valueError('arange: the step is 0');
  if ((step > 0 && to < from) || (step < 0 && to > from)) throw rangeError(`arange: a step of ${step} does not lead from ${from} to ${to}`);
  const integers = Number.isInteger(from) && Number.isInteger(step) && Number.isInteger(to);
  const dtype = options.dtype ?? (integers ? 'i32' : 'f32');
  if (!integers) {
    // Computed here in double precision, as PyTorch does: i * step in float32 would drift. Its products are not rounded, either.
    const values: number[] = [];
    for (let i = 0; i < Math.ceil((to - from) / step); i++) values.push(multiplyAdd(i, step, from));
    return values.length === 0 ? filled(0, [0], dtype) : op('literal', [], { values, dtype, shape: [values.length] });
  }
  const count = step === 1 ? to - from : Math.ceil((to - from) / step);
  const numbers = op('iota', [], { shape: [count], dim: 0, dtype });
  const scaled = step === 1 ? numbers : mul(numbers, step);
  return from === 0 ? scaled : add(scaled, from);
}

/** `a * b + c` with the rounding error of the product added in: a fused multiply-add, nearly always to the last bit (Dekker 1971). */
function multiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const split = (x: number): [number, number] => {
    const scaled = x * 134217729;
    const high = scaled - (scaled - x);
    return [high, x - high];
  };
  const [ah, al] = split(a);
  const [bh, bl] = split(b);
  const error = ah * bh - product + ah * bl + al * bh + al * bl;
  return Number.isFinite(error) ? c + product + error : c + product;
}

/** `steps` numbers from `start` to `end`, both included, at equal distances. */
export function linspace(start: number, end: number, options: { steps: number }): Tensor {
  const { steps } = options;
  if (steps < 0) throw rangeError(`linspace: the number of steps is ${steps}; it must be at least 0`);
  const numbers = op('iota', [], { shape: [steps], dim: 0, dtype: 'f32' });
  if (steps < 2) return add(mul(numbers, 0), start);
  const step = (end - start) / (steps - 1);
  // The second half counts back from the end, so that both ends are exact.
  const upward = add(mul(numbers, step), start);
  const downward = add(mul(add(mul(numbers, -1), steps - 1), -step), end);
  return op('select', [op('lt', [numbers, filled(steps / 2, [steps], 'f32')]), upward, downward]);
}

/** `steps` numbers whose logarithms to the base (10 unless given) go from `start` to `end` at equal distances. */
export function logspace(start: number, end: number, options: { steps: number; base?: number }): Tensor {
  const { steps, base = 10 } = options;
  return op('pow', [filled(base, [steps], 'f32'), linspace(start, end, { steps })]);
}

/** The identity matrix, or ones on the main diagonal of a rectangle. */
export function eye(rows: number, columns = rows, options: CreationOptions = {}): Tensor {
  const shape = [rows, columns];
  const row = op('iota', [], { shape, dim: 0, dtype: 'i32' });
  const column = op('iota', [], { shape, dim: 1, dtype: 'i32' });
  return cast(op('eq', [row, column]), options.dtype ?? 'f32');
}

/** Numbers, and lists of them nested to any depth. */
export type NestedNumbers = number | boolean | readonly NestedNumbers[];

/**
 * A tensor of the given numbers. Booleans give bool and numbers f32, unless a dtype is given: JavaScript's numbers do not say
 * whether they are meant as integers.
 */
export function tensor(values: NestedNumbers, options: CreationOptions = {}): Tensor {
  const shape: number[] = [];
  let level: NestedNumbers = values;
  while (typeof level === 'object') {
    shape.push(level.length);
    level = level[0] ?? 0;
  }
  const flat: number[] = [];
  collect(values, 0, shape, flat);
  const dtype = options.dtype ?? (typeof level === 'boolean' ? 'bool' : 'f32');
  if (shape.length === 0) return filled(flat[0]!, [], dtype);
  return flat.length === 0 ? filled(0, shape, dtype) : op('literal', [], { values: flat, dtype, shape });
}

function collect(value: NestedNumbers, depth: number, shape: readonly number[], into: number[]): void {
  if (typeof value !== 'object') {
    if (depth !== shape.length) throw valueError(`the nested lists are not of one shape: a number at depth ${depth}`);
    into.push(Number(value));
    return;
  }
  if (depth >= shape.length || value.length !== shape[depth]) {
    throw valueError(`the nested lists are not of one shape: a list of ${value.length} at depth ${depth}`);
  }
  for (const item of value) collect(item, depth + 1, shape, into);
}
