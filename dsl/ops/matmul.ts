/** Products of vectors, matrices and stacks of matrices. */
import { dtypeError, shapeError } from '../errors.js';
import { op } from '../op.js';
import { broadcastTo, largerType } from '../promotion.js';
import { broadcastShapes, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { add, mul } from './arithmetic.js';
import { reshape } from './movement.js';

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
