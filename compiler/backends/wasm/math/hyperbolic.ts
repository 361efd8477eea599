import type { MathFunction } from './math-function.js';
import { choose, fma, lanes, polynomial, withSign } from './text.js';

/** (sinh x - x) / x^3 on [0, 1] as a polynomial in x^2: least relative error of sinh x (Remez exchange), 0.4 * 2^-24 before rounding. */
const series = [0.1666671602, 0.008330283743, 0.0002037219274];

/** sinh x = h - 1 / (4 h) with h = e^|x| / 2 from 1 on. At most 4 ulp off. */
const sinh: MathFunction = {
  name: 'sinh',
  needs: ['exp.half'],
  source: `(func $sinh (param $x v128) (result v128) (local $a v128) (local $h v128) (local $z v128)
  (local.set $a (f32x4.abs (local.get $x)))
  (local.set $h (call $exp.half (local.get $a)))
  (local.set $z (f32x4.mul (local.get $a) (local.get $a)))
  ${withSign(
    choose(
      `(f32x4.lt (local.get $a) ${lanes(1)})`,
      fma('(f32x4.mul (local.get $a) (local.get $z))', polynomial('(local.get $z)', series), '(local.get $a)'),
      `(f32x4.sub (local.get $h) (f32x4.div ${lanes(0.25)} (local.get $h)))`,
    ),
    '(local.get $x)',
  )})`,
};

/** cosh x = h + 1 / (4 h) with h = e^|x| / 2. At most 3 ulp off. */
const cosh: MathFunction = {
  name: 'cosh',
  needs: ['exp.half'],
  source: `(func $cosh (param $x v128) (result v128)
  (local.set $x (call $exp.half (f32x4.abs (local.get $x))))
  (f32x4.add (local.get $x) (f32x4.div ${lanes(0.25)} (local.get $x))))`,
};

/** From here on the arguments of the logarithms below are those of ln 2x. */
const great = lanes(2 ** 28);

/** asinh x = ln(1 + a + a^2 / (1 + sqrt(1 + a^2))) with a = |x|, and ln a + ln 2 where a^2 could overflow. At most 4 ulp off. */
const asinh: MathFunction = {
  name: 'asinh',
  needs: ['log1p'],
  source: `(func $asinh (param $x v128) (result v128) (local $a v128) (local $z v128) (local $great v128)
  (local.set $a (f32x4.abs (local.get $x)))
  (local.set $great (f32x4.gt (local.get $a) ${great}))
  (local.set $z (f32x4.mul (local.get $a) (local.get $a)))
  (local.set $z (f32x4.add (local.get $a) (f32x4.div (local.get $z) (f32x4.add (f32x4.sqrt (f32x4.add (local.get $z) ${lanes(1)})) ${lanes(1)}))))
  (local.set $a (f32x4.add
    (call $log1p ${choose('(local.get $great)', '(local.get $a)', '(local.get $z)')})
    (v128.and (local.get $great) ${lanes(Math.LN2)})))
  ${withSign('(local.get $a)', '(local.get $x)')})`,
};

/** acosh x = ln(1 + t + sqrt(t (t + 2))) with t = x - 1, and ln x + ln 2 where the product could overflow; NaN below 1. At most 4 ulp off. */
const acosh: MathFunction = {
  name: 'acosh',
  needs: ['log1p'],
  source: `(func $acosh (param $x v128) (result v128) (local $t v128) (local $great v128)
  (local.set $t (f32x4.sub (local.get $x) ${lanes(1)}))
  (local.set $great (f32x4.gt (local.get $x) ${great}))
  (local.set $t (f32x4.add
    (call $log1p ${choose(
      '(local.get $great)',
      '(local.get $t)',
      `(f32x4.add (local.get $t) (f32x4.sqrt (f32x4.mul (local.get $t) (f32x4.add (local.get $t) ${lanes(2)}))))`,
    )})
    (v128.and (local.get $great) ${lanes(Math.LN2)})))
  ${choose(`(f32x4.ge (local.get $x) ${lanes(1)})`, '(local.get $t)', lanes(NaN))})`,
};

/** atanh x = ln(1 + 2 a / (1 - a)) / 2 with a = |x|; NaN beyond 1. At most 4 ulp off. */
const atanh: MathFunction = {
  name: 'atanh',
  needs: ['log1p'],
  source: `(func $atanh (param $x v128) (result v128) (local $a v128)
  (local.set $a (f32x4.abs (local.get $x)))
  (local.set $a (call $log1p (f32x4.div (f32x4.add (local.get $a) (local.get $a)) (f32x4.sub ${lanes(1)} (local.get $a)))))
  ${withSign(`(f32x4.mul (local.get $a) ${lanes(0.5)})`, '(local.get $x)')})`,
};

export const hyperbolic: readonly MathFunction[] = [sinh, cosh, asinh, acosh, atanh];
