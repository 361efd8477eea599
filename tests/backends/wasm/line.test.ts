import { expect, test } from 'vitest';
import { namedDim } from '../../../compiler/ir/dim.js';
import { axisIndex } from '../../../compiler/kernel/index-math.js';
import type { LinePart } from '../../../compiler/kernel/kernel.js';
import { axis, load, local, read, write } from '../../helpers/kernel-parts.js';
import { runWasmKernel } from '../../helpers/wasm-kernel.js';

const batch = namedDim('batch');

test.each(['ascending', 'descending'] as const)('%s: a line longer than the room for it is sorted in rounds', (method) => {
  const size = 150_001;
  const x = Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 50_021) - 25_000);
  const sign = method === 'ascending' ? 1 : -1;
  const want = Int32Array.from([...x.keys()].sort((i, j) => sign * (x[i]! - x[j]!) || i - j));
  for (const length of [size, batch]) {
    const I = axis('i', length);
    const store = { tensor: 1, index: axisIndex(I), value: local('acc', 'i32') };
    const part: LinePart = { kind: 'line', rows: [], axis: I, method, value: load(0, axisIndex(I)), store };
    const tensors = [read('x', length), write('y', length, 'i32')];
    const [, got] = runWasmKernel({ name: 'line', tensors, parts: [part] }, [x, new Int32Array(size)], new Map([['batch', size]]));
    expect(Buffer.from(got!.buffer).equals(Buffer.from(want.buffer))).toBe(true);
  }
});
