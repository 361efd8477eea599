import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleModule } from '../../compiler/artifact/bundle.js';
import { freezeModel } from '../../compiler/artifact/freeze.js';
import { writeModule } from '../../compiler/artifact/write-module.js';
import type { Entry, EvaluatedModel } from '../../compiler/frontend/evaluated-model.js';
import { interpret } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import { namedDim } from '../../compiler/ir/dim.js';
import { tensorType } from '../../compiler/ir/types.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { optimize } from '../../compiler/passes/index.js';
import { type Tensor, tensor } from '../../runtime/index.js';
import { HandMlp } from '../runtime/hand-mlp.js';
import { handModel, jsTarget } from './hand-compiled.js';

async function weightsOf(mlp: HandMlp): Promise<Map<string, TensorData>> {
  const entries = Object.entries(await mlp.stateDict()).map(async ([name, tensor]): Promise<[string, TensorData]> => {
    const { shape, dtype } = tensor;
    return [name, { dtype, shape, data: await tensor.data() }];
  });
  return new Map(await Promise.all(entries));
}

describe('a frozen module', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kilnn-frozen-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('is one file with the weights inside that gives the same bits', async () => {
    const mlp = await HandMlp.create({ seed: 11 });
    const { model, frozen } = freezeModel(handModel, await weightsOf(mlp));
    const kept = { ...jsTarget, programs: jsTarget.programs.filter(({ name }) => name === 'init' || name === 'forward') };
    const source = writeModule(model, [kept], { frozen }).text;
    for (const minify of [false, true]) {
      const text = await bundleModule(source, { minify });
      expect(text).not.toMatch(/^\s*import\b|\bimport\(|require\(|loadStateDict|fillUniform|momentum/m);
      const path = join(folder, `frozen-${minify}.mjs`);
      await writeFile(path, text);
      const { HandMlp: Frozen } = (await import(pathToFileURL(path).href)) as {
        HandMlp: { create(options?: object): Promise<{ device: string; forward(x: unknown): Promise<Tensor> }> };
      };
      const net = await Frozen.create({ device: 'js' });
      const x = [
        [0.1, 0.2, 0.3],
        [-1, 5, 2],
      ];
      const [found, expected] = [await net.forward(x), await mlp.forward(x)];
      expect([found.shape, [...(await found.data())]]).toEqual([expected.shape, [...(await expected.data())]]);
      expect(net.device).toBe('js');
      // Tensors of another copy of the runtime are welcome.
      expect([...(await (await net.forward(tensor(x))).data())]).toEqual([...(await expected.data())]);
      await expect(net.forward([[1]])).rejects.toThrow('forward: x should be f32[batch, 3]');
      await expect(Frozen.create({ device: 'webgpu' })).rejects.toThrow('HandMlp was built for js, not for webgpu');
    }
  });
});

/** y = x * scale + shift / 2, with a buffer that is not in the dictionary for a second entry. */
function scaled(size: number): EvaluatedModel {
  const type = tensorType('f32', [1, size]);
  const batch = tensorType('f32', [namedDim('batch'), size]);
  const entry = (name: string, extra: boolean): Entry => {
    const b = new GraphBuilder(name);
    const x = b.input('x', 'argument', batch);
    const scale = b.input('scale', 'parameter', type);
    const shift = b.input('shift', 'buffer', type);
    const half = b.emit('mul', [shift, b.emit('constant', [], { value: 0.5, dtype: 'f32', shape: [1, size] })]);
    const spread = (value: typeof x) => b.emit('broadcast', [value], { shape: batch.shape });
    let y = b.emit('add', [b.emit('mul', [x, spread(scale)]), spread(half)]);
    if (extra) y = b.emit('add', [y, spread(b.input('cache', 'buffer', type))]);
    b.output('result', 'result', y);
    const span = { file: 'scaled.ts', start: 0, end: 0 };
    return { name, kind: 'method', span, arguments: [{ name: 'x', type: batch }], result: 'result', graph: b.finish() };
  };
  const state = (name: string, kind: 'parameter' | 'buffer', persistent = true) => ({
    name,
    kind,
    type,
    requiresGrad: kind === 'parameter',
    persistent,
  });
  return {
    ...handModel,
    name: 'Scaled',
    state: [
      state('scale', 'parameter'),
      state('shift', 'buffer'),
      state('cache', 'buffer', false),
      { ...state('again', 'parameter'), alias: 'scale' },
    ],
    entries: [entry('forward', false), entry('cached', true)],
  };
}

const tensorOf = (values: number[]): TensorData => ({ dtype: 'f32', shape: [1, values.length], data: Float32Array.from(values) });

describe('freezing a model', () => {
  const weights = (size: number) =>
    new Map(['scale', 'shift', 'again'].map((name, at) => [name, tensorOf(Array.from({ length: size }, (_, i) => Math.sin(at + i)))]));

  test.each([3, 5000])('keeps what an entry computes (%i weights)', (size) => {
    const model = scaled(size);
    const given = weights(size);
    const { model: kept, frozen } = freezeModel(model, given, { entries: ['forward'] });
    const graph = kept.entries[0]!.graph;
    const x: TensorData = { dtype: 'f32', shape: [2, size], data: Float32Array.from({ length: 2 * size }, (_, i) => Math.cos(i)) };
    // The last name of a shared tensor counts.
    const all = new Map([...given, ['scale', given.get('again')!], ['x', x]]);
    const expected = interpret(model.entries[0]!.graph, all).get('result')!;
    const left = new Map([
      ['x', x],
      ...graph.inputs.filter(({ name }) => name !== 'x').map(({ name }) => [name, frozen.get(name)!] as const),
    ]);
    expect([...interpret(graph, left).get('result')!.data]).toEqual([...expected.data]);
    // Small weights are part of the graph and what depends on them alone is computed now; large ones stay inputs.
    expect(graph.inputs.map(({ name }) => name)).toEqual(size === 3 ? ['x'] : ['x', 'scale', 'shift']);
    const count = (entry: Entry) => optimize(entry.graph).body.nodes.filter(({ op }) => op === 'mul').length;
    expect(count(kept.entries[0]!)).toBe(size === 3 ? 1 : 2);
  });

  test('says everything that does not fit', () => {
    const wrong = new Map([...weights(3), ['shift', tensorOf([1])], ['extra', tensorOf([1])]]);
    wrong.delete('scale');
    expect(() => freezeModel(scaled(3), wrong, { entries: ['forward'] })).toThrow(
      [
        'the weights do not fit Scaled',
        'missing: scale (f32[1, 3])',
        'unexpected: extra',
        'wrong shape: shift is f32[1, 1], expected f32[1, 3]',
      ].join('\n  '),
    );
    expect(() => freezeModel(scaled(3), weights(3))).toThrow('cache cannot be frozen');
    expect(() => freezeModel(scaled(3), weights(3), { entries: ['backward'] })).toThrow(
      'Scaled has no entry backward; it has forward, cached',
    );
    const losses = { ...handModel, entries: handModel.entries.slice(1) };
    expect(() => freezeModel(losses, new Map())).toThrow('HandMlp has only losses');
  });
});
