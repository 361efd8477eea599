import { fileURLToPath } from 'node:url';
import { manualSeed } from 'kilnn/eager';
import { expect, test } from 'vitest';
import { evaluateModels } from '../../compiler/frontend/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { LeNet } from '../../golden/models/lenet.js';

test('a seed gives the same initial weights eagerly and compiled', () => {
  const seed = 7;
  manualSeed(seed);
  const state = new LeNet().stateDict();
  const { models } = evaluateModels([fileURLToPath(new URL('../../golden/models/lenet.ts', import.meta.url))], {});
  const { init } = models[0]!;
  const rng: TensorData = { dtype: 'i32', shape: [2], data: Int32Array.of(seed, 0) };
  const compiled = interpret(init, new Map(init.inputs.map(({ name }) => [name, rng])), { precision: 'f32' });
  expect([...compiled.keys()]).toEqual(Object.keys(state));
  for (const [name, tensor] of Object.entries(state)) {
    const got = compiled.get(name)!.data;
    expect(Array.from(got)).toEqual(Array.from(tensor.data()));
  }
});
