import * as fc from 'fast-check';
import { test } from 'vitest';
import { type Dim, evaluateDim, mulDims, namedDim, productOf } from '../../../compiler/ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../../compiler/kernel/expr.js';
import { add, axisIndex, mul, sizeIndex, zero } from '../../../compiler/kernel/index-math.js';
import type { ContractPart, KernelTensor, Part } from '../../../compiler/kernel/kernel.js';
import { apply, at, axis, constant, load, local, read, readWrite, rowMajor, typed, write } from '../../helpers/kernel-parts.js';
import { checkKernel as check } from './check-kernel.js';

const batch = namedDim('batch');

/**
 * As `check`, for sums of `depth` products. The rounding of a running sum grows with the sum, which grows like the root of its length: after n
 * terms the error is like n roundings of about 1, not like root n, and the worst of thousands of results is some four times the usual. Sums are begun anew after 4096 terms at the latest.
 */
function checkKernel(
  parts: readonly Part[],
  tensors: readonly KernelTensor[],
  bindings: Readonly<Record<string, number>> = {},
  depth = 1,
): void {
  check(parts, tensors, bindings, 1 + (depth * Math.min(depth, 4096)) / 2);
}

interface Orders {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** result[m, n] = relu(a[m, k] b[k, n] + bias[n]), each operand stored in either order. */
function product(m: Dim, n: Dim, k: Dim, { transposeA, transposeB }: Orders = {}): [ContractPart[], KernelTensor[]] {
  const [M, N, K] = [axis('m', m), axis('n', n), axis('k', k)];
  const sum = apply('add', local('acc'), load(2, axisIndex(N)));
  const part: ContractPart = {
    kind: 'contract',
    batch: [],
    m: [M],
    n: [N],
    k: [K],
    a: load(0, transposeA ? rowMajor(K, M) : rowMajor(M, K)),
    b: load(1, transposeB ? rowMajor(N, K) : rowMajor(K, N)),
    stores: [{ tensor: 3, index: rowMajor(M, N), value: apply('maximum', sum, constant(0)) }],
  };
  return [[part], [read('a', mulDims(m, k)), read('b', mulDims(k, n)), read('bias', n), write('result', mulDims(m, n))]];
}

const orders: readonly Orders[] = [{}, { transposeA: true }, { transposeB: true }, { transposeA: true, transposeB: true }];

test.each([
  [1, 1, 1],
  [1, 10, 784],
  [2, 17, 300],
  [3, 200, 31],
  [4, 2, 9],
  [5, 7, 3],
  [5, 130, 300],
  [33, 65, 17],
  [9, 131, 257],
  [128, 4, 9],
  [1, 1, 1000],
  [600, 1, 40],
  [1, 130, 1],
])('a product of %i x %i over %i', (m, n, k) => {
  for (const order of orders) checkKernel(...product(m, n, k, order), {}, k);
});

test.each([0, 1, 4, 61])('a product with %i rows, known at run time', (rows) => {
  for (const order of orders) checkKernel(...product(batch, 40, 50, order), { batch: rows }, 50);
});

test.each([0, 1, 3, 61])('a product with %i columns, known at run time', (columns) => {
  for (const order of orders) checkKernel(...product(21, batch, 50, order), { batch: columns }, 50);
});

test.each([0, 1, 16, 517])('a product over %i, known at run time', (depth) => {
  for (const order of orders) {
    checkKernel(...product(20, 24, batch, order), { batch: depth }, depth);
    checkKernel(...product(2, 24, batch, order), { batch: depth }, depth);
  }
});

test('all sizes known at run time', () => {
  const [m, n, k] = [namedDim('rows'), namedDim('columns'), namedDim('depth')];
  for (const order of orders) {
    for (const [rows, columns, depth] of [
      [0, 3, 2],
      [2, 0, 2],
      [3, 3, 0],
      [1, 9, 100],
      [35, 70, 20],
    ] as const) {
      checkKernel(...product(m, n, k, order), { rows, columns, depth }, depth);
    }
  }
});

test('a product over nothing stores the epilogue of zero', () => {
  checkKernel(...product(5, 6, 0));
  checkKernel(...product(1, 6, 0));
});

test('a product of no rows or no columns stores nothing', () => {
  checkKernel(...product(0, 6, 5));
  checkKernel(...product(6, 0, 5));
});

/** y[b, o, y, x] = sum over c, u, v of x[b, c, y * stride + u, x * stride + v] w[o, c, u, v]; `side` is the input's, already padded. */
function convolution(
  images: Dim,
  channels: number,
  filters: number,
  side: number,
  kernel: number,
  stride: number,
): [ContractPart[], KernelTensor[]] {
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
  const sizes: [Dim, Dim, Dim] = [
    mulDims(images, channels * side * side),
    filters * channels * kernel * kernel,
    mulDims(images, filters * out * out),
  ];
  return [[part], [read('x', sizes[0]), read('w', sizes[1]), write('y', sizes[2])]];
}

test.each([
  [1, 6, 12, 5, 1],
  [6, 16, 9, 5, 1],
  [3, 5, 9, 3, 2],
  [2, 1, 4, 4, 1],
  [40, 3, 6, 3, 1],
  [300, 2, 3, 2, 1],
])('a convolution of %i channels with %i filters', (channels, filters, side, kernel, stride) => {
  for (const images of [0, 1, 5])
    checkKernel(...convolution(batch, channels, filters, side, kernel, stride), { batch: images }, channels * 9);
});

test('the gradient of a convolution with respect to its filters: many axes are summed over', () => {
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
  for (const images of [0, 1, 3]) checkKernel([part], tensors, { batch: images }, images * 400);
});

test('a batched product, and one operand shared by the batch', () => {
  const [B, M, N, K] = [axis('b', batch), axis('m', 9), axis('n', 11), axis('k', 6)];
  const part = (a: IndexExpr): ContractPart => ({
    kind: 'contract',
    batch: [B],
    m: [M],
    n: [N],
    k: [K],
    a: load(0, a),
    b: load(1, rowMajor(B, K, N)),
    stores: [{ tensor: 2, index: rowMajor(B, M, N), value: local('acc') }],
  });
  const tensors = [read('a', mulDims(batch, 54)), read('b', mulDims(batch, 66)), write('c', mulDims(batch, 99))];
  for (const size of [0, 1, 5]) {
    checkKernel([part(rowMajor(B, M, K))], tensors, { batch: size }, 6);
    checkKernel([part(rowMajor(M, K))], [read('a', 54), ...tensors.slice(1)], { batch: size }, 6);
  }
});

test('an operand behind a guard reads nothing outside of it', () => {
  const [M, N, K] = [axis('m', 12), axis('n', 5), axis('k', 4)];
  const index = add(axisIndex(M), axisIndex(K), sizeIndex(-2));
  const padded: ScalarExpr = {
    kind: 'guard',
    dtype: 'f32',
    conditions: [{ kind: 'inRange', index, low: zero, high: sizeIndex(12) }],
    value: apply('mul', load(0, index), constant(3)),
    otherwise: constant(0.5),
  };
  const part: ContractPart = {
    kind: 'contract',
    batch: [],
    m: [M],
    n: [N],
    k: [K],
    a: padded,
    b: load(1, rowMajor(K, N)),
    stores: [{ tensor: 2, index: rowMajor(M, N), value: local('acc') }],
  };
  checkKernel([part], [read('x', 12), read('w', 20), write('y', 60)], {}, 4);
});

test('integers are multiplied and added modulo 2^32', () => {
  const [M, N, K] = [axis('m', 3), axis('n', 4), axis('k', 5)];
  const big = (tensor: number, index: IndexExpr) => typed('i32', 'mul', load(tensor, index, 'i32'), constant(1e8, 'i32'));
  const part: ContractPart = {
    kind: 'contract',
    batch: [],
    m: [M],
    n: [N],
    k: [K],
    a: big(0, rowMajor(M, K)),
    b: load(1, rowMajor(K, N), 'i32'),
    stores: [{ tensor: 2, index: rowMajor(M, N), value: local('acc', 'i32') }],
  };
  const tensors = [read('a', 15, 'i32'), read('b', 20, 'i32'), write('c', 12, 'i32')];
  checkKernel([part], tensors);
});

test('several stores of one accumulator, one of them in place', () => {
  const [M, N, K] = [axis('m', 30), axis('n', 20), axis('k', 40)];
  const index = rowMajor(M, N);
  const velocity = apply('add', apply('mul', load(2, index), constant(0.9)), local('acc'));
  const part: ContractPart = {
    kind: 'contract',
    batch: [],
    m: [M],
    n: [N],
    k: [K],
    a: load(0, rowMajor(M, K)),
    b: load(1, rowMajor(N, K)),
    stores: [
      { tensor: 3, index, value: apply('sub', load(3, index), apply('mul', load(4, zero), velocity)) },
      { tensor: 2, index, value: velocity },
    ],
  };
  const both = (name: string): KernelTensor => ({ name, dtype: 'f32', size: 600, access: 'readwrite' });
  checkKernel([part], [read('a', 1200), read('b', 800), both('velocity'), both('weight'), read('lr', 1)], {}, 40);
});

/** An axis in some place of some operands, of a size that the build may know. */
interface AxisChoice {
  readonly group: 'batch' | 'm' | 'n' | 'k';
  readonly size: number;
  readonly isSymbolic: boolean;
}

const axisChoice = fc.record({
  group: fc.constantFrom('batch', 'm', 'n', 'k'),
  size: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 6 }) }, { weight: 1, arbitrary: fc.integer({ min: 7, max: 70 }) }),
  isSymbolic: fc.boolean(),
}) as fc.Arbitrary<AxisChoice>;

const contraction = fc
  .array(axisChoice, { minLength: 1, maxLength: 6 })
  .filter((choices) => choices.reduce((points, { size }) => points * Math.max(1, size), 1) <= 40000)
  .chain((choices) => {
    const order = fc.shuffledSubarray(
      choices.map((_, i) => i),
      { minLength: choices.length },
    );
    return fc.tuple(fc.constant(choices), order, order, order);
  });

test('random contractions: any axes, any layouts, sizes known or not', () => {
  fc.assert(
    fc.property(contraction, ([choices, orderA, orderB, orderC]) => {
      const bindings: Record<string, number> = {};
      const axes = choices.map(({ size, isSymbolic }, i): Axis => {
        if (isSymbolic) bindings[`size${i}`] = size;
        return axis(`i${i}`, isSymbolic ? namedDim(`size${i}`) : size);
      });
      const inGroups = (order: readonly number[], groups: readonly string[]) =>
        order.filter((i) => groups.includes(choices[i]!.group)).map((i) => axes[i]!);
      const [a, b, c] = [
        inGroups(orderA, ['batch', 'm', 'k']),
        inGroups(orderB, ['batch', 'n', 'k']),
        inGroups(orderC, ['batch', 'm', 'n']),
      ];
      const all = choices.map((_, i) => i);
      const part: ContractPart = {
        kind: 'contract',
        batch: inGroups(all, ['batch']),
        m: inGroups(all, ['m']),
        n: inGroups(all, ['n']),
        k: inGroups(all, ['k']),
        a: load(0, rowMajor(...a)),
        b: load(1, rowMajor(...b)),
        stores: [{ tensor: 2, index: rowMajor(...c), value: local('acc') }],
      };
      const size = (list: readonly Axis[]): Dim => productOf(list.map((one) => one.size));
      const depth = evaluateDim(size(part.k), new Map(Object.entries(bindings)));
      checkKernel([part], [read('a', size(a)), read('b', size(b)), write('c', size(c))], bindings, depth);
    }),
    { numRuns: Number(process.env.RUNS ?? 12), seed: Number(process.env.SEED ?? 5) },
  );
});

test('an empty axis beside one that is cut: the product is zero, and nothing is read', () => {
  // Found by the random contractions above.
  const [B, K, J] = [axis('b', 1), axis('k', namedDim('size')), axis('j', 0)];
  const part: ContractPart = {
    kind: 'contract',
    batch: [B],
    m: [],
    n: [],
    k: [K, J],
    a: load(0, rowMajor(B, K, J)),
    b: load(1, rowMajor(B, K, J)),
    stores: [{ tensor: 2, index: rowMajor(B), value: local('acc') }],
  };
  checkKernel([part], [read('a', 0), read('b', 0), write('c', 1)], { size: 1 }, 0);
});

test('strides of axes that were folded into one index survive cutting', () => {
  // k = 300 is cut; the operand steps backwards through memory along it.
  const [M, K] = [axis('m', 9), axis('k', 300)];
  const part: ContractPart = {
    kind: 'contract',
    batch: [],
    m: [M],
    n: [],
    k: [K],
    a: load(0, add(mul(axisIndex(K), -1), mul(axisIndex(M), 300), sizeIndex(299))),
    b: load(1, axisIndex(K)),
    stores: [{ tensor: 2, index: axisIndex(M), value: local('acc') }],
  };
  checkKernel([part], [read('a', 2700), read('b', 300), write('c', 9)], {}, 300);
});

test('lanes that are not the last axis of their side', () => {
  // Found by the random contractions above.
  const [N, P, Q, K] = [axis('n', batch), axis('p', 67), axis('q', 3), axis('k', 37)];
  const part: ContractPart = {
    kind: 'contract',
    batch: [],
    m: [P, Q],
    n: [N],
    k: [K],
    a: load(0, rowMajor(Q, K, P)),
    b: load(1, rowMajor(N, K)),
    stores: [{ tensor: 2, index: rowMajor(Q, N, P), value: local('acc') }],
  };
  const tensors = [read('a', 67 * 3 * 37), read('b', mulDims(batch, 37)), write('c', mulDims(batch, 201))];
  checkKernel([part], tensors, { batch: 5 }, 37);
});

/** A convolution and its two gradients over axes of any sizes; `images` of symbolic number. */
interface Windows {
  readonly direction: 'forward' | 'input' | 'weight';
  readonly images: number;
  readonly channels: number;
  readonly filters: number;
  readonly height: number;
  readonly width: number;
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly groups: number;
  readonly isInPlace: boolean;
}

const windows = fc.record({
  direction: fc.constantFrom('forward', 'input', 'weight'),
  images: fc.integer({ min: 0, max: 4 }),
  channels: fc.integer({ min: 1, max: 7 }),
  filters: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(16, 19)),
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.oneof(fc.integer({ min: 1, max: 17 }), fc.constantFrom(28, 32)),
  kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
  stride: fc.integer({ min: 1, max: 2 }),
  groups: fc.integer({ min: 1, max: 3 }),
  isInPlace: fc.boolean(),
}) as fc.Arbitrary<Windows>;

/** Output positions run over height x width; what the windows lie in is as large as they need. */
function windowed(draw: Windows): [ContractPart[], KernelTensor[], number] {
  const { direction, channels, filters, height, width, kernel, stride, groups, isInPlace } = draw;
  const [B, G, O, C] = [axis('b', batch), axis('g', groups), axis('o', filters), axis('c', channels)];
  const [Y, X, U, V] = [axis('y', height), axis('x', width), axis('u', kernel[0]), axis('v', kernel[1])];
  const [rows, columns] = [(height - 1) * stride + kernel[0], (width - 1) * stride + kernel[1]];
  const image = (depth: Axis): IndexExpr => {
    const plane = rows * columns;
    const each = depth.size as number;
    return at([B, groups * each * plane], [G, each * plane], [depth, plane], [Y, columns * stride], [U, columns], [X, stride], [V, 1]);
  };
  const flipped = at(
    [G, filters * channels * kernel[0] * kernel[1]],
    [O, channels * kernel[0] * kernel[1]],
    [C, kernel[0] * kernel[1]],
    [U, -kernel[1]],
    [V, -1],
  );
  const weight = add(flipped, sizeIndex(kernel[0] * kernel[1] - 1));
  const value = (index: IndexExpr): ScalarExpr =>
    isInPlace ? apply('sub', load(2, index), apply('mul', local('acc'), constant(0.5))) : local('acc');
  const roles = {
    forward: { m: [O], n: [B, Y, X], k: [C, U, V], a: rowMajor(G, O, C, U, V), b: image(C), out: rowMajor(B, G, O, Y, X) },
    input: { m: [C], n: [B, Y, X], k: [O, U, V], a: weight, b: image(O), out: rowMajor(B, G, C, Y, X) },
    weight: { m: [O], n: [C, U, V], k: [B, Y, X], a: rowMajor(B, G, O, Y, X), b: image(C), out: rowMajor(G, O, C, U, V) },
  };
  const { m, n, k, a, b, out } = roles[direction];
  const size = (axes: readonly Axis[]): Dim => productOf([groups, ...axes.map((one) => one.size)]);
  const part: ContractPart = {
    kind: 'contract',
    batch: [G],
    m,
    n,
    k,
    a: load(0, a),
    b: load(1, b),
    stores: [{ tensor: 2, index: out, value: value(out) }],
  };
  const depth = direction === 'input' ? O : C;
  const tensors = [
    read('a', direction === 'weight' ? size([B, O, Y, X]) : size([O, C, U, V])),
    read('b', mulDims(size([B, depth]), rows * columns)),
    isInPlace ? readWrite('c', size([...m, ...n])) : write('c', size([...m, ...n])),
  ];
  return [[part], tensors, k.reduce((points, one) => points * (typeof one.size === 'number' ? one.size : draw.images), 1)];
}

test('random convolutions and their gradients, in groups, results stored or subtracted in place', () => {
  fc.assert(
    fc.property(windows, (draw) => {
      const [parts, tensors, depth] = windowed(draw);
      checkKernel(parts, tensors, { batch: draw.images }, depth);
    }),
    { numRuns: Number(process.env.RUNS ?? 12), seed: Number(process.env.SEED ?? 5) },
  );
});
