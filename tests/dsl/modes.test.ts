import 'kilnn/eager';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tensor as eagerTensor, manualSeed } from 'kilnn/eager';
import { beforeAll, describe, expect, test } from 'vitest';
import { freezeModel } from '../../compiler/artifact/freeze.js';
import type { Compilation } from '../../compiler/compilation.js';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import { build } from '../../compiler/index.js';
import { optimizerOf } from '../../dsl/decorators.js';
import { type AnyTensor, type ModelClass, tensor } from '../../runtime/index.js';
import { type AnyModel, numbers, temporaryFolder } from '../e2e/built.js';
import { evaluateOne, messagesOf } from '../frontend/evaluate.js';
import { Norms } from './modes.model.js';

const file = 'tests/dsl/modes.model.ts';
const batch = 5;

let models: readonly Compilation[];
let load: (name: string) => Promise<ModelClass<AnyModel>>;
beforeAll(async () => {
  const out = temporaryFolder();
  const built = await build([file], { out, targets: ['js', 'wasm'] });
  expect(formatDiagnostics(built.diagnostics, { source: () => undefined })).toBe('');
  models = built.models;
  load = async (name) => {
    const { module } = models.find(({ model }) => model.name === name)!;
    return ((await import(pathToFileURL(join(out, `${module}.js`)).href)) as Record<string, ModelClass<AnyModel>>)[name]!;
  };
});

function draw(random: () => number): Float32Array {
  return Float32Array.from({ length: batch * 3 }, () => random() * 6 - 2);
}

async function expectAlike(compiled: Readonly<Record<string, AnyTensor>>, net: Norms): Promise<void> {
  const eager = net.stateDict();
  expect(Object.keys(compiled)).toEqual(Object.keys(eager));
  for (const [name, value] of Object.entries(compiled)) {
    const wanted = eager[name]!.data();
    [...(await value.data())].forEach((number, i) => {
      expect(number, `${name}[${i}]`).toBeCloseTo(wanted[i]!, 4);
    });
  }
}

describe.each(['js', 'wasm'] as const)('batch norm compiled for %s as in eager use', (device) => {
  const rows = (data: Float32Array) => tensor(data, { shape: [batch, 3] });
  const eagerRows = (data: Float32Array) => eagerTensor(data, { shape: [batch, 3] });

  async function both() {
    manualSeed(0);
    const eager = new Norms();
    const Built = await load('Norms');
    return { eager, compiled: await Built.create({ device, seed: 0 }) };
  }

  test('inference takes the running statistics, and leaves them', async () => {
    const { eager, compiled } = await both();
    eager.eval();
    const x = draw(numbers(1));
    const y = await (await compiled.forward!(rows(x))).data();
    [...y].forEach((number, i) => {
      expect(number).toBeCloseTo(eager.forward(eagerRows(x)).data()[i]!, 4);
    });
    await expectAlike(await compiled.stateDict(), eager);
  });

  test('a method in training mode takes those of the batch, and updates the running ones', async () => {
    const { eager, compiled } = await both();
    const random = numbers(2);
    for (let turn = 0; turn < 3; turn++) {
      const x = draw(random);
      const wanted = eager.train().calibrate(eagerRows(x)).data();
      [...(await (await compiled.calibrate!(rows(x))).data())].forEach((number, i) => {
        expect(number).toBeCloseTo(wanted[i]!, 4);
      });
    }
    await expectAlike(await compiled.stateDict(), eager);
    const { 'plain.running_mean': mean, 'frozen.running_mean': frozen } = await compiled.stateDict();
    expect([...(await mean!.data())].some((number) => number !== 0)).toBe(true);
    expect([...(await frozen!.data())]).toEqual([0, 0, 0]);
  });

  test.each(['objective', 'tune'] as const)('steps of %s', async (name) => {
    const { eager, compiled } = await both();
    const optimizer = optimizerOf(eager)!;
    const random = numbers(3);
    for (let step = 0; step < 3; step++) {
      const x = draw(random);
      optimizer.zeroGrad();
      eager.train(name === 'objective');
      const wanted = eager[name](eagerRows(x));
      wanted.backward();
      optimizer.step();
      const { loss } = await compiled.train[name]!(rows(x));
      expect(await loss.item()).toBeCloseTo(wanted.item(), 3);
    }
    await expectAlike(await compiled.stateDict(), eager);
    const { 'plain.num_batches_tracked': counted } = await compiled.stateDict();
    expect(await counted!.item()).toBe(name === 'objective' ? 3 : 0);
  });

  test('a method that updates buffers is no part of a frozen model', async () => {
    const { model } = models.find((compilation) => compilation.model.name === 'Norms')!;
    const state = Object.entries(await (await (await load('Norms')).create()).stateDict());
    const weights = new Map(
      await Promise.all(
        state.map(async ([name, value]) => [name, { dtype: value.dtype, shape: value.shape, data: await value.data() }] as const),
      ),
    );
    expect(freezeModel(model, weights).model.entries.map(({ name }) => name)).toEqual(['forward']);
    expect(() => freezeModel(model, weights, { entries: ['calibrate'] })).toThrow('calibrate cannot be frozen');
  });
});

describe.each(['js', 'wasm'] as const)('dropout on %s', (device) => {
  test('drops in a method in training mode, each call anew, and not in inference', async () => {
    const Built = await load('Dropouts');
    const net = await Built.create({ device, seed: 4 });
    const x = new Float32Array(4000).fill(1);
    expect([...(await (await net.forward!(x)).data())].every((number) => number === 1)).toBe(true);
    const [first, second] = [await (await net.sample!(x)).data(), await (await net.sample!(x)).data()];
    const kept = [...first].filter((number) => number === 2).length;
    expect([...first].every((number) => number === 0 || number === 2)).toBe(true);
    expect(Math.abs(kept - 2000)).toBeLessThan(200);
    expect([...second]).not.toEqual([...first]);
  });
});

const source = (decorator: string) =>
  `import { entry, loss, model, nn, zeros, type Tensor } from 'kilnn';
   @model() export class Net extends nn.Module {
     norm = new nn.BatchNorm1d(2);
     forward(x: Tensor<['n', 2]>) { return this.norm.forward(x); }
     ${decorator} other(x: Tensor<['n', 2]>) { return this.norm.forward(x); }
   }`;

test('the mode of a method is checked', () => {
  expect(messagesOf(source("@entry({ mode: 'training' })"))).toContain('TS2322');
  expect(messagesOf(source("@entry({ mode: 'training' as 'train' })"))).toContain('the mode of a method is the string "training"');
  const { entries } = evaluateOne(source('@entry({})'));
  expect(entries[1]!.graph.outputs.map(({ role }) => role)).toEqual(['result']);
});
