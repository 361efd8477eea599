import type { MathFunction } from './math-function.js';
import { choose, fma, intLanes, lanes, polynomial, signBits } from './text.js';

/*
 * x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt 2): log x = k ln 2 + log(1 + f), log(1 + f) = f - f^2 / 2 + f^3 q(f). q minimises the largest
 * error relative to log(1 + f) (Lawson's reweighted least squares on 4000 Chebyshev nodes), 0.53 * 2^-24 before rounding.
 */
const series = [0.333339107, -0.2500133704, 0.199630638, -0.1657758467, 0.1491476788, -0.1426748697, 0.0870043592];
/** ln 2 in two parts; a whole number below 256 times the first is exact. */
const high = 45426 / 65536;
const low = Math.LN2 - high;

/** log(1 + f) + k ln 2 of the locals `$f` and `$k`, floats. */
const sum = fma(
  '(local.get $k)',
  lanes(high),
  `(f32x4.add (local.get $f)
    ${fma(
      '(f32x4.mul (local.get $f) (local.get $f))',
      fma('(local.get $f)', polynomial('(local.get $f)', series), lanes(-0.5)),
      `(f32x4.mul (local.get $k) ${lanes(low)})`,
    )})`,
);

/** Where not 2^-126 <= x < infinity, as one comparison of the bits. */
const notPositiveNormal = (x: string): string => `(i32x4.gt_s (i32x4.add ${x} ${intLanes(0x7f800000)}) ${intLanes(-0x1000001)})`;

/** ln x, at most 2 ulp off. Where a lane holds no positive normal number, a second function puts the result right. */
export const log: MathFunction = {
  name: 'log',
  needs: ['log.special'],
  source: `(func $log (param $x v128) (result v128) (local $k v128) (local $f v128)
  (local.set $k (i32x4.shr_s (i32x4.sub (local.get $x) ${intLanes(0x3f3504f3)}) (i32.const 23)))
  (local.set $f (f32x4.sub (i32x4.sub (local.get $x) (i32x4.shl (local.get $k) (i32.const 23))) ${lanes(1)}))
  (local.set $k (f32x4.convert_i32x4_s (local.get $k)))
  (local.set $f ${sum})
  (if (v128.any_true ${notPositiveNormal('(local.get $x)')})
    (then (local.set $f (call $log.special (local.get $x) (local.get $f)))))
  (local.get $f))`,
};

/** The logarithms `y` of `x`, with those of subnormal numbers, zeros, negative numbers, infinity and NaN put right. */
export const logSpecial: MathFunction = {
  name: 'log.special',
  source: `(func $log.special (param $x v128) (param $y v128) (result v128) (local $tiny v128)
  (local.set $tiny (i32x4.gt_u ${intLanes(0x800000)} (local.get $x)))
  (if (v128.any_true (local.get $tiny))
    (then
      (local.set $y (v128.bitselect
        (f32x4.sub
          (call $log (v128.bitselect (f32x4.pmax (f32x4.mul (local.get $x) ${lanes(2 ** 23)}) ${lanes(2 ** -126)}) ${lanes(1)} (local.get $tiny)))
          ${lanes(23 * Math.LN2)})
        (local.get $y)
        (local.get $tiny)))))
  (local.set $y (v128.bitselect ${lanes(-Infinity)} (local.get $y) (f32x4.eq (local.get $x) ${lanes(0)})))
  (local.set $y (v128.bitselect (local.get $x) (local.get $y) (f32x4.eq (local.get $x) ${lanes(Infinity)})))
  (v128.bitselect (local.get $y) ${lanes(NaN)} (f32x4.ge (local.get $x) ${lanes(0)})))`,
};

/**
 * ln(1 + x), at most 3 ulp off. Of u = 1 + x, rounded, comes the exponent; what the rounding lost, x - (u - 1), is added to f, so that f is x itself where
 * the exponent is 0.
 */
export const log1p: MathFunction = {
  name: 'log1p',
  needs: ['log1p.special'],
  source: `(func $log1p (param $x v128) (result v128) (local $u v128) (local $k v128) (local $f v128) (local $special v128)
  (local.set $u (f32x4.add (local.get $x) ${lanes(1)}))
  (local.set $special ${notPositiveNormal('(local.get $u)')})
  (local.set $k (i32x4.shr_s (i32x4.sub (local.get $u) ${intLanes(0x3f3504f3)}) (i32.const 23)))
  (local.set $f (f32x4.sub (i32x4.sub (local.get $u) (i32x4.shl (local.get $k) (i32.const 23))) ${lanes(1)}))
  ;; the loss divided by 2^k; from 2^126 on it is zero, and any factor will do that is a number
  (local.set $u (f32x4.sub (local.get $x) (f32x4.sub (local.get $u) ${lanes(1)})))
  (local.set $f (f32x4.add (local.get $f) (f32x4.mul (local.get $u)
    (i32x4.shl (i32x4.sub ${intLanes(127)} (i32x4.min_s (local.get $k) ${intLanes(126)})) (i32.const 23)))))
  (local.set $k (f32x4.convert_i32x4_s (local.get $k)))
  (local.set $f (v128.or ${sum} (v128.and (local.get $x) ${signBits})))
  (if (v128.any_true (local.get $special))
    (then (local.set $f (call $log1p.special (local.get $x) (local.get $f)))))
  (local.get $f))`,
};

/** The logarithms `y` of 1 + `x`, with those from -1 down, of infinity and NaN put right. */
export const log1pSpecial: MathFunction = {
  name: 'log1p.special',
  source: `(func $log1p.special (param $x v128) (param $y v128) (result v128)
  (local.set $y ${choose(`(f32x4.eq (local.get $x) ${lanes(-1)})`, lanes(-Infinity), '(local.get $y)')})
  (local.set $y ${choose(`(f32x4.eq (local.get $x) ${lanes(Infinity)})`, '(local.get $x)', '(local.get $y)')})
  ${choose(`(f32x4.ge (local.get $x) ${lanes(-1)})`, '(local.get $y)', lanes(NaN))})`,
};
