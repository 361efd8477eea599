import { expect, test } from 'vitest';
import { type Dim, mulDims, namedDim } from '../../../compiler/ir/dim.js';
import type { DType } from '../../../compiler/ir/types.js';
import type { KernelTensor, LineMethod, LinePart } from '../../../compiler/kernel/kernel.js';
import { axis, load, local, read, rowMajor, write } from '../../helpers/kernel-parts.js';
import { runWasmKernel } from '../../helpers/wasm-kernel.js';
import { checkKernel, interpretKernel } from './check-kernel.js';

const batch = namedDim('batch');
const methods: readonly LineMethod[] = ['sum', 'prod', 'argmax', 'ascending', 'descending'];

/** The method along the line, for each of `rows`; `across`: lines lie across memory. */
function line(method: LineMethod, rows: Dim, size: Dim, dtype: DType, across: boolean): [LinePart[], KernelTensor[]] {
  const [R, I] = [axis('r', rows), axis('i', size)];
  const at = across ? rowMajor(I, R) : rowMajor(R, I);
  const out = method === 'sum' || method === 'prod' ? dtype : 'i32';
  const store = { tensor: 1, index: at, value: local('acc', out) };
  const count = mulDims(rows, size);
  return [
    [{ kind: 'line', rows: [R], axis: I, method, value: load(0, at, dtype), store }],
    [read('x', count, dtype), write('y', count, out)],
  ];
}

test.each(methods)('%s of lines', (method) => {
  for (const [rows, size] of [
    [1, 1],
    [3, 7],
    [2, 130],
    [0, 4],
    [4, 0],
  ] as const) {
    checkKernel(...line(method, rows, size, 'f32', size === 7), {});
    if (size === 7) checkKernel(...line(method, rows, size, 'i32', false), {});
  }
  for (const size of [0, 1, 33]) checkKernel(...line(method, 3, batch, 'f32', true), { batch: size });
});

test.each(methods.slice(2))('%s with NaN, infinities and equal elements', (method) => {
  const [parts, tensors] = line(method, 2, 8, 'f32', false);
  const kernel = { name: 'line', tensors, parts };
  const x = Float32Array.of(0, NaN, -0, 3, -Infinity, NaN, 3, Infinity, -1, -1, -2, NaN, 1e-45, -1e-45, 0, -0);
  const before = [x, new Int32Array(16)];
  const [, want] = interpretKernel(kernel, before, new Map());
  const [, got] = runWasmKernel(kernel, before, new Map());
  expect([...got!]).toEqual([...want!]);
});

test.each(['ascending', 'descending'] as const)('%s: a line longer than the room for it is sorted in rounds', (method) => {
  const size = 150_001;
  const x = Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 50_021) - 25_000);
  const sign = method === 'ascending' ? 1 : -1;
  const want = Int32Array.from([...x.keys()].sort((i, j) => sign * (x[i]! - x[j]!) || i - j));
  for (const length of [size, batch]) {
    const [parts, tensors] = line(method, 1, length, 'f32', false);
    const [, got] = runWasmKernel({ name: 'line', tensors, parts }, [x, new Int32Array(size)], new Map([['batch', size]]));
    expect(Buffer.from(got!.buffer).equals(Buffer.from(want.buffer))).toBe(true);
  }
});
