import type { MathFunction } from './math-function.js';
import { choose, fma, lanes, polynomial, withSign } from './text.js';

/** pi / 2 rounded to float32, and what that is too much. */
const half = Math.fround(Math.PI / 2);
const excess = half - Math.PI / 2;

/** pi / 2 - p, where p is small enough to take the excess. */
const complement = (p: string): string => `(f32x4.sub ${lanes(half)} (f32x4.add ${p} ${lanes(excess)}))`;

/** s + s z p(z) */
const odd = (s: string, z: string, series: readonly number[]): string => fma(`(f32x4.mul ${s} ${z})`, polynomial(z, series), s);

/**
 * (asin x - x) / x^3 on [0, 1/2] as a polynomial in x^2: least relative error of asin x (Remez exchange), 0.09 * 2^-24 before rounding. Beyond 1/2,
 * asin x = pi / 2 - 2 asin sqrt((1 - x) / 2).
 */
const arcsineSeries = [0.1666675248, 0.07495297652, 0.04547037618, 0.02417951166, 0.0421663148];

/** Statements that set `$big` where |x| > 1/2, and `$p` to asin |x|, or to half of acos |x| where it is big. */
const arcsine = `(local.set $a (f32x4.abs (local.get $x)))
  (local.set $big (f32x4.gt (local.get $a) ${lanes(0.5)}))
  (local.set $z ${choose('(local.get $big)', `(f32x4.mul (f32x4.sub ${lanes(1)} (local.get $a)) ${lanes(0.5)})`, '(f32x4.mul (local.get $a) (local.get $a))')})
  (local.set $p ${choose('(local.get $big)', '(f32x4.sqrt (local.get $z))', '(local.get $a)')})
  (local.set $p ${odd('(local.get $p)', '(local.get $z)', arcsineSeries)})`;
const arcsineLocals = '(local $a v128) (local $big v128) (local $z v128) (local $p v128)';
const doubled = '(f32x4.add (local.get $p) (local.get $p))';

/** asin x, at most 3 ulp off; NaN beyond 1. */
const asin: MathFunction = {
  name: 'asin',
  source: `(func $asin (param $x v128) (result v128) ${arcsineLocals}
  ${arcsine}
  ${withSign(choose('(local.get $big)', complement(doubled), '(local.get $p)'), '(local.get $x)')})`,
};

/** acos x, at most 3 ulp off; NaN beyond 1. */
const acos: MathFunction = {
  name: 'acos',
  source: `(func $acos (param $x v128) (result v128) ${arcsineLocals}
  ${arcsine}
  ;; of x > 1/2: 2 p, of x < -1/2: pi - 2 p, between: pi / 2 -+ p
  (local.set $a (f32x4.lt (local.get $x) ${lanes(0)}))
  ${choose(
    '(local.get $big)',
    choose('(local.get $a)', `(f32x4.sub ${lanes(2 * half)} (f32x4.add ${doubled} ${lanes(2 * excess)}))`, doubled),
    complement(withSign('(local.get $p)', '(local.get $x)').replace('v128.or', 'v128.xor')),
  )})`,
};

/**
 * (atan t - t) / t^3 on [0, 1] as a polynomial in t^2: least relative error of atan t (Remez exchange), 0.29 * 2^-24 before rounding. Beyond 1,
 * atan t = pi / 2 - atan 1/t.
 */
const arctangentSeries = [
  -0.3333315274, 0.1999377296, -0.1421105642, 0.1066600949, -0.07552225475, 0.04321200164, -0.01636801911, 0.002920715927,
];

/** atan x, at most 3 ulp off. */
const atan: MathFunction = {
  name: 'atan',
  source: `(func $atan (param $x v128) (result v128) (local $a v128) (local $big v128)
  (local.set $a (f32x4.abs (local.get $x)))
  (local.set $big (f32x4.gt (local.get $a) ${lanes(1)}))
  (local.set $a ${choose('(local.get $big)', `(f32x4.div ${lanes(1)} (local.get $a))`, '(local.get $a)')})
  (local.set $a ${odd('(local.get $a)', '(f32x4.mul (local.get $a) (local.get $a))', arctangentSeries)})
  ${withSign(choose('(local.get $big)', complement('(local.get $a)'), '(local.get $a)'), '(local.get $x)')})`,
};

/**
 * The angle of the point (x, y), at most 4 ulp off: the arctangent of the quotient of the smaller by the greater of |x| and |y|, put into its octant. The
 * quotient is 1 where they are equal, infinities too, and 0 where both are zero. The sign of a zero x counts.
 */
const atan2: MathFunction = {
  name: 'atan2',
  source: `(func $atan2 (param $y v128) (param $x v128) (result v128) (local $a v128) (local $b v128) (local $steep v128) (local $t v128)
  (local.set $a (f32x4.abs (local.get $x)))
  (local.set $b (f32x4.abs (local.get $y)))
  (local.set $steep (f32x4.gt (local.get $b) (local.get $a)))
  (local.set $t (f32x4.div ${choose('(local.get $steep)', '(local.get $a)', '(local.get $b)')} ${choose('(local.get $steep)', '(local.get $b)', '(local.get $a)')}))
  (local.set $t ${choose('(f32x4.eq (local.get $a) (local.get $b))', `(v128.and ${lanes(1)} (f32x4.ne (local.get $a) ${lanes(0)}))`, '(local.get $t)')})
  (local.set $t ${odd('(local.get $t)', '(f32x4.mul (local.get $t) (local.get $t))', arctangentSeries)})
  (local.set $t ${choose('(local.get $steep)', complement('(local.get $t)'), '(local.get $t)')})
  (local.set $t ${choose('(i32x4.shr_s (local.get $x) (i32.const 31))', `(f32x4.sub ${lanes(2 * half)} (f32x4.add (local.get $t) ${lanes(2 * excess)}))`, '(local.get $t)')})
  ${withSign('(local.get $t)', '(local.get $y)')})`,
};

export const inverseTrigonometric: readonly MathFunction[] = [asin, acos, atan, atan2];
