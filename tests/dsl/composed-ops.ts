/** Functions of the library that PyTorch's recorded cases do not reach, with what they give by definition. */
import * as k from 'kilnn';
import { booleans, type ComposedCase, floats, given, integers } from './composed-case.js';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const ties = given([2, 1, 2, nan, -0, 0, 1, 2], [2, 4]);

/** The numbers of a matrix by rows. */
function rowsOf({ data, shape }: { data: readonly number[]; shape: readonly number[] }): number[][] {
  const width = shape[shape.length - 1]!;
  return Array.from({ length: data.length / width }, (_, row) => data.slice(row * width, (row + 1) * width));
}

const matrix = floats([3, 5]);
const running = (row: readonly number[], next: (total: number, value: number) => number): number[] =>
  row.map((_, at) => row.slice(0, at + 1).reduce(next));
const base = floats([3, 4], 2);
const updates = floats([2, 4], 3);
const places = integers([0, 2, 0, 1, 0, 2, 1, 1], [2, 4]);

/** Base elements with the updates for their place, one after the other. */
function scattered(combine: (total: number, value: number) => number, self = true): number[] {
  const out = [...base.data];
  const seen = new Set<number>();
  places.data.forEach((row, at) => {
    const target = row * 4 + (at % 4);
    out[target] = self || seen.has(target) ? combine(out[target]!, updates.data[at]!) : updates.data[at]!;
    seen.add(target);
  });
  return out;
}

const reduced = (reduce: 'sum' | 'prod' | 'mean' | 'amax' | 'amin', includeSelf = true): ComposedCase['compute'] => {
  return ({ x, index, source }) => x!.scatterReduce(0, index!, source!, { reduce, includeSelf });
};
const scatterInputs = { x: base, index: places, source: updates };

export const composedOps: Readonly<Record<string, ComposedCase>> = {
  'sort: ties in order, NaN last': {
    inputs: { x: ties },
    compute: ({ x }) => ({ ...x!.sort() }),
    expected: { values: [1, 2, 2, nan, -0, 0, 1, 2], indices: [1, 0, 2, 3, 0, 1, 2, 3] },
  },
  'sort: descending, NaN first': {
    inputs: { x: ties },
    compute: ({ x }) => ({ ...x!.sort(-1, { descending: true }) }),
    expected: { values: [nan, 2, 2, 1, 2, 1, -0, 0], indices: [3, 0, 2, 1, 3, 2, 0, 1] },
  },
  'sort along the first dim': {
    inputs: { x: matrix },
    compute: ({ x }) => ({ ...x!.sort(0) }),
    expected: { values: [0, 1, 2].flatMap((rank) => [0, 1, 2, 3, 4].map((column) => sorted(column)[rank]!)) },
    smooth: true,
  },
  'argsort of integers and booleans': {
    inputs: { i: integers([3, -5, 2147483647, -2147483648, 3]), b: booleans([1, 0, 1, 0]) },
    compute: ({ i, b }) => ({ i: i!.argsort(), b: b!.argsort(0, { descending: true }) }),
    expected: { i: [3, 1, 0, 4, 2], b: [0, 2, 1, 3] },
  },
  'sort of one element, and of a scalar': {
    inputs: { x: given([3, 1], [2, 1]), s: given([4], []) },
    compute: ({ x, s }) => ({ a: x!.sort(1).values, b: x!.argsort(1), c: s!.sort().values }),
    expected: { a: [3, 1], b: [0, 0], c: [4] },
  },
  'topk: the least': {
    inputs: { x: matrix },
    compute: ({ x }) => ({ ...x!.topk(2, { largest: false, dim: 1 }) }),
    expected: { values: rowsOf(matrix).flatMap((row) => [...row].sort((a, b) => a - b).slice(0, 2)) },
    smooth: true,
  },
  'median: the lower of two, NaN if there is one': {
    inputs: { x: given([3, 1, 4, 2, 3, nan, 4, 2], [2, 4]), all: given([3, 1, 2, 2]) },
    compute: ({ x, all }) => ({ ...x!.median(1), all: all!.median() }),
    expected: { values: [2, nan], indices: [3, 1], all: [2] },
  },
  mode: {
    inputs: { x: given([1, 2, 2, 1, 3, 5, 5, 5, 0, 0], [2, 5]) },
    compute: ({ x }) => ({ ...x!.mode() }),
    expected: { values: [1, 5], indices: [3, 2] },
  },
  quantile: {
    inputs: { x: given([4, 1, 3, 2]) },
    compute: ({ x }) => ({ y: x!.quantile([0, 0.4, 1]), lower: x!.quantile(0.4, { interpolation: 'lower' }) }),
    expected: { y: [1, 2.2, 4], lower: [2] },
    smooth: true,
  },
  'cummax and cummin: the last of equal ones, NaN stays': {
    inputs: { x: given([1, 3, 3, 2, nan, 5]) },
    compute: ({ x }) => {
      const [most, least] = [x!.cummax(0), x!.cummin(0)];
      return { most: most.values, at: most.indices, least: least.values, leastAt: least.indices };
    },
    expected: { most: [1, 3, 3, 3, nan, nan], at: [0, 1, 2, 2, 4, 4], least: [1, 1, 1, 1, nan, nan], leastAt: [0, 0, 0, 0, 4, 4] },
  },
  'cumprod with zeros': {
    inputs: { x: given([2, 0, 3, 0, 4, 1.5, -2, 3, 0.5, 2], [2, 5]) },
    compute: ({ x }) => x!.cumprod(1),
    expected: { y: [2, 0, 0, 0, 0, 1.5, -3, -9, -4.5, -9] },
    smooth: true,
  },
  'cumsum and cumprod along the first dim': {
    inputs: { x: matrix },
    compute: ({ x }) => ({ sums: x!.t().cumsum(0).t(), products: x!.t().cumprod(0).t() }),
    expected: {
      sums: rowsOf(matrix).flatMap((row) => running(row, (a, b) => a + b)),
      products: rowsOf(matrix).flatMap((row) => running(row, (a, b) => a * b)),
    },
    smooth: true,
  },
  logcumsumexp: {
    inputs: { x: given([800, -800, 801, 2, 1, -3], [2, 3]) },
    compute: ({ x }) => x!.logcumsumexp(1),
    expected: {
      y: [800, 800, 801 + Math.log1p(Math.exp(-1)), 2, Math.log(Math.exp(2) + Math.E), Math.log(Math.exp(2) + Math.E + Math.exp(-3))],
    },
  },
  'logaddexp of infinities': {
    inputs: { a: given([-inf, inf, 1, 1000]), b: given([-inf, 3, 2, 1000]) },
    compute: ({ a, b }) => k.logaddexp(a!, b!),
    expected: { y: [-inf, inf, 2 + Math.log1p(Math.exp(-1)), 1000 + Math.LN2] },
  },
  'scatter: the last of several counts, the others have no gradient': {
    inputs: scatterInputs,
    compute: ({ x, index, source }) => x!.scatter(0, index!, source!),
    expected: { y: scattered((_, value) => value) },
    smooth: true,
  },
  'scatter of a number into a smaller part': {
    inputs: { x: base, index: integers([1, 0], [1, 2]) },
    compute: ({ x, index }) => x!.scatter(1, index!, 9),
    expected: { y: [9, 9, ...base.data.slice(2)] },
    smooth: true,
  },
  'scatter multiplies': {
    inputs: scatterInputs,
    compute: ({ x, index, source }) => x!.scatter(0, index!, source!, { reduce: 'multiply' }),
    expected: { y: scattered((a, b) => a * b) },
    smooth: true,
  },
  'scatterReduce: amax': { inputs: scatterInputs, compute: reduced('amax'), expected: { y: scattered(Math.max) }, smooth: true },
  'scatterReduce: amin': { inputs: scatterInputs, compute: reduced('amin'), expected: { y: scattered(Math.min) }, smooth: true },
  'scatterReduce: amax without self': {
    inputs: scatterInputs,
    compute: reduced('amax', false),
    expected: { y: scattered(Math.max, false) },
    smooth: true,
  },
  'scatterReduce: prod without self': {
    inputs: scatterInputs,
    compute: reduced('prod', false),
    expected: { y: scattered((a, b) => a * b, false) },
    smooth: true,
  },
  'scatterReduce: mean': { inputs: scatterInputs, compute: reduced('mean'), smooth: true },
  'indexPut with negative positions': {
    inputs: { x: base, rows: integers([0, -1]), columns: integers([-1, 1]), v: floats([2], 5) },
    compute: ({ x, rows, columns, v }) => x!.indexPut([rows!, columns!], v!),
    expected: { y: base.data.map((value, at) => (at === 3 ? floats([2], 5).data[0]! : at === 9 ? floats([2], 5).data[1]! : value)) },
    smooth: true,
  },
  'indexCopy and indexFill': {
    inputs: { x: base, at: integers([2, 0]), rows: updates },
    compute: ({ x, at, rows }) => ({ copied: x!.indexCopy(0, at!, rows!), filled: x!.indexFill(1, at!, -1) }),
    expected: {
      copied: [...updates.data.slice(4), ...base.data.slice(4, 8), ...updates.data.slice(0, 4)],
      filled: base.data.map((value, at) => (at % 4 === 0 || at % 4 === 2 ? -1 : value)),
    },
    smooth: true,
  },
  'scatters along many updates': {
    inputs: { x: floats([6], 4), at: integers([0, 5, 5, 2, 4, 4, 0, 3]), v: floats([8], 5) },
    compute: ({ x, at, v }) => ({ sums: x!.scatterAdd(0, at!, v!), largest: x!.scatterReduce(0, at!, v!, { reduce: 'amax' }) }),
  },
  'diff and histc': {
    inputs: { x: given([1, 4, 2, 8, 2.5]) },
    compute: ({ x }) => ({ d: x!.diff(), dd: x!.diff(2), h: x!.histc(4, { min: 0, max: 8 }), own: x!.histc(2) }),
    expected: { d: [3, -2, 6, -5.5], dd: [-5, 8, -11.5], h: [1, 2, 1, 1], own: [4, 1] },
  },
  'cross, kron and tensordot': {
    inputs: { a: given([1, 2, 3]), b: given([-1, 0.5, 2]), m: floats([2, 3]), n: floats([3, 2], 4) },
    compute: ({ a, b, m, n }) => ({
      cross: k.cross(a!, b!),
      kron: k.kron(a!, b!),
      dot: k.tensordot(m!, n!, { dims: [[1], [0]] }),
    }),
    expected: { cross: [2 * 2 - 3 * 0.5, 3 * -1 - 1 * 2, 1 * 0.5 - 2 * -1], kron: [-1, 0.5, 2, -2, 1, 4, -3, 1.5, 6] },
    smooth: true,
  },
  'rot90, tensorSplit and stacks': {
    inputs: { x: given([1, 2, 3, 4, 5, 6], [2, 3]) },
    compute: ({ x }) => ({ r: x!.rot90(), s: x!.tensorSplit(2, 1)[0]!, v: k.vstack([x!.select(0, 0), x!.select(0, 1)]) }),
    expected: { r: [3, 6, 2, 5, 1, 4], s: [1, 2, 4, 5], v: [1, 2, 3, 4, 5, 6] },
    smooth: true,
  },
};

function sorted(column: number): number[] {
  return rowsOf(matrix)
    .map((row) => row[column]!)
    .sort((a, b) => a - b);
}
