import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { DataLoader, type Dataset, Subset, serveDatasets, type Tensor, TensorDataset, tensor } from '../../runtime/index.js';
import { bundleSources, numbersModule } from '../helpers/dataset-module.js';

const run = promisify(execFile);

let folder: URL;
let module: URL;
beforeAll(async () => {
  folder = await bundleSources({
    'numbers.ts': numbersModule,
    'silent.ts': 'export {};',
    'failing.ts': "throw new Error('cannot open the folder');",
  });
  module = new URL('numbers.mjs', folder);
});

/** What the worker's module has, as far as this thread needs it. */
const unused = (): never => {
  throw new Error('samples are made in workers');
};
interface Numbered {
  readonly x: Float32Array;
  readonly label: Tensor<never, 'i32'>;
}
const here = serveDatasets({
  numbers: { length: 23, get: unused } as Dataset<Numbered>,
  rows: new TensorDataset(tensor(new Float32Array(20), { shape: [10, 2] })),
  broken: { length: 10, get: unused } as Dataset<number>,
  cached: { length: 4, get: unused, getBatch: unused } as Dataset<number>,
  elsewhere: { length: 1, get: unused } as Dataset<number>,
});

async function labels(loader: AsyncIterable<{ label: Tensor<never, 'i32'> }>): Promise<number[][]> {
  const found: number[][] = [];
  for await (const { label } of loader) found.push([...(await label.data())]);
  return found;
}

describe('workers', () => {
  test('give the batches that one thread would give, in order', async () => {
    for (const workers of [1, 3]) {
      const loader = new DataLoader(here.numbers, { batchSize: 5, workers, module });
      expect(await labels(loader)).toEqual([
        [0, 1, 2, 3, 4],
        [5, 6, 7, 8, 9],
        [10, 11, 12, 13, 14],
        [15, 16, 17, 18, 19],
        [20, 21, 22],
      ]);
    }
    for await (const { x } of new DataLoader(here.numbers, { batchSize: 2, workers: 1, module, sampler: [4, 1] }))
      expect(await x.toArray()).toEqual([
        [4, -4],
        [1, -1],
      ]);
  });

  test('shuffled as without workers, every epoch anew', async () => {
    const options = { batchSize: 4, shuffle: true, seed: 3, dropLast: true };
    const counting = { length: 23, get: (index: number) => ({ label: tensor(Int32Array.of(index), { shape: [] }) }) };
    const alone = new DataLoader(counting, options);
    const loader = new DataLoader(here.numbers, { ...options, workers: 2, module, persistentWorkers: true });
    try {
      for (let epoch = 0; epoch < 3; epoch++) expect(await labels(loader)).toEqual(await labels(alone));
    } finally {
      loader.close();
    }
  });

  test('batches of tensors, parts of a data set, collate here', async () => {
    const found: unknown[] = [];
    for await (const [x] of new DataLoader(here.rows, { batchSize: 4, workers: 2, module })) found.push(await x.toArray());
    expect(found).toEqual([
      [
        [0, 1],
        [2, 3],
        [4, 5],
        [6, 7],
      ],
      [
        [8, 9],
        [10, 11],
        [12, 13],
        [14, 15],
      ],
      [
        [16, 17],
        [18, 19],
      ],
    ]);
    const part = new Subset(new Subset(here.numbers, [3, 1, 4, 1, 5]), [4, 0]);
    expect(await labels(new DataLoader(part, { batchSize: 2, workers: 1, module }))).toEqual([[5, 3]]);
    const collate = (samples: Numbered[]) => samples.map(({ x, label }) => `${x[1]} ${label.shape.length}`).join();
    const texts: string[] = [];
    for await (const text of new DataLoader(here.numbers, { batchSize: 2, workers: 2, module, collate, sampler: [1, 2, 3] }))
      texts.push(text);
    expect(texts).toEqual(['-1 0,-2 0', '-3 0']);
  });

  test("a data set's own memory stays where it is", async () => {
    const found: unknown[] = [];
    for await (const batch of new DataLoader(here.cached, { workers: 1, module })) found.push(await (batch as Tensor).toArray());
    expect(found).toEqual(Array.from({ length: 4 }, () => [1, 2, 3]));
  });

  test('a mistake in a worker reaches the loop, with the sample', async () => {
    const each = async (sampler: Iterable<number>) => {
      const seen: unknown[] = [];
      for await (const batch of new DataLoader(here.broken, { batchSize: 2, workers: 2, module, sampler }))
        seen.push(await batch.toArray());
      return seen;
    };
    expect(await each([0, 1, 2])).toEqual([[0, 1], [2]]);
    await expect(each([0, 1, 2, 7])).rejects.toMatchObject({
      code: 'KN5006',
      message: expect.stringMatching(/^worker [01]: sample 7: no such picture$/),
    });
    await expect(each([7])).rejects.toMatchObject({ stack: expect.stringContaining('numbers') });
    await expect(each([9])).rejects.toThrow(/worker [01]: .*cannot be stacked|could not be cloned/);
    await expect(each([8, 8]))
      .resolves.toBeDefined()
      .catch(() => {});
  });

  test('a module that cannot serve', async () => {
    const first = async (file: string | URL, dataset: Dataset<number> = here.broken) => {
      for await (const batch of new DataLoader(dataset, { workers: 1, module: file })) return batch;
      return undefined;
    };
    await expect(first(new URL('silent.mjs', folder))).rejects.toThrow(
      /worker 0 \(.*silent\.mjs\): it ended at once: does its module call serveDatasets\?/,
    );
    await expect(first(new URL('failing.mjs', folder))).rejects.toThrow('cannot open the folder');
    await expect(first(new URL('missing.mjs', folder))).rejects.toThrow(/worker 0 .*missing\.mjs/);
    await expect(first(module, here.elsewhere)).rejects.toThrow(
      "the worker's module serves numbers, rows, broken, cached, but no 'elsewhere'",
    );
    expect(await first(module.href)).toBeDefined();
    expect(await first(fileURLToPath(module))).toBeDefined();
  });

  test('options that cannot be used', () => {
    expect(() => new DataLoader(here.numbers, { workers: 1 })).toThrow('pass it to serveDatasets in a module of its own');
    expect(() => new DataLoader({ length: 1, get: () => 1 }, { workers: 1, module })).toThrow('pass it to serveDatasets');
    expect(() => new DataLoader(here.numbers, { workers: -1, module })).toThrow('workers is -1');
    expect(() => [...new DataLoader(here.numbers, { workers: 1, module })]).toThrow('workers answer later: use for await');
  });
});

test('a program ends by itself, whether its loop ran to the end, stopped early or failed', async () => {
  const main = `
import { DataLoader, randomSplit } from 'kilnn/runtime';
import { broken, numbers } from './numbers.js';

const module = new URL('numbers.mjs', import.meta.url);
const [some] = randomSplit(numbers, [10, 13], { seed: 1 });
const persistent = new DataLoader(some!, { batchSize: 2, workers: 2, module, persistentWorkers: true });
let count = 0;
for await (const { label } of persistent) count += label.size;
for await (const _ of persistent) break;
for await (const _ of new DataLoader(numbers, { workers: 2, module, prefetch: 8 })) break;
const failed = await (async () => { for await (const _ of new DataLoader(broken, { workers: 2, module })); })().catch((error) => error.message);
// Begun, and left alone.
await new DataLoader(numbers, { workers: 1, module })[Symbol.asyncIterator]().next();
console.log(JSON.stringify({ count, failed }));
`;
  const built = await bundleSources({ 'numbers.ts': numbersModule, 'main.ts': main });
  const { stdout } = await run(process.execPath, [fileURLToPath(new URL('main.mjs', built))], { timeout: 20_000 });
  expect(JSON.parse(stdout)).toEqual({ count: 10, failed: expect.stringContaining('sample 7: no such picture') });
});

test('a worker that a bundler made', async () => {
  const sent: unknown[] = [];
  type Listener = (event: { data: unknown }) => void;
  const listeners = new Map<string, Listener>();
  let ended = 0;
  const loader = new DataLoader(here.broken, {
    batchSize: 2,
    workers: 1,
    sampler: [0, 1],
    module: () => ({
      postMessage: (message) => {
        sent.push(message);
        const { id } = message as { id: number };
        queueMicrotask(() =>
          listeners.get('message')!({ data: { kilnn: 'answer', id, value: { 'kilnn:tensor': [[2], 'f32', Float32Array.of(0, 1)] } } }),
        );
      },
      terminate: () => void ended++,
      addEventListener: (type, listener) => void listeners.set(type, listener as Listener),
    }),
  });
  for await (const batch of loader) expect(await batch.toArray()).toEqual([0, 1]);
  expect(sent).toEqual([{ kilnn: 'batch', id: 0, name: 'broken', indices: Int32Array.of(0, 1), raw: false }]);
  await Promise.resolve();
  expect(ended).toBe(1);
});
