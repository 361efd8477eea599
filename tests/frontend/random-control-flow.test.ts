import fc from 'fast-check';
import { describe, it } from 'vitest';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import { expectClose, runEagerly, runGraph, runSource } from './eager.js';
import { evaluateSource } from './evaluate.js';
import { randomMethod } from './random-control-flow.js';

const inputs = [
  [1, 2, 3],
  [-2, 0, 1],
  [7, -9, 4],
  [0, 0, 0],
];

/** Compiles methods as classes of one file, and compares each with what JavaScript makes of it. */
function compare(methods: readonly string[]): void {
  const text = [
    `// @ts-nocheck\nimport { model, nn, type Tensor } from 'kilnn';`,
    ...methods.map((method, index) => `@model() export class Net${index} extends nn.Module { ${method} }`),
  ].join('\n');
  const { models, diagnostics, source } = evaluateSource(text, { typeCheck: false });
  if (diagnostics.length > 0) throw new Error(formatDiagnostics(diagnostics, { source, directory: '/models' }));
  const classes = runSource(text);
  for (const [index, method] of methods.entries()) {
    const model = models.find(({ name }) => name === `Net${index}`)!;
    for (const values of inputs) {
      const args = [{ shape: [3], values }];
      try {
        expectClose(runGraph(model, 'forward', args), runEagerly(classes[`Net${index}`]!, 'forward', args));
      } catch (error) {
        throw new Error(`${String(error)}\nfor x = [${values.join(', ')}] in\n${method}`);
      }
    }
  }
}

const RUNS = 2;
/** Opening the library takes longer than evaluating a method. */
const BATCH = { minLength: 20, maxLength: 30 };

describe('random control flow on tensors', () => {
  it('gives what JavaScript gives', { timeout: 300_000 }, () => {
    const seed = { seed: Number(process.env.SEED ?? 1) };
    fc.assert(
      fc.property(fc.array(randomMethod, BATCH), (methods) => compare(methods)),
      { numRuns: RUNS, interruptAfterTimeLimit: 200_000, markInterruptAsFailure: true, ...seed },
    );
  });
});
