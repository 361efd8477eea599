/** The calls of the cases of initialisation, and what their numbers must be like: for eager and built draws alike. */
import type { nn, Tensor } from 'kilnn';
import { init } from '../../dsl/nn.js';
import { camelCase } from './calls.js';
import type { TorchCase } from './cases.js';

export interface DrawnCall {
  readonly fn: string;
  readonly shape: readonly number[];
  /** What follows the tensor. */
  readonly args: readonly unknown[];
  /** What the tensor holds before; zeros unless given. */
  readonly from?: 'zeros' | 'ones';
  /** How many numbers are drawn at least. */
  readonly numbers: number;
  /** What is wrong with them. */
  problems(seen: readonly number[]): string[];
  /** The recorded output that the tensor must equal. */
  readonly output?: string;
  /** Rows or columns are orthogonal, and of this length. */
  readonly gain?: number;
}

export interface Entry {
  readonly shape: readonly number[];
  readonly gain?: number | string;
  readonly a?: number;
  readonly mode?: string;
  readonly nonlinearity?: string;
  readonly bound?: number;
  readonly std?: number;
}

type Nonlinearity = Parameters<typeof nn.init.calculateGain>[0];

export const nonlinearityOf = (name: string) => camelCase(name) as Nonlinearity;

function gainOf(gain: number | string | undefined): number {
  return typeof gain === 'string' ? init.calculateGain(nonlinearityOf(gain)) : (gain ?? 1);
}

function kaiming(entry: Entry) {
  return { a: entry.a ?? 0, mode: camelCase(entry.mode!), nonlinearity: nonlinearityOf(entry.nonlinearity!) };
}

const moments = (seen: readonly number[]) => {
  const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length;
  return { mean, deviation: Math.sqrt(seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (seen.length - 1)) };
};

/** Bounds and deviation next to the analytic figures. */
function spreadProblems(seen: readonly number[], { shape, bound, std }: Entry): string[] {
  const { mean, deviation } = moments(seen);
  const largest = seen.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const problems: string[] = [];
  if (bound !== undefined && (largest > bound * (1 + 1e-6) || largest < 0.98 * bound))
    problems.push(`[${shape}] reaches ${largest}, not ${bound}`);
  if (std !== undefined && Math.abs(deviation / std - 1) >= 0.08) problems.push(`[${shape}] deviates by ${deviation}, not ${std}`);
  if (std !== undefined && Math.abs(mean) >= 0.08 * std) problems.push(`[${shape}] has the mean ${mean}`);
  return problems;
}

const entriesOf = <E>(torchCase: TorchCase) => (torchCase.values as { entries: readonly E[] }).entries;

const spread = (fn: string, args: (entry: Entry) => readonly unknown[]) => (torchCase: TorchCase) =>
  entriesOf<Entry>(torchCase).map(
    (entry): DrawnCall => ({ fn, shape: entry.shape, args: args(entry), numbers: 4096, problems: (seen) => spreadProblems(seen, entry) }),
  );

interface Plain {
  readonly fn: string;
  readonly args: readonly number[];
  readonly mean?: number;
  readonly std?: number;
  readonly low?: number;
  readonly high?: number;
}

function plainProblems(seen: readonly number[], { fn, args, mean, std, low, high }: Plain): string[] {
  const found = moments(seen);
  const scale = std === undefined || std === 0 ? 1 : std;
  if (low !== undefined && seen.some((value) => value < low || value > high!)) return [`${fn}(${args}) leaves its bounds`];
  if (mean !== undefined && Math.abs(found.mean - mean) > 0.08 * scale) return [`${fn}(${args}) has the mean ${found.mean}`];
  return std !== undefined && std !== 0 && Math.abs(found.deviation / std - 1) > 0.08
    ? [`${fn}(${args}) deviates by ${found.deviation}`]
    : [];
}

interface Truncated {
  readonly mean: number;
  readonly std: number;
  readonly a: number;
  readonly b: number;
  readonly result_mean: number;
  readonly result_std: number;
}

function truncatedProblems(seen: readonly number[], { mean, std, a, b, result_mean: middle, result_std: width }: Truncated): string[] {
  const found = moments(seen);
  const name = `truncNormal_(${mean}, ${std}, ${a}, ${b})`;
  if (seen.some((value) => value < a || value > b)) return [`${name} leaves its bounds`];
  if (Math.abs(found.mean - middle) > 0.05 * width) return [`${name} has the mean ${found.mean}`];
  return Math.abs(found.deviation / width - 1) > 0.05 ? [`${name} deviates by ${found.deviation}`] : [];
}

interface Sparse {
  readonly shape: readonly [number, number];
  readonly sparsity: number;
  readonly zeros_per_column: number;
}

function sparseProblems(seen: readonly number[], { shape: [rows, columns], zeros_per_column: wanted }: Sparse): string[] {
  const counts = Array.from({ length: columns }, (_, c) => Array.from({ length: rows }, (_, r) => seen[r * columns + c]!));
  const zeros = counts.map((column) => column.filter((value) => value === 0).length);
  return zeros.every((count) => count === wanted) ? [] : [`sparse_ [${[rows, columns]}] has ${zeros} zeros, not ${wanted}`];
}

const exact = (fn: string, shape: readonly number[], output: string, args: readonly unknown[] = []): DrawnCall => ({
  fn,
  shape,
  args,
  from: 'ones',
  numbers: 1,
  output,
  problems: () => [],
});

/** The calls of a case. */
export const calls: Readonly<Record<string, (torchCase: TorchCase) => DrawnCall[]>> = {
  'init-xavier_uniform_': spread('xavierUniform_', ({ gain }) => [gainOf(gain)]),
  'init-xavier_normal_': spread('xavierNormal_', ({ gain }) => [gainOf(gain)]),
  'init-kaiming_uniform_': spread('kaimingUniform_', (entry) => [kaiming(entry)]),
  'init-kaiming_normal_': spread('kaimingNormal_', (entry) => [kaiming(entry)]),
  'init-xavier-normal-manual': (torchCase) =>
    entriesOf<{ in: number; out: number; std: number }>(torchCase).map((entry) => {
      const drawn = { shape: [entry.out, entry.in], std: entry.std };
      return { fn: 'xavierNormal_', shape: drawn.shape, args: [], numbers: 4096, problems: (seen) => spreadProblems(seen, drawn) };
    }),
  'init-uniform_normal_constant_': (torchCase) =>
    entriesOf<Plain>(torchCase).map((entry) => {
      return { fn: camelCase(entry.fn), shape: [4096], args: entry.args, numbers: 4096, problems: (seen) => plainProblems(seen, entry) };
    }),
  'init-trunc_normal_': (torchCase) =>
    entriesOf<Truncated>(torchCase).map((entry) => {
      const { mean, std, a, b } = entry;
      const args = [mean, { std, a, b }];
      return { fn: 'truncNormal_', shape: [8192], args, numbers: 8192, problems: (seen) => truncatedProblems(seen, entry) };
    }),
  'init-sparse_': (torchCase) =>
    entriesOf<Sparse>(torchCase).map((entry) => {
      const args = [entry.sparsity];
      return { fn: 'sparse_', shape: entry.shape, args, from: 'ones', numbers: 1, problems: (seen) => sparseProblems(seen, entry) };
    }),
  'init-orthogonal_': (torchCase) =>
    (torchCase.values as { props: readonly { shape: number[]; gain: number }[] }).props.map(({ shape, gain }) => {
      return { fn: 'orthogonal_', shape, args: [gain], numbers: 1, gain, problems: () => [] };
    }),
  'init-eye_dirac_': () => [
    ...[
      [3, 3],
      [2, 4],
      [4, 2],
    ].map((shape) => exact('eye_', shape, `t.eye[${shape.join(', ')}]`)),
    ...(
      [
        [[3, 3, 3], 1],
        [[4, 2, 3, 3], 1],
        [[4, 2, 3, 3], 2],
        [[2, 2, 1, 2, 3], 1],
      ] as const
    ).map(([shape, groups]) => exact('dirac_', shape, `t.dirac[${shape.join(', ')}]groups${groups}`, [groups])),
  ],
};

/** Whether rows, or columns where there are more rows, are orthogonal and of length `gain`. */
export function gramProblems(name: string, made: Tensor, gain: number): string[] {
  const matrix = made.flatten(1);
  const wide = matrix.shape[0]! <= matrix.shape[1]!;
  const gram = wide ? matrix.mm(matrix.t()) : matrix.t().mm(matrix);
  const size = gram.shape[0]!;
  const worst = Array.from(gram.data()).reduce(
    (most, value, at) => Math.max(most, Math.abs(value - (at % (size + 1) === 0 ? gain ** 2 : 0))),
    0,
  );
  return worst <= 1e-5 ? [] : [`${name} [${made.shape}]: the products of its ${wide ? 'rows' : 'columns'} are off by ${worst}`];
}

/** How a parameter of a layer starts. */
export interface Default {
  readonly param: string;
  readonly shape: readonly number[];
  readonly dist: string;
  readonly bound?: number;
  readonly std?: number;
  readonly value?: number;
  readonly zero_row?: number;
}

export function defaultProblems(layer: string, { param, dist, bound, std, value }: Default, seen: readonly number[]): string[] {
  const largest = seen.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  const deviation = Math.sqrt(seen.reduce((sum, each) => sum + each ** 2, 0) / seen.length);
  const fits =
    dist === 'constant'
      ? seen.every((each) => each === value)
      : dist === 'uniform'
        ? largest <= bound! * (1 + 1e-6) && largest > 0.95 * bound!
        : Math.abs(deviation / std! - 1) < 0.05;
  return fits ? [] : [`${layer}: ${param} is not ${dist}: at most ${largest}, deviation ${deviation}`];
}
