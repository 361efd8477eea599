import type { MathFunction } from './math-function.js';
import { choose, fma, lanes, polynomial } from './text.js';

/** (e^r - 1 - r) / r^2 on [-ln 2 / 2, ln 2 / 2]: least relative error of e^r - 1 (Remez exchange), 0.23 * 2^-24 before rounding. */
const series = [0.4999999812, 0.1666654219, 0.04166720623, 0.008366713196, 0.001388247289];
/** The low bits of the sum are the exponent field of 2^(n - 1). */
const rounding = 1.5 * 2 ** 23 + 126;
/** ln 2 in two parts; a whole number below 256 times the first is exact. */
const high = 45426 / 65536;
const low = Math.LN2 - high;

/**
 * e^x - 1 = 2 (2^(n-1) (e^r - 1) + 2^(n-1) - 1/2) with n = round(x / ln 2) and r = x - n ln 2: for n = 0 it is e^r - 1 alone. At most 3 ulp off;
 * x itself below 2^-25, subnormal numbers and -0 among them.
 */
export const expm1: MathFunction = {
  name: 'expm1',
  source: `(func $expm1 (param $x v128) (result v128) (local $t v128) (local $n v128) (local $r v128) (local $s v128)
  (local.set $r (f32x4.pmax (f32x4.pmin (local.get $x) ${lanes(89)}) ${lanes(-20)}))
  (local.set $t ${fma('(local.get $r)', lanes(1 / Math.LN2), lanes(rounding))})
  (local.set $n (f32x4.sub (local.get $t) ${lanes(rounding)}))
  (local.set $r ${fma('(local.get $n)', lanes(-low), fma('(local.get $n)', lanes(-high), '(local.get $r)'))})
  (local.set $s (i32x4.shl (local.get $t) (i32.const 23)))
  (local.set $r ${fma('(f32x4.mul (local.get $r) (local.get $r))', polynomial('(local.get $r)', series), '(local.get $r)')})
  (local.set $r ${fma('(local.get $r)', '(local.get $s)', `(f32x4.sub (local.get $s) ${lanes(0.5)})`)})
  ${choose(`(f32x4.lt (f32x4.abs (local.get $x)) ${lanes(2 ** -25)})`, '(local.get $x)', '(f32x4.add (local.get $r) (local.get $r))')})`,
};
