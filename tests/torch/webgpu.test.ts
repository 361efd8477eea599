/**
 * PyTorch's figures met on WebGPU. A kernel takes seconds to compile on a CPU, so that a fixed list of cases is run, in which
 * every op occurs that the cases come to; GPU_CASES=all runs them all.
 */
import 'kilnn/eager';
import { readFileSync } from 'node:fs';
import { describe } from 'vitest';
import { layerComputation, lossComputation, opComputation } from './computations.js';
import { executeWebgpu } from './execute-compiled.js';
import { testCategory } from './listed.js';
import { check } from './run-case.js';

const computations = { ops: opComputation, layers: layerComputation, losses: lossComputation } as const;
type Compiled = keyof typeof computations;
const chosen = JSON.parse(readFileSync(new URL('./webgpu-cases.json', import.meta.url), 'utf8')) as Readonly<Record<Compiled, string[]>>;

for (const category of ['ops', 'layers', 'losses'] as const) {
  describe(category, () => {
    testCategory(category, (torchCase) => check(torchCase, computations[category](torchCase), executeWebgpu), {
      execution: 'webgpu',
      ...(process.env.GPU_CASES !== 'all' && { only: chosen[category] }),
    });
  });
}
