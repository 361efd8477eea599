/** Values and gradients at single points: kinks, ties, ends of domains, known answers. Figures are PyTorch's. */
import { describe, expect, test } from 'vitest';
import { execute, interpret } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import type { Attributes } from '../../compiler/ir/graph.js';
import { OpError, type TensorData } from '../../compiler/ops/op.js';
import { op } from '../../compiler/ops/registry.js';
import { threefry2x32 } from '../../compiler/ops/threefry.js';
import { cotangentName, vjpGraph } from '../../compiler/passes/differentiate/index.js';
import { tensor } from '../helpers/tensors.js';

function vector(...values: number[]): TensorData {
  return tensor('f32', [values.length], values);
}

/** The gradients of the sum of op(inputs) by each float input. */
function gradients(name: string, inputs: readonly TensorData[], attributes: Attributes = {}): number[][] {
  const b = new GraphBuilder(name);
  const values = inputs.map(({ dtype, shape }, i) => b.input(`x${i}`, 'argument', { dtype, shape }));
  const y = b.emit(name, values, attributes);
  b.output('y', 'result', y);
  const names = inputs.flatMap((input, i) => (input.dtype === 'f32' ? [`x${i}`] : []));
  const { graph } = vjpGraph(b.finish(), { outputs: ['y'], withRespectTo: names });
  const size = y.type.shape.reduce<number>((product, n) => product * (n as number), 1);
  const ones = tensor('f32', y.type.shape as number[], new Array<number>(size).fill(1));
  const results = interpret(graph, new Map([...inputs.map((input, i) => [`x${i}`, input] as const), [cotangentName('y'), ones] as const]));
  return names.map((input) => [...results.get(input)!.data]);
}

describe('gradients at kinks and ties', () => {
  test.each([
    ['abs', [0, -0, 2, -2], [0, 0, 1, -1]],
    ['sign', [0, 3], [0, 0]],
    ['sqrt', [0, 4], [Infinity, 0.25]],
    ['floor', [1, 1.5], [0, 0]],
    ['round', [0.5, 2], [0, 0]],
    ['log', [0, 2], [Infinity, 0.5]],
  ])('%s', (name, x, expected) => {
    expect(gradients(name, [vector(...x)])).toEqual([expected]);
  });

  test('maximum and minimum share evenly among equals', () => {
    const [x, y] = [vector(1, 2, 3), vector(1, 3, 2)];
    expect(gradients('maximum', [x, y])).toEqual([
      [0.5, 0, 1],
      [0.5, 1, 0],
    ]);
    expect(gradients('minimum', [x, y])).toEqual([
      [0.5, 1, 0],
      [0.5, 0, 1],
    ]);
  });

  test('reduceMax shares among ties, or gives all to the first', () => {
    const x = tensor('f32', [2, 3], [5, 1, 5, 2, 2, 2]);
    expect(gradients('reduceMax', [x], { dims: [1], ties: 'even' })[0]!.map((value) => Number(value.toFixed(6)))).toEqual([
      0.5, 0, 0.5, 0.333333, 0.333333, 0.333333,
    ]);
    expect(gradients('reduceMax', [x], { dims: [1], ties: 'first' })).toEqual([[1, 0, 0, 1, 0, 0]]);
    expect(gradients('reduceMin', [x], { dims: [0, 1], ties: 'first' })).toEqual([[0, 1, 0, 0, 0, 0]]);
  });

  test('pow has no slope in the exponent at 0, none in the base for the exponent 0', () => {
    const [base, exponent] = gradients('pow', [vector(0, 0, 2, -2), vector(2, 0, 0, 3)]);
    expect(base).toEqual([0, 0, 0, 12]);
    expect(exponent!.slice(0, 2)).toEqual([0, 0]);
    expect(exponent![2]).toBeCloseTo(Math.log(2), 6);
    expect(exponent![3]).toBeNaN();
  });

  test.each([
    [
      [2, 3, 4],
      [12, 8, 6],
    ],
    [
      [2, 0, 4],
      [0, 8, 0],
    ],
    [
      [0, 0, 4],
      [0, 0, 0],
    ],
  ])('reduceProd of %j', (x, expected) => {
    expect(gradients('reduceProd', [vector(...x)], { dims: [0] })).toEqual([expected]);
  });

  test('select keeps a NaN out of the branch that is not taken', () => {
    const condition = tensor('bool', [2], [1, 0]);
    expect(gradients('select', [condition, vector(1, NaN), vector(NaN, 1)])).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  test('an index that occurs twice gathers its gradient twice; one out of range gets none', () => {
    const x = vector(1, 2, 3);
    const index = tensor('i32', [4], [2, 0, 2, 9]);
    expect([...execute('gather', [x, index], { dim: 0 }).data]).toEqual([3, 1, 3, 3]);
    expect(gradients('gather', [x, index], { dim: 0 })).toEqual([[1, 0, 2]]);
  });

  test('a row out of range is the nearest one, and gets no gradient', () => {
    const x = tensor('f32', [3, 2], [1, 2, 3, 4, 5, 6]);
    const position = (value: number) => tensor('i32', [], [value]);
    expect([...execute('index', [x, position(1)], {}).data]).toEqual([3, 4]);
    expect([...execute('index', [x, position(9)], {}).data]).toEqual([5, 6]);
    expect([...execute('index', [x, position(-1)], {}).data]).toEqual([1, 2]);
    expect(gradients('index', [x, position(1)], {})).toEqual([[0, 0, 1, 1, 0, 0]]);
    expect(gradients('index', [x, position(-1)], {})).toEqual([[0, 0, 0, 0, 0, 0]]);
  });
});

describe('values', () => {
  const value = (name: string, inputs: readonly TensorData[], attributes: Attributes = {}) => [...execute(name, inputs, attributes).data];

  test.each([
    ['round', [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.4], [0, 2, 2, -0, -2, -2, 2]],
    ['trunc', [1.7, -1.7, -0.2], [1, -1, -0]],
    ['sign', [2, -3, 0, NaN], [1, -1, 0, 0]],
    ['sigmoid', [0, 1000, -1000], [0.5, 1, 0]],
    ['erf', [0, Infinity, -Infinity, NaN], [0, 1, -1, NaN]],
  ])('%s', (name, x, expected) => {
    const exact = { dtype: 'f32' as const, shape: [x.length], data: Float64Array.from(x) };
    expect(value(name, [exact])).toEqual(expected);
  });

  test('erf to float64 (figures of DLMF table 7.23)', () => {
    const x = { dtype: 'f64' as const, shape: [3], data: Float64Array.of(0.5, 1, 2) };
    const expected = [0.5204998778130465, 0.8427007929497149, 0.9953222650189527];
    value('erf', [x]).forEach((y, i) => {
      expect(y).toBeCloseTo(expected[i]!, 14);
    });
  });

  test('remainder takes the sign of the divisor, fmod that of the dividend', () => {
    const [x, y] = [vector(7, -7, 7, -7), vector(3, 3, -3, -3)];
    expect(value('remainder', [x, y])).toEqual([1, 2, -2, -1]);
    expect(value('fmod', [x, y])).toEqual([1, -1, 1, -1]);
    expect(value('floorDivide', [x, y])).toEqual([2, -3, -3, 2]);
  });

  test('integers wrap around, and a division by zero gives 0', () => {
    const [x, y] = [tensor('i32', [3], [2 ** 31 - 1, 65537, -7]), tensor('i32', [3], [1, 65537, 0])];
    expect(value('add', [x, y])).toEqual([-(2 ** 31), 131074, -7]);
    expect(value('mul', [x, y])).toEqual([2 ** 31 - 1, 131073, 0]);
    expect(value('floorDivide', [x, y])).toEqual([2 ** 31 - 1, 1, 0]);
    expect(value('pow', [tensor('i32', [3], [3, -1, 2]), tensor('i32', [3], [4, -3, -1])])).toEqual([81, -1, 0]);
  });

  test('powers are those of C', () => {
    expect(value('pow', [vector(1, -1, NaN, 0), vector(NaN, Infinity, 0, -1)])).toEqual([1, 1, 1, Infinity]);
  });

  test('casts truncate, saturate, and take everything but 0 as true', () => {
    expect(value('cast', [vector(1.9, -1.9, 1e20, -1e20, NaN)], { dtype: 'i32' })).toEqual([1, -1, 2 ** 31 - 1, -(2 ** 31), 0]);
    expect(value('cast', [vector(0, -0, 0.1, NaN)], { dtype: 'bool' })).toEqual([0, 0, 1, 1]);
  });

  test('extremes: NaN wins, the first of equals is named', () => {
    expect(value('argmax', [vector(1, 3, 3)], { dim: 0 })).toEqual([1]);
    expect(value('argmin', [vector(1, NaN, -3)], { dim: 0 })).toEqual([1]);
    expect(value('reduceMax', [vector(1, NaN, 3)], { dims: [0], ties: 'even' })).toEqual([NaN]);
    expect(value('maximum', [vector(NaN, 1), vector(1, NaN)])).toEqual([NaN, NaN]);
  });

  test('a constant of dtype f32 is a float32 number', () => {
    expect(value('constant', [], { value: 0.1, dtype: 'f32', shape: [1] })).toEqual([Math.fround(0.1)]);
    expect(value('constant', [], { value: 0.1, dtype: 'f64', shape: [1] })).toEqual([0.1]);
  });

  test('conv2d with stride, padding, dilation and groups (by hand)', () => {
    const x = tensor('f32', [1, 2, 1, 4], [1, 2, 3, 4, 10, 20, 30, 40]);
    const w = tensor('f32', [2, 1, 1, 2], [1, 1, 2, -1]);
    const attributes = {
      stride: [1, 2],
      padding: [
        [0, 0],
        [1, 0],
      ],
      dilation: [1, 2],
      groups: 2,
    };
    expect(value('conv', [x, w], attributes)).toEqual([2, 6, -20, 0]);
  });
});

describe('random bits', () => {
  // The known answers of the Random123 library (kat_vectors, threefry2x32 with 20 rounds).
  test.each([
    [
      [0, 0, 0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ] as const)('threefry2x32 of %j', ([key0, key1, counter0, counter1], expected) => {
    const out = new Uint32Array(2);
    threefry2x32(key0, key1, counter0, counter1, out);
    expect([...out]).toEqual(expected);
  });

  test('uniform numbers are of the given stream and key, and spread evenly', () => {
    const draw = (seed: number, step: number, stream: number) => [
      ...execute('random', [tensor('i32', [2], [seed, step])], { shape: [10000], stream }).data,
    ];
    const numbers = draw(0, 0, 0);
    expect(numbers[0]).toBe((0x6b200159 >>> 8) * 2 ** -24);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(numbers.reduce((sum, u) => sum + u, 0) / numbers.length).toBeCloseTo(0.5, 1);
    expect(numbers.reduce((sum, u) => sum + (u - 0.5) ** 2, 0) / numbers.length).toBeCloseTo(1 / 12, 2);
    expect(draw(0, 0, 0)).toEqual(numbers);
    for (const other of [draw(1, 0, 0), draw(0, 1, 0), draw(0, 0, 1)]) expect(other).not.toEqual(numbers);
  });
});

describe('errors', () => {
  test('an unknown op is named, with the nearest one', () => {
    expect(() => op('reduceSun')).toThrow("there is no op named 'reduceSun'");
    const hintFor = (name: string) => {
      try {
        op(name);
      } catch (error) {
        return error instanceof OpError ? error.hint : error;
      }
    };
    expect(hintFor('reduceSun')).toBe("Did you mean 'reduceSum'?");
    expect(hintFor('Sigmoid')).toBe("Did you mean 'sigmoid'?");
    expect(hintFor('fourierTransform')).toBeUndefined();
  });

  const f32 = (...shape: number[]) => ({ dtype: 'f32' as const, shape });
  test.each([
    ['add', [f32(2, 3), f32(3)], {}, 'add needs tensors of the same shape and dtype, found f32[2, 3] and f32[3]'],
    ['exp', [{ dtype: 'i32' as const, shape: [2] }], {}, 'exp takes f32 tensors, found i32[2]'],
    ['reshape', [f32(2, 3)], { shape: [4] }, 'reshape: [2, 3] has 6 elements, the shape [4] has 4'],
    ['contract', [f32(2, 3), f32(4, 5)], { equation: 'mk,kn->mn' }, "contract: 'k' is 3 in f32[2, 3] and 4 in f32[4, 5]"],
    ['contract', [f32(2), f32(2)], { equation: 'i,j->i' }, "contract: 'j' of 'i,j->i' is summed, but occurs in one operand only"],
    ['permute', [f32(2, 3)], { permutation: [0, 0] }, 'permute: [0, 0] is not a permutation of 2 axes'],
    ['slice', [f32(5)], { start: [3], size: [3], step: [1] }, 'slice: start 3, size 3, step 1 reaches past the end of axis 0 of f32[5]'],
    [
      'concat',
      [f32(2, 3), f32(2, 4)],
      { dim: 0 },
      'concat: tensors must be equal in dtype and in all axes but axis 0, found f32[2, 3] and f32[2, 4]',
    ],
    ['argmax', [f32(2, 0)], { dim: 1 }, 'argmax: axis 1 of f32[2, 0] is empty, so it has no extreme'],
    [
      'conv',
      [f32(1, 3, 8, 8), f32(4, 2, 3, 3)],
      {
        stride: [1, 1],
        padding: [
          [0, 0],
          [0, 0],
        ],
        dilation: [1, 1],
        groups: 1,
      },
      'conv: the weight f32[4, 2, 3, 3] takes 2 channels, the input f32[1, 3, 8, 8] has 3',
    ],
    [
      'conv',
      [f32(1, 3, 2, 8), f32(4, 3, 3, 3)],
      {
        stride: [1, 1],
        padding: [
          [0, 0],
          [0, 0],
        ],
        dilation: [1, 1],
        groups: 1,
      },
      'conv: a kernel of size 3 does not fit into an axis of size 2',
    ],
    ['constant', [], { value: 0.5, dtype: 'i32', shape: [] }, 'constant: 0.5 is not a value of i32'],
  ] as const)('%s %#', (name, inputs, attributes, message) => {
    expect(() => op(name).type(inputs, attributes)).toThrow(OpError);
    expect(() => op(name).type(inputs, attributes)).toThrow(message);
  });
});
