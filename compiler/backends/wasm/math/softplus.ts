import type { MathFunction } from './math-function.js';
import { fma, lanes, polynomial } from './text.js';

/** (2 artanh(w / 2) - w) / w^3 for w up to 2 / 3, as a polynomial in w^2: least relative error of the sum (Lawson's method), 0.08 * 2^-24 before rounding. */
const series = [0.0833330203563, 0.0125067272755, 0.00218764097623, 0.000547109199349];

/**
 * ln(1 + e^x) of x and u = e^-|x|: max(x, 0) + ln(1 + u), ln(1 + u) = 2 artanh(u / (2 + u)) = 2 artanh(w / 2) for w = u / (1 + u / 2). All that is
 * added is positive. At most 4 ulp off.
 */
export const softplus: MathFunction = {
  name: 'softplus',
  source: `(func $softplus (param $x v128) (param $w v128) (result v128) (local $z v128)
  (local.set $w (f32x4.div (local.get $w) ${fma('(local.get $w)', lanes(0.5), lanes(1))}))
  (local.set $z (f32x4.mul (local.get $w) (local.get $w)))
  (f32x4.add
    (f32x4.pmax (local.get $x) ${lanes(0)})
    ${fma('(f32x4.mul (local.get $w) (local.get $z))', polynomial('(local.get $z)', series), '(local.get $w)')}))`,
};
