import 'kilnn/eager';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type nn, optim, type Tensor } from 'kilnn';
import { tensor as eagerTensor, manualSeed } from 'kilnn/eager';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Compilation } from '../../compiler/compilation.js';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import { build } from '../../compiler/index.js';
import { modelOptions, optimizerOf } from '../../dsl/decorators.js';
import { type AnyTensor, loadSafetensors, type ModelClass, type Schedule, saveSafetensors, tensor } from '../../runtime/index.js';
import { type AnyModel, numbers, sourceFile, temporaryFolder } from '../e2e/built.js';
import { openGpu } from '../helpers/gpu.js';

const source = readFileSync(new URL('../dsl/optimizer.model.ts', import.meta.url), 'utf8');
const names = [...source.matchAll(/export class (\w+)/g)].map(([, name]) => name!);

type Net = AnyModel & { readonly schedule?: Schedule };

interface Built {
  readonly file: string;
  readonly compilations: ReadonlyMap<string, Compilation>;
  create(name: string, seed: number): Promise<Net>;
}

async function buildSource(text: string): Promise<Built> {
  const file = sourceFile(text);
  const out = temporaryFolder();
  const { diagnostics, models } = await build([file], { out, targets: ['js'] });
  expect(formatDiagnostics(diagnostics, { source: () => undefined })).toBe('');
  return {
    file,
    compilations: new Map(models.map((compilation) => [compilation.model.name, compilation])),
    async create(name, seed) {
      const { module } = models.find(({ model }) => model.name === name)!;
      const exports: Record<string, unknown> = await import(pathToFileURL(join(out, `${module}.js`)).href);
      return (exports[name] as ModelClass<Net>).create({ seed });
    },
  };
}

const batch = 8;

/** The same batches in every run. */
function batches(count: number): { x: Float32Array; y: Int32Array }[] {
  const random = numbers(5);
  return Array.from({ length: count }, () => ({
    x: Float32Array.from({ length: batch * 4 }, () => random() * 4 - 2),
    y: Int32Array.from({ length: batch }, () => Math.floor(random() * 3)),
  }));
}

async function trainSteps(net: Net, steps: ReturnType<typeof batches>): Promise<number[]> {
  const losses: number[] = [];
  for (const { x, y } of steps) {
    const { loss } = await net.train.objective!(tensor(x, { shape: [batch, 4] }), y);
    losses.push((await loss.item()) as number);
    net.schedule?.step();
  }
  return losses;
}

async function bits(dict: Readonly<Record<string, AnyTensor>>): Promise<Record<string, readonly number[]>> {
  const entries = await Promise.all(
    Object.entries(dict).map(async ([name, value]) => {
      const data = await value.data();
      return [name, [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]] as const;
    }),
  );
  return Object.fromEntries(entries);
}

describe('training resumed from files', () => {
  let built: Built;
  beforeAll(async () => {
    built = await buildSource(source);
  });

  test.each(names)('%s goes on with the same bits', async (name) => {
    const [first, second] = [batches(7).slice(0, 3), batches(7).slice(3)];
    const straight = await built.create(name, 1);
    await trainSteps(straight, first);
    const folder = temporaryFolder();
    await saveSafetensors(join(folder, 'model.safetensors'), await straight.stateDict());
    await saveSafetensors(join(folder, 'optimizer.safetensors'), await straight.optimizer.stateDict());

    const resumed = await built.create(name, 2);
    await resumed.loadStateDict(await loadSafetensors(join(folder, 'model.safetensors')));
    await resumed.optimizer.loadStateDict(await loadSafetensors(join(folder, 'optimizer.safetensors')));
    const losses = await trainSteps(straight, second);
    expect(await trainSteps(resumed, second)).toEqual(losses);
    expect(new Set(losses).size).toBe(losses.length);
    expect(await bits(await resumed.stateDict())).toEqual(await bits(await straight.stateDict()));
    expect(await bits(await resumed.optimizer.stateDict())).toEqual(await bits(await straight.optimizer.stateDict()));
  });

  test('several groups: names of scalars and state', async () => {
    const net = await built.create('Groups', 1);
    const groups = net.optimizer.paramGroups as { lr: number }[];
    expect(groups.map(({ lr }) => lr)).toEqual([0.01, 0.1]);
    expect(net.optimizer.lr).toBe(0.01);
    groups[1]!.lr = 0.2;
    expect([net.optimizer.lr, groups[1]!.lr]).toEqual([0.01, 0.2]);
    net.optimizer.lr = 0.3;
    expect(groups.map(({ lr }) => lr)).toEqual([0.3, 0.3]);
    expect(() => {
      groups[0]!.lr = Number.NaN;
    }).toThrow('optimizer.lr must be a finite number, got NaN');
    expect(Object.keys(await net.optimizer.stateDict())).toEqual([
      'hidden.weight.momentum_buffer',
      'hidden.bias.momentum_buffer',
      'output.weight.momentum_buffer',
      'output.bias.momentum_buffer',
      'paramGroups.0.lr',
      'paramGroups.1.lr',
      'schedule.lastEpoch',
      'rng',
    ]);
    expect(() => {
      net.schedule!.lastEpoch = -1;
    }).toThrow('schedule.lastEpoch must be an integer of at least 0, got -1');
  });

  test('a dictionary that does not fit is refused whole', async () => {
    const net = await built.create('WithAdam', 1);
    const before = await bits(await net.optimizer.stateDict());
    const { lr: _, ...dict } = await net.optimizer.stateDict();
    const wrong = { ...dict, 'hidden.bias.step': tensor(new Float32Array(2)), more: tensor(new Float32Array(1)) };
    await expect(net.optimizer.loadStateDict(wrong)).rejects.toThrow(
      /missing: lr[\s\S]*unexpected: more[\s\S]*wrong shape: hidden.bias.step/,
    );
    expect(await bits(await net.optimizer.stateDict())).toEqual(before);
  });
});

type EagerNet = nn.Module & { forward(x: Tensor): Tensor; objective(x: Tensor, y: Tensor): Tensor };

describe('compiled as in eager use', () => {
  let built: Built;
  let classes: Record<string, new () => EagerNet>;
  beforeAll(async () => {
    built = await buildSource(source.replace('nn.Dropout(0.25)', 'nn.Dropout(0)'));
    classes = await import(/* @vite-ignore */ built.file);
  });

  test.each(names)('%s', async (name) => {
    const steps = batches(6);
    manualSeed(3);
    const eager = new classes[name]!();
    const compiled = await built.create(name, 3);
    const initial = Object.entries(eager.stateDict()).map(([key, value]) => {
      const { shape, dtype } = value;
      const data = value.data();
      return [key, dtype === 'i32' ? tensor(Int32Array.from(data), { shape }) : tensor(Float32Array.from(data), { shape })] as const;
    });
    await compiled.loadStateDict(Object.fromEntries(initial));
    const losses: number[] = [];
    const optimizer = optimizerOf(eager)!;
    const { schedule: makeSchedule, gradients } = modelOptions(eager)!;
    const schedule = makeSchedule?.(optimizer);
    for (const { x, y } of steps) {
      optimizer.zeroGrad();
      const loss = eager.objective(eagerTensor(x, { shape: [batch, 4] }), eagerTensor(y));
      losses.push(loss.item());
      loss.backward();
      if (gradients) {
        const trained = optimizer.paramGroups.flatMap(({ params }) => params);
        const own = eager.namedParameters().filter(([, parameter]) => trained.includes(parameter));
        const changed = gradients(Object.fromEntries(own.map(([key, { grad }]) => [key, grad!])));
        for (const [key, parameter] of own) parameter.grad = changed[key];
      }
      optimizer.step();
      schedule?.step();
    }
    const given = await trainSteps(compiled, steps);
    given.forEach((loss, i) => {
      expect(loss).toBeCloseTo(losses[i]!, 4);
    });
    for (const [key, value] of Object.entries(await compiled.stateDict())) {
      const wanted = eager.stateDict()[key]!.data();
      [...(await value.data())].forEach((number, i) => {
        expect(number, `${key}[${i}]`).toBeCloseTo(wanted[i]!, 4);
      });
    }
  });
});

test('an optimizer of every kind is among the models', () => {
  const classes = Object.entries(optim).filter(([, value]) => typeof value === 'function' && value.prototype instanceof optim.Optimizer);
  expect(classes.map(([name]) => name).filter((name) => !source.includes(`optim.${name}(`))).toEqual([]);
});

test('on webgpu as on js: groups, clipping and a schedule', async () => {
  const file = sourceFile(source.replace('nn.Dropout(0.25)', 'nn.Dropout(0)').replace(/@model\(\{\n {2}optimizer: new[\s\S]*/, ''));
  const out = temporaryFolder();
  const { models } = await build([file], { out });
  const exports: Record<string, unknown> = await import(pathToFileURL(join(out, `${models[0]!.module}.js`)).href);
  const Groups = exports.Groups as ModelClass<Net>;
  const js = await Groups.create({ device: 'js', seed: 1 });
  const gpu = await Groups.create({ device: 'webgpu', gpu: await openGpu(), seed: 1 });
  const expected = await trainSteps(js, batches(4));
  (await trainSteps(gpu, batches(4))).forEach((loss, i) => {
    expect(loss).toBeCloseTo(expected[i]!, 4);
  });
  const dict = await js.optimizer.stateDict();
  for (const [name, value] of Object.entries(await gpu.optimizer.stateDict())) {
    const wanted = await dict[name]!.data();
    [...(await value.data())].forEach((number, i) => {
      expect(number, `${name}[${i}]`).toBeCloseTo(wanted[i]!, 4);
    });
  }
}, 300_000);
