/** Products of vectors, matrices and stacks of matrices. */
import { dtypeError, shapeError } from '../errors.js';
import { op } from '../op.js';
import { alike, broadcastTo, largerType } from '../promotion.js';
import { broadcastShapes, normalizeDim, numel, range, sameShape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { add, mul, sub } from './arithmetic.js';
import { permute, reshape, roll } from './movement.js';

function checkTypes(name: string, a: Tensor, b: Tensor): void {
  if (a.dtype !== b.dtype) {
    throw dtypeError(
      `${name}: both operands must have one dtype, but they are ${a.dtype} and ${b.dtype}`,
      `cast one: x.to('${largerType(a.dtype, b.dtype)}')`,
    );
  }
  if (a.dtype === 'bool') throw dtypeError(`${name} is not defined for booleans`, "cast first: x.to('f32')");
}

function checkRank(name: string, x: Tensor, rank: number, which: string): void {
  if (x.shape.length !== rank) {
    throw shapeError(
      `${name}: the ${which} operand must have ${rank} ${rank === 1 ? 'dim' : 'dims'}, but its shape is ${shapeText(x.shape)}`,
      'matmul takes operands of every rank',
    );
  }
}

function checkInner(name: string, a: Tensor, b: Tensor, inner: number, other: number): void {
  if (inner !== other) {
    throw shapeError(
      `${name}: shapes ${shapeText(a.shape)} and ${shapeText(b.shape)} cannot be multiplied: the inner sizes ${inner} and ${other} differ`,
      'the columns of the first operand must be as many as the rows of the second',
    );
  }
}

/** `[n, m] x [m, p] -> [n, p]` */
export function mm(a: Tensor, b: Tensor): Tensor {
  checkRank('mm', a, 2, 'first');
  checkRank('mm', b, 2, 'second');
  checkTypes('mm', a, b);
  checkInner('mm', a, b, a.shape[1]!, b.shape[0]!);
  return op('contract', [a, b], { equation: 'mk,kn->mn' });
}

/** `[b, n, m] x [b, m, p] -> [b, n, p]` */
export function bmm(a: Tensor, b: Tensor): Tensor {
  checkRank('bmm', a, 3, 'first');
  checkRank('bmm', b, 3, 'second');
  checkTypes('bmm', a, b);
  checkInner('bmm', a, b, a.shape[2]!, b.shape[1]!);
  if (a.shape[0] !== b.shape[0]) {
    throw shapeError(`bmm: shapes ${shapeText(a.shape)} and ${shapeText(b.shape)} hold ${a.shape[0]} and ${b.shape[0]} matrices`);
  }
  return op('contract', [a, b], { equation: 'bmk,bkn->bmn' });
}

/** `[n, m] x [m] -> [n]` */
export function mv(a: Tensor, b: Tensor): Tensor {
  checkRank('mv', a, 2, 'first');
  checkRank('mv', b, 1, 'second');
  checkTypes('mv', a, b);
  checkInner('mv', a, b, a.shape[1]!, b.shape[0]!);
  return op('contract', [a, b], { equation: 'mk,k->m' });
}

/** The sum of the products of two vectors of one length. */
export function dot(a: Tensor, b: Tensor): Tensor {
  checkRank('dot', a, 1, 'first');
  checkRank('dot', b, 1, 'second');
  checkTypes('dot', a, b);
  checkInner('dot', a, b, a.shape[0]!, b.shape[0]!);
  return op('contract', [a, b], { equation: 'k,k->' });
}

/** `[n] x [m] -> [n, m]`, every product. */
export function outer(a: Tensor, b: Tensor): Tensor {
  checkRank('outer', a, 1, 'first');
  checkRank('outer', b, 1, 'second');
  return mul(reshape(a, [a.shape[0]!, 1]), reshape(b, [1, b.shape[0]!]));
}

const batchLetters = 'abcdefghijlopqrstuvwxyz';

/**
 * The product for every rank, as torch.matmul: vectors count as a row (left) or a column (right) and that dim vanishes;
 * dims before the last two are stacks of matrices and broadcast.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const left = a.shape.length;
  const right = b.shape.length;
  if (left === 0 || right === 0) {
    throw shapeError(
      `matmul: both operands need at least one dim, but the shapes are ${shapeText(a.shape)} and ${shapeText(b.shape)}`,
      'use mul for scalars',
    );
  }
  checkTypes('matmul', a, b);
  checkInner('matmul', a, b, a.shape[left - 1]!, b.shape[right === 1 ? 0 : right - 2]!);
  const rows = left === 1 ? '' : 'm';
  const columns = right === 1 ? '' : 'n';
  if (right <= 2) {
    // Every row of a stack meets the same matrix: no need to stretch it.
    const stack = batchLetters.slice(0, Math.max(0, left - 2));
    return op('contract', [a, b], { equation: `${stack}${rows}k,k${columns}->${stack}${rows}${columns}` });
  }
  const stacks = broadcastShapes([a.shape.slice(0, Math.max(0, left - 2)), b.shape.slice(0, right - 2)]);
  const letters = batchLetters.slice(0, stacks.length);
  if (left === 1) return op('contract', [a, b], { equation: `k,${letters}k${columns}->${letters}${columns}` });
  const x = broadcastTo(a, [...stacks, ...a.shape.slice(left - 2)]);
  const y = broadcastTo(b, [...stacks, ...b.shape.slice(right - 2)]);
  return op('contract', [x, y], { equation: `${letters}mk,${letters}kn->${letters}mn` });
}

/** `beta * input + alpha * (a x b)` for matrices. */
export function addmm(input: Tensor, a: Tensor, options: { mat2: Tensor; beta?: number; alpha?: number }): Tensor {
  return combine(input, mm(a, options.mat2), options);
}

/** `beta * input + alpha * (a x b)` for stacks of matrices. */
export function baddbmm(input: Tensor, a: Tensor, options: { batch2: Tensor; beta?: number; alpha?: number }): Tensor {
  return combine(input, bmm(a, options.batch2), options);
}

/** `beta * input + alpha * (a x v)` for a matrix and a vector. */
export function addmv(input: Tensor, a: Tensor, options: { vec: Tensor; beta?: number; alpha?: number }): Tensor {
  return combine(input, mv(a, options.vec), options);
}

function combine(input: Tensor, product: Tensor, options: { beta?: number; alpha?: number }): Tensor {
  const beta = options.beta ?? 1;
  const scaled = (options.alpha ?? 1) === 1 ? product : mul(product, options.alpha!);
  // With beta 0 the input is ignored, NaN and all.
  if (beta === 0) return scaled;
  return add(broadcastTo(beta === 1 ? input : mul(input, beta), product.shape), scaled);
}

/** `beta * input + alpha * (the sum of the products of two stacks of matrices)`. */
export function addbmm(input: Tensor, a: Tensor, options: { batch2: Tensor; beta?: number; alpha?: number }): Tensor {
  checkRank('addbmm', a, 3, 'first');
  checkRank('addbmm', options.batch2, 3, 'second');
  checkTypes('addbmm', a, options.batch2);
  checkInner('addbmm', a, options.batch2, a.shape[2]!, options.batch2.shape[1]!);
  return combine(input, op('contract', [a, options.batch2], { equation: 'bmk,bkn->mn' }), options);
}

/** `beta * input + alpha * (the outer product of two vectors)`. */
export function addr(input: Tensor, a: Tensor, options: { vec2: Tensor; beta?: number; alpha?: number }): Tensor {
  return combine(input, outer(a, options.vec2), options);
}

/** Sums of products over the last dims of both: `[..., k] x [..., k]`; a scalar multiplies. */
export function inner(a: Tensor, b: Tensor): Tensor {
  if (a.shape.length === 0 || b.shape.length === 0) return mul(a, b);
  return tensordot(a, b, { dims: [[-1], [-1]] });
}

/**
 * Sums of products over several dims: the last `dims` of a with the first of b, or the two lists of dims that belong together. The
 * dims that are left of a come before those of b.
 */
export function tensordot(a: Tensor, b: Tensor, options: { dims?: number | readonly [readonly number[], readonly number[]] } = {}): Tensor {
  const dims = options.dims ?? 2;
  const left = a.shape.length;
  const right = b.shape.length;
  const ofA = typeof dims === 'number' ? range(dims).map((at) => left - dims + at) : dims[0].map((dim) => normalizeDim(dim, left));
  const ofB = typeof dims === 'number' ? range(dims) : dims[1].map((dim) => normalizeDim(dim, right));
  if (ofA.length !== ofB.length) throw shapeError(`tensordot: ${ofA.length} dims of the first operand meet ${ofB.length} of the second`);
  checkTypes('tensordot', a, b);
  const freeA = range(left).filter((axis) => !ofA.includes(axis));
  const freeB = range(right).filter((axis) => !ofB.includes(axis));
  const sizes = (x: Tensor, axes: readonly number[]) => axes.map((axis) => x.shape[axis]!);
  const x = reshape(permute(a, [...freeA, ...ofA]), [numel(sizes(a, freeA)), numel(sizes(a, ofA))]);
  if (!sameShape(sizes(a, ofA), sizes(b, ofB))) {
    throw shapeError(
      `tensordot: dims [${ofA.join(', ')}] of shape ${shapeText(a.shape)} and dims [${ofB.join(', ')}] of shape ${shapeText(b.shape)} differ in size`,
    );
  }
  const y = reshape(permute(b, [...ofB, ...freeB]), [numel(sizes(b, ofB)), numel(sizes(b, freeB))]);
  return reshape(mm(x, y), [...sizes(a, freeA), ...sizes(b, freeB)]);
}

/** The product of several matrices (the first and last may be vectors), from the left. */
export function multiDot(tensors: readonly Tensor[]): Tensor {
  const [first, ...others] = tensors;
  if (first === undefined || others.length === 0) throw shapeError('multiDot: at least two matrices are needed');
  return others.reduce((product, next) => matmul(product, next), first);
}

/** The Kronecker product: every element of a times the whole of b. */
export function kron(a: Tensor, b: Tensor): Tensor {
  const rank = Math.max(a.shape.length, b.shape.length);
  const filledUp = (x: Tensor) => [...range(rank - x.shape.length).map(() => 1), ...x.shape];
  const left = filledUp(a);
  const right = filledUp(b);
  const product = mul(
    reshape(
      a,
      left.flatMap((size) => [size, 1]),
    ),
    reshape(
      b,
      right.flatMap((size) => [1, size]),
    ),
  );
  return reshape(
    product,
    left.map((size, axis) => size * right[axis]!),
  );
}

/** The cross product of vectors of three elements along `dim`. */
export function cross(a: Tensor, b: Tensor, options: { dim?: number } = {}): Tensor {
  const [x, y] = alike([a, b]) as [Tensor, Tensor];
  const axis = options.dim === undefined ? x.shape.indexOf(3) : normalizeDim(options.dim, x.shape.length);
  if (axis < 0 || x.shape[axis] !== 3) throw shapeError(`cross: no dim of size 3 in ${shapeText(x.shape)}`, 'vectors have three elements');
  return sub(mul(roll(x, -1, axis), roll(y, -2, axis)), mul(roll(x, -2, axis), roll(y, -1, axis)));
}
