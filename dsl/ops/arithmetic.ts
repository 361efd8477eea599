/** Arithmetic on two operands, element by element; shapes broadcast and dtypes promote as in PyTorch. */
import { dtypeError, valueError } from '../errors.js';
import { isKnown, op } from '../op.js';
import { alike, asTensor, filled, isFloatType, type Operand, resultType, toFloat } from '../promotion.js';
import { type DType, Tensor } from '../tensor.js';

function binary(name: string, a: Operand, b: Operand): Tensor {
  const dtype = resultType([a, b]);
  if (dtype === 'bool')
    throw dtypeError(`${name} is not defined for two booleans`, 'use logicalAnd, logicalOr or logicalXor, or cast with to()');
  return op(name, alike([a, b], dtype));
}

/** `bool` counts as i32 only where PyTorch lets it: a sum of booleans is a logical or. */
export function add(a: Operand, b: Operand, options: { alpha?: number } = {}): Tensor {
  const right = options.alpha === undefined || options.alpha === 1 ? b : mul(b, options.alpha);
  if (resultType([a, right]) === 'bool') return op('or', alike([a, right]));
  return binary('add', a, right);
}

/** `a - alpha b`. Booleans have no difference, with numbers neither. */
export function sub(a: Operand, b: Operand, options: { alpha?: number } = {}): Tensor {
  if ((a instanceof Tensor && a.dtype === 'bool') || (b instanceof Tensor && b.dtype === 'bool')) {
    throw dtypeError(
      'sub is not defined for booleans',
      'logicalNot turns a mask around, logicalXor tells where two differ; or cast with to()',
    );
  }
  return binary('sub', a, options.alpha === undefined || options.alpha === 1 ? b : mul(b, options.alpha));
}

export function mul(a: Operand, b: Operand): Tensor {
  if (resultType([a, b]) === 'bool') return op('and', alike([a, b]));
  return binary('mul', a, b);
}

function floatType(operands: readonly Operand[]): DType {
  const dtype = resultType(operands);
  return isFloatType(dtype) ? dtype : 'f32';
}

/** True division gives floats; `floor` and `trunc` round the quotient and keep integers. */
export function div(a: Operand, b: Operand, options: { roundingMode?: 'floor' | 'trunc' } = {}): Tensor {
  if (options.roundingMode === 'floor') return floorDivide(a, b);
  const quotient = op('div', alike([a, b], floatType([a, b])));
  if (options.roundingMode === undefined) return quotient;
  if (options.roundingMode !== 'trunc') throw valueError(`roundingMode is 'floor' or 'trunc', not '${String(options.roundingMode)}'`);
  const dtype = resultType([a, b]);
  if (isFloatType(dtype)) return op('trunc', [quotient]);
  // Integers stay exact: a - fmod(a, b) is a multiple of b.
  const [x, y] = alike([a, b], dtype) as [Tensor, Tensor];
  return op('floorDivide', [op('sub', [x, op('fmod', [x, y])]), y]);
}

/** Integers have no quotient by the number 0. */
function checkDivisor(name: string, a: Operand, b: Operand): void {
  if (b === 0 && !isFloatType(resultType([a, b]))) throw valueError(`${name}: integers cannot be divided by 0`);
}

/** The quotient rounded towards minus infinity. */
export function floorDivide(a: Operand, b: Operand): Tensor {
  checkDivisor('floorDivide', a, b);
  return binary('floorDivide', a, b);
}

/** The remainder with the sign of the divisor, as Python's `%`. */
export function remainder(a: Operand, b: Operand): Tensor {
  checkDivisor('remainder', a, b);
  return binary('remainder', a, b);
}

/** The remainder with the sign of the dividend, as C's `fmod`. */
export function fmod(a: Operand, b: Operand): Tensor {
  checkDivisor('fmod', a, b);
  return binary('fmod', a, b);
}

/** The larger element; a NaN wins; the gradient of equal elements is shared by halves. */
export function maximum(a: Operand, b: Operand): Tensor {
  if (resultType([a, b]) === 'bool') return op('or', alike([a, b]));
  return binary('maximum', a, b);
}

/** The smaller element; a NaN wins; the gradient of equal elements is shared by halves. */
export function minimum(a: Operand, b: Operand): Tensor {
  if (resultType([a, b]) === 'bool') return op('and', alike([a, b]));
  return binary('minimum', a, b);
}

export function atan2(a: Operand, b: Operand): Tensor {
  return op('atan2', alike([a, b], floatType([a, b])));
}

/**
 * `base` to the power of `exponent`. Common constant exponents become products and roots, which keeps negative bases
 * exact. Throws for integers with a negative constant exponent, as PyTorch does.
 */
export function pow(base: Operand, exponent: Operand): Tensor {
  if (base instanceof Tensor && typeof exponent === 'number' && isKnown(exponent)) {
    if (!isFloatType(base.dtype) && Number.isInteger(exponent) && exponent < 0) {
      throw valueError(`an integer tensor cannot be raised to the negative power ${exponent}`, "cast it first: x.to('f32')");
    }
    if (exponent === 1 && base.dtype !== 'bool') return base;
    if (base.dtype === 'bool') return pow(op('cast', [base], { dtype: 'i32' }), exponent);
    if (exponent === 2) return mul(base, base);
    if (exponent === 3) return mul(mul(base, base), base);
    if (exponent === 0.5) return op('sqrt', [toFloat(base)]);
    if (exponent === -1) return reciprocal(base);
    if (exponent === -0.5) return reciprocal(op('sqrt', [toFloat(base)]));
  }
  return binary('pow', base, exponent);
}

export function reciprocal(x: Tensor): Tensor {
  const value = toFloat(x);
  return op('div', [filled(1, value.shape, value.dtype), value]);
}

/** `sqrt(a^2 + b^2)` without overflow; infinite where either is, even next to NaN. */
export function hypot(a: Operand, b: Operand): Tensor {
  const [x, y] = alike([toFloat(asTensor(a)), toFloat(asTensor(b))]) as [Tensor, Tensor];
  const infinity = filled(Number.POSITIVE_INFINITY, x.shape, x.dtype);
  const one = filled(1, x.shape, x.dtype);
  const largest = op('stopGradient', [op('maximum', [op('abs', [x]), op('abs', [y])])]);
  const plain = op('or', [op('eq', [largest, filled(0, x.shape, x.dtype)]), op('eq', [largest, infinity])]);
  const scale = op('select', [plain, one, largest]);
  const p = div(x, scale);
  const q = div(y, scale);
  const infinite = op('or', [op('eq', [op('abs', [x]), infinity]), op('eq', [op('abs', [y]), infinity])]);
  return op('select', [infinite, infinity, mul(op('sqrt', [add(mul(p, p), mul(q, q))]), scale)]);
}

/** `input + value * a * b` */
export function addcmul(input: Operand, a: Operand, options: { tensor2: Operand; value?: number }): Tensor {
  return add(input, mul(mul(a, options.tensor2), options.value ?? 1));
}

/** `input + value * a / b` */
export function addcdiv(input: Operand, a: Operand, options: { tensor2: Operand; value?: number }): Tensor {
  return add(input, mul(div(a, options.tensor2), options.value ?? 1));
}

/** `start + weight * (end - start)` */
export function lerp(start: Tensor, end: Operand, options: { weight: Operand }): Tensor {
  return add(start, mul(sub(end, start), options.weight));
}
