/** The same classes run eagerly and through the compiler's graphs. */
import { fileURLToPath } from 'node:url';
import type { nn, Tensor } from 'kilnn';
import { manualSeed, tensor, toTypedArray } from 'kilnn/eager';
import { beforeAll, expect, test } from 'vitest';
import type { EvaluatedModel } from '../../compiler/frontend/evaluated-model.js';
import { evaluateModels } from '../../compiler/frontend/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { Images, Resized, Sequences, Stacked, Transformed } from './every-layer.model.js';

let models: readonly EvaluatedModel[] = [];

beforeAll(() => {
  const evaluated = evaluateModels([fileURLToPath(new URL('./every-layer.model.ts', import.meta.url))], {});
  expect(evaluated.diagnostics).toEqual([]);
  models = evaluated.models;
});

const dataOf = (x: Tensor): TensorData => ({ dtype: x.dtype, shape: x.shape, data: toTypedArray(x) });

/** What the compiler's graph of `forward` gives for the eager net's own state. */
function compiled(name: string, net: nn.Module, argument: Tensor): TensorData {
  const entry = models.find((model) => model.name === name)!.entries.find((each) => each.name === 'forward')!;
  const inputs = new Map<string, TensorData>();
  const state: Record<string, Tensor> = net.stateDict();
  for (const { name: input, role } of entry.graph.inputs) inputs.set(input, dataOf(role === 'argument' ? argument : state[input]!));
  return [...interpret(entry.graph, inputs, { precision: 'f32' }).values()][0]!;
}

function agree(name: string, net: nn.Module & { forward(x: Tensor): Tensor }, argument: Tensor): void {
  net.eval();
  const eager = net.forward(argument);
  const graph = compiled(name, net, argument);
  expect(graph.shape).toEqual(eager.shape);
  expect(Array.from(graph.data)).toEqual(Array.from(eager.data()).map((value) => expect.closeTo(value, 5)));
}

test('an image net with most of the layers', () => {
  manualSeed(3);
  agree(
    'Images',
    new Images(),
    tensor(
      Float32Array.from({ length: 2 * 3 * 64 }, (_, i) => Math.sin(i * 0.7)),
      { shape: [2, 3, 8, 8] },
    ),
  );
});

test('a sequence net with attention', () => {
  manualSeed(4);
  const tokens = Int32Array.from({ length: 18 }, (_, i) => (i * 7) % 11);
  agree('Sequences', new Sequences(), tensor(tokens, { shape: [3, 6] }));
});

test('recurrent layers and attention', () => {
  manualSeed(5);
  const steps = Float32Array.from({ length: 2 * 5 * 4 }, (_, i) => Math.cos(i * 0.9));
  agree('Transformed', new Transformed(), tensor(steps, { shape: [2, 5, 4] }));
});

test('images of other sizes', () => {
  manualSeed(6);
  const pixels = Float32Array.from({ length: 3 * 4 * 6 * 6 }, (_, i) => Math.sin(i * 1.3));
  agree('Resized', new Resized(), tensor(pixels, { shape: [3, 4, 6, 6] }));
});

test('stacks of transformer layers, projected states, orders', () => {
  manualSeed(7);
  const tokens = Int32Array.from({ length: 12 }, (_, i) => (i * 5) % 7);
  agree('Stacked', new Stacked(), tensor(tokens, { shape: [3, 4] }));
});

test('copies of a layer begin alike and have parameters of their own', () => {
  const net = new Stacked();
  const names = net.namedParameters().map(([name]) => name);
  expect(names).toContain('encoder.layers.1.self_attn.in_proj_weight');
  expect(new Set(names).size).toBe(names.length);
  const [first, second] = [net.decoder.layers.at(0).linear1.weight, net.decoder.layers.at(1).linear1.weight];
  expect(second.tolist()).toEqual(first.tolist());
  first.requiresGrad_(false).fill_(0);
  expect(second.eq(0).any().item()).toBe(0);
});

test('the initial values of a build are those of eager use', () => {
  manualSeed(11);
  const state: Record<string, Tensor> = new Stacked().stateDict();
  const { init } = models.find((model) => model.name === 'Stacked')!;
  const rng: TensorData = { dtype: 'i32', shape: [2], data: Int32Array.of(11, 0) };
  const built = interpret(init, new Map([['rng', rng]]), { precision: 'f32' });
  for (const name of [
    'square.weight',
    'wide.weight',
    'encoder.layers.0.linear1.weight',
    'encoder.layers.1.linear1.weight',
    'table.weight',
  ]) {
    expect(Array.from(built.get(name)!.data), name).toEqual(Array.from(state[name]!.data()).map((value) => expect.closeTo(value, 5)));
  }
});
