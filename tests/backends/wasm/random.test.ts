import { expect, test } from 'vitest';
import type { IndexExpr, ScalarExpr } from '../../../compiler/kernel/expr.js';
import { add, axisIndex, mul, sizeIndex } from '../../../compiler/kernel/index-math.js';
import { runJsKernel } from '../../helpers/js-kernel.js';
import { axis, load, read, rowMajor, write } from '../../helpers/kernel-parts.js';
import { interpretKernel, runEveryWay } from './check-kernel.js';

const random = (stream: IndexExpr, index: IndexExpr): ScalarExpr => ({ kind: 'random', dtype: 'f32', rng: 1, stream, index });

test('random numbers have the same bits on js and wasm, at every position', async () => {
  for (const n of [1, 3, 6, 13, 1030]) {
    const [R, I] = [axis('r', 2), axis('i', n)];
    const [r, i] = [axisIndex(R), axisIndex(I)];
    const counted = random(add(r, sizeIndex(5)), rowMajor(R, I));
    const gathered = random(sizeIndex(2), { kind: 'value', value: load(3, i, 'i32') });
    const strided = random({ kind: 'value', value: load(3, i, 'i32') }, add(mul(i, 3), sizeIndex(7)));
    const steps = [counted, gathered, strided].map((value, k) => ({
      kind: 'storeRow' as const,
      tensor: [0, 2, 4][k]!,
      index: rowMajor(R, I),
      value,
    }));
    const tensors = [write('a', 2 * n), read('rng', 2, 'i32'), write('b', 2 * n), read('at', n, 'i32'), write('c', 2 * n)];
    const kernel = { name: 'draw', tensors, parts: [{ kind: 'rows' as const, rows: [R, I], inner: [], steps }] };
    const before = tensors.map(({ name }) =>
      name === 'rng'
        ? Int32Array.of(-1234567, 89)
        : name === 'at'
          ? Int32Array.from({ length: n }, (_, k) => k * k)
          : new Float32Array(2 * n),
    );
    const want = interpretKernel(kernel, before, new Map());
    const js = await runJsKernel(kernel, before, new Map());
    for (const variant of ['simd', 'relaxed'] as const) {
      const got = runEveryWay(kernel, before, new Map(), variant);
      for (const tensor of [0, 2, 4]) {
        expect([...got[tensor]!]).toEqual([...want[tensor]!]);
        expect([...got[tensor]!]).toEqual([...js[tensor]!]);
      }
    }
  }
});
