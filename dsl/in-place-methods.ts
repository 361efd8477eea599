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
import { cast, isFloatType, largerType, type Operand } from './promotion.js';
import { sameShape, shapeText } from './shape.js';
import type { Tensor } from './tensor.js';
import { checkWritable, copyOf, overwrite } from './views.js';

function checkRandom(name: string, x: Tensor): void {
  if (!isFloatType(x.dtype)) throw dtypeError(`${name}: the numbers are floats, but the tensor is ${x.dtype}`, 'randint draws integers');
}

/** Tensor alone extends this. */
export abstract class InPlaceMethods extends ComposedMethods {
  /** Takes the values of `source`, which broadcast to this shape and are converted to this dtype. */
  abstract copy_(source: Operand): this;

  /**
   * Takes what `compute` makes of its values, whose shape must be this one, and whose dtype this tensor must be able to hold. It computes
   * with a copy: the gradient of a change may need the value of before, which is no mistake.
   */
  protected become(self: Tensor, compute: (x: Tensor) => Tensor): this {
    checkWritable(self);
    const result = compute(copyOf(self));
    if (!sameShape(result.shape, self.shape)) {
      throw shapeError(`a tensor of shape ${shapeText(self.shape)} cannot take the result of shape ${shapeText(result.shape)} in place`);
    }
    if (largerType(result.dtype, self.dtype) !== self.dtype) {
      throw dtypeError(
        `a ${self.dtype} tensor cannot take the ${result.dtype} result of an in-place change`,
        `cast it first: x.to('${result.dtype}')`,
      );
    }
    overwrite(self, cast(result, self.dtype));
    return this;
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
    checkRandom('uniform_', this);
    return this.copy_(arithmetic.add(arithmetic.mul(creation.rand(this.shape), to - from), from));
  }
  /** Normal random numbers. */
  normal_(this: Tensor, mean = 0, std = 1): Tensor {
    checkRandom('normal_', this);
    return this.copy_(arithmetic.add(arithmetic.mul(creation.randn(this.shape), std), mean));
  }
  /** 1 with probability p (a number, or one for each element), else 0. */
  bernoulli_(this: Tensor, p: number | Tensor = 0.5): Tensor {
    return this.copy_(comparison.lt(creation.rand(this.shape), p));
  }

  // Arithmetic.
  add_(this: Tensor, other: Operand, options?: { alpha?: number }): Tensor {
    return this.become(this, (x) => arithmetic.add(x, other, options));
  }
  sub_(this: Tensor, other: Operand, options?: { alpha?: number }): Tensor {
    return this.become(this, (x) => arithmetic.sub(x, other, options));
  }
  mul_(this: Tensor, other: Operand): Tensor {
    return this.become(this, (x) => arithmetic.mul(x, other));
  }
  div_(this: Tensor, other: Operand, options?: { roundingMode?: 'floor' | 'trunc' }): Tensor {
    return this.become(this, (x) => arithmetic.div(x, other, options));
  }
  floorDivide_(this: Tensor, other: Operand): Tensor {
    return this.become(this, (x) => arithmetic.floorDivide(x, other));
  }
  remainder_(this: Tensor, other: Operand): Tensor {
    return this.become(this, (x) => arithmetic.remainder(x, other));
  }
  fmod_(this: Tensor, other: Operand): Tensor {
    return this.become(this, (x) => arithmetic.fmod(x, other));
  }
  atan2_(this: Tensor, other: Operand): Tensor {
    return this.become(this, (x) => arithmetic.atan2(x, other));
  }
  pow_(this: Tensor, exponent: Operand): Tensor {
    return this.become(this, (x) => arithmetic.pow(x, exponent));
  }
  lerp_(this: Tensor, end: Operand, weight: Operand): Tensor {
    return this.become(this, (x) => arithmetic.lerp(x, end, { weight }));
  }
  addcmul_(this: Tensor, a: Operand, b: Operand, options: { value?: number } = {}): Tensor {
    return this.become(this, (x) => arithmetic.addcmul(x, a, { tensor2: b, ...options }));
  }
  addcdiv_(this: Tensor, a: Operand, b: Operand, options: { value?: number } = {}): Tensor {
    return this.become(this, (x) => arithmetic.addcdiv(x, a, { tensor2: b, ...options }));
  }
  reciprocal_(this: Tensor): Tensor {
    return this.become(this, (x) => arithmetic.reciprocal(x));
  }

  // Functions of each element.
  neg_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.neg(x));
  }
  abs_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.abs(x));
  }
  sign_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.sign(x));
  }
  exp_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.exp(x));
  }
  exp2_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.exp2(x));
  }
  expm1_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.expm1(x));
  }
  log_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.log(x));
  }
  log2_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.log2(x));
  }
  log10_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.log10(x));
  }
  log1p_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.log1p(x));
  }
  sqrt_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.sqrt(x));
  }
  rsqrt_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.rsqrt(x));
  }
  square_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.square(x));
  }
  sin_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.sin(x));
  }
  cos_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.cos(x));
  }
  tan_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.tan(x));
  }
  asin_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.asin(x));
  }
  acos_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.acos(x));
  }
  atan_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.atan(x));
  }
  sinh_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.sinh(x));
  }
  cosh_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.cosh(x));
  }
  tanh_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.tanh(x));
  }
  asinh_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.asinh(x));
  }
  acosh_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.acosh(x));
  }
  atanh_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.atanh(x));
  }
  sigmoid_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.sigmoid(x));
  }
  relu_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.relu(x));
  }
  erf_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.erf(x));
  }
  erfc_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.erfc(x));
  }
  floor_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.floor(x));
  }
  ceil_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.ceil(x));
  }
  round_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.round(x));
  }
  trunc_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.trunc(x));
  }
  frac_(this: Tensor): Tensor {
    return this.become(this, (x) => unary.frac(x));
  }
  erfinv_(this: Tensor): Tensor {
    return this.become(this, (x) => special.erfinv(x));
  }
  nanToNum_(this: Tensor, options?: { nan?: number; posinf?: number; neginf?: number }): Tensor {
    return this.become(this, (x) => unary.nanToNum(x, options));
  }
  clamp_(this: Tensor, min?: number | Tensor | null, max?: number | Tensor | null): Tensor {
    return this.become(this, (x) => unary.clamp(x, min, max));
  }
  clampMin_(this: Tensor, min: number | Tensor): Tensor {
    return this.become(this, (x) => special.clampMin(x, min));
  }
  clampMax_(this: Tensor, max: number | Tensor): Tensor {
    return this.become(this, (x) => special.clampMax(x, max));
  }

  // Logic and choice.
  logicalAnd_(this: Tensor, other: Operand): Tensor {
    return this.become(this, (x) => comparison.logicalAnd(x, other));
  }
  logicalOr_(this: Tensor, other: Operand): Tensor {
    return this.become(this, (x) => comparison.logicalOr(x, other));
  }
  logicalXor_(this: Tensor, other: Operand): Tensor {
    return this.become(this, (x) => comparison.logicalXor(x, other));
  }
  logicalNot_(this: Tensor): Tensor {
    return this.become(this, (x) => comparison.logicalNot(x));
  }
  maskedFill_(this: Tensor, mask: Tensor, value: number | Tensor): Tensor {
    return this.become(this, (x) => comparison.maskedFill(x, mask, value));
  }
  tril_(this: Tensor, diagonal?: number): Tensor {
    return this.become(this, (x) => movement.tril(x, diagonal));
  }
  triu_(this: Tensor, diagonal?: number): Tensor {
    return this.become(this, (x) => movement.triu(x, diagonal));
  }

  // Values at places that index tensors name.
  scatter_(this: Tensor, dim: number, index: Tensor, source: Operand, options: { reduce?: 'add' | 'multiply' } = {}): Tensor {
    return this.become(this, (x) => scattering.scatter(x, dim, { index, source, ...options }));
  }
  scatterAdd_(this: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
    return this.become(this, (x) => scattering.scatterAdd(x, dim, { index, source }));
  }
  indexAdd_(this: Tensor, dim: number, index: Tensor, source: Tensor, options: { alpha?: number } = {}): Tensor {
    return this.become(this, (x) => scattering.indexAdd(x, dim, { index, source, ...options }));
  }
  indexCopy_(this: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
    return this.become(this, (x) => scattering.indexCopy(x, dim, { index, source }));
  }
  indexFill_(this: Tensor, dim: number, index: Tensor, value: Operand): Tensor {
    return this.become(this, (x) => scattering.indexFill(x, dim, { index, value }));
  }
  indexPut_(this: Tensor, indices: readonly Tensor[], values: Operand, options: { accumulate?: boolean } = {}): Tensor {
    return this.become(this, (x) => scattering.indexPut(x, indices, { values, ...options }));
  }
  maskedScatter_(this: Tensor, mask: Tensor, source: Tensor): Tensor {
    return this.become(this, (x) => scattering.maskedScatter(x, mask, source));
  }
}
