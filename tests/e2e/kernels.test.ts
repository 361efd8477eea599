import { expect, test } from 'vitest';
import { build } from '../../compiler/index.js';

/** Launches of the MLP's training step with plain SGD on webgpu; they go to the GPU in one submit. */
test('a training step of the MLP with SGD is at most 8 kernels on webgpu', async () => {
  const { models, diagnostics } = await build(['golden/models/mlp.ts'], { targets: ['webgpu'], stopAfter: 'lower' });
  expect(diagnostics).toEqual([]);
  const step = models[0]!.targets[0]!.programs.find(({ name }) => name === 'train.objective')!;
  expect(step.launches.length).toBeGreaterThan(0);
  expect(step.launches.length).toBeLessThanOrEqual(8);
});
