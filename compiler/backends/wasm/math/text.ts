import { floatText } from '../text.js';

/** Four lanes of the float32 number nearest to `value`. */
export function lanes(value: number): string {
  const text = floatText(Math.fround(value));
  return `(v128.const f32x4 ${text} ${text} ${text} ${text})`;
}

/** Four lanes of an i32 number. */
export function intLanes(value: number): string {
  const text = String(value | 0);
  return `(v128.const i32x4 ${text} ${text} ${text} ${text})`;
}

/** Two lanes of a float64 number. */
export function doubleLanes(value: number): string {
  const text = floatText(value);
  return `(v128.const f64x2 ${text} ${text})`;
}

/** a b + c in float32, fused or not. */
export function fma(a: string, b: string, c: string): string {
  return `(f32x4.relaxed_madd ${a} ${b} ${c})`;
}

/** c0 + c1 x + c2 x^2 + ... in float32 by Horner's rule; `x` is read once a coefficient. */
export function polynomial(x: string, coefficients: readonly number[]): string {
  const [last, ...rest] = coefficients.map(lanes).reverse() as [string, ...string[]];
  return rest.reduce((sum, coefficient) => fma(sum, x, coefficient), last);
}

/** The same in float64, never fused. */
export function doublePolynomial(x: string, coefficients: readonly number[]): string {
  const [last, ...rest] = coefficients.map(doubleLanes).reverse() as [string, ...string[]];
  return rest.reduce((sum, coefficient) => `(f64x2.add (f64x2.mul ${sum} ${x}) ${coefficient})`, last);
}

/** Lanes of `yes` where the mask is set, of `no` elsewhere. */
export function choose(mask: string, yes: string, no: string): string {
  return `(v128.bitselect ${yes} ${no} ${mask})`;
}

export const signBits = intLanes(-0x80000000);

/** `value`, which is not negative, with the signs of `sign`. */
export function withSign(value: string, sign: string): string {
  return `(v128.or ${value} (v128.and ${sign} ${signBits}))`;
}

/** Statement: sets the lanes of `result` where `mask` is set to a function of JavaScript's `Math` of the same lane of `argument`. All three are locals. */
export function lanesByMath(name: string, result: string, argument: string, mask: string): string {
  return [0, 1, 2, 3]
    .map(
      (lane) => `(if (i32x4.extract_lane ${lane} (local.get $${mask}))
    (then (local.set $${result} (f32x4.replace_lane ${lane} (local.get $${result})
      (f32.demote_f64 (call $Math.${name} (f64.promote_f32 (f32x4.extract_lane ${lane} (local.get $${argument})))))))))`,
    )
    .join('\n  ');
}
