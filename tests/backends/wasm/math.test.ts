import { describe, expect, test } from 'vitest';
import { mathFunction } from '../../../compiler/backends/wasm/math/index.js';
import { floatFloorDivide, floatPow, floatRemainder, intPow } from '../../../compiler/ops/float-math.js';
import { uniforms } from '../../helpers/tensors.js';
import { ulpError, unaryReferences, vectorMath } from '../../helpers/vector-math.js';

const variants = ['simd', 'relaxed'] as const;
const draw = uniforms(11);

const fromBits = (bits: readonly number[]): Float32Array<ArrayBuffer> => new Float32Array(Int32Array.from(bits).buffer);

/** Numbers where functions end, turn, saturate or change their method, and their neighbours. */
const turns = [
  ...[0.5, 1, 2, 4, 2 ** -25, 2 ** -24, 2 ** 17, 2 ** 24, 2 ** 28, 2 ** 64, 2 ** 126, 2 ** 127, 2 ** -126, 2 ** -149],
  ...[Math.SQRT1_2, Math.SQRT2, Math.LN2, Math.LN2 / 2, Math.PI / 4, Math.PI / 2, Math.PI, 355, 16 * Math.PI, 1e5 * Math.PI],
  ...[3.83, 3.92, 3.94, 8.66, 9.01, 9.03, 16.6, 17.33, 20, 87.33, 88.03, 88.73, 89, 89.42, 90, 102.28, 103.28, 103.97, 104.5, 3.4028234e38],
];

/** Floats of every exponent and sign, several mantissas each; every float near to the turns; evenly spread ones; and the odd ones. */
function stratified(): Float32Array {
  const bits: number[] = [];
  // Where the whole number that exp takes out changes: its rest is greatest there.
  const ties = Array.from({ length: 282 }, (_, i) => (i - 151.5) * Math.LN2);
  for (let exponent = 0; exponent < 512; exponent++) {
    for (let i = 0; i < 100; i++) bits.push((exponent << 23) | (draw() * 2 ** 23));
    bits.push(exponent << 23, (exponent << 23) | 1, (exponent << 23) | 0x7fffff);
  }
  for (const bit of new Int32Array(Float32Array.from([...turns, ...turns.map((x) => -x), ...ties]).buffer)) {
    for (let i = -16; i <= 16; i++) bits.push(bit + i);
  }
  const even = Array.from({ length: 40_000 }, () => (draw() - 0.5) * 2 * 10 ** Math.floor(draw() * 4));
  const all = Float32Array.from([...fromBits(bits), ...even, 0, -0, Infinity, -Infinity, NaN, 1, -1]);
  return Float32Array.from({ length: Math.ceil(all.length / 4) * 4 }, (_, i) => all[i] ?? 0);
}

const inputs = stratified();

describe.each(variants)('%s', (variant) => {
  test.each(Object.keys(unaryReferences))('%s is as near to its value in float64 as the documentation says', (name) => {
    const { reference, bound } = unaryReferences[name]!;
    const results = vectorMath(name, 'f32', variant)(inputs);
    let worst = 0;
    for (let i = 0; i < inputs.length; i++) {
      const error = ulpError(results[i]!, reference(inputs[i]!));
      if (error > bound) throw new Error(`${name}(${inputs[i]}) = ${results[i]} is ${error} ulp from ${reference(inputs[i]!)}`);
      worst = Math.max(worst, error);
    }
    expect(worst).toBeGreaterThan(0);
  });

  test('exponentials of numbers not above 0, and softplus, which is made of them', () => {
    const negative = inputs.map((x) => -Math.abs(x));
    const powers = vectorMath('expNegative', 'f32', variant)(negative);
    const results = vectorMath('softplus', 'f32', variant)(inputs, powers);
    for (const [i, x] of inputs.entries()) {
      const errors = [
        ulpError(powers[i]!, Math.exp(-Math.abs(x))),
        ulpError(results[i]!, Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
      ];
      if (errors[0]! > 3 || errors[1]! > 4) throw new Error(`of ${x}: ${powers[i]}, ${results[i]}, off by ${errors.join(' and ')} ulp`);
    }
  });

  test.each([
    ['tanh', -1],
    ['erf', -1],
    ['sigmoid', 0],
  ] as const)('%s comes to its ends: %i and 1', (name, low) => {
    const far = Float32Array.of(Infinity, -Infinity, 3.4e38, -3.4e38, 120, -120, 1e10, -1e10);
    expect(Array.from(vectorMath(name, 'f32', variant)(far))).toEqual([1, low, 1, low, 1, low, 1, low]);
  });

  test.each(['tanh', 'erf', 'sigmoid', 'sin', 'cos'])('%s stays within its range', (name) => {
    const beyond = vectorMath(name, 'f32', variant)(inputs).findIndex((y) => Math.abs(y) > 1);
    expect(inputs[beyond]).toBeUndefined();
  });

  test.each(['tanh', 'erf', 'sin', 'tan', 'asin', 'atan', 'sinh', 'asinh', 'atanh'])('%s is odd to the bit', (name) => {
    const f = vectorMath(name, 'f32', variant);
    const [results, mirrored] = [f(inputs), f(inputs.map((x) => -x))];
    const uneven = inputs.findIndex((_, i) => !Object.is(mirrored[i], -results[i]!));
    expect(inputs[uneven]).toBeUndefined();
  });

  test('a lane does not depend on its neighbours or its place', () => {
    const odd = [0, -0, 1, -1, 2, 0.3, 1e-40, -1e-40, 1e30, -1e30, 200, -200, 1e6, Infinity, -Infinity, NaN];
    const alone = odd.flatMap((x) => [x, x, x, x]);
    const mixed = odd.flatMap((x, i) => [0, 1, 2, 3].map((lane) => (lane === i % 4 ? x : odd[(7 * i + 5 * lane + 3) % odd.length]!)));
    for (const name of Object.keys(unaryReferences)) {
      const f = vectorMath(name, 'f32', variant);
      const [same, other] = [f(Float32Array.from(alone)), f(Float32Array.from(mixed))];
      for (const [i, x] of odd.entries()) expect(Object.is(same[4 * i], other[4 * i + (i % 4)]), `${name}(${x})`).toBe(true);
    }
  });

  const odd = [
    ...[0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, 2.5, -2.5, 7.25, 10, 1e-3, 1e-40, -1e-40, 2 ** -149, 1e30, -1e30, 3.4028234e38],
    ...[2 ** 24, 2 ** 24 - 1, -(2 ** 24) + 1, 2 ** 31, 2 ** -126, 0.1, -0.1, 149, -150, 128, Infinity, -Infinity, NaN],
  ];

  /** All pairs of odd numbers, random ones near and far from each other. */
  function pairs(): [Float32Array, Float32Array] {
    const x: number[] = [];
    const y: number[] = [];
    for (const a of odd) for (const b of odd) [x[x.length], y[y.length]] = [a, b];
    for (let i = 0; i < 20_000; i++) {
      const scale = 10 ** (draw() * 6 - 3);
      [x[x.length], y[y.length]] = [(draw() - 0.5) * 20, (draw() - 0.5) * scale];
      const [a, b] = fromBits([draw() * 2 ** 32, draw() * 2 ** 32]);
      [x[x.length], y[y.length]] = [a!, b!];
      [x[x.length], y[y.length]] = [Math.round((draw() - 0.5) * 40), Math.round((draw() - 0.5) * 10)];
      [x[x.length], y[y.length]] = [Math.abs(a!) ** 0.1, (draw() - 0.5) * 60];
    }
    while (x.length % 4 !== 0) [x[x.length], y[y.length]] = [1, 1];
    return [Float32Array.from(x), Float32Array.from(y)];
  }

  const binary: readonly [string, (x: number, y: number) => number, number][] = [
    ['pow', floatPow, 1],
    ['atan2', Math.atan2, 4],
    ['fmod', (x, y) => x % y, 0],
    ['remainder', floatRemainder, 0.5],
    ['floorDivide', floatFloorDivide, 0.5],
  ];

  test.each(binary)('%s of floats is that of the op table', (name, reference, bound) => {
    const [x, y] = pairs();
    const results = vectorMath(name, 'f32', variant)(x, y);
    for (let i = 0; i < x.length; i++) {
      const want = reference(x[i]!, y[i]!);
      const error = ulpError(results[i]!, want);
      if (error > bound) throw new Error(`${name}(${x[i]}, ${y[i]}) = ${results[i]} is ${error} ulp from ${want}`);
    }
  });

  const integers: readonly [string, (x: number, y: number) => number][] = [
    ['fmod', (x, y) => (y === 0 ? 0 : x % y)],
    ['remainder', (x, y) => (y === 0 ? 0 : x - y * Math.floor(x / y))],
    ['floorDivide', (x, y) => (y === 0 ? 0 : Math.floor(x / y))],
    ['pow', intPow],
  ];

  test.each(integers)('%s of integers is that of the op table', (name, reference) => {
    const some = [0, 1, -1, 2, -2, 3, -3, 5, -7, 10, 31, 32, 33, 100, 46341, 2147483647, -2147483647, -2147483648];
    const x = some.flatMap((a) => some.map(() => a));
    const y = some.flatMap(() => some);
    for (let i = 0; i < 4000; i++) {
      x.push(Math.floor(draw() * 2 ** 32) | 0);
      y.push(((draw() - 0.5) * 2 ** (32 * draw())) | 0);
    }
    const results = vectorMath(name, 'i32', variant)(Int32Array.from(x), Int32Array.from(y));
    for (let i = 0; i < x.length; i++) {
      const want = reference(x[i]!, y[i]!) | 0;
      if (results[i] !== want) throw new Error(`${name}(${x[i]}, ${y[i]}) = ${results[i]}, expected ${want}`);
    }
  });
});

test('ops that are an instruction or two have no function, nor have other dtypes', () => {
  expect(mathFunction('add', 'f32')).toBeUndefined();
  expect(mathFunction('exp', 'i32')).toBeUndefined();
  expect(mathFunction('pow', 'bool')).toBeUndefined();
});

test('helpers come after what they need, each once', () => {
  const names = mathFunction('asinh', 'f32')!.helpers.map(({ name }) => name);
  expect(names).toEqual(['log1p.special', 'log1p', 'asinh']);
});
