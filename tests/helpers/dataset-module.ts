/** Modules that worker threads can run, bundled with this runtime. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Writes the sources, by file name, to a new folder, and each as a bundled module beside it. Gives the folder's URL. */
export async function bundleSources(sources: Readonly<Record<string, string>>): Promise<URL> {
  const folder = mkdtempSync(join(tmpdir(), 'kilnn-workers-'));
  for (const [name, source] of Object.entries(sources)) writeFileSync(join(folder, name), source);
  await build({
    entryPoints: Object.keys(sources).map((name) => join(folder, name)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    external: ['node:*'],
    alias: { 'kilnn/runtime': join(root, 'runtime/index.ts') },
    logLevel: 'silent',
  });
  return pathToFileURL(`${folder}/`);
}

/** A data set of numbers whose samples take their time, and one with mistakes. */
export const numbersModule = `
import { serveDatasets, tensor, TensorDataset } from 'kilnn/runtime';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const { numbers, rows, broken, cached } = serveDatasets({
  numbers: {
    length: 23,
    // The later the sooner: answers come out of order.
    get: async (index: number) => {
      await wait(23 - index);
      return { x: Float32Array.of(index, -index), label: tensor(Int32Array.of(index), { shape: [] }) };
    },
  },
  rows: new TensorDataset(tensor(Float32Array.from({ length: 20 }, (_, i) => i), { shape: [10, 2] })),
  broken: {
    length: 10,
    get: (index: number): number => {
      if (index === 7) throw new TypeError('no such picture');
      if (index === 8) setTimeout(() => { throw new Error('out of order'); });
      if (index === 9) return (() => 1) as unknown as number;
      return index;
    },
  },
  // Gives its own memory: it must still be there for the next batch.
  cached: (() => {
    const memory = tensor(Float32Array.of(1, 2, 3));
    return { length: 4, get: (index: number) => index, getBatch: () => memory };
  })(),
});
`;
