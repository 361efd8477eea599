import type { MathFunction } from './math-function.js';
import { fma, lanes, polynomial } from './text.js';

/*
 * With n = round(x / ln 2) and r = x - n ln 2, |r| <= ln 2 / 2, e^x = e^r 2^k 2^(n - k) with k = floor(n / 2): two exact factors, so that results
 * overflow and become subnormal with one rounding. Adding 1.5 * 2^23 rounds to the nearest integer; with twice 127 more, the low bits of
 * the sum are n + 254, and half of them k + 127, the exponent field of 2^k, which a shift moves to its place.
 *
 * e^r = 1 + r p(r): p minimises the largest relative error on [-ln 2 / 2, ln 2 / 2] (Lawson's reweighted least squares on 4000 Chebyshev nodes),
 * 1.54 * 2^-24 before its coefficients are rounded to float32.
 */
const series = [1, 0.999999706311, 0.499991478364, 0.166676381309, 0.0418981602524, 0.00829027214627];
const rounding = 1.5 * 2 ** 23;
/** ln 2 in two parts; a whole number below 256 times the first is exact. */
const high = 45426 / 65536;
const low = Math.LN2 - high;

const [x, t, n, r, s] = [...'xtnrs'].map((name) => `(local.get $${name})`) as [string, string, string, string, string];
const locals = [...'tnrs'].map((name) => `(local $${name} v128)`).join(' ');

/** Statements that set `$t`, whose low bits are n + `more` (of -x if `sign` is -1), and `$r`, the rest of x. */
const reduce = (sign: 1 | -1, more: number): string => `(local.set $t ${fma(x, lanes(sign / Math.LN2), lanes(rounding + more))})
  (local.set $n (f32x4.sub ${t} ${lanes(rounding + more)}))
  (local.set $r ${fma(n, lanes(-sign * low), fma(n, lanes(-sign * high), x))})`;

const least = lanes(-104.5);
const exponent = `(i32x4.shl ${t} (i32.const 23))`;
const half = `(i32x4.shl (i32x4.shr_u ${t} (i32.const 1)) (i32.const 23))`;

/**
 * e^x, at most 3 ulp off. A clamped argument gives infinity or zero as the whole range beyond does; `pmin` and `pmax` keep NaN in their first
 * operand.
 */
export const exp = scaledExp('exp', 0);

/** e^x / 2, which overflows later: for the hyperbolic functions. */
export const halfExp = scaledExp('exp.half', -1);

function scaledExp(name: string, by: number): MathFunction {
  return {
    name,
    source: `(func $${name} (param $x v128) (result v128) ${locals}
  (local.set $x (f32x4.pmax (f32x4.pmin ${x} ${lanes(90)}) ${least}))
  ${reduce(1, 254 + by)}
  (local.set $s ${half})
  (f32x4.mul (f32x4.mul ${polynomial(r, series)} ${s}) (i32x4.sub ${exponent} ${s})))`,
  };
}

/** e^x of an x that is not above 0, or NaN: at most 3 ulp off. The exponent is 64 too great until the end. */
export const expNegative: MathFunction = {
  name: 'exp.negative',
  source: `(func $exp.negative (param $x v128) (result v128) ${locals.replace(' (local $s v128)', '')}
  (local.set $x (f32x4.pmax ${x} ${least}))
  ${reduce(1, 127 + 64)}
  (f32x4.mul (f32x4.mul ${polynomial(r, series)} ${exponent}) ${lanes(2 ** -64)}))`,
};

/**
 * 1 / (1 + e^-x) = 2^-k / (2^-k + e^-r 2^(n - k)) with n, k and r of -x as above: nothing overflows, and the quotient is rounded once where it is
 * subnormal. At most 4 ulp off.
 */
export const sigmoid: MathFunction = {
  name: 'sigmoid',
  source: `(func $sigmoid (param $x v128) (result v128) ${locals}
  (local.set $x (f32x4.pmax (f32x4.pmin ${x} ${lanes(89)}) ${least}))
  ${reduce(-1, 254)}
  (local.set $s ${half})
  (local.set $n (i32x4.sub (v128.const i32x4 0x7f000000 0x7f000000 0x7f000000 0x7f000000) ${s}))
  ;; the rest is that of x, so that odd powers change their sign
  (f32x4.div ${n}
    ${fma(
      polynomial(
        r,
        series.map((c, i) => (i % 2 === 1 ? -c : c)),
      ),
      `(i32x4.sub ${exponent} ${s})`,
      n,
    )}))`,
};
