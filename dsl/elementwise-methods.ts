/** The part of a tensor's methods that work element by element: arithmetic, functions, comparison and choice. */
import * as arithmetic from './ops/arithmetic.js';
import * as comparison from './ops/comparison.js';
import * as unary from './ops/unary.js';
import type { Operand } from './promotion.js';
import type { Shape } from './shape.js';
import type { Tensor } from './tensor.js';

/** Tensor alone extends this; two classes, so that each fits on a few screens. */
export abstract class ElementwiseMethods {
  // Arithmetic.
  add(this: Tensor, other: Operand, options?: { alpha?: number }): Tensor {
    return arithmetic.add(this, other, options);
  }
  sub(this: Tensor, other: Operand, options?: { alpha?: number }): Tensor {
    return arithmetic.sub(this, other, options);
  }
  mul(this: Tensor, other: Operand): Tensor {
    return arithmetic.mul(this, other);
  }
  div(this: Tensor, other: Operand, options?: { roundingMode?: 'floor' | 'trunc' }): Tensor {
    return arithmetic.div(this, other, options);
  }
  floorDivide(this: Tensor, other: Operand): Tensor {
    return arithmetic.floorDivide(this, other);
  }
  remainder(this: Tensor, other: Operand): Tensor {
    return arithmetic.remainder(this, other);
  }
  fmod(this: Tensor, other: Operand): Tensor {
    return arithmetic.fmod(this, other);
  }
  pow(this: Tensor, exponent: Operand): Tensor {
    return arithmetic.pow(this, exponent);
  }
  maximum(this: Tensor, other: Operand): Tensor {
    return arithmetic.maximum(this, other);
  }
  minimum(this: Tensor, other: Operand): Tensor {
    return arithmetic.minimum(this, other);
  }
  atan2(this: Tensor, other: Operand): Tensor {
    return arithmetic.atan2(this, other);
  }
  lerp(this: Tensor, end: Operand, weight: Operand): Tensor {
    return arithmetic.lerp(this, end, { weight });
  }
  addcmul(this: Tensor, a: Operand, b: Operand, options: { value?: number } = {}): Tensor {
    return arithmetic.addcmul(this, a, { tensor2: b, ...options });
  }
  addcdiv(this: Tensor, a: Operand, b: Operand, options: { value?: number } = {}): Tensor {
    return arithmetic.addcdiv(this, a, { tensor2: b, ...options });
  }

  // Functions of each element.
  neg(this: Tensor): Tensor {
    return unary.neg(this);
  }
  abs(this: Tensor): Tensor {
    return unary.abs(this);
  }
  sign(this: Tensor): Tensor {
    return unary.sign(this);
  }
  exp(this: Tensor): Tensor {
    return unary.exp(this);
  }
  exp2(this: Tensor): Tensor {
    return unary.exp2(this);
  }
  expm1(this: Tensor): Tensor {
    return unary.expm1(this);
  }
  log(this: Tensor): Tensor {
    return unary.log(this);
  }
  log2(this: Tensor): Tensor {
    return unary.log2(this);
  }
  log10(this: Tensor): Tensor {
    return unary.log10(this);
  }
  log1p(this: Tensor): Tensor {
    return unary.log1p(this);
  }
  sqrt(this: Tensor): Tensor {
    return unary.sqrt(this);
  }
  rsqrt(this: Tensor): Tensor {
    return unary.rsqrt(this);
  }
  square(this: Tensor): Tensor {
    return unary.square(this);
  }
  reciprocal(this: Tensor): Tensor {
    return arithmetic.reciprocal(this);
  }
  sin(this: Tensor): Tensor {
    return unary.sin(this);
  }
  cos(this: Tensor): Tensor {
    return unary.cos(this);
  }
  tan(this: Tensor): Tensor {
    return unary.tan(this);
  }
  asin(this: Tensor): Tensor {
    return unary.asin(this);
  }
  acos(this: Tensor): Tensor {
    return unary.acos(this);
  }
  atan(this: Tensor): Tensor {
    return unary.atan(this);
  }
  sinh(this: Tensor): Tensor {
    return unary.sinh(this);
  }
  cosh(this: Tensor): Tensor {
    return unary.cosh(this);
  }
  tanh(this: Tensor): Tensor {
    return unary.tanh(this);
  }
  asinh(this: Tensor): Tensor {
    return unary.asinh(this);
  }
  acosh(this: Tensor): Tensor {
    return unary.acosh(this);
  }
  atanh(this: Tensor): Tensor {
    return unary.atanh(this);
  }
  sigmoid(this: Tensor): Tensor {
    return unary.sigmoid(this);
  }
  relu(this: Tensor): Tensor {
    return unary.relu(this);
  }
  erf(this: Tensor): Tensor {
    return unary.erf(this);
  }
  erfc(this: Tensor): Tensor {
    return unary.erfc(this);
  }
  floor(this: Tensor): Tensor {
    return unary.floor(this);
  }
  ceil(this: Tensor): Tensor {
    return unary.ceil(this);
  }
  round(this: Tensor): Tensor {
    return unary.round(this);
  }
  trunc(this: Tensor): Tensor {
    return unary.trunc(this);
  }
  frac(this: Tensor): Tensor {
    return unary.frac(this);
  }
  clamp(this: Tensor, min?: number | Tensor | null, max?: number | Tensor | null): Tensor {
    return unary.clamp(this, min, max);
  }
  isnan(this: Tensor): Tensor<Shape, 'bool'> {
    return unary.isnan(this);
  }
  isinf(this: Tensor): Tensor<Shape, 'bool'> {
    return unary.isinf(this);
  }
  isfinite(this: Tensor): Tensor<Shape, 'bool'> {
    return unary.isfinite(this);
  }
  nanToNum(this: Tensor, options?: { nan?: number; posinf?: number; neginf?: number }): Tensor {
    return unary.nanToNum(this, options);
  }

  // Comparison and choice.
  eq(this: Tensor, other: Operand): Tensor<Shape, 'bool'> {
    return comparison.eq(this, other);
  }
  ne(this: Tensor, other: Operand): Tensor<Shape, 'bool'> {
    return comparison.ne(this, other);
  }
  lt(this: Tensor, other: Operand): Tensor<Shape, 'bool'> {
    return comparison.lt(this, other);
  }
  le(this: Tensor, other: Operand): Tensor<Shape, 'bool'> {
    return comparison.le(this, other);
  }
  gt(this: Tensor, other: Operand): Tensor<Shape, 'bool'> {
    return comparison.gt(this, other);
  }
  ge(this: Tensor, other: Operand): Tensor<Shape, 'bool'> {
    return comparison.ge(this, other);
  }
  logicalAnd(this: Tensor, other: Operand): Tensor<Shape, 'bool'> {
    return comparison.logicalAnd(this, other);
  }
  logicalOr(this: Tensor, other: Operand): Tensor<Shape, 'bool'> {
    return comparison.logicalOr(this, other);
  }
  logicalXor(this: Tensor, other: Operand): Tensor<Shape, 'bool'> {
    return comparison.logicalXor(this, other);
  }
  logicalNot(this: Tensor): Tensor<Shape, 'bool'> {
    return comparison.logicalNot(this);
  }
  /** This tensor where the condition holds, else `other`. */
  where(this: Tensor, condition: Tensor, other: Operand): Tensor {
    return comparison.where(condition, this, other);
  }
  maskedFill(this: Tensor, mask: Tensor, value: number | Tensor): Tensor {
    return comparison.maskedFill(this, mask, value);
  }
}
