/** Kernels of maps: how elements lie in memory, borders, masks. Sizes around the lengths of vectors and tiles. */
import { type Dim, mulDims, namedDim } from '../../../compiler/ir/dim.js';
import type { IndexExpr, ScalarExpr } from '../../../compiler/kernel/expr.js';
import { add, axisIndex, mod, mul, sizeIndex, sub, zero } from '../../../compiler/kernel/index-math.js';
import type { KernelTensor, Part, RowStep } from '../../../compiler/kernel/kernel.js';
import { apply, axis, constant, load, read, readWrite, rowMajor, typed, write } from '../../helpers/kernel-parts.js';
import { type KernelCase, type KernelRun, kernelCase, run } from './kernel-run.js';

const batch = namedDim('batch');
const batches = (...sizes: readonly number[]) => sizes.map((size) => ({ batch: size }));

const map = (rows: ReturnType<typeof axis>[], ...steps: RowStep[]): Part => ({ kind: 'rows', rows, inner: [], steps });
const store = (tensor: number, index: IndexExpr, value: ScalarExpr): RowStep => ({ kind: 'storeRow', tensor, index, value });

function* tails(): Generator<KernelRun> {
  const sizes = [0, 1, 2, 3, 4, 5, 8, 11, 40, 1021, 2052];
  const root = (n: Dim): [Part[], KernelTensor[]] => {
    const I = axis('i', n);
    const i = axisIndex(I);
    const y = apply('sqrt', apply('abs', apply('sub', load(0, i), constant(0.5))));
    return [[map([I], store(1, i, y))], [read('x', n), write('y', n)]];
  };
  for (const size of sizes) yield run(...root(size));
  yield run(...root(batch), { sizes: batches(...sizes), gpu: true });
}

/** `x < bound ? bound : x` and the like, of numbers that are no more and no less than each other. */
function bounds(op: string, bound: number): KernelRun {
  const numbers = [0, -0, 1.5, -1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-40, -1e-40];
  const I = axis('i', numbers.length);
  const x = load(0, axisIndex(I));
  const y = apply('select', typed('bool', op, x, constant(bound)), constant(bound), x);
  // Which zero it is shows in its quotient.
  const parts = [map([I], store(1, axisIndex(I), y), store(2, axisIndex(I), apply('div', constant(1), y)))];
  const tensors = [read('x', numbers.length), write('y', numbers.length), write('z', numbers.length)];
  const rubbish = numbers.map(() => -77);
  return run(parts, tensors, { given: [numbers, rubbish, rubbish].map((all) => Float32Array.from(all)), exact: true });
}

/** Functions of functions, which have loops of their own: one after the other, of several operands, with what is needed at two places. */
function* chains(): Generator<KernelRun> {
  const values: readonly ((x: ScalarExpr, z: ScalarExpr) => ScalarExpr)[] = [
    (x, z) => apply('sigmoid', apply('mul', apply('tanh', apply('add', x, z)), x)),
    (x, z) => apply('mul', x, apply('tanh', apply('log1p', apply('exp', z)))),
    (x) => apply('mul', apply('exp', x), apply('tanh', apply('log1p', apply('exp', x)))),
    (x, z) => apply('pow', apply('exp', x), apply('sin', apply('exp', z))),
  ];
  const chain = (value: (typeof values)[number], rows: number, n: Dim): [Part[], KernelTensor[]] => {
    const [R, I] = [axis('r', rows), axis('i', n)];
    const y = value(load(0, rowMajor(R, I)), load(1, axisIndex(I)));
    return [[map([R, I], store(2, rowMajor(R, I), y))], [read('x', mulDims(rows, n)), read('z', n), write('y', mulDims(rows, n))]];
  };
  for (const value of values) {
    for (const rows of [1, 2]) {
      for (const n of [31, 1024, 1030]) yield run(...chain(value, rows, n), { depth: 8 });
      yield run(...chain(value, rows, batch), { sizes: batches(0, 3, 37, 1025), depth: 8 });
    }
  }
}

function* strides(): Generator<KernelRun> {
  for (const size of [3, 4, 9, 22]) {
    for (const stride of [1, 2, 3, -1, -2, 0]) {
      const [R, I] = [axis('r', 3), axis('i', size)];
      const span = size * Math.abs(stride) + 2;
      const start = stride < 0 ? size * -stride : 1;
      const x = load(0, add(mul(axisIndex(R), span), mul(axisIndex(I), stride), sizeIndex(start - 1)));
      const next = load(0, add(mul(axisIndex(R), span), mul(axisIndex(I), stride), sizeIndex(start)));
      const part = map([R, I], store(1, rowMajor(R, I), apply('add', x, apply('mul', next, constant(2)))));
      yield run([part], [read('x', 3 * span), write('y', 3 * size)]);
    }
  }
}

function* transposes(): Generator<KernelRun> {
  const transpose = (rows: Dim, columns: Dim): [Part[], KernelTensor[]] => {
    const [B, R, C] = [axis('b', 2), axis('r', rows), axis('c', columns)];
    const y = apply('add', load(0, rowMajor(B, C, R)), load(1, rowMajor(R, C)));
    const whole = mulDims(2, mulDims(rows, columns));
    return [[map([B, R, C], store(2, rowMajor(B, R, C), y))], [read('x', whole), read('z', mulDims(rows, columns)), write('y', whole)]];
  };
  for (const [rows, columns] of [
    [4, 4],
    [5, 9],
    [8, 80],
    [70, 3],
  ] as const) {
    yield run(...transpose(rows, columns));
    yield run(...transpose(batch, columns), { sizes: batches(rows) });
    yield run(...transpose(rows, batch), { sizes: batches(columns) });
  }
}

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
  const part = map([R, I], store(2, add(mul(axisIndex(R), size), axisIndex(I)), value));
  return [[part], [read('x', mulDims(3, n)), read('z', size), write('y', mulDims(3, size))]];
}

function* borders(): Generator<KernelRun> {
  for (const [low, high] of [
    [1, 1],
    [0, 5],
    [6, 3],
  ] as const) {
    for (const n of [1, 4, 7, 30]) yield run(...padded(n, low, high, () => constant(-1)));
    yield run(...padded(batch, low, high, (i) => load(1, i)), { sizes: batches(1, 4, 7, 30) });
  }
}

function positions(n: number): KernelRun {
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
  const part = map(
    [I],
    store(2, i, apply('add', apply('add', even, third), apply('mul', gathered, load(0, mod(i, 3))))),
    store(3, i, typed('i32', 'add', position, load(1, i, 'i32'))),
  );
  return run([part], [read('x', n), read('at', n, 'i32'), write('y', n), write('z', n, 'i32')]);
}

function masks(n: number): KernelRun {
  const I = axis('i', n);
  const i = axisIndex(I);
  const [a, x] = [load(0, i, 'bool'), load(1, i)];
  const less = typed('bool', 'lt', x, constant(0.25));
  const both = typed('bool', 'or', typed('bool', 'and', a, less), typed('bool', 'not', typed('bool', 'xor', a, less)));
  const part = map(
    [I],
    store(2, i, typed('bool', 'eq', both, a)),
    store(3, i, typed('i32', 'add', typed('i32', 'cast', both), typed('i32', 'cast', x))),
    store(4, i, apply('select', both, apply('cast', less), apply('sign', x))),
    store(5, i, typed('bool', 'isNan', apply('div', x, apply('cast', a)))),
    store(6, i, typed('bool', 'select', a, less, typed('bool', 'cast', x))),
  );
  const tensors = [read('a', n, 'bool'), read('x', n), write('b', n, 'bool'), write('c', n, 'i32'), write('d', n)];
  return run([part], [...tensors, write('e', n, 'bool'), write('f', n, 'bool')], { gpu: n === 18 });
}

function tripled(n: number): KernelRun {
  const I = axis('i', n);
  const i = axisIndex(I);
  return run([map([I], store(0, i, apply('mul', load(0, i), constant(3))))], [readWrite('x', n)]);
}

export const nests: readonly KernelCase[] = [
  kernelCase('every size has its tail', tails()),
  kernelCase('functions of functions', chains()),
  kernelCase(
    'bounds of numbers',
    ['lt', 'le', 'gt', 'ge'].flatMap((op) => [0, -0, 1.5, -2].map((bound) => bounds(op, bound))),
  ),
  kernelCase('memory read forwards, backwards, with gaps, and the same for all', strides()),
  kernelCase('transposing copies, whole tiles and what is left', transposes()),
  kernelCase('borders: nothing is read outside', borders()),
  kernelCase('every other element, a remainder, and a position that is gathered', [positions(6), positions(13)]),
  kernelCase('bools in memory, masks in between', [masks(3), masks(18)]),
  kernelCase('what is read and written is touched once', [5, 7, 1026].map(tripled)),
];
