import { expect, test } from 'vitest';
import { emitWasm } from '../../../compiler/backends/wasm/index.js';
import { type Dim, evaluateDim, mulDims, namedDim } from '../../../compiler/ir/dim.js';
import type { IndexExpr, ScalarExpr } from '../../../compiler/kernel/expr.js';
import { add, axisIndex, mod, mul, sizeIndex, sub, zero } from '../../../compiler/kernel/index-math.js';
import type { KernelTensor, Part, RowStep } from '../../../compiler/kernel/kernel.js';
import { apply, axis, constant, load, read, readWrite, rowMajor, typed, write } from '../../helpers/kernel-parts.js';
import { checkKernel } from './check-kernel.js';

const batch = namedDim('batch');
const sizes = [1, 2, 3, 4, 5, 8, 11, 40];

const rowsOf = (rows: ReturnType<typeof axis>[], ...steps: RowStep[]): Part => ({ kind: 'rows', rows, inner: [], steps });
const store = (tensor: number, index: IndexExpr, value: ScalarExpr): RowStep => ({ kind: 'storeRow', tensor, index, value });

test('every size has its tail', () => {
  const part = (n: Dim): [Part[], KernelTensor[]] => {
    const I = axis('i', n);
    const i = axisIndex(I);
    const y = apply('sqrt', apply('abs', apply('sub', load(0, i), constant(0.5))));
    return [[rowsOf([I], store(1, i, y))], [read('x', n), write('y', n)]];
  };
  for (const size of [0, ...sizes, 1021, 2052]) checkKernel(...part(size));
  for (const size of [0, ...sizes, 1021, 2052]) checkKernel(...part(batch), { batch: size });
});

test('memory read forwards, backwards, with gaps, and the same for all', () => {
  for (const size of [3, 4, 9, 22]) {
    for (const stride of [1, 2, 3, -1, -2, 0]) {
      const [R, I] = [axis('r', 3), axis('i', size)];
      const span = size * Math.abs(stride) + 2;
      const start = stride < 0 ? size * -stride : 1;
      const x = load(0, add(mul(axisIndex(R), span), mul(axisIndex(I), stride), sizeIndex(start - 1)));
      const next = load(0, add(mul(axisIndex(R), span), mul(axisIndex(I), stride), sizeIndex(start)));
      const part = rowsOf([R, I], store(1, rowMajor(R, I), apply('add', x, apply('mul', next, constant(2)))));
      checkKernel([part], [read('x', 3 * span), write('y', 3 * size)]);
    }
  }
});

test('transposing copies, whole tiles and what is left', () => {
  const transpose = (rows: Dim, columns: Dim): [Part[], KernelTensor[]] => {
    const [B, R, C] = [axis('b', 2), axis('r', rows), axis('c', columns)];
    const y = apply('add', load(0, rowMajor(B, C, R)), load(1, rowMajor(R, C)));
    const whole = mulDims(2, mulDims(rows, columns));
    return [[rowsOf([B, R, C], store(2, rowMajor(B, R, C), y))], [read('x', whole), read('z', mulDims(rows, columns)), write('y', whole)]];
  };
  for (const [rows, columns] of [
    [4, 4],
    [5, 9],
    [8, 80],
    [70, 3],
  ] as const) {
    checkKernel(...transpose(rows, columns));
    checkKernel(...transpose(batch, columns), { batch: rows });
    checkKernel(...transpose(rows, batch), { batch: columns });
  }
});

/** y = x with a border of `low` and `high` elements, the border taken from elsewhere. */
function padded(n: Dim, low: number, high: number, border: (i: IndexExpr) => ScalarExpr): [Part[], KernelTensor[]] {
  const total = add(sizeIndex(n), sizeIndex(low + high));
  const size = total.kind === 'number' ? total.value : total.kind === 'size' ? total.dim : 0;
  const [R, I] = [axis('r', 3), axis('i', size)];
  const inner = sub(axisIndex(I), sizeIndex(low));
  const value: ScalarExpr = {
    kind: 'guard',
    dtype: 'f32',
    conditions: [{ kind: 'inRange', index: inner, low: zero, high: sizeIndex(n) }],
    value: apply('mul', load(0, add(mul(axisIndex(R), n), inner)), constant(3)),
    otherwise: border(axisIndex(I)),
  };
  const part = rowsOf([R, I], store(2, add(mul(axisIndex(R), size), axisIndex(I)), value));
  return [[part], [read('x', mulDims(3, n)), read('z', size), write('y', mulDims(3, size))]];
}

test('borders: nothing is read outside', () => {
  for (const [low, high] of [
    [1, 1],
    [0, 5],
    [6, 3],
  ] as const) {
    for (const n of [1, 4, 7, 30]) {
      checkKernel(...padded(n, low, high, () => constant(-1)));
      checkKernel(...padded(batch, low, high, (i) => load(1, i)), { batch: n });
    }
  }
});

test('every other element, a remainder, and a position that is gathered', () => {
  for (const n of [6, 13]) {
    const I = axis('i', n);
    const i = axisIndex(I);
    const even: ScalarExpr = {
      kind: 'guard',
      dtype: 'f32',
      conditions: [{ kind: 'divisible', index: i, by: 2 }],
      value: load(0, i),
      otherwise: constant(7),
    };
    const third: ScalarExpr = { ...even, conditions: [{ kind: 'divisible', index: add(i, sizeIndex(1)), by: 3 }] };
    const clamped = typed('i32', 'minimum', typed('i32', 'maximum', load(1, i, 'i32'), constant(0, 'i32')), constant(n - 1, 'i32'));
    const gathered = load(0, { kind: 'value', value: clamped });
    const position: ScalarExpr = { kind: 'index', dtype: 'i32', index: add(mul(i, 3), sizeIndex(2)) };
    const part = rowsOf(
      [I],
      store(2, i, apply('add', apply('add', even, third), apply('mul', gathered, load(0, mod(i, 3))))),
      store(3, i, typed('i32', 'add', position, load(1, i, 'i32'))),
    );
    checkKernel([part], [read('x', n), read('at', n, 'i32'), write('y', n), write('z', n, 'i32')]);
  }
});

test('bools are 0 and 1 in memory, masks in between', () => {
  for (const n of [3, 18]) {
    const I = axis('i', n);
    const i = axisIndex(I);
    const [a, x] = [load(0, i, 'bool'), load(1, i)];
    const less = typed('bool', 'lt', x, constant(0.25));
    const both = typed('bool', 'or', typed('bool', 'and', a, less), typed('bool', 'not', typed('bool', 'xor', a, less)));
    const part = rowsOf(
      [I],
      store(2, i, typed('bool', 'eq', both, a)),
      store(3, i, typed('i32', 'add', typed('i32', 'cast', both), typed('i32', 'cast', x))),
      store(4, i, apply('select', both, apply('cast', less), apply('sign', x))),
      store(5, i, typed('bool', 'isNan', apply('div', x, apply('cast', a)))),
      store(6, i, typed('bool', 'select', a, less, typed('bool', 'cast', x))),
    );
    const tensors = [read('a', n, 'bool'), read('x', n), write('b', n, 'bool'), write('c', n, 'i32'), write('d', n)];
    checkKernel([part], [...tensors, write('e', n, 'bool'), write('f', n, 'bool')]);
  }
});

test('what is read and written is touched once', () => {
  for (const n of [5, 7, 1026]) {
    const I = axis('i', n);
    const i = axisIndex(I);
    checkKernel([rowsOf([I], store(0, i, apply('mul', load(0, i), constant(3))))], [readWrite('x', n)]);
  }
});

test('a kernel reads like one written by hand', () => {
  const [I, J] = [axis('i', batch), axis('j', 8)];
  const index = rowMajor(I, J);
  const part: Part = rowsOf([I, J], store(2, index, apply('mul', load(0, index), load(1, zero))));
  const tensors = [read('x', mulDims(batch, 8)), read('rate', 1), write('y', mulDims(batch, 8))];
  const { source, sizes, grains, work } = emitWasm({ name: 'scale', tensors, parts: [part] });
  expect(source).toMatchInlineSnapshot(`
    "(func $scale (param $x i32) (param $rate i32) (param $y i32) (param $batch i32) (param $from i32) (param $to i32)
      (local $last i32) (local $size i32) (local $first i32) (local $last2 i32) (local $iAt i32) (local $xAt i32) (local $yAt i32) (local $end i32) (local $rateValue v128) (local $value v128)
      (local.set $size (i32.shl (local.get $batch) (i32.const 3)))
      (local.set $rateValue (v128.load32_splat (local.get $rate)))
      (local.set $last (i32.shl (local.get $to) (i32.const 10)))
      (local.set $first (i32.shl (local.get $from) (i32.const 10)))
      (local.set $last2 (select (local.get $last) (local.get $size) (i32.lt_s (local.get $last) (local.get $size))))
      (if (i32.lt_s (local.get $first) (local.get $last2))
        (then
          (local.set $iAt (i32.shl (local.get $first) (i32.const 2)))
          (local.set $end (i32.shl (local.get $last2) (i32.const 2)))
          (loop $each_i
            (local.set $xAt (i32.add (local.get $x) (local.get $iAt)))
            (local.set $yAt (i32.add (local.get $y) (local.get $iAt)))
            (local.set $value (f32x4.mul (v128.load (local.get $xAt)) (local.get $rateValue)))
            (v128.store (local.get $yAt) (local.get $value))
            (br_if $each_i (i32.lt_s (local.tee $iAt (i32.add (local.get $iAt) (i32.const 16))) (local.get $end)))
          )
        )
      )
    )"
  `);
  expect(sizes).toEqual([batch]);
  const dims = new Map([['batch', 1000]]);
  expect([evaluateDim(grains!, dims), evaluateDim(work!, dims)]).toEqual([8, 32_000]);
});
