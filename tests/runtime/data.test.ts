import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { permutation } from '../../runtime/data/random.js';
import { collate, DataLoader, type Dataset, randomSplit, Subset, TensorDataset, tensor, zeros } from '../../runtime/index.js';

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

  test('samples that are only iterated, at once or as promises', async () => {
    function* count() {
      for (let i = 0; i < 5; i++) yield i;
    }
    const rows = async (loader: AsyncIterable<{ toArray(): Promise<unknown> }>) => {
      const found: unknown[] = [];
      for await (const batch of loader) found.push(await batch.toArray());
      return found;
    };
    const each = { [Symbol.iterator]: count };
    expect(await rows(new DataLoader(each, { batchSize: 2 }))).toEqual([[0, 1], [2, 3], [4]]);
    expect([...new DataLoader(each, { batchSize: 2, dropLast: true })].length).toBe(2);
    const later = {
      async *[Symbol.asyncIterator]() {
        yield* count();
      },
    };
    expect(await rows(new DataLoader(later, { batchSize: 3 }))).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    expect(() => [...new DataLoader(later)]).toThrow('use for await');
    expect(() => new DataLoader(later).length).toThrow('is not known before the end');
    expect(() => new DataLoader(each, { shuffle: true })).toThrow('shuffle cannot be used with a data set that has no get(index)');
    expect(() => new DataLoader(each, { sampler: [1] })).toThrow('a sampler cannot be used');
    expect(await rows(new DataLoader([5, 6, 7], { sampler: [2, 0] }))).toEqual([[7], [5]]);
  });

  test('samplers', async () => {
    const of = (sampler: Iterable<number> | ((epoch: number) => Iterable<number>)) => new DataLoader(ten(), { batchSize: 2, sampler });
    expect(await labels(of([3, 3, 9]))).toEqual([[3, 3], [9]]);
    expect(of([3, 3, 9]).length).toBe(2);
    const byEpoch = of((epoch) => [epoch, epoch + 1]);
    expect([await labels(byEpoch), await labels(byEpoch)]).toEqual([[[0, 1]], [[1, 2]]]);
    expect(() => byEpoch.length).toThrow('is not known');
    expect(() => [...of([10])]).toThrow('sample 10 of a data set of 10');
    expect(() => [...of([0.5])]).toThrow('sample 0.5 of a data set of 10');
    expect(() => new DataLoader(ten(), { shuffle: true, sampler: [1] })).toThrow('shuffle and sampler both decide the order');
  });

  test('prefetch: so many samples are asked for before they are needed', async () => {
    const asked: number[] = [];
    const dataset: Dataset<number> = { length: 6, get: async (index) => asked.push(index) - 1 };
    for await (const _ of new DataLoader(dataset, { prefetch: 2 })) break;
    expect(asked).toEqual([0, 1, 2]);
    asked.length = 0;
    for await (const _ of new DataLoader(dataset)) break;
    expect(asked).toEqual([0]);
    expect(() => new DataLoader(dataset, { prefetch: 0.5 })).toThrow('prefetch is 0.5');
  });

  test('parts of a data set', async () => {
    const part = new Subset(ten(), [7, 2, 2]);
    expect(await labels(new DataLoader(part, { batchSize: 2 }))).toEqual([[7, 2], [2]]);
    expect(await (await part.get(0))[1].item()).toBe(7);
    expect(() => part.get(3)).toThrow('sample 3 of a data set of 3');
    expect(() => new Subset(ten(), [-1])).toThrow('sample -1 of a data set of 10');
    expect(new Subset({ length: 1, get: () => 5 }, [0]).getBatch).toBeUndefined();
  });

  test('random parts share nothing, leave nothing and follow the seed', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 5 }), fc.integer(), (lengths, seed) => {
        const length = lengths.reduce((a, b) => a + b, 0);
        const split = () => randomSplit({ length, get: (index) => index }, lengths, { seed }).map(({ indices }) => [...indices]);
        expect(split().map((part) => part.length)).toEqual(lengths);
        expect(
          split()
            .flat()
            .sort((a, b) => a - b),
        ).toEqual(Array.from({ length }, (_, i) => i));
        expect(split()).toEqual(split());
      }),
    );
    const sizes = (lengths: number[], length = 10) => randomSplit({ length, get: (index) => index }, lengths).map((part) => part.length);
    expect(sizes([0.7, 0.3])).toEqual([7, 3]);
    expect(sizes([1 / 3, 1 / 3, 1 / 3])).toEqual([4, 3, 3]);
    expect(sizes([0.5, 0.5], 1)).toEqual([1, 0]);
    expect(sizes([1], 1)).toEqual([1]);
    expect(sizes([1])).toEqual([10]);
    expect(() => sizes([4, 5])).toThrow('lengths are [4, 5], expected sizes that add up to 10 or fractions that add up to 1');
    expect(() => sizes([11, -1])).toThrow('lengths are');
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
