/** What a convolution pads is computed in the midst of the padded memory, and what is joined in the memory of the whole. */
import { describe, expect, test } from 'vitest';
import { jsBackend } from '../../compiler/backends/js/index.js';
import { wasmBackend } from '../../compiler/backends/wasm/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import { type Dim, namedDim } from '../../compiler/ir/dim.js';
import type { Graph, Value } from '../../compiler/ir/graph.js';
import { launchesIn, lowerGraph } from '../../compiler/kernel/index.js';
import { axesOf } from '../../compiler/kernel/part.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { runOnGpu } from '../helpers/gpu-program.js';
import { runJsProgram } from '../helpers/js-program.js';
import { expectClose, tensor, uniforms } from '../helpers/tensors.js';
import { runWasmProgram } from '../helpers/wasm-program.js';
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

/** A vector over the channels of `like`. */
function spread({ builder }: Maker, x: Value, like: Value): Value {
  const [, channels] = like.type.shape as readonly [Dim, Dim];
  const raised = builder.emit('reshape', [x], { shape: like.type.shape.map((_, axis) => (axis === 1 ? channels : 1)) });
  return builder.emit('broadcast', [raised], { shape: like.type.shape });
}

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
  'joined and convolved': of([2, 2, 4, 4], 0, (make, x) => {
    const [a, b] = [relu(make, make.conv(x, 3, 3, [1, 1])), make.conv(x, 2, 1, [0, 0])];
    return [
      make.conv(make.builder.emit('concat', [a, b], { dim: 1 }), 2, 3, [1, 1]),
      make.builder.emit('reduceSum', [a], { dims: [0, 2, 3] }),
    ];
  }),
  'joined with what lies in memory, with numbers, and with itself': of([batch, 2, 5], 3, (make, x) => {
    const y = make.conv(x, 2, 1, [0, 0]);
    const zeros = make.builder.emit('constant', [], { value: 0, dtype: 'f32', shape: [batch, 1, 5] });
    return [make.conv(make.builder.emit('concat', [y, x, zeros, y], { dim: 1 }), 3, 1, [0, 0])];
  }),
  'joined again and again': of([batch, 2, 5], 2, (make, x) => {
    const parts = [make.conv(x, 2, 1, [0, 0])];
    for (let i = 0; i < 3; i++) {
      const all = parts.length === 1 ? parts[0]! : make.builder.emit('concat', [...parts], { dim: 1 });
      const mean = make.builder.emit('reduceSum', [all], { dims: [0, 2] });
      const shifted = make.builder.emit('add', [all, spread(make, mean, all)]);
      parts.push(make.conv(relu(make, shifted), 2, 3, [1, 1]));
    }
    return [make.conv(make.builder.emit('concat', [...parts], { dim: 1 }), 1, 1, [0, 0])];
  }),
  'computed from its neighbour': of([3, 4, 5], 0, (make, x) => {
    const y = make.conv(x, 3, 1, [0, 0]);
    const z = make.conv(y, 2, 1, [0, 0]);
    return [make.conv(make.builder.emit('concat', [y, z, make.builder.emit('exp', [y])], { dim: 1 }), 2, 1, [0, 0])];
  }),
  'stacked, moved and joined': of([3, 2, 4], 0, (make, x) => {
    const { builder } = make;
    const steps = [0, 1, 2].map(() => make.conv(x, 2, 1, [0, 0]));
    const raised = steps.map((step) => builder.emit('reshape', [step], { shape: [3, 1, 2, 4] }));
    const stacked = builder.emit('concat', raised, { dim: 1 });
    const moved = steps.map((step) => builder.emit('permute', [step], { permutation: [1, 0, 2] }));
    const across = builder.emit('reshape', [builder.emit('concat', moved, { dim: 0 })], { shape: [6, 12] });
    return [
      make.conv(builder.emit('reshape', [stacked], { shape: [3, 6, 4] }), 2, 3, [1, 1]),
      builder.emit('contract', [across, across], { equation: 'ab,cb->ac' }),
    ];
  }),
  'a result that joins': of([2, 2, 4], 0, (make, x) => {
    const [a, b] = [make.conv(x, 2, 1, [0, 0]), make.conv(x, 1, 3, [1, 1])];
    const all = make.builder.emit('concat', [a, b, x], { dim: 1 });
    return [all, make.builder.emit('reduceSum', [b], { dims: [2] })];
  }),
  'halves that take turns': of([2, 3, 8], 0, (make, x) => {
    const { builder } = make;
    const half = (start: number): Value => builder.emit('slice', [x], { start: [0, 0, start], size: [2, 3, 4], step: [1, 1, 1] });
    const [a, b] = [half(0), half(4)];
    const turned = builder.emit(
      'concat',
      [builder.emit('sub', [a, builder.emit('exp', [b])]), builder.emit('add', [b, builder.emit('exp', [a])])],
      { dim: 2 },
    );
    return [make.conv(turned, 2, 1, [0, 0])];
  }),
};

describe.each(targets.map((target) => [target.name, target] as const))('on the %s target', (_, target) => {
  test.each(Object.entries(cases))('%s', (_, { graph, inputs }) => {
    expectSame(graph, inputs, target);
  });
});

const onGpu = ['joined again and again', 'halves that take turns'];

test.each(Object.entries(cases))('%s, as devices run it', async (name, { graph, inputs }) => {
  const results = [
    await runJsProgram(graph, lowerGraph(graph, jsBackend.traits), inputs),
    runWasmProgram(graph, lowerGraph(graph, wasmBackend.traits), inputs),
    ...(onGpu.includes(name) ? [await runOnGpu(graph, inputs)] : []),
  ];
  for (const [name, want] of interpret(graph, inputs)) for (const actual of results) expectClose(actual.get(name)!, want, {}, name);
});

const namesOf = (graph: Graph): string[] =>
  Array.from(launchesIn(lowerGraph(graph, affineTarget).launches), ({ kernel }) => kernel.name.split('_')[0]!);

test('what is computed is written where it is joined', () => {
  // One launch pads the argument and fills the border of the joined tensor.
  expect(namesOf(cases['joined and convolved']!.graph).filter((name) => name !== 'reduce')).toEqual([
    'contract',
    'map',
    'contract',
    'contract',
  ]);
  // The argument is padded, and put beside the others.
  expect(namesOf(cases['a result that joins']!.graph).sort()).toEqual(['contract', 'contract', 'map', 'map', 'reduce']);
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
