/** A random class, run as it is and built: the same values, gradients and training. MODEL_RUNS says how many (default 15). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareExecutions } from './eager-and-compiled.js';
import { randomModel } from './random-model.js';

const runs = Number(process.env.MODEL_RUNS ?? 8);
const seed = process.env.MODEL_SEED === undefined ? {} : { seed: Number(process.env.MODEL_SEED) };

test('random models do the same eagerly and built', async () => {
  await fc.assert(fc.asyncProperty(randomModel(), compareExecutions), { numRuns: runs, ...seed });
}, 3_600_000);

test('random models come to every kind of layer and of program', () => {
  const text = fc
    .sample(randomModel(), { numRuns: 300, seed: 5 })
    .map(({ source }) => source)
    .join('\n');
  const wanted = [
    'ModuleList',
    'ModuleDict',
    'Sequential',
    'switch',
    'while',
    'extends Base',
    'einsum',
    'Conv2d',
    'BatchNorm',
    'Embedding',
    'crossEntropy',
    'reshape',
    'registerBuffer',
    'Adam',
  ];
  expect(wanted.filter((word) => !text.includes(word))).toEqual([]);
});
