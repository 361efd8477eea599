import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Tensor } from 'kilnn';
import { tensor as eagerTensor } from 'kilnn/eager';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Compilation } from '../../compiler/compilation.js';
import { build } from '../../compiler/index.js';
import { type ModelClass, tensor } from '../../runtime/index.js';
import { wasmDevices } from '../helpers/wasm-devices.js';
import { type AnyModel, temporaryFolder } from './built.js';
import { compareWithEager } from './eager-twin.js';
import { Edges, halved } from './loop-edges.model.js';

const devices = ['js', 'wasm'] as const;

describe('loops at their edges', () => {
  let compilations: readonly Compilation[];
  let modules: Record<string, ModelClass<AnyModel>>;

  beforeAll(async () => {
    const out = temporaryFolder();
    const { diagnostics, models } = await build([fileURLToPath(new URL('./loop-edges.model.ts', import.meta.url))], {
      out,
      targets: ['js', 'wasm'],
    });
    expect(diagnostics).toEqual([]);
    compilations = models;
    modules = Object.assign({}, ...(await Promise.all(models.map(({ module }) => import(pathToFileURL(join(out, `${module}.js`)).href)))));
  }, 120_000);

  const numbersOf = async (net: AnyModel) => {
    const entries = Object.entries(await net.stateDict());
    return Object.fromEntries(await Promise.all(entries.map(async ([name, value]) => [name, [...(await value.data())]])));
  };

  test('buffers that turns and branches change are as eagerly', async () => {
    const compilation = compilations.find(({ model }) => model.name === 'Edges')!;
    await compareWithEager(compilation, Edges, modules.Edges!, { device: { device: 'js' }, also: await wasmDevices() });
  });

  test.each(devices)('no rows, no turns, NaN on %s', async (device) => {
    const net = await modules.Edges!.create({ device, seed: 1 });
    const none = await net.forward!(tensor(new Float32Array(0), { shape: [0, 3] }));
    expect([none.shape, [...(await none.data())]]).toEqual([[0, 3], []]);
    const found = await (await net.forward!([[Number.NaN, 1, 2]])).data();
    expect([...found].map(Number.isNaN)).toEqual([true, false, false]);
    const scale = 1 / Math.sqrt(1 + 1e-5);
    const still = await (await net.forward!([[0.1, 0.2, 0.3]])).data();
    [0.1, 0.2, 0.3].forEach((value, i) => {
      expect(still[i]).toBeCloseTo(value * 1.1 * scale, 5);
    });
  });

  test.each(devices)('a limit that is reached in any program leaves all state as it was on %s', async (device) => {
    const net = await modules.Edges!.create({ device, seed: 1 });
    const given = [
      [3, 1, 2],
      [1, 0, 4],
    ];
    await net.train.objective!(given);
    const before = await numbersOf(net);
    const endless = [
      [Number.POSITIVE_INFINITY, 1, 2],
      [1, 0, 4],
    ];
    const weights = await net.stateDict();
    await net.loadStateDict({ ...weights, 'layer.weight': tensor(new Float32Array(9).fill(1), { shape: [3, 3] }) });
    const loaded = await numbersOf(net);
    for (const call of [
      () => net.forward!(endless),
      () => net.objective!(endless),
      () => net.gradients.objective!(endless),
      () => net.train.objective!(endless),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'KN5009' });
      await expect(call()).rejects.toThrow(/loop-edges.model.ts:37: this loop has run 30 turns/);
      expect(await numbersOf(net)).toEqual(loaded);
    }
    await net.loadStateDict(weights);
    expect(await numbersOf(net)).toEqual(before);
    const again = await modules.Edges!.create({ device, seed: 1 });
    await again.train.objective!(given);
    const [one, other] = [await net.train.objective!(given), await again.train.objective!(given)];
    expect(await one.loss.data()).toEqual(await other.loss.data());
    expect(await numbersOf(net)).toEqual(await numbersOf(again));
  });

  test('loops in the function of the gradients; a wrong label is refused before anything changes', async () => {
    const net = await modules.Hooks!.create({ device: 'js', seed: 2 });
    const args = [
      [
        [1, 2, 3],
        [-1, 4, 0],
      ],
      tensor(Int32Array.of(2, 0)),
    ] as const;
    const before = await numbersOf(net);
    const { gradients } = await net.gradients.objective!(...args);
    const raw: Record<string, Tensor> = {};
    for (const [name, value] of Object.entries(gradients)) raw[name] = eagerTensor(await value.data(), { shape: value.shape });
    const small = halved(raw);
    await expect(net.train.objective!(args[0], tensor(Int32Array.of(2, 3)))).rejects.toThrow(/an index made of y is 3/);
    expect(await numbersOf(net)).toEqual(before);
    await net.train.objective!(...args);
    const after = await numbersOf(net);
    for (const [name, values] of Object.entries(before)) {
      const step = [...(small[name]!.data() as Float32Array)];
      expect(Math.hypot(...step)).toBeLessThanOrEqual(0.05 + 1e-6);
      (values as number[]).forEach((value, i) => {
        expect((after[name] as number[])[i]).toBeCloseTo(value - 0.1 * step[i]!, 5);
      });
    }
  });
});
