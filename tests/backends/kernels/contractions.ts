/** Kernels of one contraction: products in all orders, of sizes known and not, convolutions, odd operands and epilogues. */
import { type Dim, mulDims, namedDim } from '../../../compiler/ir/dim.js';
import type { IndexExpr, ScalarExpr } from '../../../compiler/kernel/expr.js';
import { add, axisIndex, mul, sizeIndex, zero } from '../../../compiler/kernel/index-math.js';
import type { ContractPart, KernelTensor, Part } from '../../../compiler/kernel/kernel.js';
import { apply, at, axis, constant, load, local, read, readWrite, rowMajor, typed, write } from '../../helpers/kernel-parts.js';
import { type KernelCase, kernelCase, run } from './kernel-run.js';

const batch = namedDim('batch');

/** Which of the operands are stored transposed. */
type Order = '' | 'a' | 'b' | 'ab';
const orders: readonly Order[] = ['', 'a', 'b', 'ab'];

/** result[m, n] = relu(a[m, k] b[k, n] + bias[n]), each operand stored in either order. */
export function product(m: Dim, n: Dim, k: Dim, order: Order = ''): [ContractPart[], KernelTensor[]] {
  const [M, N, K] = [axis('m', m), axis('n', n), axis('k', k)];
  const sum = apply('add', local('acc'), load(2, axisIndex(N)));
  const part: ContractPart = {
    kind: 'contract',
    batch: [],
    m: [M],
    n: [N],
    k: [K],
    a: load(0, order.includes('a') ? rowMajor(K, M) : rowMajor(M, K)),
    b: load(1, order.includes('b') ? rowMajor(N, K) : rowMajor(K, N)),
    stores: [{ tensor: 3, index: rowMajor(M, N), value: apply('maximum', sum, constant(0)) }],
  };
  return [[part], [read('a', mulDims(m, k)), read('b', mulDims(k, n)), read('bias', n), write('result', mulDims(m, n))]];
}

const batches = (...sizes: readonly number[]) => sizes.map((size) => ({ batch: size }));

/** The last says which order runs on webgpu as well. */
const products: readonly (readonly [m: number, n: number, k: number, gpu?: Order])[] = [
  [1, 1, 1, ''],
  [1, 10, 784, 'b'],
  [2, 17, 300],
  [3, 200, 31, ''],
  [4, 2, 9],
  [5, 7, 3, 'a'],
  [5, 130, 300],
  [33, 65, 17, 'ab'],
  [9, 131, 257],
  [128, 4, 9],
  [1, 1, 1000, 'a'],
  [600, 1, 40],
  [1, 130, 1],
];

function* productCases(): Generator<KernelCase> {
  for (const [m, n, k, gpu] of products) {
    yield kernelCase(
      `a product of ${m} x ${n} over ${k}`,
      orders.map((order) => run(...product(m, n, k, order), { gpu: order === gpu })),
    );
  }
  const inOrders = (m: Dim, n: Dim, k: Dim, sizes: readonly Readonly<Record<string, number>>[], gpu?: Order) =>
    orders.map((order) => run(...product(m, n, k, order), { sizes, gpu: order === gpu }));
  yield kernelCase('a product of rows known at run time', inOrders(batch, 40, 50, batches(0, 1, 3, 4, 32, 61, 130), ''));
  yield kernelCase('a product of columns known at run time', inOrders(21, batch, 50, batches(0, 1, 3, 61, 200)));
  yield kernelCase('a product over a length known at run time', [
    ...inOrders(20, 24, batch, batches(0, 1, 16, 67, 256, 517), 'a'),
    ...inOrders(2, 24, batch, batches(0, 1, 16, 256, 517)),
  ]);
  const three = [
    [0, 3, 2],
    [2, 0, 2],
    [3, 3, 0],
    [1, 9, 300],
    [70, 150, 20],
  ].map(([rows, columns, depth]) => ({ rows: rows!, columns: columns!, depth: depth! }));
  yield kernelCase('all sizes known at run time', inOrders(namedDim('rows'), namedDim('columns'), namedDim('depth'), three));
  yield kernelCase('a product over nothing stores the epilogue of zero', [
    run(...product(5, 6, 0), { gpu: true }),
    run(...product(1, 6, 0)),
  ]);
  yield kernelCase('a product of no rows or no columns stores nothing', [
    run(...product(0, 6, 5)),
    run(...product(6, 0, 5)),
    run(...product(batch, 0, 5), { sizes: batches(7), gpu: true }),
    run(...product(0, batch, 5), { sizes: batches(7), gpu: true }),
  ]);
}

interface Filters {
  readonly channels: number;
  readonly filters: number;
  /** Of the images, already padded. */
  readonly side: number;
  readonly kernel: number;
  readonly stride: number;
}

/** y[b, o, y, x] = sigmoid(sum over c, u, v of x[b, c, y * stride + u, x * stride + v] w[o, c, u, v]). */
export function convolution(images: Dim, { channels, filters, side, kernel, stride }: Filters): [ContractPart[], KernelTensor[]] {
  const out = Math.floor((side - kernel) / stride) + 1;
  const [B, O, Y, X] = [axis('b', images), axis('o', filters), axis('y', out), axis('x', out)];
  const [C, U, V] = [axis('c', channels), axis('u', kernel), axis('v', kernel)];
  const part: ContractPart = {
    kind: 'contract',
    batch: [],
    m: [B, Y, X],
    n: [O],
    k: [C, U, V],
    a: load(0, at([B, channels * side * side], [C, side * side], [Y, side * stride], [U, side], [X, stride], [V, 1])),
    b: load(1, rowMajor(O, C, U, V)),
    stores: [{ tensor: 2, index: rowMajor(B, O, Y, X), value: apply('sigmoid', local('acc')) }],
  };
  const tensors = [
    read('x', mulDims(images, channels * side * side)),
    read('w', filters * channels * kernel * kernel),
    write('y', mulDims(images, filters * out * out)),
  ];
  return [[part], tensors];
}

/** A convolution with padding 1 and stride 2, x [batch, 3, 9, 9], w [5, 3, 3, 3], of patches behind a guard. */
function padded(side: (x: ScalarExpr) => ScalarExpr): [ContractPart[], KernelTensor[]] {
  const [B, O, Y, X] = [axis('b', batch), axis('o', 5), axis('y', 5), axis('x', 5)];
  const [C, U, V] = [axis('c', 3), axis('u', 3), axis('v', 3)];
  const row = add(mul(axisIndex(Y), 2), axisIndex(U), sizeIndex(-1));
  const column = add(mul(axisIndex(X), 2), axisIndex(V), sizeIndex(-1));
  const inside = (index: IndexExpr) => ({ kind: 'inRange' as const, index, low: zero, high: sizeIndex(9) });
  const patch: ScalarExpr = {
    kind: 'guard',
    dtype: 'f32',
    conditions: [inside(row), inside(column)],
    value: side(load(0, add(at([B, 243], [C, 81]), mul(row, 9), column))),
    otherwise: constant(0),
  };
  const part: ContractPart = {
    kind: 'contract',
    batch: [],
    m: [O],
    n: [B, Y, X],
    k: [C, U, V],
    a: load(1, rowMajor(O, C, U, V)),
    b: patch,
    stores: [{ tensor: 2, index: rowMajor(B, O, Y, X), value: local('acc') }],
  };
  return [[part], [read('x', mulDims(batch, 243)), read('w', 135), write('y', mulDims(batch, 125))]];
}

function* convolutionCases(): Generator<KernelCase> {
  const all: readonly Filters[] = [
    { channels: 1, filters: 6, side: 12, kernel: 5, stride: 1 },
    { channels: 6, filters: 16, side: 9, kernel: 5, stride: 1 },
    { channels: 3, filters: 5, side: 9, kernel: 3, stride: 2 },
    { channels: 2, filters: 1, side: 4, kernel: 4, stride: 1 },
    { channels: 40, filters: 3, side: 6, kernel: 3, stride: 1 },
    { channels: 300, filters: 2, side: 3, kernel: 2, stride: 1 },
  ];
  for (const each of all) {
    yield kernelCase(`a convolution of ${each.channels} channels with ${each.filters} filters`, [
      run(...convolution(batch, each), { sizes: batches(0, 1, 5) }),
    ]);
  }
  yield kernelCase('a convolution with padding, patches as index maps', [
    run(...padded((x) => x), { sizes: batches(0, 1, 3), gpu: true }),
    run(...padded((x) => apply('tanh', apply('exp', x))), { sizes: batches(2), gpu: true }),
  ]);
  const [B, Y, X, O, C, U, V] = [axis('b', batch), axis('y', 20), axis('x', 20), axis('o', 6), axis('c', 2), axis('u', 3), axis('v', 3)];
  const part: ContractPart = {
    kind: 'contract',
    batch: [],
    m: [O],
    n: [C, U, V],
    k: [B, Y, X],
    a: load(0, rowMajor(B, O, Y, X)),
    b: load(1, at([B, 2 * 22 * 22], [C, 22 * 22], [Y, 22], [U, 22], [X, 1], [V, 1])),
    stores: [{ tensor: 2, index: rowMajor(O, C, U, V), value: local('acc') }],
  };
  const tensors = [read('g', mulDims(batch, 6 * 400)), read('x', mulDims(batch, 2 * 22 * 22)), write('w', 6 * 2 * 9)];
  yield kernelCase('the gradient of a convolution with respect to its filters: many axes are summed over', [
    run([part], tensors, { sizes: batches(0, 1, 3) }),
  ]);
}

function contract(part: Omit<ContractPart, 'kind' | 'batch'> & Partial<ContractPart>): Part {
  return { kind: 'contract', batch: [], ...part };
}

function* oddCases(): Generator<KernelCase> {
  {
    const [B, M, N, K] = [axis('b', batch), axis('m', 9), axis('n', 11), axis('k', 6)];
    const stores = [{ tensor: 2, index: rowMajor(B, M, N), value: local('acc') }];
    const part = (a: IndexExpr) => contract({ batch: [B], m: [M], n: [N], k: [K], a: load(0, a), b: load(1, rowMajor(B, K, N)), stores });
    const tensors = [read('a', mulDims(batch, 54)), read('b', mulDims(batch, 66)), write('c', mulDims(batch, 99))];
    yield kernelCase('a batched product, and one operand shared by the batch', [
      run([part(rowMajor(B, M, K))], tensors, { sizes: batches(0, 1, 5), gpu: true }),
      run([part(rowMajor(M, K))], [read('a', 54), ...tensors.slice(1)], { sizes: batches(0, 1, 5) }),
    ]);
  }
  {
    const [M, N, K] = [axis('m', 12), axis('n', 5), axis('k', 4)];
    const index = add(axisIndex(M), axisIndex(K), sizeIndex(-2));
    const a: ScalarExpr = {
      kind: 'guard',
      dtype: 'f32',
      conditions: [{ kind: 'inRange', index, low: zero, high: sizeIndex(12) }],
      value: apply('mul', load(0, index), constant(3)),
      otherwise: constant(0.5),
    };
    const stores = [{ tensor: 2, index: rowMajor(M, N), value: local('acc') }];
    const part = contract({ m: [M], n: [N], k: [K], a, b: load(1, rowMajor(K, N)), stores });
    yield kernelCase('an operand behind a guard reads nothing outside of it', [
      run([part], [read('x', 12), read('w', 20), write('y', 60)]),
    ]);
  }
  {
    const [M, N, K] = [axis('m', 3), axis('n', 4), axis('k', 5)];
    const a = typed('i32', 'mul', load(0, rowMajor(M, K), 'i32'), constant(1e8, 'i32'));
    const stores = [{ tensor: 2, index: rowMajor(M, N), value: local('acc', 'i32') }];
    const part = contract({ m: [M], n: [N], k: [K], a, b: load(1, rowMajor(K, N), 'i32'), stores });
    const tensors = [read('a', 15, 'i32'), read('b', 20, 'i32'), write('c', 12, 'i32')];
    yield kernelCase('integers are multiplied and added modulo 2^32', [run([part], tensors)]);
  }
  {
    const [M, N, K] = [axis('m', 30), axis('n', 20), axis('k', 40)];
    const index = rowMajor(M, N);
    const velocity = apply('add', apply('mul', load(2, index), constant(0.9)), local('acc'));
    const stores = [
      { tensor: 3, index, value: apply('sub', load(3, index), apply('mul', load(4, zero), velocity)) },
      { tensor: 2, index, value: velocity },
    ];
    const part = contract({ m: [M], n: [N], k: [K], a: load(0, rowMajor(M, K)), b: load(1, rowMajor(N, K)), stores });
    const tensors = [read('a', 1200), read('b', 800), readWrite('velocity', 600), readWrite('weight', 600), read('lr', 1)];
    yield kernelCase('several stores of one accumulator, one of them in place', [run([part], tensors)]);
  }
  {
    // Found by random contractions, as the last.
    const [B, K, J] = [axis('b', 1), axis('k', namedDim('size')), axis('j', 0)];
    const stores = [{ tensor: 2, index: rowMajor(B), value: local('acc') }];
    const part = contract({ batch: [B], m: [], n: [], k: [K, J], a: load(0, rowMajor(B, K, J)), b: load(1, rowMajor(B, K, J)), stores });
    yield kernelCase('an empty axis beside one that is cut: the product is zero, and nothing is read', [
      run([part], [read('a', 0), read('b', 0), write('c', 1)], { sizes: [{ size: 1 }] }),
    ]);
  }
  {
    // k = 300 is cut; the operand steps backwards through memory along it.
    const [M, K] = [axis('m', 9), axis('k', 300)];
    const a = load(0, add(mul(axisIndex(K), -1), mul(axisIndex(M), 300), sizeIndex(299)));
    const stores = [{ tensor: 2, index: axisIndex(M), value: local('acc') }];
    const part = contract({ m: [M], n: [], k: [K], a, b: load(1, axisIndex(K)), stores });
    yield kernelCase('strides of axes that were folded into one index survive cutting', [
      run([part], [read('a', 2700), read('b', 300), write('c', 9)]),
    ]);
  }
  {
    const [N, P, Q, K] = [axis('n', batch), axis('p', 67), axis('q', 3), axis('k', 37)];
    const stores = [{ tensor: 2, index: rowMajor(Q, N, P), value: local('acc') }];
    const part = contract({ m: [P, Q], n: [N], k: [K], a: load(0, rowMajor(Q, K, P)), b: load(1, rowMajor(N, K)), stores });
    const tensors = [read('a', 67 * 3 * 37), read('b', mulDims(batch, 37)), write('c', mulDims(batch, 201))];
    yield kernelCase('lanes that are not the last axis of their side', [run([part], tensors, { sizes: batches(5) })]);
  }
}

export const contractions: readonly KernelCase[] = [...productCases(), ...convolutionCases(), ...oddCases()];
