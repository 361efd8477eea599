/** Kernels of rows: reductions of every kind, several steps over a row, gathered and guarded elements, in place. */
import { type Dim, mulDims, namedDim, productOf } from '../../../compiler/ir/dim.js';
import type { DType } from '../../../compiler/ir/types.js';
import type { Axis, ScalarExpr } from '../../../compiler/kernel/expr.js';
import { add, axisIndex, floorDiv, mod, mul, sizeIndex, sub, zero } from '../../../compiler/kernel/index-math.js';
import type { Combine, KernelTensor, Part, RowStep } from '../../../compiler/kernel/kernel.js';
import { apply, axis, constant, load, local, read, readWrite, rowMajor, typed, write } from '../../helpers/kernel-parts.js';
import { product } from './contractions.js';
import { type KernelCase, type KernelRun, kernelCase, run } from './kernel-run.js';

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

/** Those that webgpu does in ways of their own: a thread a row, several threads a row, many rows. */
const shapes: readonly (readonly [rows: number, inner: number, gpu: boolean])[] = [
  [1, 1, false],
  [7, 5, true],
  [3, 101, true],
  [19, 34, false],
  [1, 1000, true],
  [300, 33, true],
  [2500, 2, false],
  [4, 0, false],
  [0, 4, false],
];

function* reductionsOf(combine: Combine): Generator<KernelRun> {
  for (const [rows, inner, gpu] of shapes) {
    if (inner === 0 && hasPosition(combine)) continue;
    for (const leading of [false, true]) {
      for (const dtype of ['f32', 'i32'] as const) {
        // The same loops with other instructions.
        const isNeeded = dtype === 'f32' || rows <= 7;
        const options = { depth: inner * 4, gpu: gpu && (dtype === 'f32' || (rows === 7 && !leading)) };
        if (isNeeded) yield run(...reduction(combine, rows, inner, dtype, leading), options);
      }
    }
  }
}

function* symbolicReductionsOf(combine: Combine): Generator<KernelRun> {
  const sizes = [0, 1, 2, 131, 2100].map((size) => ({ batch: size }));
  const lengths = hasPosition(combine) ? sizes.slice(1) : sizes;
  for (const leading of [false, true]) {
    yield run(...reduction(combine, 6, batch, 'f32', leading), { sizes: lengths, depth: 4 * 2100, gpu: !leading });
    yield run(...reduction(combine, batch, 50, 'f32', leading), { sizes, depth: 200, gpu: true });
  }
}

const rows = (over: readonly Axis[], steps: readonly RowStep[], inner: readonly Axis[] = []): Part => ({
  kind: 'rows',
  rows: over,
  inner,
  steps,
});

function* softmax(): Generator<KernelRun> {
  for (const [count, inner, gpu] of [
    [3, 10, true],
    [2, 300, true],
    [40, 64, true],
    [0, 3, false],
    [3, 0, false],
  ] as const) {
    const [R, I] = [axis('r', count), axis('i', inner)];
    const x = load(0, rowMajor(R, I));
    const e = apply('exp', apply('sub', x, local('highest')));
    const steps: RowStep[] = [
      { kind: 'reduce', name: 'highest', combine: 'max', dtype: 'f32', value: x },
      { kind: 'reduce', name: 'total', combine: 'sum', dtype: 'f32', value: e },
      { kind: 'let', name: 'scale', dtype: 'f32', value: apply('div', constant(1), local('total')) },
      { kind: 'storeElement', tensor: 1, index: rowMajor(R, I), value: apply('mul', e, local('scale')) },
      { kind: 'storeRow', tensor: 2, index: axisIndex(R), value: apply('log', local('total')) },
    ];
    yield run([rows([R], steps, [I])], [read('x', count * inner), write('y', count * inner), write('z', count)], { gpu });
  }
}

/** Exponentials that are summed, summed with weights, and stored scaled over what they are computed from. */
function* summedAndStored(): Generator<KernelRun> {
  for (const [height, width] of [
    [1, 31],
    [4, 8],
    [3, 70],
    [1, 1024],
    [25, 41],
    [5, batch],
  ] as const) {
    const [R, Y, X] = [axis('r', 3), axis('y', height), axis('x', width)];
    const size = mulDims(3 * height, width);
    const [x, weight] = [load(0, rowMajor(R, Y, X)), load(1, rowMajor(X, Y))];
    const e = apply('exp', x);
    // Far from zero, where sums of both signs may end: a target's rounding is told relative to what is stored.
    const mean = apply('add', apply('add', local('greatest'), constant(2)), apply('div', local('weighted'), local('total')));
    const steps: RowStep[] = [
      { kind: 'reduce', name: 'total', combine: 'sum', dtype: 'f32', value: e },
      { kind: 'reduce', name: 'weighted', combine: 'sum', dtype: 'f32', value: apply('mul', e, weight) },
      { kind: 'reduce', name: 'greatest', combine: 'max', dtype: 'f32', value: apply('div', e, local('total')) },
      { kind: 'storeElement', tensor: 2, index: rowMajor(R, X, Y), value: apply('div', apply('mul', e, weight), local('total')) },
      { kind: 'storeElement', tensor: 0, index: rowMajor(R, Y, X), value: apply('div', e, local('total')) },
      { kind: 'storeRow', tensor: 3, index: axisIndex(R), value: mean },
    ];
    const tensors = [readWrite('x', size), read('weight', mulDims(height, width)), write('y', size), write('z', 3)];
    yield run([rows([R], steps, [Y, X])], tensors, { sizes: typeof width === 'number' ? [{}] : [{ batch: 0 }, { batch: 9 }] });
  }
}

function* severalAxes(): Generator<KernelRun> {
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
  for (const [outer, inner] of splits) {
    const steps: RowStep[] = [
      { kind: 'reduce', name: 'sum', combine: 'sum', dtype: 'f32', value: x },
      { kind: 'reduce', name: 'place', combine: 'argmax', dtype: 'i32', value: x },
      { kind: 'storeRow', tensor: 1, index: rowMajor(...outer), value: local('sum') },
      { kind: 'storeRow', tensor: 2, index: rowMajor(...outer), value: local('place', 'i32') },
    ];
    const count = productOf(outer.map(({ size }) => size));
    yield run([rows(outer, steps, inner)], [read('x', 384), write('y', count), write('z', count, 'i32')], { depth: 384, gpu: true });
  }
}

function gathered(): KernelRun {
  const I = axis('i', 20);
  const i = axisIndex(I);
  const clamped = typed('i32', 'minimum', typed('i32', 'maximum', load(1, i, 'i32'), constant(0, 'i32')), constant(7, 'i32'));
  const x = load(0, add(mul({ kind: 'value', value: clamped }, 3), sizeIndex(1)));
  const shifted: ScalarExpr = { kind: 'index', dtype: 'i32', index: floorDiv(sub(i, sizeIndex(9)), 4) };
  const wrapped: ScalarExpr = { kind: 'index', dtype: 'i32', index: mod(sub(i, sizeIndex(9)), 4) };
  const mask = load(4, i, 'bool');
  const steps: RowStep[] = [
    { kind: 'storeRow', tensor: 2, index: i, value: typed('bool', 'xor', typed('bool', 'lt', x, constant(0)), mask) },
    { kind: 'storeRow', tensor: 3, index: i, value: typed('i32', 'mul', typed('i32', 'neg', shifted), wrapped) },
    { kind: 'storeRow', tensor: 5, index: i, value: apply('select', typed('bool', 'not', mask), x, constant(5)) },
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
  return run([rows([I], steps)], tensors, { gpu: true });
}

/** Where the greatest of a window lies in an image of four columns: the window's position, row by row of the image. */
function positionInImage(): KernelRun {
  const [C, X, J, K] = [axis('c', 6), axis('x', 2), axis('j', 2), axis('k', 2)];
  const x = load(0, add(mul(axisIndex(C), 8), add(mul(axisIndex(J), 4), add(mul(axisIndex(X), 2), axisIndex(K)))));
  const found = { kind: 'value' as const, value: local('found', 'i32') };
  const index = add(mul(floorDiv(found, 2), 4), add(mul(axisIndex(X), 2), mod(found, 2)));
  const steps: RowStep[] = [
    { kind: 'reduce', name: 'found', combine: 'argmax', dtype: 'i32', value: x },
    { kind: 'storeRow', tensor: 1, index: rowMajor(C, X), value: { kind: 'index', dtype: 'i32', index } },
  ];
  return run([rows([C, X], steps, [J, K])], [read('x', 48), write('y', 12, 'i32')]);
}

/** out[i] = f(x[i - 2]) inside, else x[i]: both sides read where the other may not. */
function guarded(side: (x: ScalarExpr) => ScalarExpr): KernelRun {
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
  return run([rows([I], [{ kind: 'storeRow', tensor: 1, index: axisIndex(I), value }])], [read('x', 5), write('y', 9)]);
}

function inPlace(): KernelRun {
  const I = axis('i', batch);
  const i = axisIndex(I);
  const velocity = apply('add', apply('mul', load(1, i), constant(0.9)), load(2, i));
  const steps: RowStep[] = [
    { kind: 'storeRow', tensor: 0, index: i, value: apply('sub', load(0, i), apply('mul', load(3, zero), velocity)) },
    { kind: 'storeRow', tensor: 1, index: i, value: velocity },
  ];
  const tensors = [readWrite('p', batch), readWrite('v', batch), read('g', batch), read('lr', 1)];
  return run([rows([I], steps)], tensors, { sizes: [{ batch: 0 }, { batch: 1 }, { batch: 777 }], gpu: true });
}

/** Products, a sum and a map in one kernel. */
function severalParts(): KernelRun {
  const [[first], tensors] = product(20, 12, 30);
  const [[second]] = product(9, 3, 30);
  const [R, I, P] = [axis('r', 12), axis('i', 600), axis('p', batch)];
  const sum: RowStep[] = [
    { kind: 'reduce', name: 'found', combine: 'sum', dtype: 'f32', value: load(0, axisIndex(I)) },
    { kind: 'storeRow', tensor: 4, index: axisIndex(R), value: local('found') },
  ];
  const parts = [
    first!,
    rows([R], sum, [I]),
    rows([P], [{ kind: 'storeRow', tensor: 6, index: axisIndex(P), value: constant(3) }]),
    { ...second!, stores: [{ ...second!.stores[0]!, tensor: 5 }] },
  ];
  const all = [...tensors, write('sums', 12), write('small', 27), write('threes', batch)];
  return run(parts, all, { sizes: [{ batch: 0 }, { batch: 1 }, { batch: 1000 }], depth: 600, gpu: true });
}

const extremes = Float32Array.from(
  // biome-ignore format: a row a line
  [
    1, 2, NaN, 9, NaN,
    -Infinity, -Infinity, -Infinity, -Infinity, -Infinity,
    Infinity, Infinity, 0, 0, 0,
    -0, 0, 3, 3, -3,
  ],
);

function extreme(combine: Combine): KernelRun {
  const given = [extremes, hasPosition(combine) ? new Int32Array(4) : new Float32Array(4)];
  return run(...reduction(combine, 4, 5, 'f32'), { given, exact: true });
}

function emptySum(): KernelRun {
  const [I, J] = [axis('i', batch), axis('j', 0)];
  const steps: RowStep[] = [
    { kind: 'reduce', name: 'total', combine: 'sum', dtype: 'f32', value: load(0, rowMajor(I, J)) },
    { kind: 'storeRow', tensor: 1, index: zero, value: local('total') },
  ];
  return run([rows([], steps, [I, J])], [read('x', 0), write('y', 1)], { sizes: [{ batch: 3 }] });
}

/** One after the other in float32, these would be off by some ten thousandths. */
function longSum(count: number, inner: number, leading: boolean): KernelRun {
  const x = Float32Array.from({ length: count * inner }, (_, i) => 1 + ((i * 37) % 101) / 100);
  return run(...reduction('sum', count, inner, 'f32', leading), { given: [x, new Float32Array(count)] });
}

export const rowKernels: readonly KernelCase[] = [
  ...combines.map((combine) => kernelCase(`${combine} along rows and across them`, reductionsOf(combine))),
  ...combines.map((combine) => kernelCase(`${combine} where sizes are known at run time`, symbolicReductionsOf(combine))),
  ...combines
    .slice(2)
    .map((combine) => kernelCase(`${combine} of rows with NaN, of infinities, of zeros of both signs`, [extreme(combine)])),
  kernelCase('a sum over no elements of as many rows as are known at run time', [emptySum()]),
  kernelCase('long sums keep their precision', [longSum(1, 100_003, false), longSum(3, 20_000, true)]),
  kernelCase('softmax', softmax()),
  kernelCase('what is summed and stored, in place', summedAndStored()),
  kernelCase('several axes on either side', severalAxes()),
  kernelCase('a gathered index, a division of something negative, bools in memory', [gathered()]),
  kernelCase('a position taken apart where each lane has its own', [positionInImage()]),
  kernelCase('guards within guards, plain and with names of their own', [
    guarded((x) => x),
    guarded((x) => apply('mul', x, apply('exp', x))),
  ]),
  kernelCase('updates in place', [inPlace()]),
  kernelCase('parts of different kinds', [severalParts()]),
];
