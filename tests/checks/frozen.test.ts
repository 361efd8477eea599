import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { freeze } from '../../compiler/index.js';
import { saveSafetensors, tensor } from '../../runtime/index.js';
import { type AnyModel, buildAndImport, temporaryFolder } from '../e2e/built.js';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The frozen module of a model with its initial weights. */
async function frozen(file: string): Promise<AnyModel> {
  const { Model, compilation } = await buildAndImport(file);
  const out = temporaryFolder();
  const weights = join(out, 'weights.safetensors');
  await saveSafetensors(weights, await (await Model.create({ device: 'js' })).stateDict());
  const { diagnostics } = await freeze(file, { weights, out, targets: ['js'] });
  expect(diagnostics).toEqual([]);
  const module: Record<string, { create(): Promise<AnyModel> }> = await import(pathToFileURL(join(out, `${compilation.module}.js`)).href);
  return module[compilation.model.name]!.create();
}

test('frozen modules look at positions', async () => {
  const net = await frozen(path('./positions.model.ts'));
  await expect(net.forward!([[0, 5]])).rejects.toThrow('an index made of words is 5, but there are 5 positions');
  expect((await net.forward!([[0, 4]])).shape).toEqual([1, 4]);
});

test('frozen modules look at sizes', async () => {
  const net = await frozen(path('./sizes.model.ts'));
  const image = (size: number) => tensor(new Float32Array(size * size), { shape: [1, 1, size, size] });
  await expect(net.forward!(image(14))).rejects.toThrow('height must be at least 15 for a window of 5');
  expect((await net.forward!(image(15))).shape).toEqual([1, 1, 1, 1]);
});
