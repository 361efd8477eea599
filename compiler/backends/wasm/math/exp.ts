import type { MathFunction } from './math-function.js';
import { fma, lanes, polynomial } from './text.js';

/*
 * With n = round(x / (2 ln 2)) and r = x - n 2 ln 2, |r| <= ln 2, e^x = e^r 2^n 2^n: two exact factors, so that results overflow and become
 * subnormal with one rounding. Adding 1.5 * 2^23 rounds to the nearest integer; with 127 more, the low bits of the sum are the
 * exponent field of 2^n, which a shift moves to its place.
 *
 * e^r = 1 + r + r^2 p(r): p minimises the largest relative error on [-ln 2, ln 2] (Remez exchange), 0.56 * 2^-24 before its coefficients
 * are rounded to float32.
 */
const rounding = 1.5 * 2 ** 23 + 127;
const series = [1, 1, 0.500000530766, 0.166666725526, 0.0416597177808, 0.00833256262161, 0.00141304596811, 0.000201093132629];
/** 2 ln 2 in two parts; a whole number below 128 times the first is exact. */
const high = 90852 / 65536;
const low = 2 * Math.LN2 - high;

/**
 * e^x, at most 3 ulp off. A clamped argument gives infinity or zero as the whole range beyond does; `pmin` and `pmax` keep NaN in their first
 * operand.
 */
export const exp = scaledExp('exp', '(local.get $s)');

/** e^x / 2, which overflows later: for the hyperbolic functions. */
export const halfExp = scaledExp('exp.half', `(f32x4.mul (local.get $s) ${lanes(0.5)})`);

function scaledExp(name: string, factor: string): MathFunction {
  return {
    name,
    source: `(func $${name} (param $x v128) (result v128) (local $t v128) (local $n v128) (local $r v128) (local $s v128)
  (local.set $x (f32x4.pmax (f32x4.pmin (local.get $x) ${lanes(90)}) ${lanes(-104.5)}))
  (local.set $t ${fma('(local.get $x)', lanes(0.5 / Math.LN2), lanes(rounding))})
  (local.set $n (f32x4.sub (local.get $t) ${lanes(rounding)}))
  (local.set $r ${fma('(local.get $n)', lanes(-low), fma('(local.get $n)', lanes(-high), '(local.get $x)'))})
  (local.set $s (i32x4.shl (local.get $t) (i32.const 23)))
  (f32x4.mul (f32x4.mul ${polynomial('(local.get $r)', series)} (local.get $s)) ${factor}))`,
  };
}

/**
 * 1 / (1 + e^-x) = 2^-n / (2^-n + e^-r 2^n) with n and r of -x as above: nothing overflows, and the quotient is rounded once where it is
 * subnormal. At most 4 ulp off.
 */
export const sigmoid: MathFunction = {
  name: 'sigmoid',
  source: `(func $sigmoid (param $x v128) (result v128) (local $t v128) (local $n v128) (local $r v128) (local $s v128)
  (local.set $x (f32x4.pmax (f32x4.pmin (local.get $x) ${lanes(89)}) ${lanes(-104.5)}))
  (local.set $t ${fma('(local.get $x)', lanes(-0.5 / Math.LN2), lanes(rounding))})
  (local.set $n (f32x4.sub (local.get $t) ${lanes(rounding)}))
  ;; the rest is that of x, so that odd powers change their sign
  (local.set $r ${fma('(local.get $n)', lanes(low), fma('(local.get $n)', lanes(high), '(local.get $x)'))})
  (local.set $s (i32x4.shl (local.get $t) (i32.const 23)))
  (local.set $t (i32x4.sub (v128.const i32x4 0x7f000000 0x7f000000 0x7f000000 0x7f000000) (local.get $s)))
  (f32x4.div (local.get $t)
    ${fma(
      polynomial(
        '(local.get $r)',
        series.map((c, i) => (i % 2 === 1 ? -c : c)),
      ),
      '(local.get $s)',
      '(local.get $t)',
    )}))`,
};
