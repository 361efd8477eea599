import { expect, test } from 'vitest';
import { namedDim } from '../../../compiler/ir/dim.js';
import type { IndexCondition, IndexExpr } from '../../../compiler/kernel/expr.js';
import { add, axisIndex, mul, sizeIndex, zero } from '../../../compiler/kernel/index-math.js';
import type { ScatterPart } from '../../../compiler/kernel/kernel.js';
import { axis, load, read, readWrite, rowMajor } from '../../helpers/kernel-parts.js';
import { runWasmKernel } from '../../helpers/wasm-kernel.js';
import { interpretKernel } from './check-kernel.js';

const batch = namedDim('batch');

/** target[to[i], j] combined with x[i, j], where to[i] is a row of the target. */
function scatter(combine: 'sum' | 'max', rows: number, width: number, isSymbolic: boolean, dtype: 'f32' | 'i32'): void {
  const [I, J] = [axis('i', rows), axis('j', isSymbolic ? batch : width)];
  const to: IndexExpr = { kind: 'value', value: load(1, axisIndex(I), 'i32') };
  const conditions: IndexCondition[] = [{ kind: 'inRange', index: to, low: zero, high: sizeIndex(3) }];
  const size = isSymbolic ? batch : width;
  const store = { tensor: 0, index: add(mul(to, size), axisIndex(J)), value: load(2, rowMajor(I, J), dtype) };
  const part: ScatterPart = { kind: 'scatter', combine, updates: [I, J], conditions, store };
  const tensors = [readWrite('target', 3 * width, dtype), read('to', rows, 'i32'), read('x', rows * width, dtype)];
  const elements = (length: number, at: (i: number) => number) =>
    dtype === 'f32' ? Float32Array.from({ length }, (_, i) => at(i)) : Int32Array.from({ length }, (_, i) => at(i));
  const before = [
    elements(3 * width, (i) => i - 5),
    Int32Array.from({ length: rows }, (_, i) => ((i * 5) % 6) - 1),
    elements(rows * width, (i) => ((i * 31) % 17) - 8),
  ];
  const kernel = { name: 'scatter', tensors, parts: [part] };
  const dims = new Map([['batch', width]]);
  const [want] = interpretKernel(kernel, before, dims);
  for (const last of [0, 1, 2, undefined]) {
    const [got] = runWasmKernel(kernel, before, dims, last !== undefined && before[last]!.length > 0 ? { last } : {});
    expect([...got!]).toEqual([...want!]);
  }
}

test('updates go to their rows, in order; those of no row are dropped', () => {
  for (const combine of ['sum', 'max'] as const) {
    for (const width of [1, 2, 4, 7]) {
      for (const dtype of ['f32', 'i32'] as const) scatter(combine, 9, width, width === 7, dtype);
    }
    scatter(combine, 0, 5, false, 'f32');
  }
});

test('every element of a line to a place of its own, several to the same', () => {
  const I = axis('i', 11);
  const to: IndexExpr = { kind: 'value', value: load(1, axisIndex(I), 'i32') };
  const part: ScatterPart = {
    kind: 'scatter',
    combine: 'sum',
    updates: [I],
    conditions: [],
    store: { tensor: 0, index: to, value: load(2, axisIndex(I)) },
  };
  const kernel = { name: 'scatter', tensors: [readWrite('target', 4), read('to', 11, 'i32'), read('x', 11)], parts: [part] };
  const before = [
    new Float32Array(4),
    Int32Array.from({ length: 11 }, (_, i) => (i * i) % 4),
    Float32Array.from({ length: 11 }, (_, i) => i),
  ];
  const [want] = interpretKernel(kernel, before, new Map());
  expect([...runWasmKernel(kernel, before, new Map())[0]!]).toEqual([...want!]);
});
