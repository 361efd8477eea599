import { expect, test } from 'vitest';
import { helperNames, helpersNamed } from '../../../compiler/backends/js/helpers.js';
import { erf, floatFloorDivide, floatPow, floatRemainder, intPow, roundHalfToEven } from '../../../compiler/ops/float-math.js';
import { threefry2x32 } from '../../../compiler/ops/threefry.js';
import { importText } from '../../helpers/js-kernel.js';

const text = `${helpersNamed(helperNames.filter((name) => !/^(roots|powers)OfTwo$/.test(name)))
  .map(({ source }) => source)
  .join(
    '\n',
  )}\nexport { exp, sigmoid, tanh, erf, sign, round, pow, intPow, remainder, intRemainder, intFmod, floorDivide, intFloorDivide, toInt, random };`;
const helpers = (await importText(text)) as Record<string, (...args: readonly (number | Int32Array)[]) => number>;

/** Floats with every exponent and sign, several mantissas each, and the odd ones. */
function sweep(): Float32Array {
  const bits: number[] = [];
  for (let exponent = 0; exponent < 256; exponent++) {
    for (let i = 0; i < 160; i++) bits.push((exponent << 23) | (Math.imul(i + exponent, 0x9e3779b1) >>> 9));
  }
  const positive = new Float32Array(Int32Array.from(bits).buffer);
  const near = Float32Array.from({ length: 40000 }, (_, i) => (i - 20000) / 1800);
  return Float32Array.from([
    ...positive,
    ...positive.map((x) => -x),
    ...near,
    0,
    -0,
    Infinity,
    -Infinity,
    NaN,
    88.72,
    88.73,
    -87.4,
    -103.9,
    -104,
  ]);
}

const inputs = sweep();
const floats = new Float32Array(1);
const words = new Int32Array(floats.buffer);

/** Position of a float32 among all of them. */
function order(value: number): number {
  floats[0] = value;
  return words[0]! < 0 ? -2147483648 - words[0]! : words[0]!;
}

/** Floats between the result and the correctly rounded one. */
function ulps(got: number, want: number): number {
  const [a, b] = [Math.fround(got), Math.fround(want)];
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Infinity;
  return Math.abs(order(a) - order(b));
}

const stableSigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

const references: readonly [string, (x: number) => number][] = [
  ['exp', Math.exp],
  ['sigmoid', stableSigmoid],
  ['tanh', Math.tanh],
  ['erf', erf],
];

test.each(references)('%s in float32 is the correctly rounded result or its neighbour', (name, reference) => {
  let worst = 0;
  let different = 0;
  for (const x of inputs) {
    const distance = ulps(helpers[name]!(x), reference(x));
    if (distance > 1) throw new Error(`${name}(${x}) = ${helpers[name]!(x)}, expected ${reference(x)}`);
    if (distance > 0) different++;
    worst = Math.max(worst, distance);
  }
  expect(worst).toBeLessThanOrEqual(1);
  expect(different / inputs.length).toBeLessThan(1e-4);
});

test.each(references)('%s in float64 has a relative error below 1e-8', (name, reference) => {
  for (let x = -700; x < 700; x += 0.0913) {
    const want = reference(x);
    const got = helpers[name]!(x);
    if (!(Math.abs(got - want) <= 1e-8 * Math.abs(want))) throw new Error(`${name}(${x}) = ${got}, expected ${want}`);
  }
});

test('exp beyond the range of float64 is infinite or zero', () => {
  for (const x of [709.9, 1e5, Infinity, -746, -1e5, -Infinity, NaN, -740]) expect(helpers.exp!(x)).toEqual(Math.exp(x));
});

test('round, pow, remainder and floor division are those of the op table', () => {
  const odd = [0, -0, 0.5, -0.5, 1.5, 2.5, -2.5, 3, -3, 7.25, 1e30, -1e30, 2 ** 52 + 1, Infinity, -Infinity, NaN, 1, -1, 1e-40];
  for (const x of odd) {
    expect(helpers.round!(x)).toBe(roundHalfToEven(x));
    for (const y of odd) {
      expect(helpers.pow!(x, y)).toBe(floatPow(x, y));
      expect(helpers.remainder!(x, y)).toBe(floatRemainder(x, y));
      expect(helpers.floorDivide!(x, y) + 0).toBe(floatFloorDivide(x, y) + 0);
    }
  }
});

test('integer division and powers are those of the op table', () => {
  const odd = [0, 1, -1, 2, -2, 3, 7, -7, 100, -100, 2147483647, -2147483648];
  for (const x of odd) {
    for (const y of odd) {
      expect(helpers.intPow!(x, y)).toBe(intPow(x, y));
      expect(helpers.intRemainder!(x, y)).toBe(y === 0 ? 0 : (x - y * Math.floor(x / y)) | 0);
      expect(helpers.intFmod!(x, y)).toBe(y === 0 ? 0 : (x % y) | 0);
      expect(helpers.intFloorDivide!(x, y)).toBe(y === 0 ? 0 : Math.floor(x / y) | 0);
    }
  }
});

test('conversion to integers saturates and makes NaN zero', () => {
  const cases = [
    [1.9, 1],
    [-1.9, -1],
    [3e9, 2147483647],
    [-3e9, -2147483648],
    [Infinity, 2147483647],
    [-Infinity, -2147483648],
    [NaN, 0],
    [2147483647.5, 2147483647],
  ] as const;
  for (const [x, want] of cases) expect(helpers.toInt!(x)).toBe(want);
});

test('random numbers have the bits of threefry', () => {
  const out = new Uint32Array(2);
  for (const [seed, step] of [
    [0, 0],
    [1, 2],
    [-5, 2147483647],
  ] as const) {
    for (const [index, stream] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [123456, 9],
      [2 ** 31 + 5, 3],
    ] as const) {
      threefry2x32(seed, step, index, stream, out);
      expect(helpers.random!(Int32Array.of(seed, step), index, stream)).toBe((out[0]! >>> 8) * 2 ** -24);
    }
  }
});
