import { importOf, type MathFunction } from './math-function.js';
import { highPair, joinPairs, lowPair } from './pairs.js';
import { choose, doubleLanes, fma, intLanes, lanes, lanesByMath, polynomial } from './text.js';

/*
 * n = round(x 2 / pi) and r = x - n pi / 2, |r| <= pi / 4 and a little; the quadrant is in the last two bits of n. r is computed in float64 with
 * pi / 2 in two parts, of which the first has 33 bits: n times it is exact up to |x| = 2^17, and r is right to float32 however near to zero it
 * is. Greater arguments go to JavaScript's `Math`, lane by lane.
 *
 * sin r = r + r^3 s(r^2) and cos r = 1 - r^2 / 2 + r^4 c(r^2): least relative errors up to pi / 4 (Remez exchange), 0.07 and 0.002 times 2^-24 before
 * rounding. sin and cos are at most 2 ulp off, tan 4.
 */
const sineSeries = [-0.1666665454, 0.008332156054, -0.0001951463193];
const cosineSeries = [0.04166664555, -0.001388730987, 0.0000244324128];
const rounding = 1.5 * 2 ** 23;
const high = Math.round((Math.PI / 2) * 2 ** 32) / 2 ** 32;
/** What is left of pi / 2; 6.1e-17 of it are not in `Math.PI`. */
const low = Math.PI / 2 - high + 6.123233995736766e-17;

const restOfPair = (x: string, n: string): string =>
  `(f64x2.sub (f64x2.sub ${x} (f64x2.mul ${n} ${doubleLanes(high)})) (f64x2.mul ${n} ${doubleLanes(low)}))`;

export const trigRest: MathFunction = {
  name: 'trig.rest',
  source: `(func $trig.rest (param $x v128) (param $n v128) (result v128)
  ${joinPairs(restOfPair(lowPair('x'), lowPair('n')), restOfPair(highPair('x'), highPair('n')))})`,
};

/** Statements that set `$t`, with n in its last bits, `$r` and its square `$z` from `$x`. */
const reduce = `(local.set $t ${fma('(local.get $x)', lanes(2 / Math.PI), lanes(rounding))})
  (local.set $r (call $trig.rest (local.get $x) (f32x4.sub (local.get $t) ${lanes(rounding)})))
  (local.set $z (f32x4.mul (local.get $r) (local.get $r)))`;

const sine = fma('(f32x4.mul (local.get $r) (local.get $z))', polynomial('(local.get $z)', sineSeries), '(local.get $r)');
const cosine = fma(
  '(f32x4.mul (local.get $z) (local.get $z))',
  polynomial('(local.get $z)', cosineSeries),
  fma('(local.get $z)', lanes(-0.5), lanes(1)),
);

/** Whether the last bit of n is set. */
const odd = `(i32x4.shr_s (i32x4.shl (local.get $t) (i32.const 31)) (i32.const 31))`;

/** The function of that name from `$y`, its value for arguments that are not too great. */
function withGreatArguments(name: string): string {
  return `;; infinite and NaN, too
  (local.set $t (f32x4.lt (f32x4.abs (local.get $x)) ${lanes(2 ** 17)}))
  (if (i32.eqz (i32x4.all_true (local.get $t)))
    (then
      (local.set $t (v128.not (local.get $t)))
      ${lanesByMath(name, 'y', 'x', 't').replaceAll('\n', '\n    ')}))
  (local.get $y))`;
}

const head = (name: string): string =>
  `(func $${name} (param $x v128) (result v128) (local $t v128) (local $r v128) (local $z v128) (local $y v128)`;

export const sin: MathFunction = {
  name: 'sin',
  needs: ['trig.rest', 'Math.sin'],
  source: `${head('sin')}
  ${reduce}
  (local.set $y (v128.xor
    ${choose(odd, cosine, sine)}
    (i32x4.shl (i32x4.shr_u (local.get $t) (i32.const 1)) (i32.const 31))))
  (local.set $y ${choose(`(f32x4.eq (local.get $x) ${lanes(0)})`, '(local.get $x)', '(local.get $y)')})
  ${withGreatArguments('sin')}`,
};

export const cos: MathFunction = {
  name: 'cos',
  needs: ['trig.rest', 'Math.cos'],
  source: `${head('cos')}
  ${reduce}
  (local.set $y (v128.xor
    ${choose(odd, sine, cosine)}
    (i32x4.shl (i32x4.shr_u (i32x4.add (local.get $t) ${intLanes(1)}) (i32.const 1)) (i32.const 31))))
  ${withGreatArguments('cos')}`,
};

export const tan: MathFunction = {
  name: 'tan',
  needs: ['trig.rest', 'Math.tan'],
  source: `${head('tan')} (local $s v128) (local $c v128)
  ${reduce}
  (local.set $s ${sine})
  (local.set $c ${cosine})
  (local.set $t ${odd})
  ;; tan r, or -1 / tan r
  (local.set $y (v128.xor
    (f32x4.div ${choose('(local.get $t)', '(local.get $c)', '(local.get $s)')} ${choose('(local.get $t)', '(local.get $s)', '(local.get $c)')})
    (i32x4.shl (local.get $t) (i32.const 31))))
  (local.set $y ${choose(`(f32x4.eq (local.get $x) ${lanes(0)})`, '(local.get $x)', '(local.get $y)')})
  ${withGreatArguments('tan')}`,
};

export const trigonometric: readonly MathFunction[] = [sin, cos, tan, trigRest, ...['sin', 'cos', 'tan'].map(importOf)];
