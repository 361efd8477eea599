/** Scalar functions that JavaScript lacks or defines otherwise than C and PyTorch do. */

export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/**
 * erf(x) = 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (2n+1)!!  (Abramowitz and Stegun 7.1.6): all terms have one sign, so the
 * sum is accurate to a few units in the last place. Beyond 6 the result is 1 in float64.
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export const asinh = Math.asinh;
export const acosh = Math.acosh;
export const atanh = Math.atanh;

/** Nearest integer, halves to the even one (C's nearbyint); the sign of zero is the argument's. */
export function roundHalfToEven(x: number): number {
  const low = Math.floor(x);
  const fraction = x - low;
  const rounded = fraction < 0.5 || (fraction === 0.5 && low % 2 === 0) ? low : low + 1;
  if (!Number.isFinite(x)) return x;
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded;
}

/** C's pow: 1 to any power and (-1) to an infinite one are 1, where JavaScript has NaN. */
export function floatPow(x: number, y: number): number {
  if (x === 1 || (x === -1 && (y === Infinity || y === -Infinity))) return 1;
  return x ** y;
}

/** Integer power modulo 2^32; a negative exponent gives 0 unless the base is 1 or -1 (PyTorch). A base of 0 gives 0. */
export function intPow(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  let base = x;
  for (let exponent = y; exponent > 0; exponent = Math.floor(exponent / 2)) {
    if (exponent % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}

/** x - y floor(x / y), exact, with the sign of y (Python's %). */
export function floatRemainder(x: number, y: number): number {
  const remainder = x % y;
  return remainder !== 0 && y < 0 !== remainder < 0 ? remainder + y : remainder;
}

/** floor(x / y), consistent with `floatRemainder` (Python's //; div_floor_floating of PyTorch). */
export function floatFloorDivide(x: number, y: number): number {
  if (y === 0) return x / y;
  const remainder = x % y;
  let quotient = (x - remainder) / y;
  if (remainder !== 0 && y < 0 !== remainder < 0) quotient -= 1;
  if (quotient === 0) return x / y < 0 || Object.is(x / y, -0) ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}
