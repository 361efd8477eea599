/** Layers and losses that PyTorch's recorded cases do not reach, with what they give by definition. */
import { F, nn, type Tensor } from 'kilnn';
import { type ComposedCase, floats, given, integers } from './composed-case.js';

const image = floats([1, 3, 3, 4]);
const plane = floats([1, 2, 4, 6], 2);
const at = (x: { data: readonly number[]; shape: readonly number[] }, ...place: readonly number[]): number =>
  x.data[place.reduce((flat, index, axis) => flat * x.shape[axis]! + index, 0)]!;
const count = (sizes: readonly number[]): number[][] =>
  sizes.reduce<number[][]>((all, size) => all.flatMap((place) => Array.from({ length: size }, (_, i) => [...place, i])), [[]]);
const over = (sizes: readonly number[], element: (...place: number[]) => number): number[] =>
  count(sizes).map((place) => element(...place));
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

const scores = floats([3, 4], 3);
const labels = [2, 0, 3];
const signs = given([1, -1, 1, -1, -1, 1, 1, -1, 1, 1, -1, 1], [3, 4]);
const volume = floats([1, 1, 4, 4, 2], 4);
const table = floats([5, 3], 5);
const [query, key, value] = [floats([1, 2, 3], 6), floats([1, 4, 3], 7), floats([1, 4, 2], 8)];

/** The windows of a plane [N, C, H, W] for a kernel of 2 by 3, stride 2 and 1, one zero around. */
const windows = (n: number, c: number, y: number, x: number): number[] =>
  over([2, 3], (i, j) => {
    const [row, column] = [2 * y + i - 1, x + j - 1];
    return row < 0 || row >= 4 || column < 0 || column >= 6 ? 0 : at(plane, n, c, row, column);
  });

const softmax = (row: readonly number[]): number[] => {
  const powers = row.map(Math.exp);
  return powers.map((power) => power / sum(powers));
};

const cubic = (t: number): number[] => {
  const a = -0.75;
  const near = (d: number) => (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  const far = (d: number) => a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
};

export const composedLayers: Readonly<Record<string, ComposedCase>> = {
  'MaxPool2d and MaxUnpool2d': {
    inputs: { x: plane },
    compute: ({ x }) => {
      const [pooled, indices] = new nn.MaxPool2d(2, { returnIndices: true }).forward(x!);
      return { pooled, back: new nn.MaxUnpool2d(2).forward(pooled, indices) };
    },
    expected: {
      back: over([1, 2, 4, 6], (n, c, y, x) => {
        const window = over([2, 2], (i, j) => at(plane, n, c, y - (y % 2) + i, x - (x % 2) + j));
        return at(plane, n, c, y, x) === Math.max(...window) ? at(plane, n, c, y, x) : 0;
      }),
    },
    smooth: true,
  },
  'MaxPool2d with padding and overlap: indices': {
    inputs: { x: image },
    compute: ({ x }) => {
      const [values, indices] = F.maxPool2d(x!, 3, { stride: 2, padding: 1, returnIndices: true });
      return { again: x!.flatten(2).gather(2, indices.flatten(2)).sub(values.flatten(2)) };
    },
    expected: { again: over([1, 3, 4], () => 0) },
  },
  'MaxPool3d and AvgPool3d': {
    inputs: { x: volume },
    compute: ({ x }) => ({ most: new nn.MaxPool3d(2).forward(x!), mean: new nn.AvgPool3d(2).forward(x!) }),
    expected: {
      most: over([1, 1, 2, 2, 1], (n, c, z, y, x) =>
        Math.max(...over([2, 2, 2], (i, j, k) => at(volume, n, c, 2 * z + i, 2 * y + j, 2 * x + k))),
      ),
      mean: over([1, 1, 2, 2, 1], (n, c, z, y, x) => mean(over([2, 2, 2], (i, j, k) => at(volume, n, c, 2 * z + i, 2 * y + j, 2 * x + k)))),
    },
    smooth: true,
  },
  LPPool2d: {
    inputs: { x: plane },
    compute: ({ x }) => new nn.LPPool2d(2, 2).forward(x!),
    expected: { y: over([1, 2, 2, 3], (n, c, y, x) => Math.hypot(...over([2, 2], (i, j) => at(plane, n, c, 2 * y + i, 2 * x + j)))) },
    smooth: true,
  },
  'Unfold and Fold': {
    inputs: { x: plane },
    compute: ({ x }) => {
      const columns = new nn.Unfold([2, 3], { stride: [2, 1], padding: 1 }).forward(x!);
      return { columns, back: new nn.Fold([4, 6], [2, 3], { stride: [2, 1], padding: 1 }).forward(columns) };
    },
    expected: { columns: over([1, 2, 6, 3, 6], (n, c, k, y, x) => windows(n, c, y, x)[k]!) },
    smooth: true,
  },
  LocalResponseNorm: {
    inputs: { x: image },
    compute: ({ x }) => new nn.LocalResponseNorm(2, { alpha: 0.5, beta: 0.7, k: 2 }).forward(x!),
    expected: {
      y: over([1, 3, 3, 4], (n, c, y, x) => {
        const squares = [c - 1, c].map((channel) => (channel < 0 ? 0 : at(image, n, channel, y, x) ** 2));
        return at(image, n, c, y, x) / (2 + 0.5 * mean(squares)) ** 0.7;
      }),
    },
    smooth: true,
  },
  'RMSNorm and InstanceNorm1d': {
    inputs: { x: floats([2, 3, 4], 3) },
    compute: ({ x }) => ({ rms: new nn.RMSNorm(4).forward(x!), instance: new nn.InstanceNorm1d(3).forward(x!) }),
    expected: {
      rms: over([2, 3, 4], (n, c, i) => {
        const row = over([4], (j) => at(floats([2, 3, 4], 3), n, c, j));
        return row[i]! / Math.sqrt(mean(row.map((each) => each ** 2)) + 2 ** -23);
      }),
      instance: over([2, 3, 4], (n, c, i) => {
        const row = over([4], (j) => at(floats([2, 3, 4], 3), n, c, j));
        const centre = mean(row);
        return (row[i]! - centre) / Math.sqrt(mean(row.map((each) => (each - centre) ** 2)) + 1e-5);
      }),
    },
    smooth: true,
  },
  'padding layers': {
    inputs: { x: given([1, 2, 3], [1, 1, 3]) },
    compute: ({ x }) => ({
      mirrored: new nn.ReflectionPad1d(2).forward(x!),
      outermost: new nn.ReplicationPad1d([1, 2]).forward(x!),
      other: new nn.CircularPad1d(1).forward(x!),
      constant: new nn.ConstantPad1d([0, 1], 7).forward(x!),
    }),
    expected: { mirrored: [3, 2, 1, 2, 3, 2, 1], outermost: [1, 1, 2, 3, 3, 3], other: [3, 1, 2, 3, 1], constant: [1, 2, 3, 7] },
    smooth: true,
  },
  'PixelShuffle and back, ChannelShuffle': {
    inputs: { x: floats([1, 4, 2, 2], 2) },
    compute: ({ x }) => ({
      back: new nn.PixelUnshuffle(2).forward(new nn.PixelShuffle(2).forward(x!)),
      shuffled: new nn.ChannelShuffle(2).forward(x!),
    }),
    expected: {
      back: floats([1, 4, 2, 2], 2).data,
      shuffled: [0, 2, 1, 3].flatMap((channel) => floats([1, 4, 2, 2], 2).data.slice(4 * channel, 4 * channel + 4)),
    },
    smooth: true,
  },
  'interpolate: area, bicubic, nearest-exact': {
    inputs: { x: given([1, 2, 4, 8, 16, 32, 64, 128], [1, 1, 8]), image: given([1, 5, 2, 8], [1, 1, 1, 4]) },
    compute: ({ x, image: square }) => ({
      area: F.interpolate(x!, { size: 4, mode: 'area' }),
      exact: F.interpolate(x!, { size: 3, mode: 'nearest-exact' }),
      cubic: F.interpolate(square!, { size: [1, 2], mode: 'bicubic' }),
    }),
    expected: {
      area: [1.5, 6, 24, 96],
      exact: [2, 16, 64],
      cubic: [0.5, 2.5].map((place) => {
        const first = Math.floor(place);
        const row = [1, 5, 2, 8];
        return sum(cubic(place - first).map((share, tap) => share * row[Math.min(Math.max(first - 1 + tap, 0), 3)]!));
      }),
    },
    smooth: true,
  },
  'embeddingBag: rows of a matrix, offsets, padding': {
    inputs: { index: integers([1, 4, 2, 1, 1, 3], [2, 3]), offsets: integers([0, 2, 2]), w: table },
    compute: ({ index, offsets, w }) => ({
      mean: F.embeddingBag(index!, w!),
      sums: F.embeddingBag(index!.flatten(), w!, { offsets: offsets!, mode: 'sum' }),
      most: F.embeddingBag(index!, w!, { mode: 'max', paddingIdx: 1 }),
      padded: F.embeddingBag(index!, w!, { paddingIdx: -4 }),
    }),
    expected: {
      mean: [
        [1, 4, 2],
        [1, 1, 3],
      ].flatMap((bag) => [0, 1, 2].map((d) => mean(bag.map((row) => at(table, row, d))))),
      sums: [[1, 4], [], [2, 1, 1, 3]].flatMap((bag) => [0, 1, 2].map((d) => sum(bag.map((row) => at(table, row, d))))),
      most: [[4, 2], [3]].flatMap((bag) => [0, 1, 2].map((d) => Math.max(...bag.map((row) => at(table, row, d))))),
      padded: [[4, 2], [3]].flatMap((bag) => [0, 1, 2].map((d) => mean(bag.map((row) => at(table, row, d))))),
    },
  },
  scaledDotProductAttention: {
    inputs: { query, key, value },
    compute: (given) => F.scaledDotProductAttention(given.query!, given.key!, { value: given.value!, isCausal: true }),
    expected: {
      y: over([2, 2], (l, d) => {
        const own = Array.from({ length: 4 }, (_, s) =>
          s > l ? -Infinity : sum(over([3], (e) => at(query, 0, l, e) * at(key, 0, s, e))) / Math.sqrt(3),
        );
        return sum(softmax(own).map((share, s) => share * at(value, 0, s, d)));
      }),
    },
    smooth: true,
  },
  'activations: shrinking, RReLU in eval, Softmax2d': {
    inputs: { x: floats([1, 3, 2, 2], 4) },
    compute: ({ x }) => ({
      hard: new nn.Hardshrink().forward(x!),
      soft: new nn.Softshrink().forward(x!),
      leaky: evaluated(new nn.RReLU()).forward(x!),
      channels: new nn.Softmax2d().forward(x!),
    }),
    expected: {
      hard: floats([12], 4).data.map((each) => (Math.abs(each) > 0.5 ? each : 0)),
      soft: floats([12], 4).data.map((each) => (Math.abs(each) > 0.5 ? each - 0.5 * Math.sign(each) : 0)),
      leaky: floats([12], 4).data.map((each) => (each > 0 ? each : (each * (1 / 8 + 1 / 3)) / 2)),
      channels: over([3, 4], (c, p) => softmax([0, 1, 2].map((channel) => floats([12], 4).data[4 * channel + p]!))[c]!),
    },
    smooth: true,
  },
  'margin losses': {
    inputs: {
      x: scores,
      y: integers(labels),
      signs,
      many: integers([3, 0, -1, 1, 1, 2, 3, -1, 0, -1, 2, 3], [3, 4]),
      w: given([1, 0.5, 2, 1.5]),
    },
    compute: ({ x, y, signs: targets, many, w }) => ({
      multi: F.multiMarginLoss(x!, y!, { p: 2, weight: w!, margin: 0.5 }),
      soft: F.softMarginLoss(x!, targets!),
      labels: F.multilabelMarginLoss(x!, many!, { reduction: 'none' }),
      softLabels: F.multilabelSoftMarginLoss(x!, targets!.gt(0).float(), { reduction: 'sum' }),
    }),
    expected: {
      multi: [
        mean(
          labels.map(
            (label, n) =>
              ([1, 0.5, 2, 1.5][label]! *
                sum(over([4], (i) => (i === label ? 0 : Math.max(0, 0.5 - at(scores, n, label) + at(scores, n, i)) ** 2)))) /
              4,
          ),
        ),
      ],
      soft: [mean(scores.data.map((each, i) => Math.log1p(Math.exp(-each * signs.data[i]!))))],
      labels: [[3, 0], [1, 2, 3], [0]].map(
        (own, n) =>
          sum(
            own.flatMap((label) => over([4], (i) => (own.includes(i) ? 0 : Math.max(0, 1 - (at(scores, n, label) - at(scores, n, i)))))),
          ) / 4,
      ),
      softLabels: [sum(over([3], (n) => mean(over([4], (c) => Math.log1p(Math.exp(-at(scores, n, c) * at(signs, n, c)))))))],
    },
    smooth: true,
  },
  'likelihood losses': {
    inputs: { x: scores, t: given([0, 1, 3, 2, 5, 0, 1, 4, 2, 7, 0, 1], [3, 4]), v: given([0.5, 2, 0.25]) },
    compute: ({ x, t, v }) => ({
      poisson: F.poissonNllLoss(x!, t!, { full: true }),
      gaussian: F.gaussianNllLoss(x!, t!, { variance: v!, full: true, eps: 0.7, reduction: 'none' }),
    }),
    expected: {
      poisson: [
        mean(
          scores.data.map((each, i) => {
            const target = [0, 1, 3, 2, 5, 0, 1, 4, 2, 7, 0, 1][i]!;
            const stirling = target > 1 ? target * Math.log(target) - target + 0.5 * Math.log(2 * Math.PI * target) : 0;
            return Math.exp(each) - target * each + stirling;
          }),
        ),
      ],
      gaussian: over([3, 4], (n, c) => {
        const variance = Math.max([0.5, 2, 0.25][n]!, 0.7);
        const target = [0, 1, 3, 2, 5, 0, 1, 4, 2, 7, 0, 1][4 * n + c]!;
        return 0.5 * (Math.log(variance) + (at(scores, n, c) - target) ** 2 / variance + Math.log(2 * Math.PI));
      }),
    },
  },
  'triplets with a distance of their own': {
    inputs: { a: floats([2, 3], 1), p: floats([2, 3], 2), n: floats([2, 3], 3) },
    compute: ({ a, p, n }) =>
      new nn.TripletMarginWithDistanceLoss({ distanceFunction: (x, y) => x.sub(y).abs().sum(1), swap: true }).forward(a!, p!, n!),
    expected: {
      y: [
        mean(
          [0, 1].map((row) => {
            const distance = (i: number, j: number) =>
              sum(over([3], (c) => Math.abs(at(floats([2, 3], i), row, c) - at(floats([2, 3], j), row, c))));
            return Math.max(0, distance(1, 2) - Math.min(distance(1, 3), distance(2, 3)) + 1);
          }),
        ),
      ],
    },
    smooth: true,
  },
};

function evaluated(layer: nn.RReLU): { forward(x: Tensor): Tensor } {
  layer.eval();
  return layer;
}
