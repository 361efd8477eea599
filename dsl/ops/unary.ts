/** Functions of one operand, element by element. Integer and boolean tensors become f32 where the function needs floats. */
import { valueError } from '../errors.js';
import { op } from '../op.js';
import { alike, asTensor, cast, filled, isFloatType, type Operand, toFloat } from '../promotion.js';
import { Tensor } from '../tensor.js';
import { div, mul, sub } from './arithmetic.js';
import { eq, where } from './comparison.js';

function float(name: string, x: Tensor): Tensor {
  return op(name, [toFloat(x)]);
}

export function neg(x: Tensor): Tensor {
  return op('neg', [x]);
}

/** The absolute value; its gradient at 0 is 0. */
export function abs(x: Tensor): Tensor {
  return op('abs', [x]);
}

export function sign(x: Tensor): Tensor {
  return x.dtype === 'bool' ? x : op('sign', [x]);
}

export function exp(x: Tensor): Tensor {
  return float('exp', x);
}

export function exp2(x: Tensor): Tensor {
  return exp(mul(toFloat(x), Math.LN2));
}

export function expm1(x: Tensor): Tensor {
  return float('expm1', x);
}

export function log(x: Tensor): Tensor {
  return float('log', x);
}

export function log2(x: Tensor): Tensor {
  return mul(log(x), Math.LOG2E);
}

export function log10(x: Tensor): Tensor {
  return mul(log(x), Math.LOG10E);
}

export function log1p(x: Tensor): Tensor {
  return float('log1p', x);
}

export function sqrt(x: Tensor): Tensor {
  return float('sqrt', x);
}

export function rsqrt(x: Tensor): Tensor {
  const root = sqrt(x);
  return div(filled(1, root.shape, root.dtype), root);
}

export function square(x: Tensor): Tensor {
  const value = x.dtype === 'bool' ? cast(x, 'i32') : x;
  return mul(value, value);
}

export function sin(x: Tensor): Tensor {
  return float('sin', x);
}

export function cos(x: Tensor): Tensor {
  return float('cos', x);
}

export function tan(x: Tensor): Tensor {
  return float('tan', x);
}

export function asin(x: Tensor): Tensor {
  return float('asin', x);
}

export function acos(x: Tensor): Tensor {
  return float('acos', x);
}

export function atan(x: Tensor): Tensor {
  return float('atan', x);
}

export function sinh(x: Tensor): Tensor {
  return float('sinh', x);
}

export function cosh(x: Tensor): Tensor {
  return float('cosh', x);
}

export function tanh(x: Tensor): Tensor {
  return float('tanh', x);
}

export function asinh(x: Tensor): Tensor {
  return float('asinh', x);
}

export function acosh(x: Tensor): Tensor {
  return float('acosh', x);
}

export function atanh(x: Tensor): Tensor {
  return float('atanh', x);
}

export function sigmoid(x: Tensor): Tensor {
  return float('sigmoid', x);
}

export function erf(x: Tensor): Tensor {
  return float('erf', x);
}

/** `1 - erf(x)` */
export function erfc(x: Tensor): Tensor {
  return sub(1, erf(x));
}

export function floor(x: Tensor): Tensor {
  return isFloatType(x.dtype) ? op('floor', [x]) : x;
}

export function ceil(x: Tensor): Tensor {
  return isFloatType(x.dtype) ? op('ceil', [x]) : x;
}

/** The nearest integer; halves go to the even one. */
export function round(x: Tensor): Tensor {
  return isFloatType(x.dtype) ? op('round', [x]) : x;
}

export function trunc(x: Tensor): Tensor {
  return isFloatType(x.dtype) ? op('trunc', [x]) : x;
}

/** `x - trunc(x)` */
export function frac(x: Tensor): Tensor {
  return sub(x, trunc(x));
}

/** `log(x / (1 - x))`, with x clamped to [eps, 1 - eps] if eps is given. Outside [0, 1] it is NaN, and so is its gradient. */
export function logit(x: Tensor, eps?: number): Tensor {
  const value = toFloat(x);
  if (eps !== undefined) {
    const p = clamp(value, eps, 1 - eps);
    return log(div(p, sub(1, p)));
  }
  // The two logarithms apart: their gradients at 0 and 1 are infinite, where that of the quotient would be NaN.
  const inside = op('and', [op('ge', alike([value, 0])), op('le', alike([value, 1]))]);
  return mul(sub(log(value), log1p(neg(value))), where(inside, filled(1, value.shape, value.dtype), Number.NaN));
}

/** `x * log(y)`, and 0 where x is 0 even if the logarithm is not finite (NaN stays NaN). */
export function xlogy(x: Operand, y: Operand): Tensor {
  const [a, b] = alike([toFloat(asTensor(x)), toFloat(asTensor(y))]) as [Tensor, Tensor];
  const zero = eq(a, 0);
  return where(zero, where(isnan(b), b, mul(a, 0)), mul(a, log(where(zero, filled(1, b.shape, b.dtype), b))));
}

/** Elements below `min` become `min`, those above `max` become `max`. At the bounds the gradient passes, beyond it is 0. */
export function clamp(x: Tensor, min?: number | Tensor | null, max?: number | Tensor | null): Tensor {
  if ((min === undefined || min === null) && (max === undefined || max === null)) throw valueError('clamp: there is neither min nor max');
  let result = x;
  if (min instanceof Tensor) result = within('lt', result, min);
  else if (min !== undefined && min !== null) {
    const [value, bound] = alike([result, min]) as [Tensor, Tensor];
    result = op('select', [op('lt', [value, bound]), bound, value]);
  }
  if (max instanceof Tensor) result = within('gt', result, max);
  else if (max !== undefined && max !== null) {
    const [value, bound] = alike([result, max]) as [Tensor, Tensor];
    result = op('select', [op('gt', [value, bound]), bound, value]);
  }
  return result;
}

/** x, and the bound where x is beyond it or the bound is NaN: unlike an extreme's, the gradient of a tie is x's alone. */
function within(beyond: 'lt' | 'gt', x: Tensor, limit: Tensor): Tensor {
  const [value, bound] = alike([x, limit]) as [Tensor, Tensor];
  const outside = op(beyond, [value, bound]);
  return op('select', [isFloatType(bound.dtype) ? op('or', [outside, op('isNan', [bound])]) : outside, bound, value]);
}

/** Whether the sign is negative, that of -0 included. */
export function signbit(x: Tensor): Tensor {
  if (x.dtype === 'bool') return filled(false, x.shape, 'bool');
  if (!isFloatType(x.dtype)) return op('lt', alike([x, 0], x.dtype));
  return op('lt', alike([where(eq(x, 0), div(1, x), x), 0], x.dtype));
}

export function isnan(x: Tensor): Tensor {
  return isFloatType(x.dtype) ? op('isNan', [x]) : filled(false, x.shape, 'bool');
}

export function isinf(x: Tensor): Tensor {
  return isFloatType(x.dtype) ? eq(abs(x), Number.POSITIVE_INFINITY) : filled(false, x.shape, 'bool');
}

export function isfinite(x: Tensor): Tensor {
  return isFloatType(x.dtype) ? op('lt', alike([abs(x), Number.POSITIVE_INFINITY])) : filled(true, x.shape, 'bool');
}

/** NaN becomes `nan`, the infinities the largest and least f32, unless other values are given. The gradient passes through finite elements. */
export function nanToNum(x: Tensor, options: { nan?: number; posinf?: number; neginf?: number } = {}): Tensor {
  if (!isFloatType(x.dtype)) return x;
  const largest = x.dtype === 'f32' ? 3.4028234663852886e38 : Number.MAX_VALUE;
  const finite = where(isnan(x), options.nan ?? 0, x);
  const below = where(eq(x, Number.POSITIVE_INFINITY), options.posinf ?? largest, finite);
  return where(eq(x, Number.NEGATIVE_INFINITY), options.neginf ?? -largest, below);
}

/** `max(x, 0)`; the gradient at 0 is 0 and a NaN stays. */
export function relu(x: Tensor): Tensor {
  const zero = filled(0, x.shape, x.dtype);
  return op('select', [op('le', [x, zero]), zero, x]);
}
