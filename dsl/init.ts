/** Initial values: each function fills a tensor and returns it. Formulas: https://pytorch.org/docs/stable/nn.init.html */
import { KilnnError, shapeError, valueError } from './errors.js';
import { op } from './op.js';
import { add, mul, sub } from './ops/arithmetic.js';
import { lt, where } from './ops/comparison.js';
import { eye, rand, randn } from './ops/creation.js';
import { matmul } from './ops/matmul.js';
import { reshape, transpose } from './ops/movement.js';
import { argsort } from './ops/sorting.js';
import { erfinv } from './ops/special.js';
import { clamp } from './ops/unary.js';
import { assign, type Operand } from './promotion.js';
import { numel, shapeText } from './shape.js';
import type { Tensor } from './tensor.js';

/** Initial values are outside all gradients. */
function fill(x: Tensor, values: Operand): Tensor {
  assign(x, values);
  return x;
}

/** U(a, b); the bounds may also be given as `{ a, b }`. */
export function uniform_(x: Tensor, a: number | { readonly a?: number; readonly b?: number } = 0, b = 1): Tensor {
  const low = typeof a === 'number' ? a : (a.a ?? 0);
  const high = typeof a === 'number' ? b : (a.b ?? 1);
  return fill(x, add(mul(rand(x.shape), high - low), low));
}

/** N(mean, std^2); the two may also be given as `{ mean, std }`. */
export function normal_(x: Tensor, mean: number | { readonly mean?: number; readonly std?: number } = 0, std = 1): Tensor {
  const centre = typeof mean === 'number' ? mean : (mean.mean ?? 0);
  const width = typeof mean === 'number' ? std : (mean.std ?? 1);
  return fill(x, add(mul(randn(x.shape), width), centre));
}

export function constant_(x: Tensor, value: number): Tensor {
  return fill(x, value);
}

export function ones_(x: Tensor): Tensor {
  return fill(x, 1);
}

export function zeros_(x: Tensor): Tensor {
  return fill(x, 0);
}

/** How many inputs and outputs an element of the weight `[out, in, ...kernel]` connects. */
function fans(x: Tensor): { fanIn: number; fanOut: number } {
  if (x.shape.length < 2) {
    throw shapeError(
      `fan in and fan out need a tensor of at least two dims, but the shape is ${shapeText(x.shape)}`,
      'for a bias use uniform_ or zeros_',
    );
  }
  const field = numel(x.shape.slice(2));
  return { fanIn: x.shape[1]! * field, fanOut: x.shape[0]! * field };
}

/** Names of activations that a gain is known for. */
export type Nonlinearity =
  | 'linear'
  | 'conv1d'
  | 'conv2d'
  | 'conv3d'
  | 'convTranspose1d'
  | 'convTranspose2d'
  | 'convTranspose3d'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leakyRelu'
  | 'selu';

/** The factor that keeps the variance through an activation. */
export function calculateGain(nonlinearity: Nonlinearity, parameter?: number): number {
  if (nonlinearity === 'tanh') return 5 / 3;
  if (nonlinearity === 'relu') return Math.sqrt(2);
  if (nonlinearity === 'selu') return 3 / 4;
  if (nonlinearity === 'leakyRelu') {
    const slope = parameter ?? 0.01;
    return Math.sqrt(2 / (1 + slope * slope));
  }
  if (nonlinearity === 'sigmoid' || nonlinearity === 'linear' || nonlinearity.startsWith('conv')) return 1;
  throw valueError(
    `no gain is known for '${String(nonlinearity)}'`,
    'known: linear, conv1d to conv3d, sigmoid, tanh, relu, leakyRelu, selu',
  );
}

/** A factor, alone or as an option. */
type Gain = number | { readonly gain?: number };

function gainOf(gain: Gain): number {
  return typeof gain === 'number' ? gain : (gain.gain ?? 1);
}

/** U(-a, a) with a = gain * sqrt(6 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export function xavierUniform_(x: Tensor, gain: Gain = 1): Tensor {
  const { fanIn, fanOut } = fans(x);
  const bound = gainOf(gain) * Math.sqrt(6 / (fanIn + fanOut));
  return uniform_(x, -bound, bound);
}

/** N(0, s^2) with s = gain * sqrt(2 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export function xavierNormal_(x: Tensor, gain: Gain = 1): Tensor {
  const { fanIn, fanOut } = fans(x);
  return normal_(x, 0, gainOf(gain) * Math.sqrt(2 / (fanIn + fanOut)));
}

export interface KaimingOptions {
  /** The negative slope of leakyRelu. */
  readonly a?: number;
  readonly mode?: 'fanIn' | 'fanOut';
  readonly nonlinearity?: Nonlinearity;
}

function kaimingStd(x: Tensor, options: KaimingOptions): number {
  const mode = options.mode ?? 'fanIn';
  if (mode !== 'fanIn' && mode !== 'fanOut') throw new KilnnError('KN3004', `mode is 'fanIn' or 'fanOut', not '${String(mode)}'`);
  const { fanIn, fanOut } = fans(x);
  return calculateGain(options.nonlinearity ?? 'leakyRelu', options.a ?? 0) / Math.sqrt(mode === 'fanIn' ? fanIn : fanOut);
}

/** U(-b, b) with b = gain * sqrt(3 / fan) (He et al. 2015). */
export function kaimingUniform_(x: Tensor, options: KaimingOptions = {}): Tensor {
  if (numel(x.shape) === 0) return x;
  const bound = Math.sqrt(3) * kaimingStd(x, options);
  return uniform_(x, -bound, bound);
}

/** N(0, s^2) with s = gain / sqrt(fan) (He et al. 2015). */
export function kaimingNormal_(x: Tensor, options: KaimingOptions = {}): Tensor {
  if (numel(x.shape) === 0) return x;
  return normal_(x, 0, kaimingStd(x, options));
}

/** The identity matrix. */
export function eye_(x: Tensor): Tensor {
  if (x.shape.length !== 2) throw shapeError(`eye_ is for matrices, but the shape is ${shapeText(x.shape)}`);
  return fill(x, eye(x.shape[0]!, x.shape[1]!));
}

/** Delta functions: channel i of a convolution passes through, in each of the groups. */
export function dirac_(x: Tensor, groups = 1): Tensor {
  const { shape } = x;
  if (shape.length < 3 || shape.length > 5) throw shapeError(`dirac_ is for weights of 3 to 5 dims, but the shape is ${shapeText(shape)}`);
  const perGroup = Math.floor(shape[0]! / groups);
  if (perGroup * groups !== shape[0]) throw valueError(`dirac_: ${shape[0]} output channels do not divide into ${groups} groups`);
  const field = numel(shape.slice(2));
  let centre = 0;
  for (const size of shape.slice(2)) centre = centre * size + Math.floor(size / 2);
  const values: number[] = [];
  for (let output = 0; output < shape[0]!; output++) {
    for (let input = 0; input < shape[1]!; input++) {
      for (let at = 0; at < field; at++) values.push(at === centre && output % perGroup === input ? 1 : 0);
    }
  }
  return fill(x, op('literal', [], { values, dtype: x.dtype, shape }));
}

/**
 * A matrix `[n, rest]` (dims after the first count as one) whose rows, or columns if there are more rows, are orthonormal times the gain;
 * uniformly distributed among such matrices, as PyTorch's. It is the orthogonal factor U V^T of a normal random matrix U S V^T, found by
 * odd polynomials of the matrix that drive all singular values to 1: steps that multiply small ones by about 3.4 (Jordan 2024), then
 * Newton-Schulz steps (3 X - X X^T X) / 2, which square the error. About 45 products for a square matrix.
 */
export function orthogonal_(x: Tensor, gain: Gain = 1): Tensor {
  const { shape } = x;
  if (shape.length < 2) throw shapeError(`orthogonal_ is for tensors of at least two dims, but the shape is ${shapeText(shape)}`);
  const rows = shape[0]!;
  const columns = numel(shape.slice(1));
  if (rows === 0 || columns === 0) return x;
  const few = Math.min(rows, columns);
  const many = Math.max(rows, columns);
  // No singular value of a normal matrix is above this, but for one matrix in 10^8.
  const largest = Math.sqrt(few) + Math.sqrt(many) + 6;
  // Where the sizes are near each other, one matrix in 10^4 has a value below this share of the largest.
  const least = many >= 2 * few ? (Math.sqrt(many) - Math.sqrt(few)) / (8 * largest) : 1e-4 / (Math.sqrt(few) * largest);
  let q = mul(randn([few, many]), 1 / largest);
  const growing = Math.ceil(Math.log(0.7 / least) / Math.log(3.4445)) + 1;
  for (let step = 0; step < growing; step++) {
    const a = matmul(q, transpose(q, 0, 1));
    q = add(mul(q, 3.4445), matmul(add(mul(a, -4.775), mul(matmul(a, a), 2.0315)), q));
  }
  for (let step = 0; step < 5; step++) q = sub(mul(q, 1.5), mul(matmul(matmul(q, transpose(q, 0, 1)), q), 0.5));
  return fill(x, mul(reshape(rows <= columns ? q : transpose(q, 0, 1), shape), gainOf(gain)));
}

/** N(0, std^2) with ceil(sparsity * rows) zeros in every column of the matrix, at random places. */
export function sparse_(x: Tensor, sparsity: number, options: { std?: number } = {}): Tensor {
  if (x.shape.length !== 2) throw shapeError(`sparse_ is for matrices, but the shape is ${shapeText(x.shape)}`);
  if (!(sparsity >= 0 && sparsity <= 1)) throw valueError(`sparse_: the sparsity goes from 0 to 1, but it is ${sparsity}`);
  const zeros = Math.ceil(sparsity * x.shape[0]!);
  // The order of random numbers is a random permutation of the rows of each column.
  const order = argsort(rand(x.shape), 0);
  return fill(x, where(lt(order, zeros), 0, mul(randn(x.shape), options.std ?? 0.01)));
}

/**
 * N(mean, std^2) of which only values from a to b are drawn, by the inverse of the normal distribution function:
 * mean + std sqrt(2) erfinv(u), u uniform between the images of the bounds.
 */
export function truncNormal_(x: Tensor, mean = 0, options: { std?: number; a?: number; b?: number } = {}): Tensor {
  const std = options.std ?? 1;
  const a = options.a ?? -2;
  const b = options.b ?? 2;
  if (!(b > a)) throw valueError(`truncNormal_: the bound a = ${a} must be below b = ${b}`);
  const low = normalCdf((a - mean) / std);
  const high = normalCdf((b - mean) / std);
  const u = add(mul(rand(x.shape), 2 * high - 2 * low), 2 * low - 1);
  return fill(x, clamp(add(mul(erfinv(u), std * Math.SQRT2), mean), a, b));
}

/** P(X <= z) for a normal X: the power series in the middle, the continued fraction in the tails (Abramowitz and Stegun 26.2.10, 26.2.14). */
function normalCdf(z: number): number {
  const t = Math.abs(z);
  if (t < 3) {
    // 1/2 + phi(t) (t + t^3/3 + t^5/15 + ...)
    let term = t;
    let sum = t;
    for (let n = 1; n < 60; n++) {
      term = (term * t * t) / (2 * n + 1);
      sum += term;
    }
    const half = (sum * Math.exp((-t * t) / 2)) / Math.sqrt(2 * Math.PI);
    return z < 0 ? 0.5 - half : 0.5 + half;
  }
  let fraction = t;
  for (let n = 60; n > 0; n--) fraction = t + n / fraction;
  const tail = Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI) / fraction;
  return z < 0 ? tail : 1 - tail;
}
