import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Compilation } from '../../compiler/compilation.js';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import { build } from '../../compiler/index.js';
import type { LoweredStep } from '../../compiler/kernel/program.js';
import { type ModelClass, tensor } from '../../runtime/index.js';
import { openGpu } from '../helpers/gpu.js';
import { wasmDevices } from '../helpers/wasm-devices.js';
import { type AnyModel, buildAndImport, temporaryFolder } from './built.js';
import { compareWithEager } from './eager-twin.js';
import { Reader } from './reader.model.js';
import { AnyLength, Gathering, Twelve } from './sequences.model.js';

const classes = { AnyLength, Twelve, Gathering };
const names = ['AnyLength', 'Twelve', 'Gathering'] as const;

/** Sequences: what a loop gathers, forward, gradients and training against eager execution. */
describe('sequences', () => {
  let compilations: readonly Compilation[];
  let modules: Record<string, ModelClass<AnyModel>>;

  beforeAll(async () => {
    const out = temporaryFolder();
    const { diagnostics, models } = await build([fileURLToPath(new URL('./sequences.model.ts', import.meta.url))], {
      out,
      targets: ['js', 'wasm'],
    });
    expect(formatDiagnostics(diagnostics, { source: () => undefined })).toBe('');
    compilations = models;
    const files = [...new Set(models.map(({ module }) => join(out, `${module}.js`)))];
    modules = Object.assign({}, ...(await Promise.all(files.map((file) => import(pathToFileURL(file).href)))));
  }, 300_000);

  const built = (name: string) => compilations.find(({ model }) => model.name === name)!;

  test.each(names)('%s on js and wasm', async (name) => {
    await compareWithEager(built(name), classes[name], modules[name]!, { device: { device: 'js' }, also: await wasmDevices() });
  });

  test('Reader on webgpu', async () => {
    const { compilation, Model } = await buildAndImport(fileURLToPath(new URL('./reader.model.ts', import.meta.url)));
    await compareWithEager(compilation, Reader, Model, { device: { device: 'webgpu', gpu: await openGpu() }, steps: 1 });
  }, 300_000);

  test.each(names)('no memory of %s grows with the turns: their number is known', (name) => {
    for (const { programs } of built(name).targets) {
      for (const { launches, buffers } of programs) {
        expect(buffers.filter(({ place }) => place === 'tape')).toEqual([]);
        expect(loopsIn(launches).filter(({ trips }) => trips === undefined)).toEqual([]);
      }
    }
  });

  test.each(['js', 'wasm'] as const)('a sequence of no turns, of one, and of many on %s', async (device) => {
    const net = await modules.AnyLength!.create({ device, seed: 1 });
    for (const time of [0, 1, 40]) {
      const result = await net.forward!(tensor(new Float32Array(2 * time * 4).fill(0.1), { shape: [2, time, 4] }));
      expect(result.shape).toEqual([time, 2, 3]);
      expect((await result.data()).every(Number.isFinite)).toBe(true);
    }
  });
});

function loopsIn(steps: readonly LoweredStep[]): Extract<LoweredStep, { while: number }>[] {
  return steps.flatMap((step) => {
    if ('kernel' in step) return [];
    if ('if' in step) return loopsIn([...step.body, ...step.else]);
    return [step, ...loopsIn(step.body)];
  });
}
