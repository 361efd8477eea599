import { expect, test } from 'vitest';
import { type Dim, evaluateDim, namedDim } from '../../../compiler/ir/dim.js';
import type { DType } from '../../../compiler/ir/types.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../../compiler/kernel/expr.js';
import { add, axisIndex, floorDiv, mul, sizeIndex, sub, zero } from '../../../compiler/kernel/index-math.js';
import type { Combine, ContractPart, Kernel, KernelTensor, Part, RowStep } from '../../../compiler/kernel/kernel.js';
import { mismatch } from '../../helpers/close.js';
import { evaluateKernel } from '../../helpers/evaluate-kernel.js';
import { type Elements, runWgslKernel } from '../../helpers/gpu-kernel.js';

const batch = namedDim('batch');
const axis = (name: string, size: Dim): Axis => ({ name, size });
const load = (tensor: number, index: IndexExpr, dtype: DType = 'f32'): ScalarExpr => ({ kind: 'load', dtype, tensor, index });
const apply = (op: string, ...args: ScalarExpr[]): ScalarExpr => ({ kind: 'apply', dtype: 'f32', op, args });
const local = (name: string, dtype: DType = 'f32'): ScalarExpr => ({ kind: 'local', dtype, name });
const constant = (value: number, dtype: DType = 'f32'): ScalarExpr => ({ kind: 'constant', dtype, value });
const at = (...terms: readonly [Axis, Dim][]) => add(...terms.map(([a, stride]) => mul(axisIndex(a), stride)));
const read = (name: string, size: Dim, dtype: DType = 'f32'): KernelTensor => ({ name, dtype, size, access: 'read' });
const write = (name: string, size: Dim, dtype: DType = 'f32'): KernelTensor => ({ name, dtype, size, access: 'write' });

let state = 1;
/** Numbers in [-1, 1) by a linear congruence, so that a failure repeats. */
function next(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 31 - 1;
}

function contents({ dtype, size, access }: KernelTensor, dims: ReadonlyMap<string, number>): Elements {
  const length = evaluateDim(size, dims);
  if (dtype === 'i32') return Int32Array.from({ length }, () => (access === 'write' ? 0 : Math.round(next() * 9)));
  if (dtype === 'bool') return Uint8Array.from({ length }, () => Number(access !== 'write' && next() > 0));
  return Float32Array.from({ length }, () => (access === 'write' ? 0 : next()));
}

async function check(parts: readonly Part[], tensors: readonly KernelTensor[], bindings: Record<string, number> = {}, depth = 1) {
  const kernel: Kernel = { name: 'kernel', tensors, parts };
  const dims = new Map(Object.entries(bindings));
  const before = tensors.map((tensor) => contents(tensor, dims));
  const want = evaluateKernel(kernel, before, dims);
  const got = await runWgslKernel(kernel, before, dims);
  tensors.forEach(({ name, dtype }, i) => {
    const tolerance = dtype === 'f32' ? { rtol: 4e-6, atol: 4e-7 * Math.sqrt(depth) } : { rtol: 0, atol: 0 };
    const found = mismatch(got[i]!, want[i]!, tolerance);
    expect(found && `${name}: ${found}`).toBeUndefined();
  });
}

/** result[m, n] = relu(a[m, k] b[k, n] + bias[n]), each operand stored in either order. */
function product(m: Dim, n: Dim, k: Dim, { transposeA = false, transposeB = false } = {}): [ContractPart, KernelTensor[]] {
  const [M, N, K] = [axis('m', m), axis('n', n), axis('k', k)];
  const size = (a: Dim, b: Dim): Dim => (typeof a === 'number' ? (typeof b === 'number' ? a * b : scaled(b, a)) : scaled(a, b as number));
  const part: ContractPart = {
    kind: 'contract',
    batch: [],
    m: [M],
    n: [N],
    k: [K],
    a: load(0, transposeA ? at([K, m], [M, 1]) : at([M, k], [K, 1])),
    b: load(1, transposeB ? at([N, k], [K, 1]) : at([K, n], [N, 1])),
    stores: [
      { tensor: 3, index: at([M, n], [N, 1]), value: apply('maximum', apply('add', local('acc'), load(2, axisIndex(N))), constant(0)) },
    ],
  };
  return [part, [read('a', size(m, k)), read('b', size(k, n)), read('bias', n), write('result', size(m, n))]];
}

function scaled(dim: Dim, factor: number): Dim {
  const expr = mul(sizeIndex(dim), factor);
  return expr.kind === 'number' ? expr.value : expr.kind === 'size' ? expr.dim : dim;
}

// Each is a pipeline of its own, which a CPU that plays GPU takes seconds to compile.
test.each([
  [1, 1, 1, false, false],
  [1, 10, 784, false, true],
  [5, 7, 3, true, false],
  [64, 64, 64, false, false],
  [33, 65, 17, true, true],
  [70, 10, 100, false, true],
  [1, 1, 1000, true, false],
  [3, 200, 31, false, false],
])('a product of %i x %i over %i, transposed: %s, %s', async (m, n, k, transposeA, transposeB) => {
  await check(...asArguments(product(m, n, k, { transposeA, transposeB })), {}, k);
});

function asArguments([part, tensors]: [ContractPart, KernelTensor[]]): [Part[], KernelTensor[]] {
  return [[part], tensors];
}

test.each([0, 1, 3, 32, 61])('a product with %i rows, known at run time', async (rows) => {
  await check(...asArguments(product(batch, 40, 50)), { batch: rows }, 50);
});

test.each([0, 1, 16, 67])('a product over %i, known at run time', async (depth) => {
  await check(...asArguments(product(20, 24, batch, { transposeA: true })), { batch: depth }, depth);
});

test('a large product takes the large tiles', async () => {
  await check(...asArguments(product(448, 448, 20, { transposeB: true })), {}, 20);
});

test('a product over nothing stores the epilogue of zero', async () => {
  await check(...asArguments(product(5, 6, 0)), {});
});

test('a product without rows or columns beside a size that is known at run time', async () => {
  await check(...asArguments(product(batch, 0, 5)), { batch: 7 });
  await check(...asArguments(product(0, batch, 5)), { batch: 7 });
});

test('a batched product', async () => {
  const [B, M, N, K] = [axis('b', batch), axis('m', 9), axis('n', 11), axis('k', 6)];
  const part: ContractPart = {
    kind: 'contract',
    batch: [B],
    m: [M],
    n: [N],
    k: [K],
    a: load(0, at([B, 54], [M, 6], [K, 1])),
    b: load(1, at([B, 66], [K, 11], [N, 1])),
    stores: [{ tensor: 2, index: at([B, 99], [M, 11], [N, 1]), value: local('acc') }],
  };
  const tensors = [read('a', scaled(batch, 54)), read('b', scaled(batch, 66)), write('c', scaled(batch, 99))];
  for (const size of [0, 1, 5]) await check([part], tensors, { batch: size }, 6);
});

/** A convolution with padding 1 and stride 2: x [batch, 3, 9, 9], w [5, 3, 3, 3]. */
function convolution(): [ContractPart, KernelTensor[]] {
  const [B, O, Y, X] = [axis('b', batch), axis('o', 5), axis('y', 5), axis('x', 5)];
  const [C, U, V] = [axis('c', 3), axis('u', 3), axis('v', 3)];
  const row = add(mul(axisIndex(Y), 2), axisIndex(U), sizeIndex(-1));
  const column = add(mul(axisIndex(X), 2), axisIndex(V), sizeIndex(-1));
  const inside = (index: IndexExpr) => ({ kind: 'inRange' as const, index, low: zero, high: sizeIndex(9) });
  const patch: ScalarExpr = {
    kind: 'guard',
    dtype: 'f32',
    conditions: [inside(row), inside(column)],
    value: load(0, add(at([B, 243], [C, 81]), mul(row, 9), column)),
    otherwise: constant(0),
  };
  const part: ContractPart = {
    kind: 'contract',
    batch: [],
    m: [O],
    n: [B, Y, X],
    k: [C, U, V],
    a: load(1, at([O, 27], [C, 9], [U, 3], [V, 1])),
    b: patch,
    stores: [{ tensor: 2, index: at([B, 125], [O, 25], [Y, 5], [X, 1]), value: local('acc') }],
  };
  return [part, [read('x', scaled(batch, 243)), read('w', 135), write('y', scaled(batch, 125))]];
}

test('a convolution with patches as index maps', async () => {
  for (const size of [1, 3]) await check(...asArguments(convolution()), { batch: size }, 27);
});

test('a prologue with transcendental operands behind a guard', async () => {
  const [part, tensors] = convolution();
  const b = part.b as ScalarExpr & { kind: 'guard' };
  await check([{ ...part, b: { ...b, value: apply('tanh', apply('exp', b.value)) } }], tensors, { batch: 2 }, 27);
});

const combines: readonly Combine[] = ['sum', 'prod', 'max', 'min', 'argmax', 'argmin'];

/** result[row] = combine over inner of x[row, inner]. */
function reduction(combine: Combine, rows: Dim, inner: Dim, dtype: DType, leading = false): [Part, KernelTensor[]] {
  const [R, I] = [axis('r', rows), axis('i', inner)];
  const index = leading ? at([I, rows], [R, 1]) : at([R, inner], [I, 1]);
  const isPosition = combine.startsWith('arg');
  const out = isPosition ? 'i32' : dtype;
  const value = combine === 'prod' && dtype === 'f32' ? apply('add', load(0, index), constant(1.4)) : load(0, index, dtype);
  const steps: RowStep[] = [
    { kind: 'reduce', name: 'found', combine, dtype: out, value },
    { kind: 'storeRow', tensor: 1, index: axisIndex(R), value: local('found', out) },
  ];
  const size = typeof rows === 'number' ? scaled(inner, rows) : scaled(rows, inner as number);
  return [{ kind: 'rows', rows: [R], inner: [I], steps }, [read('x', size, dtype), write('y', rows, out)]];
}

test.each(combines)('%s over rows of all kinds', async (combine) => {
  for (const dtype of ['f32', 'i32'] as const) {
    for (const [rows, inner] of [
      [1, 1],
      [7, 5],
      [3, 100],
      [1, 1000],
      [300, 33],
      [64, 70],
    ] as const) {
      for (const leading of [false, true]) {
        const [part, tensors] = reduction(combine, rows, inner, dtype, leading);
        await check([part], tensors, {}, inner * 4);
      }
    }
  }
});

test.each(combines)('%s where sizes are known at run time', async (combine) => {
  for (const size of [1, 2, 130]) {
    const [part, tensors] = reduction(combine, 6, batch, 'f32');
    await check([part], tensors, { batch: size }, size * 4);
    const [other, others] = reduction(combine, batch, 50, 'f32', size > 1);
    await check([other], others, { batch: size }, 200);
  }
});

test('softmax in one kernel, rows short and long', async () => {
  for (const [rows, inner] of [
    [3, 10],
    [2, 300],
    [40, 64],
  ] as const) {
    const [R, I] = [axis('r', rows), axis('i', inner)];
    const x = load(0, at([R, inner], [I, 1]));
    const e = apply('exp', apply('sub', x, local('highest')));
    const steps: RowStep[] = [
      { kind: 'reduce', name: 'highest', combine: 'max', dtype: 'f32', value: x },
      { kind: 'reduce', name: 'total', combine: 'sum', dtype: 'f32', value: e },
      { kind: 'let', name: 'scale', dtype: 'f32', value: apply('div', constant(1), local('total')) },
      { kind: 'storeElement', tensor: 1, index: at([R, inner], [I, 1]), value: apply('mul', e, local('scale')) },
      { kind: 'storeRow', tensor: 2, index: axisIndex(R), value: apply('log', local('total')) },
    ];
    await check(
      [{ kind: 'rows', rows: [R], inner: [I], steps }],
      [read('x', rows * inner), write('y', rows * inner), write('z', rows)],
      {},
    );
  }
});

test('several axes, short loops nested, long ones flattened', async () => {
  const axes = [axis('b', 2), axis('c', 3), axis('y', 8), axis('x', 8)] as const;
  const [B, C, Y, X] = axes;
  const x = load(0, at([B, 192], [C, 64], [Y, 8], [X, 1]));
  for (const [rows, inner] of [
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
  ] as const) {
    const strides = rows.map((_, i) => rows.slice(i + 1).reduce((n, a) => n * (a.size as number), 1));
    const steps: RowStep[] = [
      { kind: 'reduce', name: 'sum', combine: 'sum', dtype: 'f32', value: x },
      { kind: 'reduce', name: 'place', combine: 'argmax', dtype: 'i32', value: x },
      { kind: 'storeRow', tensor: 1, index: add(...rows.map((a, i) => mul(axisIndex(a), strides[i]!))), value: local('sum') },
      { kind: 'storeRow', tensor: 2, index: add(...rows.map((a, i) => mul(axisIndex(a), strides[i]!))), value: local('place', 'i32') },
    ];
    const count = rows.reduce((n, a) => n * (a.size as number), 1);
    await check([{ kind: 'rows', rows, inner, steps }], [read('x', 384), write('y', count), write('z', count, 'i32')], {}, 384);
  }
});

test('a gathered index, a division of something negative, a bool', async () => {
  const [I] = [axis('i', 20)];
  const row = load(1, axisIndex(I), 'i32');
  const clamped: ScalarExpr = {
    kind: 'apply',
    dtype: 'i32',
    op: 'minimum',
    args: [{ kind: 'apply', dtype: 'i32', op: 'maximum', args: [row, constant(0, 'i32')] }, constant(7, 'i32')],
  };
  const gathered = load(0, add(mul({ kind: 'value', value: clamped }, 3), sizeIndex(1)));
  const shifted: ScalarExpr = { kind: 'index', dtype: 'i32', index: floorDiv(sub(axisIndex(I), sizeIndex(9)), 4) };
  const steps: RowStep[] = [
    { kind: 'storeRow', tensor: 2, index: axisIndex(I), value: { kind: 'apply', dtype: 'bool', op: 'lt', args: [gathered, constant(0)] } },
    { kind: 'storeRow', tensor: 3, index: axisIndex(I), value: shifted },
    {
      kind: 'storeRow',
      tensor: 5,
      index: axisIndex(I),
      value: { kind: 'apply', dtype: 'f32', op: 'select', args: [load(4, axisIndex(I), 'bool'), gathered, constant(5)] },
    },
  ];
  const tensors = [
    read('x', 24),
    read('rows', 20, 'i32'),
    write('y', 20, 'bool'),
    write('z', 20, 'i32'),
    read('mask', 20, 'bool'),
    write('w', 20),
  ];
  await check([{ kind: 'rows', rows: [I], inner: [], steps }], tensors);
});

test('parts of different kinds in one launch', async () => {
  const [first, a] = product(20, 12, 30);
  const [second] = reduction('sum', 12, 600, 'f32');
  const [third] = product(9, 3, 30);
  const moved: Part = {
    ...(second as Part & { kind: 'rows' }),
    steps: [
      {
        kind: 'reduce',
        name: 'found',
        combine: 'sum',
        dtype: 'f32',
        value: load(0, at([(second as Part & { kind: 'rows' }).inner[0]!, 1])),
      },
      { kind: 'storeRow', tensor: 4, index: axisIndex((second as Part & { kind: 'rows' }).rows[0]!), value: local('found') },
    ],
  };
  const last: Part = { ...third, stores: [{ ...third.stores[0]!, tensor: 5 }] };
  const pointwise = axis('p', batch);
  const map: Part = {
    kind: 'rows',
    rows: [pointwise],
    inner: [],
    steps: [{ kind: 'storeRow', tensor: 6, index: axisIndex(pointwise), value: constant(3) }],
  };
  const tensors = [...a, write('sums', 12), write('small', 27), write('threes', batch)];
  for (const size of [0, 1, 1000]) await check([first, moved, map, last], tensors, { batch: size }, 600);
});

test('updates in place', async () => {
  const I = axis('i', batch);
  const i = axisIndex(I);
  const velocity = apply('add', apply('mul', load(1, i), constant(0.9)), load(2, i));
  const steps: RowStep[] = [
    { kind: 'storeRow', tensor: 0, index: i, value: apply('sub', load(0, i), apply('mul', load(3, zero), velocity)) },
    { kind: 'storeRow', tensor: 1, index: i, value: velocity },
  ];
  const both = (name: string): KernelTensor => ({ name, dtype: 'f32', size: batch, access: 'readwrite' });
  await check([{ kind: 'rows', rows: [I], inner: [], steps }], [both('p'), both('v'), read('g', batch), read('lr', 1)], { batch: 777 });
});

test('random numbers are the bits of the op table', async () => {
  const I = axis('i', 300);
  const value: ScalarExpr = { kind: 'random', dtype: 'f32', rng: 0, stream: sizeIndex(7), index: axisIndex(I) };
  const steps: RowStep[] = [{ kind: 'storeRow', tensor: 1, index: axisIndex(I), value }];
  const kernel: Kernel = {
    name: 'draw',
    tensors: [read('rng', 2, 'i32'), write('u', 300)],
    parts: [{ kind: 'rows', rows: [I], inner: [], steps }],
  };
  for (const key of [
    [0, 0],
    [123, 4],
    [-5, 2 ** 31 - 1],
  ]) {
    const before = [Int32Array.from(key), new Float32Array(300)];
    const [, got] = await runWgslKernel(kernel, before, new Map());
    expect(got).toEqual(evaluateKernel(kernel, before, new Map())[1]);
  }
});

test('more workgroups than one dimension takes', async () => {
  const I = axis('i', batch);
  const steps: RowStep[] = [
    {
      kind: 'storeRow',
      tensor: 0,
      index: axisIndex(I),
      value: { kind: 'apply', dtype: 'f32', op: 'cast', args: [{ kind: 'index', dtype: 'i32', index: axisIndex(I) }] },
    },
  ];
  const kernel: Kernel = { name: 'wide', tensors: [write('y', batch)], parts: [{ kind: 'rows', rows: [I], inner: [], steps }] };
  const size = 65535 * 64 + 100;
  const [got] = await runWgslKernel(kernel, [new Float32Array(size)], new Map([['batch', size]]));
  for (const i of [0, 1, 65535 * 64 - 1, 65535 * 64, size - 1]) expect(got![i]).toBe(i);
});
