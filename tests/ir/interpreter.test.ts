import { describe, expect, test } from 'vitest';
import { InputError, interpret } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import { addDims, mulDims, namedDim } from '../../compiler/ir/dim.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { tensor } from '../helpers/tensors.js';

const n = namedDim('n');

function sumOfRows() {
  const b = new GraphBuilder('rows');
  const x = b.input('x', 'argument', { dtype: 'f32', shape: [n, 3] });
  const y = b.input('y', 'argument', { dtype: 'f32', shape: [addDims(mulDims(n, 2), 1)] });
  b.output('sums', 'result', b.emit('reduceSum', [x], { dims: [1] }));
  b.output('size', 'result', b.emit('dimension', [], { size: n }));
  b.output('y', 'result', y);
  return b.finish();
}

const fill = (...shape: number[]): TensorData => tensor('f32', shape, new Array<number>(shape.reduce((p, m) => p * m, 1)).fill(1));

describe('interpret', () => {
  test('binds named sizes from the shapes of the inputs', () => {
    const results = interpret(
      sumOfRows(),
      new Map([
        ['x', fill(2, 3)],
        ['y', fill(5)],
      ]),
    );
    expect([...results.get('sums')!.data]).toEqual([3, 3]);
    expect([...results.get('size')!.data]).toEqual([2]);
    expect(results.get('y')!.shape).toEqual([5]);
  });

  test.each([
    ['a missing input', { x: fill(2, 3) }, "rows: the input 'y' (f32[2*n + 1]) is missing"],
    ['a wrong size', { x: fill(2, 4), y: fill(5) }, "rows: 'x' is declared as f32[n, 3], found [2, 4]: axis 1 is 4, but 3"],
    [
      'a size that does not follow',
      { x: fill(2, 3), y: fill(4) },
      "rows: 'y' is declared as f32[2*n + 1], found [4]: axis 0 is 4, but 2*n + 1 = 5",
    ],
    ['a wrong rank', { x: fill(3), y: fill(4) }, "rows: 'x' is declared as f32[n, 3], found f32[3]"],
    ['a wrong dtype', { x: tensor('i32', [0, 3], []), y: fill(1) }, "rows: 'x' is declared as f32[n, 3], found i32[0, 3]"],
    [
      'too few elements',
      { x: { ...fill(2, 3), data: new Float32Array(5) }, y: fill(5) },
      "rows: 'x' of shape [2, 3] needs 6 elements, found 5",
    ],
  ] as [string, Record<string, TensorData>, string][])('refuses %s', (_name, inputs, message) => {
    expect(() => interpret(sumOfRows(), new Map(Object.entries(inputs)))).toThrow(new InputError(message));
  });

  test('a size that two inputs disagree about names both', () => {
    const b = new GraphBuilder('loss');
    b.input('x', 'argument', { dtype: 'f32', shape: [n] });
    b.input('labels', 'argument', { dtype: 'f32', shape: [n] });
    const inputs = new Map([
      ['x', fill(4)],
      ['labels', fill(3)],
    ]);
    expect(() => interpret(b.finish(), inputs)).toThrow("axis 0 is 3, but 'n' is 4 in axis 0 of 'x'");
  });

  test('f64 never rounds, f32 rounds at every op', () => {
    const b = new GraphBuilder('tiny');
    const x = b.input('x', 'argument', { dtype: 'f32', shape: [] });
    const one = b.emit('constant', [], { value: 1, dtype: 'f32', shape: [] });
    b.output('y', 'result', b.emit('sub', [b.emit('add', [one, x]), one]));
    const inputs = new Map([['x', tensor('f32', [], [2 ** -30])]]);
    const exact = interpret(b.finish(), inputs).get('y')!;
    const rounded = interpret(b.finish(), inputs, { precision: 'f32' }).get('y')!;
    expect([exact.data, rounded.data]).toEqual([Float64Array.of(2 ** -30), Float32Array.of(0)]);
  });

  test('an argument may be called as a parameter is', () => {
    const b = new GraphBuilder('scale');
    const argument = b.input('scale', 'argument', { dtype: 'f32', shape: [] });
    const parameter = b.input('scale', 'parameter', { dtype: 'f32', shape: [] });
    b.output('y', 'result', b.emit('sub', [argument, parameter]));
    const inputs = new Map([
      ['argument:scale', tensor('f32', [], [5])],
      ['parameter:scale', tensor('f32', [], [3])],
    ]);
    expect([...interpret(b.finish(), inputs).get('y')!.data]).toEqual([2]);
  });

  test('a named size that is too small for a window is an input error', () => {
    const b = new GraphBuilder('f');
    const x = b.input('x', 'argument', { dtype: 'f32', shape: [n] });
    b.output('y', 'result', b.emit('unfold', [x], { dims: [0], kernel: [5], stride: [1], dilation: [1] }));
    expect(() => interpret(b.finish(), new Map([['x', fill(2)]]))).toThrow('n is 2, expected at least 5 for a window of 5');
  });
});
