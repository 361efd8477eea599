import type { MathFunction } from './math-function.js';
import { highPair, joinPairs, lowPair } from './pairs.js';
import { choose, doubleLanes, doublePolynomial, lanes, signBits } from './text.js';

/*
 * |x|^y = 2^(y log2 |x|) in float64, rounded to float32 at the end: overflow and subnormal results come out of that rounding.
 *
 * |x| = 2^k m with m in [sqrt(1/2), sqrt 2): log2 m = s l(s^2) with s = (m - 1) / (m + 1), |s| < 0.1716. With t the product and n = round t, 2^t = 2^n e(t - n).
 * l and e minimise their relative errors (Remez exchange): 2.7e-14, which times 150 is 2^-37, and 2.4e-10 = 0.004 * 2^-24.
 */
const logSeries = [2.8853900817778495, 0.9617966941142595, 0.577077942074736, 0.4122092838779623, 0.3199043221052746, 0.28292090595468833];
const powerSeries = [
  1, 0.6931471838172176, 0.24022650920784983, 0.05550400373679254, 0.009618056919281814, 0.0013341952398002478, 0.00015461367631765515,
  1.3359512111949384e-5,
];
const bigLanes = (value: bigint): string => `(v128.const i64x2 ${value} ${value})`;
/** The bits of sqrt(1/2), less an exponent of 2048, so that differences are positive. */
const rootHalf = 0x3fe6a09e667f3bcdn;
const rounding = 1.5 * 2 ** 52;

const powPair: MathFunction = {
  name: 'pow.pair',
  source: `(func $pow.pair (param $x v128) (param $y v128) (result v128) (local $k v128) (local $s v128) (local $t v128)
  (local.set $x (f64x2.abs (local.get $x)))
  ;; k + 1024 from the exponent field, as the low bits of 2^52
  (local.set $k (i64x2.shr_u (i64x2.add (local.get $x) ${bigLanes((1024n << 52n) - rootHalf)}) (i32.const 52)))
  (local.set $t (i64x2.sub (local.get $x) (i64x2.shl (i64x2.sub (local.get $k) ${bigLanes(1024n)}) (i32.const 52))))
  (local.set $k (f64x2.sub (v128.or (local.get $k) ${doubleLanes(2 ** 52)}) ${doubleLanes(2 ** 52 + 1024)}))
  (local.set $s (f64x2.div (f64x2.sub (local.get $t) ${doubleLanes(1)}) (f64x2.add (local.get $t) ${doubleLanes(1)})))
  (local.set $t (f64x2.mul (local.get $s) (local.get $s)))
  (local.set $k (f64x2.add (local.get $k) (f64x2.mul (local.get $s) ${doublePolynomial('(local.get $t)', logSeries)})))
  (local.set $k ${choose(`(f64x2.eq (local.get $x) ${doubleLanes(0)})`, doubleLanes(-Infinity), '(local.get $k)')})
  (local.set $k ${choose(`(f64x2.lt (local.get $x) ${doubleLanes(Infinity)})`, '(local.get $k)', '(local.get $x)')})
  (local.set $t (f64x2.pmax (f64x2.pmin (f64x2.mul (local.get $y) (local.get $k)) ${doubleLanes(200)}) ${doubleLanes(-200)}))
  (local.set $k (f64x2.add (local.get $t) ${doubleLanes(rounding)}))
  (local.set $t (f64x2.sub (local.get $t) (f64x2.sub (local.get $k) ${doubleLanes(rounding)})))
  (f64x2.mul ${doublePolynomial('(local.get $t)', powerSeries)} (i64x2.shl (i64x2.add (local.get $k) ${bigLanes(1023n)}) (i32.const 52))))`,
};

const isOdd = (y: string): string =>
  `(v128.and (f32x4.eq ${y} (f32x4.trunc ${y})) (f32x4.ne (f32x4.mul ${y} ${lanes(0.5)}) (f32x4.trunc (f32x4.mul ${y} ${lanes(0.5)}))))`;

/**
 * x^y as C defines it, at most 1 ulp off: a negative x has powers with whole y only, negative ones where y is odd; anything to the power of 0, 1 to any power and
 * -1 to an infinite one are 1.
 */
const pow: MathFunction = {
  name: 'pow',
  needs: ['pow.pair'],
  source: `(func $pow (param $x v128) (param $y v128) (result v128) (local $p v128)
  (local.set $p ${joinPairs(`(call $pow.pair ${lowPair('x')} ${lowPair('y')})`, `(call $pow.pair ${highPair('x')} ${highPair('y')})`)})
  (local.set $p (v128.xor (local.get $p) (v128.and (v128.and (local.get $x) ${signBits}) ${isOdd('(local.get $y)')})))
  ;; negative, finite, and y is not whole
  (local.set $p ${choose(
    `(v128.and
      (v128.and (f32x4.lt (local.get $x) ${lanes(0)}) (f32x4.gt (local.get $x) ${lanes(-Infinity)}))
      (f32x4.ne (local.get $y) (f32x4.trunc (local.get $y))))`,
    lanes(NaN),
    '(local.get $p)',
  )})
  ${choose(
    `(v128.or
      (v128.or (f32x4.eq (local.get $y) ${lanes(0)}) (f32x4.eq (local.get $x) ${lanes(1)}))
      (v128.and (f32x4.eq (local.get $x) ${lanes(-1)}) (f32x4.eq (f32x4.abs (local.get $y)) ${lanes(Infinity)})))`,
    lanes(1),
    '(local.get $p)',
  )})`,
};

/** Power modulo 2^32 by squaring; a negative exponent leaves 0 unless the base is 1 or -1. */
const intPow: MathFunction = {
  name: 'intPow',
  source: `(func $intPow (param $x v128) (param $y v128) (result v128) (local $p v128) (local $negative v128) (local $one v128)
  (local.set $one (v128.const i32x4 1 1 1 1))
  (local.set $p (local.get $one))
  (local.set $negative (i32x4.shr_s (local.get $y) (i32.const 31)))
  ;; a base of other than 1 and -1 is 0 where the exponent is negative; these two are their own inverses
  (local.set $x (v128.andnot (local.get $x) (v128.and (local.get $negative) (i32x4.ne (i32x4.abs (local.get $x)) (local.get $one)))))
  (local.set $y (i32x4.abs (local.get $y)))
  (loop $bits
    (local.set $p ${choose(
      '(i32x4.eq (v128.and (local.get $y) (local.get $one)) (local.get $one))',
      '(i32x4.mul (local.get $p) (local.get $x))',
      '(local.get $p)',
    )})
    (local.set $x (i32x4.mul (local.get $x) (local.get $x)))
    (br_if $bits (v128.any_true (local.tee $y (i32x4.shr_u (local.get $y) (i32.const 1))))))
  (local.get $p))`,
};

export const powers: readonly MathFunction[] = [pow, powPair, intPow];
