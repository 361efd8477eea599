import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { permutation } from '../../runtime/data/random.js';
import { collate, DataLoader, type Dataset, TensorDataset, tensor, zeros } from '../../runtime/index.js';

const ten = () =>
  new TensorDataset(
    tensor(
      Float32Array.from({ length: 20 }, (_, i) => i),
      { shape: [10, 2] },
    ),
    tensor(Int32Array.from({ length: 10 }, (_, i) => i)),
  );

async function labels(loader: AsyncIterable<readonly [unknown, { data(): Promise<ArrayLike<number>> }]>): Promise<number[][]> {
  const batches: number[][] = [];
  for await (const [, y] of loader) batches.push(Array.from(await y.data()));
  return batches;
}

describe('orders', () => {
  test('a permutation has every number once, and the seed decides it', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer(), (size, seed) => {
        const order = permutation(size, seed);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
        expect(permutation(size, seed)).toEqual(order);
      }),
    );
  });

  test('every place is as likely: counts of 6000 permutations of 6 stay within six standard deviations', () => {
    const counts = Array.from({ length: 36 }, () => 0);
    for (let seed = 0; seed < 6000; seed++) permutation(6, seed).forEach((value, at) => void counts[at * 6 + value]!++);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(6 * Math.sqrt(6000 * (1 / 6) * (5 / 6)));
  });
});

describe('DataLoader', () => {
  test('batches in order, the last one smaller', async () => {
    const loader = new DataLoader(ten(), { batchSize: 4 });
    expect(loader.length).toBe(3);
    expect(await labels(loader)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    const first = [...loader][0]!;
    expect(first.map(({ shape, dtype }) => [shape, dtype])).toEqual([
      [[4, 2], 'f32'],
      [[4], 'i32'],
    ]);
    expect(await first[0].toArray()).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
    ]);
  });

  test('dropLast', async () => {
    const loader = new DataLoader(ten(), { batchSize: 4, dropLast: true });
    expect(loader.length).toBe(2);
    expect((await labels(loader)).length).toBe(2);
    expect(new DataLoader(ten(), { batchSize: 11, dropLast: true }).length).toBe(0);
  });

  test('shuffled epochs differ, runs of the same seed do not, and rows stay together', async () => {
    const make = (seed: number) => new DataLoader(ten(), { batchSize: 3, shuffle: true, seed });
    const loader = make(1);
    const epochs = [await labels(loader), await labels(loader)];
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(epochs[0]!.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const again = make(1);
    expect([await labels(again), await labels(again)]).toEqual(epochs);
    expect(await labels(make(2))).not.toEqual(epochs[0]);
    const resumed = make(1);
    resumed.epoch = 1;
    expect(await labels(resumed)).toEqual(epochs[1]);
    for (const [x, y] of make(3)) {
      const rows = (await x.toArray()) as number[][];
      expect(rows.map((row) => row[0]! / 2)).toEqual(await y.toArray());
    }
  });

  test('a data set of promises', async () => {
    const dataset: Dataset<{ x: Float32Array; label: number }> = {
      length: 3,
      get: async (index) => ({ x: Float32Array.of(index, -index), label: index }),
    };
    const loader = new DataLoader(dataset, { batchSize: 2 });
    const seen: unknown[] = [];
    for await (const { x, label } of loader) seen.push([await x.toArray(), await label.toArray()]);
    expect(seen).toEqual([
      [
        [
          [0, -0],
          [1, -1],
        ],
        [0, 1],
      ],
      [[[2, -2]], [2]],
    ]);
    expect(() => [...loader]).toThrow('this data set gives its samples as promises: use for await');
  });

  test("a collate function of one's own, for any samples", () => {
    const words: Dataset<string> = { length: 3, get: (index) => 'abc'[index]! };
    expect([...new DataLoader(words, { batchSize: 2, collate: (samples) => samples.join('') })]).toEqual(['ab', 'c']);
    expect(() => [...new DataLoader(words, { batchSize: 2 })]).toThrow('sample cannot be stacked');
  });

  test('an error of a sample reaches the loop', async () => {
    const broken: Dataset<number> = {
      length: 2,
      get: async () => {
        throw new Error('no such picture');
      },
    };
    await expect(
      (async () => {
        for await (const _ of new DataLoader(broken));
      })(),
    ).rejects.toThrow('no such picture');
  });

  test('an empty data set has no batches', () => {
    expect([...new DataLoader(new TensorDataset(zeros([0, 3])), { batchSize: 2, shuffle: true })]).toEqual([]);
  });

  test('unusable options', () => {
    expect(() => new DataLoader(ten(), { batchSize: 0 })).toThrow('batchSize is 0, expected a positive integer');
    expect(() => new DataLoader({ length: -1, get: () => 0 })).toThrow('length is -1');
    expect(() => new DataLoader(ten(), { seed: 0.5 })).toThrow('seed is 0.5');
    expect(() => new TensorDataset(zeros([3]), zeros([4]))).toThrow('tensor 0 has 3 rows but tensor 1 has 4');
    expect(() => new TensorDataset(zeros([]))).toThrow('tensor 0 is a scalar');
    expect(() => ten().get(10)).toThrow('sample 10 of a data set of 10');
  });
});

describe('collate', () => {
  test('nested samples, part by part', async () => {
    const batch = collate([
      { at: [1, true] as [number, boolean], row: tensor([1, 2]) },
      { at: [3, false] as [number, boolean], row: tensor([3, 4]) },
    ]);
    expect(await batch.at[0].toArray()).toEqual([1, 3]);
    expect(await batch.at[1].toArray()).toEqual([true, false]);
    expect(await batch.row.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('samples that do not go together', () => {
    expect(() => collate([tensor([1]), tensor([1, 2])])).toThrow('sample is f32[1] in one sample and f32[2] in another');
    expect(() => collate([tensor([1]), tensor([1], { dtype: 'i32' })])).toThrow('sample is f32[1] in one sample and i32[1] in another');
    expect(() => collate<unknown>([1, true])).toThrow('a number in one sample and a boolean in another');
    expect(() => collate<unknown>([{ a: 1 }, { b: 1 }])).toThrow('sample has no part "a" in every sample');
  });
});
