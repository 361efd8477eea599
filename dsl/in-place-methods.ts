/** The forms in place: the tensor takes the result as its own value. Shapes do not change; the result must fit the dtype. */
import { ComposedMethods } from './composed-methods.js';
import { dtypeError, shapeError } from './errors.js';
import * as arithmetic from './ops/arithmetic.js';
import * as comparison from './ops/comparison.js';
import * as creation from './ops/creation.js';
import * as movement from './ops/movement.js';
import * as scattering from './ops/scatter.js';
import * as special from './ops/special.js';
import * as unary from './ops/unary.js';
import { largerType, type Operand } from './promotion.js';
import { sameShape, shapeText } from './shape.js';
import type { Tensor } from './tensor.js';

/** Tensor alone extends this. */
export abstract class InPlaceMethods extends ComposedMethods {
  /** Takes the values of `source`, which broadcast to this shape and are converted to this dtype. */
  abstract copy_(source: Operand): this;

  /** Takes the result of a computation, whose shape must be this one, and whose dtype this tensor must be able to hold. */
  protected become(self: Tensor, result: Tensor): this {
    if (!sameShape(result.shape, self.shape)) {
      throw shapeError(`a tensor of shape ${shapeText(self.shape)} cannot take the result of shape ${shapeText(result.shape)} in place`);
    }
    if (largerType(result.dtype, self.dtype) !== self.dtype) {
      throw dtypeError(
        `a ${self.dtype} tensor cannot take the ${result.dtype} result of an in-place change`,
        `cast it first: x.to('${result.dtype}')`,
      );
    }
    return this.copy_(result);
  }

  // Values.
  fill_(value: number | boolean | Tensor): this {
    return this.copy_(value);
  }
  zero_(): this {
    return this.copy_(0);
  }
  /** Uniform random numbers from `from` to `to`. */
  uniform_(this: Tensor, from = 0, to = 1): Tensor {
    return this.copy_(arithmetic.add(arithmetic.mul(creation.rand(this.shape), to - from), from));
  }
  /** Normal random numbers. */
  normal_(this: Tensor, mean = 0, std = 1): Tensor {
    return this.copy_(arithmetic.add(arithmetic.mul(creation.randn(this.shape), std), mean));
  }
  /** 1 with probability p (a number, or one for each element), else 0. */
  bernoulli_(this: Tensor, p: number | Tensor = 0.5): Tensor {
    return this.copy_(comparison.lt(creation.rand(this.shape), p));
  }

  // Arithmetic.
  add_(this: Tensor, other: Operand, options?: { alpha?: number }): Tensor {
    return this.become(this, arithmetic.add(this, other, options));
  }
  sub_(this: Tensor, other: Operand, options?: { alpha?: number }): Tensor {
    return this.become(this, arithmetic.sub(this, other, options));
  }
  mul_(this: Tensor, other: Operand): Tensor {
    return this.become(this, arithmetic.mul(this, other));
  }
  div_(this: Tensor, other: Operand, options?: { roundingMode?: 'floor' | 'trunc' }): Tensor {
    return this.become(this, arithmetic.div(this, other, options));
  }
  floorDivide_(this: Tensor, other: Operand): Tensor {
    return this.become(this, arithmetic.floorDivide(this, other));
  }
  remainder_(this: Tensor, other: Operand): Tensor {
    return this.become(this, arithmetic.remainder(this, other));
  }
  fmod_(this: Tensor, other: Operand): Tensor {
    return this.become(this, arithmetic.fmod(this, other));
  }
  atan2_(this: Tensor, other: Operand): Tensor {
    return this.become(this, arithmetic.atan2(this, other));
  }
  pow_(this: Tensor, exponent: Operand): Tensor {
    return this.become(this, arithmetic.pow(this, exponent));
  }
  lerp_(this: Tensor, end: Operand, weight: Operand): Tensor {
    return this.become(this, arithmetic.lerp(this, end, { weight }));
  }
  addcmul_(this: Tensor, a: Operand, b: Operand, options: { value?: number } = {}): Tensor {
    return this.become(this, arithmetic.addcmul(this, a, { tensor2: b, ...options }));
  }
  addcdiv_(this: Tensor, a: Operand, b: Operand, options: { value?: number } = {}): Tensor {
    return this.become(this, arithmetic.addcdiv(this, a, { tensor2: b, ...options }));
  }
  reciprocal_(this: Tensor): Tensor {
    return this.become(this, arithmetic.reciprocal(this));
  }

  // Functions of each element.
  neg_(this: Tensor): Tensor {
    return this.become(this, unary.neg(this));
  }
  abs_(this: Tensor): Tensor {
    return this.become(this, unary.abs(this));
  }
  sign_(this: Tensor): Tensor {
    return this.become(this, unary.sign(this));
  }
  exp_(this: Tensor): Tensor {
    return this.become(this, unary.exp(this));
  }
  exp2_(this: Tensor): Tensor {
    return this.become(this, unary.exp2(this));
  }
  expm1_(this: Tensor): Tensor {
    return this.become(this, unary.expm1(this));
  }
  log_(this: Tensor): Tensor {
    return this.become(this, unary.log(this));
  }
  log2_(this: Tensor): Tensor {
    return this.become(this, unary.log2(this));
  }
  log10_(this: Tensor): Tensor {
    return this.become(this, unary.log10(this));
  }
  log1p_(this: Tensor): Tensor {
    return this.become(this, unary.log1p(this));
  }
  sqrt_(this: Tensor): Tensor {
    return this.become(this, unary.sqrt(this));
  }
  rsqrt_(this: Tensor): Tensor {
    return this.become(this, unary.rsqrt(this));
  }
  square_(this: Tensor): Tensor {
    return this.become(this, unary.square(this));
  }
  sin_(this: Tensor): Tensor {
    return this.become(this, unary.sin(this));
  }
  cos_(this: Tensor): Tensor {
    return this.become(this, unary.cos(this));
  }
  tan_(this: Tensor): Tensor {
    return this.become(this, unary.tan(this));
  }
  asin_(this: Tensor): Tensor {
    return this.become(this, unary.asin(this));
  }
  acos_(this: Tensor): Tensor {
    return this.become(this, unary.acos(this));
  }
  atan_(this: Tensor): Tensor {
    return this.become(this, unary.atan(this));
  }
  sinh_(this: Tensor): Tensor {
    return this.become(this, unary.sinh(this));
  }
  cosh_(this: Tensor): Tensor {
    return this.become(this, unary.cosh(this));
  }
  tanh_(this: Tensor): Tensor {
    return this.become(this, unary.tanh(this));
  }
  asinh_(this: Tensor): Tensor {
    return this.become(this, unary.asinh(this));
  }
  acosh_(this: Tensor): Tensor {
    return this.become(this, unary.acosh(this));
  }
  atanh_(this: Tensor): Tensor {
    return this.become(this, unary.atanh(this));
  }
  sigmoid_(this: Tensor): Tensor {
    return this.become(this, unary.sigmoid(this));
  }
  relu_(this: Tensor): Tensor {
    return this.become(this, unary.relu(this));
  }
  erf_(this: Tensor): Tensor {
    return this.become(this, unary.erf(this));
  }
  erfc_(this: Tensor): Tensor {
    return this.become(this, unary.erfc(this));
  }
  floor_(this: Tensor): Tensor {
    return this.become(this, unary.floor(this));
  }
  ceil_(this: Tensor): Tensor {
    return this.become(this, unary.ceil(this));
  }
  round_(this: Tensor): Tensor {
    return this.become(this, unary.round(this));
  }
  trunc_(this: Tensor): Tensor {
    return this.become(this, unary.trunc(this));
  }
  frac_(this: Tensor): Tensor {
    return this.become(this, unary.frac(this));
  }
  erfinv_(this: Tensor): Tensor {
    return this.become(this, special.erfinv(this));
  }
  nanToNum_(this: Tensor, options?: { nan?: number; posinf?: number; neginf?: number }): Tensor {
    return this.become(this, unary.nanToNum(this, options));
  }
  clamp_(this: Tensor, min?: number | Tensor, max?: number | Tensor): Tensor {
    return this.become(this, unary.clamp(this, min, max));
  }
  clampMin_(this: Tensor, min: number | Tensor): Tensor {
    return this.become(this, special.clampMin(this, min));
  }
  clampMax_(this: Tensor, max: number | Tensor): Tensor {
    return this.become(this, special.clampMax(this, max));
  }

  // Logic and choice.
  logicalAnd_(this: Tensor, other: Operand): Tensor {
    return this.become(this, comparison.logicalAnd(this, other));
  }
  logicalOr_(this: Tensor, other: Operand): Tensor {
    return this.become(this, comparison.logicalOr(this, other));
  }
  logicalXor_(this: Tensor, other: Operand): Tensor {
    return this.become(this, comparison.logicalXor(this, other));
  }
  logicalNot_(this: Tensor): Tensor {
    return this.become(this, comparison.logicalNot(this));
  }
  maskedFill_(this: Tensor, mask: Tensor, value: number | Tensor): Tensor {
    return this.become(this, comparison.maskedFill(this, mask, value));
  }
  tril_(this: Tensor, diagonal?: number): Tensor {
    return this.become(this, movement.tril(this, diagonal));
  }
  triu_(this: Tensor, diagonal?: number): Tensor {
    return this.become(this, movement.triu(this, diagonal));
  }

  // Values at places that index tensors name.
  scatter_(this: Tensor, dim: number, index: Tensor, source: Operand, options: { reduce?: 'add' | 'multiply' } = {}): Tensor {
    return this.become(this, scattering.scatter(this, dim, { index, source, ...options }));
  }
  scatterAdd_(this: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
    return this.become(this, scattering.scatterAdd(this, dim, { index, source }));
  }
  indexAdd_(this: Tensor, dim: number, index: Tensor, source: Tensor, options: { alpha?: number } = {}): Tensor {
    return this.become(this, scattering.indexAdd(this, dim, { index, source, ...options }));
  }
  indexCopy_(this: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
    return this.become(this, scattering.indexCopy(this, dim, { index, source }));
  }
  indexFill_(this: Tensor, dim: number, index: Tensor, value: Operand): Tensor {
    return this.become(this, scattering.indexFill(this, dim, { index, value }));
  }
  indexPut_(this: Tensor, indices: readonly Tensor[], values: Operand, options: { accumulate?: boolean } = {}): Tensor {
    return this.become(this, scattering.indexPut(this, indices, { values, ...options }));
  }
  maskedScatter_(this: Tensor, mask: Tensor, source: Tensor): Tensor {
    return this.become(this, scattering.maskedScatter(this, mask, source));
  }
}
