/** Random contractions and convolutions on the CPU's targets, against their definition. RUNS draws more of them, SEED others. */
import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { type Dim, mulDims, namedDim, productOf } from '../../compiler/ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../compiler/kernel/expr.js';
import { add, sizeIndex } from '../../compiler/kernel/index-math.js';
import type { ContractPart } from '../../compiler/kernel/kernel.js';
import { apply, at, axis, constant, load, local, read, readWrite, rowMajor, write } from '../helpers/kernel-parts.js';
import { type KernelRun, run } from './kernels/kernel-run.js';
import { checkKernel, cpuTargets } from './kernels/targets.js';

const batch = namedDim('batch');

/** An axis in some place of some operands, of a size that the build may know. */
interface AxisChoice {
  readonly group: 'batch' | 'm' | 'n' | 'k';
  readonly size: number;
  readonly isSymbolic: boolean;
}

const axisChoice: fc.Arbitrary<AxisChoice> = fc.record({
  group: fc.constantFrom('batch', 'm', 'n', 'k'),
  size: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 6 }) }, { weight: 1, arbitrary: fc.integer({ min: 7, max: 70 }) }),
  isSymbolic: fc.boolean(),
});

type Order = readonly number[];

const contraction = fc
  .array(axisChoice, { minLength: 1, maxLength: 6 })
  .filter((choices) => choices.reduce((points, { size }) => points * Math.max(1, size), 1) <= 40000)
  .chain((choices) => {
    const order = fc.shuffledSubarray(
      choices.map((_, i) => i),
      { minLength: choices.length },
    );
    return fc.tuple(fc.constant(choices), order, order, order);
  })
  .map(contractionOf);

function contractionOf([choices, orderA, orderB, orderC]: [AxisChoice[], Order, Order, Order]): KernelRun {
  const sizes: Record<string, number> = {};
  const axes = choices.map(({ size, isSymbolic }, i): Axis => {
    if (isSymbolic) sizes[`size${i}`] = size;
    return axis(`i${i}`, isSymbolic ? namedDim(`size${i}`) : size);
  });
  const inGroups = (order: Order, groups: readonly string[]) =>
    order.filter((i) => groups.includes(choices[i]!.group)).map((i) => axes[i]!);
  const [a, b, c] = [inGroups(orderA, ['batch', 'm', 'k']), inGroups(orderB, ['batch', 'n', 'k']), inGroups(orderC, ['batch', 'm', 'n'])];
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
  return run([part], [read('a', size(a)), read('b', size(b)), write('c', size(c))], { sizes: [sizes] });
}

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

const drawnWindows: fc.Arbitrary<Windows> = fc
  .record({
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
  })
  // The definition takes a microsecond or two for each product.
  .filter(
    ({ images, channels, filters, height, width, kernel: [u, v], groups }) =>
      images * channels * filters * height * width * u * v * groups <= 100_000,
  );

/** Output positions run over height x width; what the windows lie in is as large as they need. */
function windowsOf(draw: Windows): KernelRun {
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
  return run([part], tensors, { sizes: [{ batch: draw.images }] });
}

describe.each(cpuTargets.map((target) => [target.name, target] as const))('%s', (name, target) => {
  // A module of WebAssembly takes a while to assemble.
  const options = { numRuns: Number(process.env.RUNS ?? (name === 'js' ? 40 : 16)) };

  test('random contractions: any axes, any layouts, sizes known or not', async () => {
    await fc.assert(
      fc.asyncProperty(contraction, (drawn) => checkKernel(target, drawn)),
      options,
    );
  });

  test('random convolutions and their gradients, in groups, results stored or subtracted in place', async () => {
    await fc.assert(
      fc.asyncProperty(drawnWindows.map(windowsOf), (drawn) => checkKernel(target, drawn)),
      options,
    );
  });
});
