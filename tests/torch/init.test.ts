import 'kilnn/eager';
import { nn, ones, type Tensor, zeros } from 'kilnn';
import { camelCase, NotThere } from './calls.js';
import { defaultTolerance, differs, figuresOf, type TorchCase } from './cases.js';
import { buildLayer } from './computations.js';
import { testCategory } from './listed.js';
import { parsePythonCall } from './python-call.js';

interface Entry {
  readonly shape: readonly number[];
  readonly gain?: number | string;
  readonly a?: number;
  readonly mode?: string;
  readonly nonlinearity?: string;
  readonly bound?: number;
  readonly std?: number;
}

const { init } = nn;

/** Draws until at least 4096 numbers are seen, and compares their bounds and deviation with the analytic figures. */
function sample(fill: (x: Tensor) => Tensor, { shape, bound, std }: Entry): string[] {
  const size = shape.reduce((product, next) => product * next, 1);
  const seen: number[] = [];
  while (seen.length < 4096) for (const value of Array.from(fill(zeros(shape)).data())) seen.push(value);
  const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length;
  const deviation = Math.sqrt(seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (seen.length - 1));
  const largest = seen.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const problems: string[] = [];
  if (bound !== undefined && (largest > bound * (1 + 1e-6) || largest < 0.98 * bound))
    problems.push(`[${shape}] reaches ${largest}, not ${bound}`);
  if (std !== undefined && Math.abs(deviation / std - 1) >= 0.08) problems.push(`[${shape}] deviates by ${deviation}, not ${std}`);
  if (std !== undefined && Math.abs(mean) >= 0.08 * std) problems.push(`[${shape}] of ${size} has the mean ${mean}`);
  return problems;
}

const entriesOf = (torchCase: TorchCase) => (torchCase.values as { entries: readonly Entry[] }).entries;

const nonlinearityOf = (name: string) => camelCase(name) as Parameters<typeof init.calculateGain>[0];

function gainOf(gain: number | string | undefined): number {
  return typeof gain === 'string' ? init.calculateGain(nonlinearityOf(gain)) : (gain ?? 1);
}

const checks: Readonly<Record<string, (torchCase: TorchCase) => string[]>> = {
  'init-default-layers': (torchCase) =>
    Object.entries((torchCase.values as { entries: Record<string, Default[]> }).entries).flatMap(([expression, entries]) =>
      startProblems(expression, entries),
    ),
  'init-orthogonal_': (torchCase) =>
    (torchCase.values as { props: readonly { shape: number[]; gain: number }[] }).props.flatMap(({ shape, gain }) =>
      gramProblems(`orthogonal_ [${shape}]`, init.orthogonal_(zeros(shape), gain), gain),
    ),
  'init-sparse_': (torchCase) =>
    (torchCase.values as { entries: readonly { shape: [number, number]; sparsity: number; zeros_per_column: number }[] }).entries.flatMap(
      ({ shape, sparsity, zeros_per_column: wanted }) => {
        const zeroCounts = Array.from(init.sparse_(ones(shape), sparsity).eq(0).int().sum(0).data());
        return zeroCounts.every((count) => count === wanted) ? [] : [`sparse_ [${shape}] has ${zeroCounts} zeros, not ${wanted}`];
      },
    ),
  'init-calculate_gain': (torchCase) =>
    (torchCase.values as { entries: readonly [string, number | null, number][] }).entries.flatMap(([name, parameter, want]) => {
      const got = init.calculateGain(nonlinearityOf(name), parameter ?? undefined);
      return Math.abs(got - want) <= 1e-12 ? [] : [`${name}(${parameter}) is ${got}, not ${want}`];
    }),
  'init-xavier_uniform_': (torchCase) =>
    entriesOf(torchCase).flatMap((entry) => sample((x) => init.xavierUniform_(x, gainOf(entry.gain)), entry)),
  'init-xavier_normal_': (torchCase) =>
    entriesOf(torchCase).flatMap((entry) => sample((x) => init.xavierNormal_(x, gainOf(entry.gain)), entry)),
  'init-kaiming_uniform_': (torchCase) =>
    entriesOf(torchCase).flatMap((entry) => sample((x) => init.kaimingUniform_(x, kaiming(entry)), entry)),
  'init-kaiming_normal_': (torchCase) =>
    entriesOf(torchCase).flatMap((entry) => sample((x) => init.kaimingNormal_(x, kaiming(entry)), entry)),
  'init-xavier-normal-manual': (torchCase) =>
    (torchCase.values as { entries: readonly { in: number; out: number; std: number }[] }).entries.flatMap((entry) =>
      sample((x) => init.xavierNormal_(x), { shape: [entry.out, entry.in], std: entry.std }),
    ),
  'init-eye_dirac_': (torchCase) => {
    const got: Record<string, Tensor> = {};
    for (const shape of [
      [3, 3],
      [2, 4],
      [4, 2],
    ])
      got[`t.eye[${shape.join(', ')}]`] = init.eye_(zeros(shape));
    const weights: readonly (readonly [readonly number[], number])[] = [
      [[3, 3, 3], 1],
      [[4, 2, 3, 3], 1],
      [[4, 2, 3, 3], 2],
      [[2, 2, 1, 2, 3], 1],
    ];
    for (const [shape, groups] of weights) got[`t.dirac[${shape.join(', ')}]groups${groups}`] = init.dirac_(ones(shape), groups);
    const problems = Object.entries(torchCase.outputs!).map(([name, want]) => differs(name, figuresOf(got[name]!), want, defaultTolerance));
    return problems.filter((problem) => problem !== undefined);
  },
  'init-uniform_normal_constant_': (torchCase) =>
    (
      torchCase.values as { entries: readonly { fn: string; args: number[]; mean?: number; std?: number; low?: number; high?: number }[] }
    ).entries.flatMap(({ fn, args, mean, std, low, high }) => {
      const fill = (init as unknown as Record<string, (x: Tensor, ...args: number[]) => Tensor>)[camelCase(fn)];
      if (fill === undefined) return [`there is no init.${fn}`];
      const seen = Array.from(fill(zeros([4096]), ...args).data());
      const average = seen.reduce((sum, value) => sum + value, 0) / seen.length;
      const deviation = Math.sqrt(seen.reduce((sum, value) => sum + (value - average) ** 2, 0) / seen.length);
      const spread = std === undefined || std === 0 ? 1 : std;
      if (low !== undefined && seen.some((value) => value < low || value > high!)) return [`${fn}(${args}) leaves its bounds`];
      if (mean !== undefined && Math.abs(average - mean) > 0.08 * spread) return [`${fn}(${args}) has the mean ${average}`];
      return std !== undefined && std !== 0 && Math.abs(deviation / std - 1) > 0.08 ? [`${fn}(${args}) deviates by ${deviation}`] : [];
    }),
  'init-trunc_normal_': (torchCase) =>
    (
      torchCase.values as {
        entries: readonly { mean: number; std: number; a: number; b: number; result_mean: number; result_std: number }[];
      }
    ).entries.flatMap(({ mean, std, a, b, result_mean, result_std }) => {
      const seen = Array.from(init.truncNormal_(zeros([8192]), mean, { std, a, b }).data());
      const average = seen.reduce((sum, value) => sum + value, 0) / seen.length;
      const deviation = Math.sqrt(seen.reduce((sum, value) => sum + (value - average) ** 2, 0) / seen.length);
      if (seen.some((value) => value < a || value > b)) return [`truncNormal_(${mean}, ${std}, ${a}, ${b}) leaves its bounds`];
      if (Math.abs(average - result_mean) > 0.05 * result_std) return [`truncNormal_(${mean}, ${std}, ${a}, ${b}) has the mean ${average}`];
      return Math.abs(deviation / result_std - 1) > 0.05 ? [`truncNormal_(${mean}, ${std}, ${a}, ${b}) deviates by ${deviation}`] : [];
    }),
};

function kaiming(entry: Entry) {
  return {
    a: entry.a ?? 0,
    mode: camelCase(entry.mode!) as 'fanIn' | 'fanOut',
    nonlinearity: nonlinearityOf(entry.nonlinearity!),
  };
}

/** Sizes, and gains that make samples differ from each other. */
function gramProblems(name: string, made: Tensor, gain: number): string[] {
  const matrix = made.flatten(1);
  const wide = matrix.shape[0]! <= matrix.shape[1]!;
  const gram = wide ? matrix.mm(matrix.t()) : matrix.t().mm(matrix);
  const size = gram.shape[0]!;
  const worst = Array.from(gram.data()).reduce(
    (most, value, at) => Math.max(most, Math.abs(value - (at % (size + 1) === 0 ? gain ** 2 : 0))),
    0,
  );
  return worst <= 1e-5 ? [] : [`${name}: the products of its ${wide ? 'rows' : 'columns'} are off by ${worst}`];
}

testCategory('init', (torchCase) => {
  const run = checks[torchCase.name];
  if (run === undefined) throw new NotThere('the snippet is not written in Kilnn');
  return run(torchCase);
});

interface Default {
  readonly param: string;
  readonly shape: readonly number[];
  readonly dist: string;
  readonly bound?: number;
  readonly std?: number;
  readonly value?: number;
  readonly zero_row?: number;
}

/** What differs from how PyTorch's layer starts. */
function startProblems(expression: string, entries: readonly Default[]): string[] {
  const { name, args, kwargs } = parsePythonCall(expression);
  const make = () => buildLayer({ name, what: '', code: '', inputs: {}, spec: { module: name.replace('nn.', ''), args, kwargs } });
  return entries.flatMap(({ param, shape, dist, bound, std, value, zero_row: zeroRow }) => {
    const found = make().getParameter(param).shape;
    if (found.join() !== shape.join()) return [`${expression}: ${param} has shape [${found}]`];
    const seen: number[] = [];
    for (let copy = 0; copy < 200 && seen.length < 8192; copy++) {
      const own = Array.from(make().getParameter(param).data());
      if (zeroRow !== undefined && own.splice(zeroRow * shape[1]!, shape[1]!).some((each) => each !== 0))
        return [`${expression}: row ${zeroRow}`];
      for (const each of own) seen.push(each);
    }
    const largest = seen.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    const deviation = Math.sqrt(seen.reduce((sum, each) => sum + each ** 2, 0) / seen.length);
    const fits =
      dist === 'constant'
        ? seen.every((each) => each === value)
        : dist === 'uniform'
          ? largest <= bound! * (1 + 1e-6) && largest > 0.95 * bound!
          : Math.abs(deviation / std! - 1) < 0.05;
    return fits ? [] : [`${expression}: ${param} is not ${dist}: at most ${largest}, deviation ${deviation}`];
  });
}
