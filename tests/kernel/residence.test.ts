/** What a convolution pads is computed in the midst of the padded memory. */
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../compiler/ir/build.js';
import { type Dim, namedDim } from '../../compiler/ir/dim.js';
import type { Graph, Value } from '../../compiler/ir/graph.js';
import { launchesIn, lowerGraph } from '../../compiler/kernel/index.js';
import { axesOf } from '../../compiler/kernel/part.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { tensor, uniforms } from '../helpers/tensors.js';
import { affineTarget, expectSame, targets } from './lowered-run.js';

interface Case {
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, TensorData>;
}

/** `build` gets the image and a weight maker and gives the results. */
function of(image: readonly Dim[], n: number, build: (make: Maker, x: Value) => readonly Value[]): Case {
  const builder = new GraphBuilder('padded');
  const inputs = new Map<string, TensorData>();
  const next = uniforms(7);
  const input = (name: string, shape: readonly Dim[]): Value => {
    const sizes = shape.map((dim) => (typeof dim === 'number' ? dim : n));
    const count = sizes.reduce((a, b) => a * b, 1);
    inputs.set(
      name,
      tensor(
        'f32',
        sizes,
        Array.from({ length: count }, () => next() - 0.5),
      ),
    );
    return builder.input(name, 'argument', { dtype: 'f32', shape });
  };
  let weights = 0;
  const make: Maker = {
    builder,
    conv: (x, outputs, kernel, padding) => {
      const spatial = x.type.shape.length - 2;
      const w = input(`w${weights++}`, [outputs, x.type.shape[1]!, ...new Array<number>(spatial).fill(kernel)]);
      const each = <T>(value: T): T[] => new Array<T>(spatial).fill(value);
      return builder.emit('conv', [x, w], { stride: each(1), padding: each(padding), dilation: each(1), groups: 1 });
    },
  };
  for (const [i, value] of build(make, input('x', image)).entries()) builder.output(`y${i}`, 'result', value);
  return { graph: builder.finish(), inputs };
}

interface Maker {
  readonly builder: GraphBuilder;
  conv(x: Value, outputs: number, kernel: number, padding: readonly [number, number]): Value;
}

const batch = namedDim('batch');
const relu = ({ builder }: Maker, x: Value): Value =>
  builder.emit('maximum', [x, builder.emit('constant', [], { value: 0, dtype: 'f32', shape: x.type.shape })]);

const cases: Readonly<Record<string, Case>> = {
  'a chain of convolutions': of([2, 3, 5, 4], 0, (make, x) => [make.conv(relu(make, make.conv(x, 2, 3, [1, 1])), 3, 3, [1, 1])]),
  'one side only, and a named size': of([batch, 2, 6], 3, (make, x) => [make.conv(relu(make, make.conv(x, 3, 2, [1, 0])), 2, 3, [0, 2])]),
  'no images': of([batch, 2, 6], 0, (make, x) => [make.conv(relu(make, make.conv(x, 3, 2, [1, 0])), 2, 3, [0, 2])]),
  'the middle is read elsewhere, too': of([2, 2, 4, 4], 0, (make, x) => {
    const y = relu(make, make.conv(x, 2, 3, [1, 1]));
    const z = make.conv(y, 2, 3, [1, 1]);
    return [make.builder.emit('add', [y, z]), make.builder.emit('reduceSum', [y], { dims: [0, 2, 3] })];
  }),
  'padded in two ways': of([2, 2, 4, 4], 0, (make, x) => {
    const y = relu(make, make.conv(x, 2, 3, [1, 1]));
    return [make.conv(y, 2, 3, [1, 1]), make.conv(y, 2, 5, [2, 2])];
  }),
  'the middle is a result': of([2, 2, 4, 4], 0, (make, x) => {
    const y = relu(make, make.conv(x, 2, 3, [1, 1]));
    return [y, make.conv(y, 2, 3, [1, 1])];
  }),
  'padded with something else, in three dimensions': of([1, 2, 3, 4, 2], 0, (make, x) => {
    const y = make.conv(x, 2, 1, [0, 0]);
    const padding = { low: [0, 0, 1, 0, 2], high: [0, 1, 0, 2, 1], interior: [0, 0, 0, 0, 0], value: -1.5 };
    return [make.conv(make.builder.emit('pad', [y], padding), 2, 2, [0, 0])];
  }),
};

describe.each(targets.map((target) => [target.name, target] as const))('on the %s target', (_, target) => {
  test.each(Object.entries(cases))('%s', (_, { graph, inputs }) => {
    expectSame(graph, inputs, target);
  });
});

test('no kernel copies what it pads: only the border is filled', () => {
  const { graph } = cases['a chain of convolutions']!;
  const kernels = [...launchesIn(lowerGraph(graph, affineTarget).launches)].map(({ kernel }) => kernel);
  // The argument is padded by a copy; the border of what comes between the convolutions has four strips.
  expect(kernels.map(({ parts }) => parts.map(({ kind }) => kind))).toEqual([
    ['rows'],
    ['contract'],
    new Array(4).fill('rows'),
    ['contract'],
  ]);
  const strips = kernels[2]!.parts.map((part) => axesOf(part).reduce((size, axis) => size * (axis.size as number), 1));
  expect(strips.reduce((a, b) => a + b)).toBe(2 * 2 * (7 * 6 - 5 * 4));
});
