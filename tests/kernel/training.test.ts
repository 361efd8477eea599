import { describe, expect, test } from 'vitest';
import type { Graph, Value } from '../../compiler/ir/graph.js';
import { launchesIn, lowerGraph } from '../../compiler/kernel/index.js';
import { Builder, batch, inputsFor, mlpLoss, sgdStep } from './build-graphs.js';
import { affineTarget, expectSame, targets, tiledTarget } from './lowered-run.js';

describe('a training step of an MLP', () => {
  test.each(targets.map((target) => [target.name, target] as const))('computes what the graph says on the %s target', (_, target) => {
    for (const momentum of [0, 0.9]) {
      const graph = sgdStep(mlpLoss(7, 5, 3), momentum);
      for (const size of [1, 4]) expectSame(graph, inputsFor(graph, size), target);
    }
  });

  test('is seven kernels, with and without momentum', () => {
    for (const momentum of [0, 0.9]) {
      const program = lowerGraph(sgdStep(mlpLoss(784, 256, 10), momentum), tiledTarget);
      expect(program.launches.length).toBeLessThanOrEqual(7);
      expect(lowerGraph(sgdStep(mlpLoss(784, 256, 10), momentum), affineTarget).launches.length).toBeLessThanOrEqual(7);
    }
  });

  test('writes the parameters in place', () => {
    const program = lowerGraph(sgdStep(mlpLoss(784, 256, 10)), tiledTarget);
    const weight = program.buffers.findIndex(({ name }) => name === 'hidden.weight');
    const writers = [...launchesIn(program.launches)].filter(
      ({ kernel, buffers }) => kernel.tensors[buffers.indexOf(weight)]?.access === 'readwrite',
    );
    expect(writers).toHaveLength(1);
    expect(program.buffers.filter(({ name }) => name === 'hidden.weight')).toHaveLength(1);
  });
});

describe('a training step of a convolutional net', () => {
  /** conv with padding, relu, max pooling by windows, conv with stride and groups, sigmoid, linear. */
  function convLoss(): Graph {
    const b = new Builder('conv');
    const x = b.input('x', 'argument', { dtype: 'f32', shape: [batch, 1, 6, 6] });
    const y = b.input('y', 'argument', { dtype: 'i32', shape: [batch] });
    const parameter = (name: string, shape: readonly number[]): Value => b.input(name, 'parameter', { dtype: 'f32', shape });
    const conv = (input: Value, weight: Value, stride: number, padding: number, groups: number): Value =>
      b.emit('conv', [input, weight], {
        stride: [stride, stride],
        padding: [
          [padding, padding],
          [padding, padding],
        ],
        dilation: [1, 1],
        groups,
      });
    const first = conv(x, parameter('first', [4, 1, 3, 3]), 1, 1, 1);
    const active = b.relu(b.emit('add', [first, b.over(parameter('bias', [4]), first.type.shape, [1])]));
    const windows = b.emit('unfold', [active], { dims: [2, 3], kernel: [2, 2], stride: [1, 1], dilation: [1, 1] });
    const pooled = b.emit('reduceMax', [windows], { dims: [4, 5], ties: 'first' });
    const second = b.emit('sigmoid', [conv(pooled, parameter('second', [4, 2, 2, 2]), 2, 1, 2)]);
    const flat = b.emit('reshape', [second], { shape: [batch, 36] });
    b.output('loss', 'result', b.crossEntropy(b.linear(flat, parameter('weight', [3, 36]), parameter('last', [3])), y));
    return b.finish();
  }

  test.each(targets.map((target) => [target.name, target] as const))('computes what the graph says on the %s target', (_, target) => {
    const graph = sgdStep(convLoss());
    expectSame(graph, inputsFor(graph, 2), target);
  });
});

describe('normalisation and attention', () => {
  function layerNormLoss(): Graph {
    const b = new Builder('norm');
    const x = b.input('x', 'argument', { dtype: 'f32', shape: [batch, 3, 8] });
    const weight = b.input('weight', 'parameter', { dtype: 'f32', shape: [8] });
    const bias = b.input('bias', 'parameter', { dtype: 'f32', shape: [8] });
    const scale = b.input('scale', 'parameter', { dtype: 'f32', shape: [8] });
    const { shape } = x.type;
    const scaled = b.emit('mul', [x, b.over(scale, shape)]);
    const centred = b.emit('sub', [scaled, b.over(b.mean(scaled, [2], 8), shape, [0, 1])]);
    const variance = b.mean(b.emit('mul', [centred, centred]), [2], 8);
    const deviation = b.emit('sqrt', [b.emit('add', [variance, b.scalar(1e-5, variance)])]);
    const normal = b.emit('div', [centred, b.over(deviation, shape, [0, 1])]);
    const result = b.emit('add', [b.emit('mul', [normal, b.over(weight, shape)]), b.over(bias, shape)]);
    b.output('loss', 'result', b.emit('reduceSum', [b.emit('mul', [result, result])], { dims: [0, 1, 2] }));
    b.output('normal', 'result', result);
    return b.finish();
  }

  test.each(targets.map((target) => [target.name, target] as const))('layer norm forward and backward on the %s target', (_, target) => {
    const graph = sgdStep(layerNormLoss());
    expectSame(graph, inputsFor(graph, 2), target);
  });

  test('layer norm alone is one kernel', () => {
    const graph = layerNormLoss();
    const forward = { ...graph, outputs: graph.outputs.slice(1), body: { ...graph.body, results: graph.body.results.slice(1) } };
    const program = lowerGraph(forward, tiledTarget);
    expect(program.launches).toHaveLength(1);
    expectSame(forward, inputsFor(forward, 3), tiledTarget);
  });

  test.each(targets.map((target) => [target.name, target] as const))('attention on the %s target', (_, target) => {
    const b = new Builder('attention');
    const x = b.input('x', 'argument', { dtype: 'f32', shape: [batch, 5, 6] });
    const heads = (name: string): Value => {
      const weight = b.input(name, 'parameter', { dtype: 'f32', shape: [6, 6] });
      const projected = b.emit('contract', [x, weight], { equation: 'bsi,oi->bso' });
      return b.emit('permute', [b.emit('reshape', [projected], { shape: [batch, 5, 2, 3] })], { permutation: [0, 2, 1, 3] });
    };
    const [q, k, v] = [heads('q'), heads('k'), heads('v')] as const;
    const scores = b.emit('contract', [q, k], { equation: 'bhse,bhte->bhst' });
    const rows = b.emit('reshape', [scores], { shape: [batch, 10, 5] });
    const max = b.emit('reduceMax', [rows], { dims: [2], ties: 'even' });
    const weights = b.emit('exp', [b.emit('sub', [rows, b.over(max, rows.type.shape, [0, 1])])]);
    const normal = b.emit('div', [weights, b.over(b.emit('reduceSum', [weights], { dims: [2] }), rows.type.shape, [0, 1])]);
    const mixed = b.emit('contract', [b.emit('reshape', [normal], { shape: [batch, 2, 5, 5] }), v], { equation: 'bhst,bhte->bhse' });
    const merged = b.emit('reshape', [b.emit('permute', [mixed], { permutation: [0, 2, 1, 3] })], { shape: [batch, 5, 6] });
    b.output('mixed', 'result', merged);
    b.output('loss', 'result', b.emit('reduceSum', [b.emit('mul', [merged, merged])], { dims: [0, 1, 2] }));
    const graph = sgdStep(b.finish());
    expectSame(graph, inputsFor(graph, 2), target);
  });
});
