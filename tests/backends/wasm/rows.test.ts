import { expect, test } from 'vitest';
import { type Dim, mulDims, namedDim } from '../../../compiler/ir/dim.js';
import type { DType } from '../../../compiler/ir/types.js';
import type { Axis, ScalarExpr } from '../../../compiler/kernel/expr.js';
import { add, axisIndex, floorDiv, mod, mul, sizeIndex, sub, zero } from '../../../compiler/kernel/index-math.js';
import type { Combine, KernelTensor, Part, RowStep, ScatterPart } from '../../../compiler/kernel/kernel.js';
import { evaluateKernel } from '../../helpers/evaluate-kernel.js';
import { apply, axis, constant, load, local, read, readWrite, rowMajor, typed, write } from '../../helpers/kernel-parts.js';
import { runWasmKernel } from '../../helpers/wasm-kernel.js';
import { checkKernel } from './check-kernel.js';

const batch = namedDim('batch');
const combines: readonly Combine[] = ['sum', 'prod', 'max', 'min', 'argmax', 'argmin'];

/** A row without elements has no greatest one. */
const hasPosition = (combine: Combine): boolean => combine.startsWith('arg');

/** result[row] = combine over inner of x[row, inner], or of x[inner, row] if `leading`. */
function reduction(combine: Combine, rows: Dim, inner: Dim, dtype: DType, leading = false): [Part[], KernelTensor[]] {
  const [R, I] = [axis('r', rows), axis('i', inner)];
  const x = load(0, leading ? rowMajor(I, R) : rowMajor(R, I), dtype);
  const out = hasPosition(combine) ? 'i32' : dtype;
  const value = combine === 'prod' && dtype === 'f32' ? apply('add', x, constant(1.4)) : x;
  const steps: RowStep[] = [
    { kind: 'reduce', name: 'found', combine, dtype: out, value },
    { kind: 'storeRow', tensor: 1, index: axisIndex(R), value: local('found', out) },
  ];
  return [[{ kind: 'rows', rows: [R], inner: [I], steps }], [read('x', mulDims(rows, inner), dtype), write('y', rows, out)]];
}

const roundingOf = (combine: Combine): number => (combine === 'prod' ? 1e-5 : 4e-7);

test.each(combines)('%s along rows and across them', (combine) => {
  for (const [rows, inner] of [
    [1, 1],
    [7, 5],
    [3, 101],
    [19, 34],
    [0, 4],
  ] as const) {
    for (const leading of [false, true]) {
      checkKernel(...reduction(combine, rows, inner, 'f32', leading), {}, inner * 4, roundingOf(combine));
      if (rows === 3) checkKernel(...reduction(combine, rows, inner, 'i32', leading), {});
    }
  }
});

test('a row of no elements', () => {
  for (const combine of combines.filter((each) => !hasPosition(each))) checkKernel(...reduction(combine, 4, 0, 'f32'));
});

test.each(combines)('%s where sizes are known at run time', (combine) => {
  for (const size of [0, 1, 2, 131]) {
    for (const leading of [false, true]) {
      const run = (rows: Dim, inner: Dim): void =>
        checkKernel(...reduction(combine, rows, inner, 'f32', leading), { batch: size }, size * 4, roundingOf(combine));
      if (size > 0 || !hasPosition(combine)) run(6, batch);
      run(batch, 22);
    }
  }
});

test('a sum over no elements of as many rows as are known at run time', () => {
  const [I, J] = [axis('i', batch), axis('j', 0)];
  const steps: RowStep[] = [
    { kind: 'reduce', name: 'total', combine: 'sum', dtype: 'f32', value: load(0, rowMajor(I, J)) },
    { kind: 'storeRow', tensor: 1, index: zero, value: local('total') },
  ];
  checkKernel([{ kind: 'rows', rows: [], inner: [I, J], steps }], [read('x', 0), write('y', 1)], { batch: 3 });
});

test('long sums keep their precision', () => {
  for (const [rows, inner, leading] of [
    [1, 100_003, false],
    [3, 20_000, true],
  ] as const) {
    const [[part], tensors] = reduction('sum', rows, inner, 'f32', leading);
    const x = Float32Array.from({ length: rows * inner }, (_, i) => 1 + ((i * 37) % 101) / 100);
    const kernel = { name: 'sum', tensors, parts: [part!] };
    const [, got] = runWasmKernel(kernel, [x, new Float32Array(rows)], new Map());
    const want = Float64Array.from({ length: rows }, () => 0);
    x.forEach((value, i) => {
      want[leading ? i % rows : Math.floor(i / inner)]! += value;
    });
    // One after the other they would be off by some ten thousandths.
    got!.forEach((sum, row) => {
      expect(Math.abs(sum / want[row]! - 1)).toBeLessThan(5e-7);
    });
  }
});

test.each(['max', 'min', 'argmax', 'argmin'] as const)('%s of a row with NaN, and of infinities', (combine) => {
  const [[part], tensors] = reduction(combine, 4, 5, 'f32');
  const rows = [1, 2, NaN, 9, NaN, -Infinity, -Infinity, -Infinity, -Infinity, -Infinity, Infinity, Infinity, 0, 0, 0, -0, 0, 3, 3, -3];
  const kernel = { name: 'extreme', tensors, parts: [part!] };
  const before = [Float32Array.from(rows), hasPosition(combine) ? new Int32Array(4) : new Float32Array(4)];
  const [, got] = runWasmKernel(kernel, before, new Map());
  expect([...got!].map((x) => x + 0)).toEqual([...evaluateKernel(kernel, before, new Map())[1]!].map((x) => x + 0));
});

test('softmax in one kernel', () => {
  for (const [rows, inner] of [
    [3, 10],
    [2, 300],
    [0, 3],
    [3, 0],
  ] as const) {
    const [R, I] = [axis('r', rows), axis('i', inner)];
    const x = load(0, rowMajor(R, I));
    const e = apply('exp', apply('sub', x, local('highest')));
    const steps: RowStep[] = [
      { kind: 'reduce', name: 'highest', combine: 'max', dtype: 'f32', value: x },
      { kind: 'reduce', name: 'total', combine: 'sum', dtype: 'f32', value: e },
      { kind: 'let', name: 'scale', dtype: 'f32', value: apply('div', constant(1), local('total')) },
      { kind: 'storeElement', tensor: 1, index: rowMajor(R, I), value: apply('mul', e, local('scale')) },
      { kind: 'storeRow', tensor: 2, index: axisIndex(R), value: apply('log', local('total')) },
    ];
    const tensors = [read('x', rows * inner), write('y', rows * inner), write('z', rows)];
    checkKernel([{ kind: 'rows', rows: [R], inner: [I], steps }], tensors);
  }
});

test('several axes on either side', () => {
  const [B, C, Y, X] = [axis('b', 2), axis('c', 3), axis('y', 8), axis('x', 8)] as const;
  const x = load(0, rowMajor(B, C, Y, X));
  const splits: readonly (readonly [readonly Axis[], readonly Axis[]])[] = [
    [
      [B, C],
      [Y, X],
    ],
    [[C], [B, Y, X]],
    [
      [Y, X],
      [B, C],
    ],
    [
      [B, Y],
      [C, X],
    ],
    [[], [B, C, Y, X]],
  ];
  for (const [rows, inner] of splits) {
    const steps: RowStep[] = [
      { kind: 'reduce', name: 'sum', combine: 'sum', dtype: 'f32', value: x },
      { kind: 'reduce', name: 'place', combine: 'argmax', dtype: 'i32', value: x },
      { kind: 'storeRow', tensor: 1, index: rowMajor(...rows), value: local('sum') },
      { kind: 'storeRow', tensor: 2, index: rowMajor(...rows), value: local('place', 'i32') },
    ];
    const count = rows.reduce((n, a) => n * (a.size as number), 1);
    checkKernel([{ kind: 'rows', rows, inner, steps }], [read('x', 384), write('y', count), write('z', count, 'i32')], {}, 384);
  }
});

test('a gathered index, a division of something negative, bools in memory', () => {
  const I = axis('i', 20);
  const i = axisIndex(I);
  const clamped = typed('i32', 'minimum', typed('i32', 'maximum', load(1, i, 'i32'), constant(0, 'i32')), constant(7, 'i32'));
  const gathered = load(0, add(mul({ kind: 'value', value: clamped }, 3), sizeIndex(1)));
  const shifted: ScalarExpr = { kind: 'index', dtype: 'i32', index: floorDiv(sub(i, sizeIndex(9)), 4) };
  const wrapped: ScalarExpr = { kind: 'index', dtype: 'i32', index: mod(sub(i, sizeIndex(9)), 4) };
  const mask = load(4, i, 'bool');
  const steps: RowStep[] = [
    { kind: 'storeRow', tensor: 2, index: i, value: typed('bool', 'xor', typed('bool', 'lt', gathered, constant(0)), mask) },
    { kind: 'storeRow', tensor: 3, index: i, value: typed('i32', 'mul', typed('i32', 'neg', shifted), wrapped) },
    { kind: 'storeRow', tensor: 5, index: i, value: apply('select', typed('bool', 'not', mask), gathered, constant(5)) },
    { kind: 'storeRow', tensor: 6, index: i, value: typed('bool', 'select', mask, typed('bool', 'eq', mask, constant(1, 'bool')), mask) },
  ];
  const tensors = [
    read('x', 24),
    read('rows', 20, 'i32'),
    write('y', 20, 'bool'),
    write('z', 20, 'i32'),
    read('mask', 20, 'bool'),
    write('w', 20),
    write('v', 20, 'bool'),
  ];
  checkKernel([{ kind: 'rows', rows: [I], inner: [], steps }], tensors);
});

/** out[i] = f(x[i - 2]) inside, else x[i]: both sides read where the other may not. */
function padded(side: (x: ScalarExpr) => ScalarExpr): [Part[], KernelTensor[]] {
  const I = axis('i', 9);
  const low = sub(axisIndex(I), sizeIndex(4));
  const nested: ScalarExpr = {
    kind: 'guard',
    dtype: 'f32',
    conditions: [{ kind: 'inRange', index: axisIndex(I), low: zero, high: sizeIndex(2) }],
    value: side(load(0, axisIndex(I))),
    otherwise: side(load(0, sub(axisIndex(I), sizeIndex(2)))),
  };
  const value: ScalarExpr = {
    kind: 'guard',
    dtype: 'f32',
    conditions: [{ kind: 'inRange', index: low, low: zero, high: sizeIndex(5) }],
    value: side(load(0, low)),
    otherwise: nested,
  };
  return [
    [{ kind: 'rows', rows: [I], inner: [], steps: [{ kind: 'storeRow', tensor: 1, index: axisIndex(I), value }] }],
    [read('x', 5), write('y', 9)],
  ];
}

test('a position taken apart where each lane has its own', () => {
  // Where the greatest of a window lies in an image of four columns: the window's position, row by row of the image.
  const [C, X, J, K] = [axis('c', 6), axis('x', 2), axis('j', 2), axis('k', 2)];
  const x = load(0, add(mul(axisIndex(C), 8), add(mul(axisIndex(J), 4), add(mul(axisIndex(X), 2), axisIndex(K)))));
  const found = { kind: 'value' as const, value: local('found', 'i32') };
  const at = add(mul(floorDiv(found, 2), 4), add(mul(axisIndex(X), 2), mod(found, 2)));
  const steps: RowStep[] = [
    { kind: 'reduce', name: 'found', combine: 'argmax', dtype: 'i32', value: x },
    { kind: 'storeRow', tensor: 1, index: rowMajor(C, X), value: { kind: 'index', dtype: 'i32', index: at } },
  ];
  checkKernel([{ kind: 'rows', rows: [C, X], inner: [J, K], steps }], [read('x', 48), write('y', 12, 'i32')]);
});

test('guards within guards, plain and with names of their own', () => {
  checkKernel(...padded((x) => x));
  checkKernel(...padded((x) => apply('mul', x, apply('exp', x))));
});

test('updates in place', () => {
  const I = axis('i', batch);
  const i = axisIndex(I);
  const velocity = apply('add', apply('mul', load(1, i), constant(0.9)), load(2, i));
  const steps: RowStep[] = [
    { kind: 'storeRow', tensor: 0, index: i, value: apply('sub', load(0, i), apply('mul', load(3, zero), velocity)) },
    { kind: 'storeRow', tensor: 1, index: i, value: velocity },
  ];
  const tensors = [readWrite('p', batch), readWrite('v', batch), read('g', batch), read('lr', 1)];
  for (const size of [0, 1, 777]) checkKernel([{ kind: 'rows', rows: [I], inner: [], steps }], tensors, { batch: size });
});

test('updates are scattered in order and dropped where the conditions fail', () => {
  const [I, J] = [axis('i', 6), axis('j', 2)];
  const to: ScalarExpr = load(1, axisIndex(I), 'i32');
  const target = { kind: 'value' as const, value: to };
  const part = (tensor: number, value: ScalarExpr): ScatterPart => ({
    kind: 'scatter',
    combine: 'sum',
    updates: [I, J],
    conditions: [{ kind: 'inRange', index: target, low: zero, high: sizeIndex(3) }],
    store: { tensor, index: add(mul(target, 2), axisIndex(J)), value },
  });
  const kernel = {
    name: 'scatter',
    tensors: [readWrite('base', 6), read('to', 6, 'i32'), read('x', 12), readWrite('counts', 6, 'i32')],
    parts: [part(0, load(2, rowMajor(I, J))), part(3, constant(2147483647, 'i32'))],
  };
  const before = [
    Float32Array.of(1, 1, 1, 1, 1, 1),
    Int32Array.of(0, 2, -1, 0, 3, 2),
    Float32Array.from({ length: 12 }, (_, i) => i),
    new Int32Array(6),
  ];
  const [base, , , counts] = runWasmKernel(kernel, before, new Map());
  expect([...base!]).toEqual([1 + 0 + 6, 1 + 1 + 7, 1, 1, 1 + 2 + 10, 1 + 3 + 11]);
  expect([...counts!]).toEqual([-2, -2, 0, 0, -2, -2]);
});
