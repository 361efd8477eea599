/** PyTorch's figures met by what a build makes of the same computations, in JavaScript and in WebAssembly. */
import 'kilnn/eager';
import { describe } from 'vitest';
import type { TorchCase } from './cases.js';
import { layerComputation, lossComputation, opComputation } from './computations.js';
import { executeJs, executeWasm } from './execute-compiled.js';
import { testCategory } from './listed.js';
import { type Computation, check } from './run-case.js';

const computations = { ops: opComputation, layers: layerComputation, losses: lossComputation } as const;
const executions = { js: executeJs, wasm: executeWasm } as const;

for (const category of ['ops', 'layers', 'losses'] as const) {
  describe(category, () => {
    const known = new Map<string, Computation>();
    const computationOf = (torchCase: TorchCase): Computation => {
      const found = known.get(torchCase.name) ?? computations[category](torchCase);
      known.set(torchCase.name, found);
      return found;
    };
    for (const execution of ['js', 'wasm'] as const) {
      describe(execution, () => {
        testCategory(category, (torchCase) => check(torchCase, computationOf(torchCase), executions[execution]), { execution });
      });
    }
  });
}
