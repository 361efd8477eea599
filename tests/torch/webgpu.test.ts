/**
 * PyTorch's figures met on WebGPU. A kernel takes seconds to compile on a CPU, so that a fixed list of cases is run, in which
 * every op occurs that the cases come to; GPU_CASES=all runs them all.
 */
import 'kilnn/eager';
import { readFileSync } from 'node:fs';
import { describe } from 'vitest';
import type { TorchCase } from './cases.js';
import { layerComputation, lossComputation, opComputation } from './computations.js';
import { executeWebgpu, withoutSubnormals } from './execute-compiled.js';
import { testCategory } from './listed.js';
import { check, executeEagerly } from './run-case.js';

const computations = { ops: opComputation, layers: layerComputation, losses: lossComputation } as const;
type Compiled = keyof typeof computations;
const chosen = JSON.parse(readFileSync(new URL('./webgpu-cases.json', import.meta.url), 'utf8')) as Readonly<Record<Compiled, string[]>>;

for (const category of ['ops', 'layers', 'losses'] as const) {
  describe(category, () => {
    const problems = (torchCase: TorchCase) => {
      const computation = computations[category](torchCase);
      const flushed = withoutSubnormals(computation);
      return check(torchCase, computation, executeWebgpu, flushed && executeEagerly(flushed));
    };
    testCategory(category, problems, { execution: 'webgpu', ...(process.env.GPU_CASES !== 'all' && { only: chosen[category] }) });
  });
}
