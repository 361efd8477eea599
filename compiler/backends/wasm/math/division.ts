import type { MathFunction } from './math-function.js';
import { highIntPair, highPair, joinPairs, lowIntPair, lowPair, lowWords } from './pairs.js';
import { choose, doubleLanes, intLanes, lanes } from './text.js';

/*
 * The rest of |x| by |y| is exact in float64: q y is taken away, q being the quotient cut to its first 29 bits, whose product with the 24 bits of y is a float64, and
 * again until the rest is less than y. Nearly always once; ten times for the greatest quotient. A quotient that was rounded up leaves a
 * negative rest, which the next turn or the end puts right.
 */
const fmodPair: MathFunction = {
  name: 'fmod.pair',
  source: `(func $fmod.pair (param $x v128) (param $y v128) (result v128) (local $r v128)
  (local.set $r (f64x2.abs (local.get $x)))
  ;; an infinite one would make NaN of its product with 0
  (local.set $y (f64x2.pmin (f64x2.abs (local.get $y)) ${doubleLanes(2 ** 200)}))
  (loop $again
    (local.set $r (f64x2.sub (local.get $r) (f64x2.mul
      (f64x2.trunc (v128.and (f64x2.div (local.get $r) (local.get $y)) (v128.const i64x2 0xffffffffff000000 0xffffffffff000000)))
      (local.get $y))))
    (br_if $again (v128.any_true (f64x2.ge (f64x2.abs (local.get $r)) (local.get $y)))))
  (local.set $r ${choose(`(f64x2.lt (local.get $r) ${doubleLanes(0)})`, '(f64x2.add (local.get $r) (local.get $y))', '(local.get $r)')})
  (v128.or (local.get $r) (v128.and (local.get $x) (v128.const i64x2 0x8000000000000000 0x8000000000000000))))`,
};

const pairwise = (name: string): string =>
  joinPairs(`(call $${name}.pair ${lowPair('x')} ${lowPair('y')})`, `(call $${name}.pair ${highPair('x')} ${highPair('y')})`);

/** x - y trunc(x / y), exact, with the sign of x. */
const fmod: MathFunction = {
  name: 'fmod',
  needs: ['fmod.pair'],
  source: `(func $fmod (param $x v128) (param $y v128) (result v128)
  ${pairwise('fmod')})`,
};

const otherSign = (shape: string, zero: string): string => `(v128.and
    (${shape}.ne (local.get $r) ${zero})
    (v128.xor (${shape}.lt (local.get $r) ${zero}) (${shape}.lt (local.get $y) ${zero})))`;

/** x - y floor(x / y), with the sign of y. */
const remainder: MathFunction = {
  name: 'remainder',
  needs: ['fmod'],
  source: `(func $remainder (param $x v128) (param $y v128) (result v128) (local $r v128)
  (local.set $r (call $fmod (local.get $x) (local.get $y)))
  ${choose(otherSign('f32x4', lanes(0)), '(f32x4.add (local.get $r) (local.get $y))', '(local.get $r)')})`,
};

const floorDividePair: MathFunction = {
  name: 'floorDivide.pair',
  needs: ['fmod.pair'],
  source: `(func $floorDivide.pair (param $x v128) (param $y v128) (result v128) (local $r v128) (local $q v128) (local $whole v128)
  (local.set $r (call $fmod.pair (local.get $x) (local.get $y)))
  (local.set $q (f64x2.sub
    (f64x2.div (f64x2.sub (local.get $x) (local.get $r)) (local.get $y))
    (v128.and ${doubleLanes(1)} ${otherSign('f64x2', doubleLanes(0))})))
  (local.set $whole (f64x2.floor (local.get $q)))
  (local.set $whole (f64x2.add (local.get $whole)
    (v128.and ${doubleLanes(1)} (f64x2.gt (f64x2.sub (local.get $q) (local.get $whole)) ${doubleLanes(0.5)}))))
  (local.set $r (f64x2.div (local.get $x) (local.get $y)))
  ;; a zero with the sign of x / y
  (local.set $whole ${choose(
    `(f64x2.eq (local.get $q) ${doubleLanes(0)})`,
    `(v128.and (local.get $r) (v128.const i64x2 0x8000000000000000 0x8000000000000000))`,
    '(local.get $whole)',
  )})
  ${choose(`(f64x2.eq (local.get $y) ${doubleLanes(0)})`, '(local.get $r)', '(local.get $whole)')})`,
};

/** floor(x / y) that agrees with the remainder, also where x / y is too great for its fraction. */
const floorDivide: MathFunction = {
  name: 'floorDivide',
  needs: ['floorDivide.pair'],
  source: `(func $floorDivide (param $x v128) (param $y v128) (result v128)
  ${pairwise('floorDivide')})`,
};

/** The quotients of integers, which are exact when rounded in float64, modulo 2^32: adding 1.5 * 2^52 puts whole numbers into the low half. */
const intQuotient = (round: string): string => {
  const word = (x: string, y: string): string => `(f64x2.add (f64x2.${round} (f64x2.div ${x} ${y})) ${doubleLanes(1.5 * 2 ** 52)})`;
  return lowWords(word(lowIntPair('x'), lowIntPair('y')), word(highIntPair('x'), highIntPair('y')));
};

const byZero = `(i32x4.eq (local.get $y) ${intLanes(0)})`;

function intFunction(name: string, value: string): MathFunction {
  return {
    name,
    source: `(func $${name} (param $x v128) (param $y v128) (result v128)
  (v128.andnot
    ${value}
    ${byZero}))`,
  };
}

const rest = (quotient: string): string => `(i32x4.sub (local.get $x) (i32x4.mul (local.get $y) ${quotient}))`;

/** Of integers, by zero all are zero. */
const intFmod = intFunction('intFmod', rest(intQuotient('trunc')));
const intRemainder = intFunction('intRemainder', rest(intQuotient('floor')));
const intFloorDivide = intFunction('intFloorDivide', intQuotient('floor'));

export const division: readonly MathFunction[] = [
  fmod,
  fmodPair,
  remainder,
  floorDivide,
  floorDividePair,
  intFmod,
  intRemainder,
  intFloorDivide,
];
