/** What only WebGPU does with kernels: tiles for workgroups, launches of more than one dimension. The rest is in kernels.test.ts. */
import { expect, test } from 'vitest';
import { namedDim } from '../../../compiler/ir/dim.js';
import { axisIndex } from '../../../compiler/kernel/index-math.js';
import type { Kernel, RowStep } from '../../../compiler/kernel/kernel.js';
import { runWgslKernel } from '../../helpers/gpu-kernel.js';
import { apply, axis, write } from '../../helpers/kernel-parts.js';
import { product } from '../kernels/contractions.js';
import { run } from '../kernels/kernel-run.js';
import { checkKernel, webgpu } from '../kernels/targets.js';

const batch = namedDim('batch');

test.each([
  ['a tile of a workgroup', 64, 64, 64, ''],
  ['small tiles', 70, 10, 100, 'b'],
  ['large tiles', 448, 448, 20, 'b'],
] as const)('a product in %s', async (_, m, n, k, order) => {
  await checkKernel(webgpu, run(...product(m, n, k, order)));
});

test('more workgroups than one dimension takes', async () => {
  const I = axis('i', batch);
  const steps: RowStep[] = [
    {
      kind: 'storeRow',
      tensor: 0,
      index: axisIndex(I),
      value: apply('cast', { kind: 'index', dtype: 'i32', index: axisIndex(I) }),
    },
  ];
  const kernel: Kernel = { name: 'wide', tensors: [write('y', batch)], parts: [{ kind: 'rows', rows: [I], inner: [], steps }] };
  const size = 65535 * 64 + 100;
  const [got] = await runWgslKernel(kernel, [new Float32Array(size)], new Map([['batch', size]]));
  for (const i of [0, 1, 65535 * 64 - 1, 65535 * 64, size - 1]) expect(got![i]).toBe(i);
});
