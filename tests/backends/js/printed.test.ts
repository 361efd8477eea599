/** How the JavaScript of kernels reads. What it computes is held in kernels.test.ts. */
import { expect, test } from 'vitest';
import { emitJs } from '../../../compiler/backends/js/index.js';
import { mulDims, namedDim } from '../../../compiler/ir/dim.js';
import { axisIndex } from '../../../compiler/kernel/index-math.js';
import type { RowStep } from '../../../compiler/kernel/kernel.js';
import { apply, at, axis, load, local, read, rowMajor, write } from '../../helpers/kernel-parts.js';
import { convolution } from '../kernels/contractions.js';

const batch = namedDim('batch');

test('a convolution divides no index and tests no bound', () => {
  const [parts, tensors] = convolution(batch, { channels: 6, filters: 16, side: 14, kernel: 5, stride: 1 });
  const { source } = emitJs({ name: 'conv', tensors, parts });
  expect(source).not.toMatch(/[/%]|>>|\?|if/);
});

test('axes that lie side by side in memory are one loop', () => {
  const [I, J] = [axis('i', batch), axis('j', 10)];
  const index = rowMajor(I, J);
  const steps: RowStep[] = [{ kind: 'storeRow', tensor: 1, index, value: apply('tanh', load(0, index)) }];
  const tensors = [read('x', mulDims(batch, 10)), write('y', mulDims(batch, 10))];
  const { source, sizes, helpers } = emitJs({ name: 'tanh', tensors, parts: [{ kind: 'rows', rows: [I, J], inner: [], steps }] });
  expect(source).toBe(`function tanh2(x, y, batch) {
  const size = 10 * batch;
  for (let i = 0; i < size; i++) {
    y[i] = tanh(x[i]);
  }
}`);
  expect(sizes).toEqual([batch]);
  expect(helpers!.map(({ name }) => name)).toEqual(['exp', 'tanh']);
});

test('what does not change in a loop is computed before it, once', () => {
  const [I, J] = [axis('i', 8), axis('j', 10)];
  const scale = apply('sqrt', load(1, axisIndex(I)));
  const steps: RowStep[] = [
    { kind: 'storeRow', tensor: 2, index: rowMajor(I, J), value: apply('mul', apply('mul', load(0, rowMajor(I, J)), scale), scale) },
  ];
  const tensors = [read('x', 80), read('s', 8), write('y', 80)];
  const { source } = emitJs({ name: 'scale', tensors, parts: [{ kind: 'rows', rows: [I, J], inner: [], steps }] });
  expect(source.split('Math.sqrt').length).toBe(2);
  expect(source.indexOf('Math.sqrt')).toBeLessThan(source.indexOf('for (let j'));
});

test.each([
  [31, 2],
  [32, 1],
  [1024, 1],
  [1025, 2],
  [batch, 2],
])('a softmax over rows of %s computes an exponential %i times', (width, times) => {
  const [I, J] = [axis('i', 8), axis('j', width)];
  const e = apply('exp', load(0, rowMajor(I, J)));
  const steps: RowStep[] = [
    { kind: 'reduce', name: 'total', combine: 'sum', dtype: 'f32', value: e },
    { kind: 'storeElement', tensor: 1, index: rowMajor(I, J), value: apply('div', e, local('total')) },
  ];
  const tensors = [read('x', mulDims(8, width)), write('y', mulDims(8, width))];
  const { source } = emitJs({ name: 'softmax', tensors, parts: [{ kind: 'rows', rows: [I], inner: [J], steps }] });
  expect(source.split('exp(').length - 1).toBe(times);
});

test('equal kernels have equal texts, and names are identifiers', () => {
  const make = () => {
    const I = axis('class', 3);
    const steps: RowStep[] = [{ kind: 'storeRow', tensor: 1, index: at([I, 1]), value: load(0, axisIndex(I)) }];
    const tensors = [read('net.0.weight', 3), write('exp', 3)];
    return emitJs({ name: 'new', tensors, parts: [{ kind: 'rows', rows: [I], inner: [], steps }] }).source;
  };
  expect(make()).toBe(make());
  expect(make()).toContain('function new2(net0Weight, exp2)');
});
