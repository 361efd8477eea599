import type { MathFunction } from './math-function.js';
import { fma, lanes, polynomial } from './text.js';

/**
 * A function that goes from -1 to 1, by y = 2 t / (1 + t^2), where errors of t vanish as y nears 1 and y never is beyond 1 (t^2 is rounded
 * to nothing that would take 1 + t^2 below 2 t; t^2 is rounded before it is added in either variant, so that the bound gives 1). 2 t = (x + x z p(z)) / q(z) with z = x^2, for an x clamped to [-bound, bound], beyond
 * which the result is 1 in float32. p and q minimise the largest error relative to y (Remez exchange on p - q f, weighted by 1 / q of the turn before),
 * and 1 / q(0) is the slope at zero, also of subnormal numbers.
 */
function byHalves(name: string, bound: number, p: readonly number[], q: readonly number[]): MathFunction {
  return {
    name,
    source: `(func $${name} (param $x v128) (result v128) (local $z v128)
  (local.set $x (f32x4.pmax (f32x4.pmin (local.get $x) ${lanes(bound)}) ${lanes(-bound)}))
  (local.set $z (f32x4.mul (local.get $x) (local.get $x)))
  (local.set $x (f32x4.div
    ${fma('(f32x4.mul (local.get $x) (local.get $z))', polynomial('(local.get $z)', p), '(local.get $x)')}
    ${polynomial('(local.get $z)', q)}))
  (f32x4.div (local.get $x) (f32x4.add (f32x4.mul (f32x4.mul (local.get $x) ${lanes(0.25)}) (local.get $x)) ${lanes(1)})))`,
  };
}

/** tanh x, of which t is the hyperbolic tangent of x / 2. Before rounding 0.13 * 2^-24 off, at most 4 ulp in all. */
export const tanh = byHalves(
  'tanh',
  9.03,
  [0.119105985622205 / 4, 0.00182899858630351 / 16],
  [1, 0.452439180989729 / 4, 0.0193093053189524 / 16, 0.0000787355613032578 / 64],
);

/** erf x. Before rounding 0.58 * 2^-24 off, at most 4 ulp in all. */
export const erf = byHalves(
  'erf',
  3.94,
  [0.2635610312478305, 0.0286086547611236, 0.0022517519182055],
  [0.886226894964671, 0.2468901283207766, 0.0429423324990313, 0.005360667004049, 0.0000876708713063781],
);
