/** Kernels by hand, each on every target, against their definition. What is particular to a target is in its folder. */
import { describe, expect, test } from 'vitest';
import { contractions } from './kernels/contractions.js';
import type { KernelCase } from './kernels/kernel-run.js';
import { nests } from './kernels/nests.js';
import { rowKernels } from './kernels/rows.js';
import { scattersLinesAndDraws } from './kernels/scatters.js';
import { checkKernel, cpuTargets, webgpu } from './kernels/targets.js';

const cases: readonly KernelCase[] = [...contractions, ...rowKernels, ...nests, ...scattersLinesAndDraws];

test('no name of a case occurs twice', () => {
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

describe.each(cpuTargets.map((target) => [target.name, target] as const))('%s', (_, target) => {
  test.each(cases.map((each) => [each.name, each] as const))('%s', async (_name, { runs }) => {
    for (const one of runs) await checkKernel(target, one);
  });
});

describe('webgpu', () => {
  const some = cases.map(({ name, runs }) => [name, runs.filter(({ gpu }) => gpu)] as const).filter(([, runs]) => runs.length > 0);

  test.each(some)('%s', async (_name, runs) => {
    for (const one of runs) await checkKernel(webgpu, one);
  });
});
