/** Functions of each element that are made of others. https://pytorch.org/docs/stable/special.html */
import { op } from '../op.js';
import { alike, filled, type Operand, toFloat } from '../promotion.js';
import type { Tensor } from '../tensor.js';
import { add, div, maximum, mul, sub } from './arithmetic.js';
import { eq, gt, le, logicalAnd, logicalOr, lt, where } from './comparison.js';
import { all } from './reduction.js';
import { abs, exp, exp2, isfinite, isnan, log, log1p, log2, neg, sign, signbit, sin, sqrt } from './unary.js';

/** The larger of two numbers where both are infinite and equal: their difference is NaN. */
function withoutInfinities(a: Tensor, b: Tensor): { larger: Tensor; distance: Tensor } {
  const same = eq(a, b);
  return { larger: maximum(a, b), distance: where(same, 0, abs(sub(a, b))) };
}

/** `log(exp(a) + exp(b))` without overflow. */
export function logaddexp(a: Tensor, b: Tensor): Tensor {
  const [x, y] = alike([toFloat(a), toFloat(b)]) as [Tensor, Tensor];
  const { larger, distance } = withoutInfinities(x, y);
  return add(larger, log1p(exp(neg(distance))));
}

/** `log2(2^a + 2^b)` without overflow. */
export function logaddexp2(a: Tensor, b: Tensor): Tensor {
  const [x, y] = alike([toFloat(a), toFloat(b)]) as [Tensor, Tensor];
  const { larger, distance } = withoutInfinities(x, y);
  return add(larger, log2(add(exp2(neg(distance)), 1)));
}

/** 0 below 0, `values` at 0, 1 above. */
export function heaviside(x: Tensor, values: Tensor): Tensor {
  return where(eq(x, 0), values, where(gt(x, 0), 1, 0));
}

/** `sin(pi x) / (pi x)`, and 1 at 0: near it by the series, as terms of the quotient's gradient cancel there. */
export function sinc(x: Tensor): Tensor {
  const angle = mul(toFloat(x), Math.PI);
  const small = lt(abs(angle), 0.3);
  const square = mul(where(small, angle, 0), where(small, angle, 0));
  const series = polynomial(square, [-1 / 5040, 1 / 120, -1 / 6, 1]);
  const safe = where(small, 1, angle);
  return where(small, series, div(sin(safe), safe));
}

export function deg2rad(x: Tensor): Tensor {
  return mul(toFloat(x), Math.PI / 180);
}

export function rad2deg(x: Tensor): Tensor {
  return mul(toFloat(x), 180 / Math.PI);
}

/** The sign of each element; for real numbers the same as `sign`. */
export function sgn(x: Tensor): Tensor {
  return sign(x);
}

/** The magnitude of x with the sign of `other`. */
export function copysign(x: Tensor, other: Operand): Tensor {
  const [value, signs] = alike([toFloat(x), other]) as [Tensor, Tensor];
  const magnitude = abs(value);
  return where(signbit(signs), neg(magnitude), magnitude);
}

/** Whether `|a - b| <= atol + rtol |b|`; infinities of one sign are close, NaN only with `equalNan`. */
export function isclose(a: Tensor, b: Tensor, options: { rtol?: number; atol?: number; equalNan?: boolean } = {}): Tensor {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  if (a.dtype === 'bool' && b.dtype === 'bool') return eq(a, b);
  const near = le(abs(sub(a, b)), add(mul(abs(b), rtol), atol));
  const close = logicalOr(eq(a, b), logicalAnd(near, isfinite(b)));
  return equalNan ? logicalOr(close, logicalAnd(isnan(a), isnan(b))) : close;
}

/** Whether all elements are close, as a scalar tensor of bool: `.item()` reads it in eager use. */
export function allclose(a: Tensor, b: Tensor, options: { rtol?: number; atol?: number; equalNan?: boolean } = {}): Tensor {
  return all(isclose(a, b, options));
}

export function isposinf(x: Tensor): Tensor {
  return eq(x, Number.POSITIVE_INFINITY);
}

export function isneginf(x: Tensor): Tensor {
  return eq(x, Number.NEGATIVE_INFINITY);
}

/** The number whose erf is u, to single precision (Giles 2010, Approximating the erfinv function); infinite at -1 and 1. */
export function erfinv(u: Tensor): Tensor {
  const value = toFloat(u);
  const limit = op('ge', alike([abs(value), 1]));
  const inside = where(limit, 0, value);
  const w = neg(log(mul(sub(1, inside), add(inside, 1))));
  const central = sub(w, 2.5);
  const outer = sub(sqrt(where(lt(w, 5), 5, w)), 3);
  const near = polynomial(
    central,
    [2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3, 0.246640727, 1.50140941],
  );
  const far = polynomial(
    outer,
    [-2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3, 9.43887047e-3, 1.00167406, 2.83297682],
  );
  const result = mul(inside, where(lt(w, 5), near, far));
  // At -1 and 1 a quotient by 0, whose gradient is infinite there and nothing elsewhere.
  const infinite = div(value, where(limit, 0, filled(1, value.shape, value.dtype)));
  return where(limit, where(eq(abs(value), 1), infinite, Number.NaN), result);
}

function polynomial(x: Tensor, coefficients: readonly number[]): Tensor {
  let value: Operand = coefficients[0]!;
  for (const coefficient of coefficients.slice(1)) value = add(mul(x, value), coefficient);
  return value as Tensor;
}

/** Elements below `min` become `min`. */
export function clampMin(x: Tensor, min: number | Tensor): Tensor {
  return x.clamp(min);
}

/** Elements above `max` become `max`. */
export function clampMax(x: Tensor, max: number | Tensor): Tensor {
  return x.clamp(undefined, max);
}
