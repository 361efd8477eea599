/** Every elementwise op on every target at the values where functions change their mind: zeros of both signs, subnormals, infinities, NaN. */
import { describe, expect, test } from 'vitest';
import { knownOperators } from '../../compiler/backends/wgsl/operators.js';
import type { DType } from '../../compiler/ir/types.js';
import type { Axis, ScalarExpr } from '../../compiler/kernel/expr.js';
import { axisIndex } from '../../compiler/kernel/index-math.js';
import type { Kernel } from '../../compiler/kernel/kernel.js';
import { elementwiseOps } from '../../compiler/ops/elementwise.js';
import { OpError } from '../../compiler/ops/op.js';
import { mismatch } from '../helpers/close.js';
import { type Elements, runWgslKernel } from '../helpers/gpu-kernel.js';
import { interpretKernel } from './kernels/kernel-run.js';
import { cpuTargets, type KernelTarget } from './kernels/targets.js';

const tiny = 2 ** -149;
/** Values at which functions change their mind. */
const floats = [
  ...[0, -0, 1, -1, 2, -2, 3, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 0.1, -0.3, 0.25, 0.41, 0.42, 0.54],
  ...[0.56, 0.9, -0.99, 0.999999, 1.000001, -1.000001, 1e-3, -1e-4, 1e-5, 1e-10, -1e-20, 7, -7.3, 10, 31.4, -100, 1000.5, 12345.678, 1e6],
  ...[
    -1e7,
    3e9,
    1e20,
    -1e38,
    3.4028234663852886e38,
    88.5,
    -88.5,
    89.1,
    104,
    -104,
    4,
    -4.1,
    Math.PI,
    -Math.PI / 2,
    2 ** 24,
    2 ** -126,
    -(2 ** -127),
    tiny,
    -tiny,
  ],
  ...[Infinity, -Infinity, NaN],
].map(Math.fround);
const ints = [0, 1, -1, 2, -2, 3, 7, -7, 10, 100, -13, 31, 65536, 2 ** 31 - 1, -(2 ** 31), 12345678, -98765];
const bools = [0, 1];
const valuesOf: Record<DType, readonly number[]> = { f32: floats, f64: [], i32: ints, bool: bools };

/** Relative to the result, absolute, and how far the arguments are trusted. PyTorch's own bound for float32 is 1.3e-6. */
interface Accuracy {
  readonly rtol: number;
  readonly atol: number;
  readonly holds?: (...args: number[]) => boolean;
}

const exact: Accuracy = { rtol: 0, atol: 0 };
const accuracies: Readonly<Record<string, Accuracy>> = {
  // WGSL: exp within 3 + 2 |x| units in the last place.
  exp: { rtol: 1.2e-5, atol: 0 },
  expm1: { rtol: 1.2e-5, atol: 0 },
  sinh: { rtol: 1.2e-5, atol: 0 },
  cosh: { rtol: 1.2e-5, atol: 0 },
  sigmoid: { rtol: 1.2e-5, atol: 0 },
  log: { rtol: 3e-7, atol: 0 },
  log1p: { rtol: 5e-7, atol: 0 },
  tanh: { rtol: 1e-6, atol: 0 },
  erf: { rtol: 4e-7, atol: 2e-7 },
  // The argument is reduced in float32: beyond a few thousand there is nothing left to be accurate with.
  sin: { rtol: 1e-6, atol: 4e-7, holds: (x) => Math.abs(x) < 2000 || Math.abs(x) === Infinity || Number.isNaN(x) },
  cos: { rtol: 1e-6, atol: 4e-7, holds: (x) => Math.abs(x) < 2000 || Math.abs(x) === Infinity || Number.isNaN(x) },
  // At a multiple of pi/2 the float32 nearest to it decides.
  tan: { rtol: 4e-6, atol: 4e-7, holds: (x) => (Math.abs(x) < 2000 && Math.abs(Math.cos(x)) > 1e-3) || Number.isNaN(x) },
  asin: { rtol: 5e-7, atol: 0 },
  acos: { rtol: 5e-7, atol: 2e-7 },
  atan: { rtol: 5e-7, atol: 0 },
  atan2: { rtol: 5e-7, atol: 0 },
  asinh: { rtol: 1e-6, atol: 0 },
  acosh: { rtol: 1e-6, atol: 0 },
  atanh: { rtol: 1e-6, atol: 0 },
  sqrt: { rtol: 2e-7, atol: 0 },
  // WGSL: 2.5 units in the last place.
  div: { rtol: 4e-7, atol: 0 },
  add: { rtol: 1e-7, atol: 0 },
  sub: { rtol: 1e-7, atol: 0 },
  mul: { rtol: 1e-7, atol: 0 },
  // exp(y log x): the error of the logarithm grows with the exponent.
  pow: { rtol: 4e-5, atol: 0 },
  remainder: { rtol: 1e-7, atol: 0 },
  floorDivide: { rtol: 3e-7, atol: 0 },
};

/** Whether a float32 is subnormal: WGSL lets a device take it for zero, as an argument and as a result. */
const isSubnormal = (x: number) => x !== 0 && Math.abs(x) < 2 ** -126;
const flush = (x: number) => (isSubnormal(x) ? (x < 0 ? -0 : 0) : x);

function kernelOf(op: string, from: readonly DType[], to: DType, size: number): Kernel {
  const axis: Axis = { name: 'i', size };
  const args = from.map((dtype, tensor): ScalarExpr => ({ kind: 'load', dtype, tensor, index: axisIndex(axis) }));
  const value: ScalarExpr = { kind: 'apply', dtype: to, op, args };
  return {
    name: op,
    tensors: [
      ...from.map((dtype, i) => ({ name: `x${i}`, dtype, size, access: 'read' as const })),
      { name: 'y', dtype: to, size, access: 'write' as const },
    ],
    parts: [{ kind: 'rows', rows: [axis], inner: [], steps: [{ kind: 'storeRow', tensor: from.length, index: axisIndex(axis), value }] }],
  };
}

function elements(dtype: DType, values: readonly number[]): Elements {
  if (dtype === 'i32') return Int32Array.from(values);
  return dtype === 'bool' ? Uint8Array.from(values) : Float32Array.from(values);
}

/** All combinations of values of those dtypes, argument by argument. */
function combinations(dtypes: readonly DType[]): number[][] {
  let rows: number[][] = [[]];
  for (const dtype of dtypes) rows = rows.flatMap((row) => valuesOf[dtype].map((value) => [...row, value]));
  return dtypes.map((_, i) => rows.map((row) => row[i]!));
}

/** The argument and result dtypes that the op's own type rule accepts. */
function signatures(op: (typeof elementwiseOps)[number]): [from: DType[], to: DType][] {
  const found: [DType[], DType][] = [];
  const dtypes: readonly DType[] = ['f32', 'i32', 'bool'];
  const arity = op.arity as number;
  const lists = dtypes.flatMap((a) => (arity === 1 ? [[a]] : arity === 2 ? [[a, a]] : [['bool', a, a] as DType[]]));
  for (const from of lists) {
    for (const dtype of op.name === 'cast' ? dtypes : ['f32' as const]) {
      try {
        const type = op.type(
          from.map((each) => ({ dtype: each, shape: [1] })),
          op.name === 'cast' ? { dtype } : {},
        );
        found.push([from, type.dtype]);
      } catch (error) {
        if (!(error instanceof OpError)) throw error;
      }
    }
  }
  return found;
}

test('every elementwise op of the table is printed in WGSL', () => {
  expect(elementwiseOps.map(({ name }) => name).filter((name) => !knownOperators.includes(name))).toEqual([]);
});

/** How kernels are run, how near results are, and whether subnormal numbers may be taken for zero. */
interface ElementwiseTarget {
  readonly run: KernelTarget['run'];
  readonly flushes: boolean;
  accuracy(op: string): Accuracy;
}

/** Functions within four units in the last place, the rest as float64 rounded: what lies between two numbers of float32 may go to either. */
const onCpu: Accuracy = { rtol: 5e-7, atol: 0 };
const roundedOps = new Set([
  'neg',
  'abs',
  'sign',
  'floor',
  'ceil',
  'trunc',
  'round',
  'add',
  'sub',
  'mul',
  'div',
  'sqrt',
  'fmod',
  'select',
  'cast',
]);

const targets: Readonly<Record<string, ElementwiseTarget>> = {
  ...Object.fromEntries(
    cpuTargets.map(({ name, run }) => [name, { run, flushes: false, accuracy: (op: string) => (roundedOps.has(op) ? exact : onCpu) }]),
  ),
  webgpu: { run: runWgslKernel, flushes: true, accuracy: (op) => accuracies[op] ?? exact },
};

describe.each(Object.entries(targets))('%s', (_, { run, flushes, accuracy: accuracyOf }) => {
  test.each(elementwiseOps.map((op) => [op.name, op] as const))('%s over odd values', async (name, op) => {
    const accuracy = accuracyOf(name);
    const all = signatures(op);
    expect(all.length).toBeGreaterThan(0);
    for (const [from, to] of all) {
      const args = combinations(from);
      const size = args[0]!.length;
      const kernel = kernelOf(name, from, to, size);
      const inFloat64 = (change: (x: number) => number) => {
        const lists = args.map((list, i) => elements(from[i]!, list.map(change)));
        return interpretKernel(kernel, [...lists, new Float64Array(size)] as unknown as Elements[], new Map()).at(-1)!;
      };
      const want = inFloat64((x) => x);
      const flushed = flushes ? inFloat64(flush) : want;
      const before = [...args.map((list, i) => elements(from[i]!, list)), elements(to, new Array(size).fill(0))];
      const got = (await run(kernel, before, new Map())).at(-1)!;
      const failures: string[] = [];
      for (let i = 0; i < size; i++) {
        const at = args.map((list) => list[i]!);
        if (to === 'f32' && accuracy.holds && !accuracy.holds(...at)) continue;
        const round = (x: number) => (to === 'f32' ? Math.fround(x) : x);
        // A device may take subnormal numbers for zero, and what is nearly infinite in float64 may round to infinity.
        const mayFlush = flushes && (to === 'f32' || from.includes('f32'));
        const candidates = mayFlush ? [want[i]!, flushed[i]!, flush(want[i]!)] : [want[i]!];
        const tolerance =
          to === 'f32' ? { ...accuracy, atol: accuracy.atol + (flushes ? 2 ** -126 : accuracy === exact ? 0 : 4 * tiny) } : exact;
        if (candidates.every((candidate) => mismatch([got[i]!], [round(candidate)], tolerance)))
          failures.push(`${name}(${at.join(', ')}) = ${got[i]}, expected ${round(want[i]!)}`);
      }
      expect(failures).toEqual([]);
    }
  });
});

test.each(Object.entries(targets))(
  'constants on %s: extremes, NaN, infinities, and expressions of constants alone',
  async (_, { run, flushes }) => {
    const constant = (value: number): ScalarExpr => ({ kind: 'constant', dtype: 'f32', value });
    const exprs: ScalarExpr[] = [
      ...[0, -0, 1 / 3, 1e-45, 3.4028234663852886e38, -3.4028234663852886e38, 1e40, Infinity, -Infinity, NaN, 16777217, 1e21, 5e-324].map(
        constant,
      ),
      { kind: 'apply', dtype: 'f32', op: 'exp', args: [constant(1000)] },
      { kind: 'apply', dtype: 'f32', op: 'div', args: [constant(1), constant(0)] },
      { kind: 'apply', dtype: 'f32', op: 'sub', args: [constant(Infinity), constant(Infinity)] },
      { kind: 'apply', dtype: 'f32', op: 'neg', args: [constant(-3)] },
    ];
    const kernel: Kernel = {
      name: 'constants',
      tensors: [
        { name: 'y', dtype: 'f32', size: exprs.length, access: 'write' },
        { name: 'z', dtype: 'i32', size: 3, access: 'write' },
      ],
      parts: [
        {
          kind: 'rows',
          rows: [],
          inner: [],
          steps: [
            ...exprs.map((value, i) => ({ kind: 'storeRow' as const, tensor: 0, index: { kind: 'number' as const, value: i }, value })),
            ...[2 ** 31 - 1, -(2 ** 31), -1].map((value, i) => ({
              kind: 'storeRow' as const,
              tensor: 1,
              index: { kind: 'number' as const, value: i },
              value: { kind: 'constant' as const, dtype: 'i32' as const, value },
            })),
          ],
        },
      ],
    };
    const before = [new Float32Array(exprs.length), new Int32Array(3)];
    const want = interpretKernel(kernel, before, new Map());
    const got = await run(kernel, before, new Map());
    expect(mismatch(got[0]!, want[0]!, { rtol: 0, atol: flushes ? 2 ** -126 : 0 })).toBeUndefined();
    expect(got[1]).toEqual(want[1]);
  },
);

test.each(Object.entries(targets))('infinities and NaN times a constant 0 are NaN on %s', async (_, { run }) => {
  for (const zero of [0, -0]) {
    const axis: Axis = { name: 'i', size: floats.length };
    const x: ScalarExpr = { kind: 'load', dtype: 'f32', tensor: 0, index: axisIndex(axis) };
    const value: ScalarExpr = { kind: 'apply', dtype: 'f32', op: 'mul', args: [x, { kind: 'constant', dtype: 'f32', value: zero }] };
    const kernel: Kernel = {
      name: 'times_constant',
      tensors: [
        { name: 'x', dtype: 'f32', size: floats.length, access: 'read' },
        { name: 'y', dtype: 'f32', size: floats.length, access: 'write' },
      ],
      parts: [{ kind: 'rows', rows: [axis], inner: [], steps: [{ kind: 'storeRow', tensor: 1, index: axisIndex(axis), value }] }],
    };
    const [, y] = await run(kernel, [Float32Array.from(floats), new Float32Array(floats.length)], new Map());
    expect(Array.from(y!)).toEqual(floats.map((each) => each * zero));
  }
});
