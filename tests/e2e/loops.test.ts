import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Compilation } from '../../compiler/compilation.js';
import { build } from '../../compiler/index.js';
import type { ModelClass } from '../../runtime/index.js';
import { openGpu } from '../helpers/gpu.js';
import { wasmDevices } from '../helpers/wasm-devices.js';
import { type AnyModel, temporaryFolder } from './built.js';
import { compareWithEager } from './eager-twin.js';
import { FixedHidden, Settling } from './loops.model.js';

const classes = { FixedHidden, Settling };
const names = ['FixedHidden', 'Settling'] as const;

/** Nets whose turns depend on data: forward, gradients and training against eager execution. */
describe('nets with loops', () => {
  let compilations: readonly Compilation[];
  let modules: Record<string, ModelClass<AnyModel>>;

  beforeAll(async () => {
    const out = temporaryFolder();
    const { diagnostics, models } = await build([fileURLToPath(new URL('./loops.model.ts', import.meta.url))], { out });
    expect(diagnostics).toEqual([]);
    compilations = models;
    const files = [...new Set(models.map(({ module }) => join(out, `${module}.js`)))];
    modules = Object.assign({}, ...(await Promise.all(files.map((file) => import(pathToFileURL(file).href)))));
  }, 120_000);

  const built = (name: string) => compilations.find(({ model }) => model.name === name)!;

  test.each(names)('%s on js and wasm', async (name) => {
    await compareWithEager(built(name), classes[name], modules[name]!, { device: { device: 'js' }, also: await wasmDevices() });
  });

  // The kernels of one net are enough for SwiftShader to compile.
  test('Settling on webgpu', async () => {
    await compareWithEager(built('Settling'), Settling, modules.Settling!, { device: { device: 'webgpu', gpu: await openGpu() } });
  });

  test('the module imports what runs loops, and other modules do not', async () => {
    const text = (files: Compilation['files']) => files.find(({ path }) => path.endsWith('.js'))!.text;
    expect(text(built('Growing').files)).toMatch(/runtime\/js-regions'[\s\S]*runtime\/wasm-regions'[\s\S]*runtime\/webgpu-regions'/);
    const { models } = await build([fileURLToPath(new URL('../../golden/models/linear-regression.ts', import.meta.url))], {});
    expect(text(models[0]!.files)).not.toContain('-regions');
  });

  test('a loop that does not end is an error at its line; parameters stay, and the next call works', async () => {
    for (const device of ['js', 'wasm', 'webgpu'] as const) {
      const net = await modules.Growing!.create({ device, gpu: await openGpu(), seed: 1 });
      const before = await Promise.all(Object.values(await net.stateDict()).map((entry) => entry.data()));
      const endless = net.train.objective!(new Float32Array(4));
      await expect(endless).rejects.toMatchObject({ code: 'KN5009' });
      await expect(endless).rejects.toThrow(/ at loops.model.ts:63: this loop has run 40 turns/);
      const after = await Promise.all(Object.values(await net.stateDict()).map((entry) => entry.data()));
      expect(after).toEqual(before);
      const { loss } = await net.train.objective!(new Float32Array(4).fill(0.01));
      expect(Number.isFinite((await loss.data())[0])).toBe(true);
    }
  });
});
