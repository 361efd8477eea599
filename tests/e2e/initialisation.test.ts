import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { nn } from 'kilnn';
import { manualSeed } from 'kilnn/eager';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Compilation } from '../../compiler/compilation.js';
import { build } from '../../compiler/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { type ModelClass, tensor } from '../../runtime/index.js';
import { openGpu } from '../helpers/gpu.js';
import { openWith, type WasmDevice, wasmDevices } from '../helpers/wasm-devices.js';
import type { AnyModel } from './built.js';
import * as source from './initialisation.model.js';

type Name = keyof typeof source;
const models: Readonly<Record<Name, new () => nn.Module>> = { ...source };
const names = Object.keys(models) as Name[];

const classes = new Map<Name, ModelClass<AnyModel>>();
let compilations: readonly Compilation[];

beforeAll(async () => {
  const out = mkdtempSync(join(tmpdir(), 'kilnn-'));
  const result = await build([fileURLToPath(new URL('./initialisation.model.ts', import.meta.url))], { out });
  expect(result.diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  compilations = result.models;
  for (const { module, model } of result.models) {
    const built: Record<string, unknown> = await import(pathToFileURL(join(out, `${module}.js`)).href);
    classes.set(model.name as Name, built[model.name] as ModelClass<AnyModel>);
  }
});

/** The values by name, eagerly and built, with one seed. */
async function initialValues(name: Name, seed: number, device: WasmDevice = { device: 'js' }) {
  manualSeed(seed);
  const eager: nn.Module = new models[name]();
  const model = await openWith(classes.get(name)!, { ...device, seed });
  const built = await model.stateDict();
  const values = await Promise.all(Object.entries(built).map(async ([key, value]) => [key, [...(await value.data())]] as const));
  return { eager: Object.entries(eager.stateDict()).map(([key, value]) => [key, Array.from(value.data())] as const), built: values };
}

/** The values of the program `init` in the interpreter, rounded after each operation as eager use rounds. */
function interpreted(name: Name, seed: number) {
  const { init } = compilations.find(({ model }) => model.name === name)!.model;
  const rng: TensorData = { dtype: 'i32', shape: [2], data: Int32Array.of(seed, 0) };
  const values = interpret(init, new Map(init.inputs.map((input) => [input.name, rng])), { precision: 'f32' });
  return new Map([...values].map(([key, { data }]) => [key, Array.from(data)]));
}

/** The draws are the same bits; what is computed of them is rounded more or less often. */
function expectRounded(actual: readonly number[], expected: readonly number[]): void {
  const largest = Math.max(0, ...expected.map(Math.abs));
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(largest * 2 ** -22);
}

describe('initial values from the source', () => {
  test.each(names)('%s starts with the same bits eagerly and in its program, and with others for another seed', async (name) => {
    const { eager, built } = await initialValues(name, 7);
    expect(built.map(([key]) => key)).toEqual(eager.map(([key]) => key));
    const program = interpreted(name, 7);
    for (const [key, values] of eager) if (program.has(key)) expect([key, program.get(key)]).toEqual([key, values]);
    for (const [i, [, values]] of built.entries()) expectRounded(values, eager[i]![1]);
    for (const device of await wasmDevices()) {
      const onWasm = await initialValues(name, 7, device);
      for (const [i, [, values]] of onWasm.built.entries()) expectRounded(values, eager[i]![1]);
    }
    expect((await initialValues(name, 8)).built).not.toEqual(built);
  });

  test('the recipes do what they say', async () => {
    const of = async (name: Name) => Object.fromEntries((await initialValues(name, 3)).built) as Record<string, number[]>;
    const applied = await of('ByApply');
    const bound = Math.sqrt(6 / 12);
    expect(applied['net.0.bias']!.every((value) => value === 0)).toBe(true);
    expect(Math.max(...applied['net.0.weight']!.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound));
    expect(Math.max(...applied['net.0.weight']!.map(Math.abs))).toBeGreaterThan(bound / 2);
    const kept = (await of('Kept'))['net.0.weight']!;
    expect(kept.every((value) => value === 0 || (Math.abs(value) >= 5 && Math.abs(value) <= 10))).toBe(true);
    expect(new Set(kept.map(Math.sign))).toEqual(new Set([-1, 0, 1]));
    const layers = await of('ByLayer');
    expect(new Set(layers['net.2.weight'])).toEqual(new Set([42]));
    expect(layers['net.2.bias']!.every((value) => Math.abs(value - 1) < 0.1)).toBe(true);
    const written = await of('Written');
    expect(written['net.0.weight']![0]).toBe(42);
    expect(written['net.0.weight']!.slice(1).every((value) => value >= 0.5 && value <= 1.5)).toBe(true);
    expect(written['net.2.bias']).toEqual([0, 0]);
  });

  test('webgpu starts with the same numbers', async () => {
    const gpu = await classes.get('Kept')!.create({ device: 'webgpu', gpu: await openGpu(), seed: 7 });
    const { built } = await initialValues('Kept', 7);
    for (const [key, values] of built) expectRounded([...(await gpu.parameter(key as never).data())], values);
  }, 60_000);
});

describe('shared, frozen and unused parameters', () => {
  const x = tensor([
    [1, 2, 3, 4],
    [-1, 1, -1, 1],
  ]);

  test('gradients are computed for those that training changes, once each', async () => {
    const model = await classes.get('Shared')!.create({ device: 'js' });
    const { gradients } = await model.gradients.objective!(x);
    expect(Object.keys(gradients)).toEqual(['shared.weight', 'shared.bias']);
    const { programs } = compilations.find((compilation) => compilation.model.name === 'Shared')!;
    const graph = programs.find(({ name }) => name === 'gradients.objective')!.graph;
    expect(graph.outputs.filter(({ role }) => role === 'gradient').map(({ name }) => name)).toEqual(['shared.weight', 'shared.bias']);
    expect(graph.inputs.map(({ name }) => name)).not.toContain('unused');
  });

  test('a step changes them under all their names, and leaves the others alone', async () => {
    const model = await classes.get('Shared')!.create({ device: 'js' });
    const values = async () => {
      const entries = Object.entries(await model.stateDict());
      return Object.fromEntries(await Promise.all(entries.map(async ([key, value]) => [key, [...(await value.data())]] as const)));
    };
    const before = await values();
    await model.train.objective!(x);
    const after = await values();
    const changed = Object.keys(after).filter((key) => String(after[key]) !== String(before[key]));
    expect(changed).toEqual(['shared.weight', 'shared.bias', 'net.1.weight', 'net.1.bias', 'net.3.weight', 'net.3.bias', 'head.weight']);
    expect(after['head.weight']).toEqual(after['shared.weight']);
  });

  test('parameters are written by any of their names, from any device, and checked', async () => {
    const model = await classes.get('Shared')!.create({ device: 'js' });
    const gpu = await classes.get('Shared')!.create({ device: 'webgpu', gpu: await openGpu(), seed: 9 });
    await model.setParameter('head.weight' as never, gpu.parameter('shared.weight' as never));
    const wanted = [...(await gpu.parameter('shared.weight' as never).data())];
    expect([...(await model.parameter('net.3.weight' as never).data())]).toEqual(wanted);
    await expect(model.setParameter('shared.bias' as never, tensor([1, 2]))).rejects.toThrow('shared.bias is f32[2], expected f32[4]');
    await expect(model.setParameter('bias' as never, tensor([1, 2]))).rejects.toThrow("Shared has no parameter or buffer 'bias'");
  }, 60_000);
});
