import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleModule } from '../../compiler/artifact/bundle.js';
import { build } from '../../compiler/index.js';
import { type StateDict, type Tensor, tensor } from '../../runtime/index.js';
import type { Problem, Run, Weight, Workload } from './workload.js';

interface Classifier {
  forward(x: Tensor<never>): Promise<Tensor>;
  readonly train: { objective(x: Tensor<never>, y: Tensor<never, 'i32'>): Promise<{ loss: Tensor<[]> }> };
  stateDict(): Promise<StateDict>;
}
interface ClassifierClass {
  create(options: { device: 'js'; seed: number }): Promise<Classifier>;
}

export type Models = Readonly<Record<Workload['model'], ClassifierClass>>;

/** Builds the models for the js target as a user does and loads the modules, each bundled with the runtime as for a web page. */
export async function buildModels(minify: boolean): Promise<Models> {
  const names = ['mlp', 'lenet'] as const;
  const sources = names.map((name) => fileURLToPath(new URL(`../../golden/models/${name}.ts`, import.meta.url)));
  const { models, diagnostics } = await build(sources, { targets: ['js'] });
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const folder = await mkdtemp(join(tmpdir(), 'kilnn-bench-'));
  try {
    const classes = names.map(async (name, i) => {
      const file = models[i]!.files.find(({ path }) => path === `${name}.js`)!;
      const path = join(folder, `${name}.mjs`);
      await writeFile(path, await bundleModule(file.text, { minify }));
      const module = (await import(pathToFileURL(path).href)) as Record<string, ClassifierClass>;
      return [name, Object.values(module)[0]!] as const;
    });
    return Object.fromEntries(await Promise.all(classes)) as unknown as Models;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A model with its initial weights, a batch of random images, and the run to measure. */
export async function prepare(models: Models, { model, kind, batch }: Workload): Promise<{ problem: Problem; run: Run }> {
  const net = await models[model].create({ device: 'js', seed: 1 });
  const weights: Record<string, Weight> = {};
  for (const [name, entry] of Object.entries(await net.stateDict())) {
    weights[name] = { shape: entry.shape, data: (await entry.data()) as Float32Array };
  }
  const next = randomNumbers();
  const pixels = Float32Array.from({ length: batch * 784 }, next);
  const labels = Int32Array.from({ length: batch }, () => Math.floor(next() * 10));
  const shape = model === 'mlp' ? [batch, 28, 28] : [batch, 1, 28, 28];
  const x = tensor(pixels, { shape });
  const y = tensor(labels, { shape: [batch] });
  const run: Run =
    kind === 'inference' ? async () => (await net.forward(x)).data() : async () => (await net.train.objective(x, y)).loss.data();
  return { problem: { weights, pixels, labels }, run };
}

/** Numbers in [0, 1) that are the same in every run (a linear congruence with the constants of Numerical Recipes). */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
