/** PyTorch's figures met by what a build makes of the same computations, in JavaScript. */
import 'kilnn/eager';
import { describe } from 'vitest';
import { layerComputation, lossComputation, opComputation } from './computations.js';
import { executeJs } from './execute-compiled.js';
import { testCategory } from './listed.js';
import { check } from './run-case.js';

const computations = { ops: opComputation, layers: layerComputation, losses: lossComputation } as const;

for (const category of ['ops', 'layers', 'losses'] as const) {
  describe(category, () => {
    testCategory(category, (torchCase) => check(torchCase, computations[category](torchCase), executeJs), { execution: 'js' });
  });
}
