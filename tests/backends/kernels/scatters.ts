/** Kernels whose turns depend on each other or on values: updates of gathered places, lines, random numbers. */
import { type Dim, mulDims, namedDim } from '../../../compiler/ir/dim.js';
import type { DType } from '../../../compiler/ir/types.js';
import type { IndexCondition, IndexExpr, ScalarExpr } from '../../../compiler/kernel/expr.js';
import { add, axisIndex, mul, sizeIndex, zero } from '../../../compiler/kernel/index-math.js';
import type { KernelTensor, LineMethod, LinePart, Part, ScatterPart } from '../../../compiler/kernel/kernel.js';
import { apply, axis, constant, load, local, read, readWrite, rowMajor, typed, write } from '../../helpers/kernel-parts.js';
import { type KernelCase, type KernelRun, kernelCase, run } from './kernel-run.js';

const batch = namedDim('batch');

/** target[to[i], j] combined with x[i, j], where to[i] is a row of the target, or of none. */
function scatter(combine: 'sum' | 'max', rows: number, width: number, dtype: 'f32' | 'i32'): KernelRun {
  const size = width === 7 ? batch : width;
  const [I, J] = [axis('i', rows), axis('j', size)];
  const to: IndexExpr = { kind: 'value', value: load(1, axisIndex(I), 'i32') };
  const conditions: IndexCondition[] = [{ kind: 'inRange', index: to, low: zero, high: sizeIndex(3) }];
  const store = { tensor: 0, index: add(mul(to, size), axisIndex(J)), value: load(2, rowMajor(I, J), dtype) };
  const part: ScatterPart = { kind: 'scatter', combine, updates: [I, J], conditions, store };
  const tensors = [readWrite('target', mulDims(3, size), dtype), read('to', rows, 'i32'), read('x', mulDims(rows, size), dtype)];
  const elements = (length: number, each: (i: number) => number) =>
    dtype === 'f32' ? Float32Array.from({ length }, (_, i) => each(i)) : Int32Array.from({ length }, (_, i) => each(i));
  const given = [
    elements(3 * width, (i) => i - 5),
    Int32Array.from({ length: rows }, (_, i) => ((i * 5) % 6) - 1),
    elements(rows * width, (i) => ((i * 31) % 17) - 8),
  ];
  return run([part], tensors, { sizes: [{ batch: width }], given, exact: true });
}

function* scatters(): Generator<KernelRun> {
  for (const combine of ['sum', 'max'] as const) {
    for (const width of [1, 2, 4, 7]) {
      for (const dtype of ['f32', 'i32'] as const) yield scatter(combine, 9, width, dtype);
    }
    yield scatter(combine, 0, 5, 'f32');
  }
}

function toSamePlaces(): KernelRun {
  const I = axis('i', 11);
  const to: IndexExpr = { kind: 'value', value: load(1, axisIndex(I), 'i32') };
  const store = { tensor: 0, index: to, value: load(2, axisIndex(I)) };
  const part: ScatterPart = { kind: 'scatter', combine: 'sum', updates: [I], conditions: [], store };
  const given = [
    new Float32Array(4),
    Int32Array.from({ length: 11 }, (_, i) => (i * i) % 4),
    Float32Array.from({ length: 11 }, (_, i) => i),
  ];
  return run([part], [readWrite('target', 4), read('to', 11, 'i32'), read('x', 11)], { given, exact: true });
}

function wrappingCounts(): KernelRun {
  const I = axis('i', 6);
  const to: IndexExpr = { kind: 'value', value: load(1, axisIndex(I), 'i32') };
  const store = { tensor: 0, index: to, value: constant(2147483647, 'i32') };
  const conditions: IndexCondition[] = [{ kind: 'inRange', index: to, low: zero, high: sizeIndex(3) }];
  const part: ScatterPart = { kind: 'scatter', combine: 'sum', updates: [I], conditions, store };
  const given = [new Int32Array(3), Int32Array.of(0, 2, -1, 0, 3, 2)];
  return run([part], [readWrite('counts', 3, 'i32'), read('to', 6, 'i32')], { given });
}

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

function* lines(method: LineMethod): Generator<KernelRun> {
  for (const [rows, size] of [
    [1, 1],
    [3, 7],
    [2, 130],
    [0, 4],
    [4, 0],
  ] as const) {
    yield run(...line(method, rows, size, 'f32', size === 7), { gpu: size === 7 });
  }
  yield run(...line(method, 3, 7, 'i32', false));
  yield run(...line(method, 3, batch, 'f32', true), { sizes: [{ batch: 0 }, { batch: 1 }, { batch: 33 }] });
}

function oddLine(method: LineMethod): KernelRun {
  const x = Float32Array.of(0, NaN, -0, 3, -Infinity, NaN, 3, Infinity, -1, -1, -2, NaN, 1e-45, -1e-45, 0, -0);
  return run(...line(method, 2, 8, 'f32', false), { given: [x, new Int32Array(16)] });
}

function* draws(): Generator<KernelRun> {
  const random = (stream: IndexExpr, index: IndexExpr): ScalarExpr => ({ kind: 'random', dtype: 'f32', rng: 1, stream, index });
  for (const [n, seed] of [
    [1, 0],
    [3, 123],
    [6, -5],
    [13, -1234567],
    [1030, 2 ** 31 - 1],
  ] as const) {
    const [R, I] = [axis('r', 2), axis('i', n)];
    const [r, i] = [axisIndex(R), axisIndex(I)];
    const counted = random(add(r, sizeIndex(5)), rowMajor(R, I));
    const gathered = random(sizeIndex(2), { kind: 'value', value: load(3, i, 'i32') });
    const strided = random({ kind: 'value', value: load(3, i, 'i32') }, add(mul(i, 3), sizeIndex(7)));
    const values = [counted, gathered, strided];
    const steps = values.map((value, k) => ({ kind: 'storeRow' as const, tensor: [0, 2, 4][k]!, index: rowMajor(R, I), value }));
    const tensors = [write('a', 2 * n), read('rng', 2, 'i32'), write('b', 2 * n), read('at', n, 'i32'), write('c', 2 * n)];
    const squares = Int32Array.from({ length: n }, (_, k) => k * k);
    const given = [new Float32Array(2 * n), Int32Array.of(seed, 89), new Float32Array(2 * n), squares, new Float32Array(2 * n)];
    yield run([{ kind: 'rows', rows: [R, I], inner: [], steps }], tensors, { given, exact: true, gpu: n === 1030 });
  }
}

/** One after the other into a result of their own, as they are and as a part of a value. */
function* drawsInOrder(): Generator<KernelRun> {
  for (const isAlone of [true, false]) {
    const part = (rows: number, n: Dim): [Part[], KernelTensor[]] => {
      const [R, I] = [axis('r', rows), axis('i', n)];
      const at = rowMajor(R, I);
      const random: ScalarExpr = {
        kind: 'random',
        dtype: 'f32',
        rng: 1,
        stream: add(axisIndex(R), sizeIndex(3)),
        index: add(at, sizeIndex(5)),
      };
      const kept = apply('select', typed('bool', 'lt', random, constant(0.25)), constant(0), load(2, at));
      const tensors = [write('a', mulDims(rows, n)), read('rng', 2, 'i32'), ...(isAlone ? [] : [read('x', mulDims(rows, n))])];
      return [
        [{ kind: 'rows', rows: [R, I], inner: [], steps: [{ kind: 'storeRow', tensor: 0, index: at, value: isAlone ? random : kept }] }],
        tensors,
      ];
    };
    for (const rows of [1, 2]) {
      for (const n of [31, 33, 64, 1030]) yield run(...part(rows, n), { exact: true });
      yield run(...part(rows, namedDim('n')), { sizes: [0, 3, 37, 1025, 2052].map((n) => ({ n })), exact: true });
    }
  }
}

export const scattersLinesAndDraws: readonly KernelCase[] = [
  kernelCase('updates go to their rows, in order; those of no row are dropped', scatters()),
  kernelCase('every element of a line to a place of its own, several to the same', [toSamePlaces()]),
  kernelCase('counts are added modulo 2^32', [wrappingCounts()]),
  ...methods.map((method) => kernelCase(`${method} of lines`, lines(method))),
  ...methods.slice(2).map((method) => kernelCase(`${method} of lines with NaN, infinities and equal elements`, [oddLine(method)])),
  kernelCase('random numbers have the same bits at every position', draws()),
  kernelCase('random numbers drawn in order', drawsInOrder()),
];
