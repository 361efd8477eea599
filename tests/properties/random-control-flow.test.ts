/**
 * Random models with control flow on tensors, eagerly and built: the same values, gradients and training.
 * CONTROL_RUNS says how many batches of six models (default 1), CONTROL_SEED which (default 1).
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareControlFlow } from './control-executions.js';
import { randomControlModel } from './random-control-model.js';

const runs = Number(process.env.CONTROL_RUNS ?? 1);
const seed = Number(process.env.CONTROL_SEED ?? 1);
/** Opening the library takes longer than evaluating a class. */
const batch = 6;

test('random models with control flow do the same eagerly and built', async () => {
  const models = fc.sample(randomControlModel(), { numRuns: runs * batch, seed });
  const failures: string[] = [];
  for (let start = 0; start < models.length; start += batch)
    failures.push(...(await compareControlFlow(models.slice(start, start + batch))));
  expect(failures.join('\n')).toBe('');
}, 3_600_000);
