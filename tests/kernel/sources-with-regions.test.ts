import fc from 'fast-check';
import { describe, test } from 'vitest';
import { jsBackend } from '../../compiler/backends/js/index.js';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import { interpret } from '../../compiler/interpreter/index.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { isFloat } from '../../compiler/ir/types.js';
import { lowerGraph, printKernels } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { cotangentName, vjpGraph } from '../../compiler/passes/differentiate/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { evaluateSource } from '../frontend/evaluate.js';
import { randomMethod } from '../frontend/random-control-flow.js';
import { openOnJs } from '../helpers/js-program.js';
import { difference, tensor } from '../helpers/tensors.js';
import { expectSame, targets } from './lowered-run.js';

const examples = [
  [1, 2, 3],
  [-2, 0, 1],
];

/** Kernels of several targets, and the js device, against the interpreter. */
async function check(graph: Graph, inputs: ReadonlyMap<string, TensorData>): Promise<void> {
  for (const target of targets) expectSame(graph, inputs, target);
  const program = lowerGraph(graph, jsBackend.traits);
  const { run } = await openOnJs(graph, program, inputs);
  const actual = await run(inputs);
  for (const [name, want] of interpret(graph, inputs, { precision: 'f32' })) {
    const found = difference(actual.get(name)!, want, { rtol: 1e-4, atol: 1e-4 });
    if (found !== undefined) throw new Error(`${name}: ${found}\n${printKernels(program)}`);
  }
}

/** The graph with gradients by x of all that it gives. */
function withGradients(graph: Graph): Graph | undefined {
  const outputs = graph.outputs.filter(({ value }) => isFloat(value.type.dtype)).map(({ name }) => name);
  return outputs.length === 0 ? undefined : vjpGraph(graph, { outputs, withRespectTo: ['x'] }).graph;
}

describe('random methods with control flow on tensors', () => {
  test('lowered, with and without gradients', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(randomMethod, { minLength: 6, maxLength: 8 }), async (methods) => {
        const classes = methods.map((method, index) => `@model() export class Net${index} extends nn.Module { ${method} }`);
        const text = [`// @ts-nocheck\nimport { model, nn, type Tensor } from 'kilnn';`, ...classes].join('\n');
        const { models, diagnostics, source } = evaluateSource(text, { typeCheck: false });
        if (diagnostics.length > 0) throw new Error(formatDiagnostics(diagnostics, { source, directory: '/models' }));
        for (const { name, entries } of models) {
          const { graph } = entries.find((entry) => entry.name === 'forward')!;
          for (const values of examples) {
            const inputs = new Map([['x', tensor('f32', [3], values)]]);
            try {
              await check(optimize(graph), inputs);
              const gradients = withGradients(graph);
              if (!gradients) continue;
              const given = gradients.inputs.filter(({ name }) => name.startsWith(cotangentName('')));
              const ones = given.map(({ name, value: { type } }): [string, TensorData] => {
                const shape = type.shape as readonly number[];
                return [name, tensor('f32', shape, new Array(shape.reduce((a, b) => a * b, 1)).fill(1))];
              });
              await check(optimize(gradients), new Map([...inputs, ...ones]));
            } catch (error) {
              throw new Error(`${(error as Error).message}\nfor x = [${values.join(', ')}] in\n${methods[Number(name.slice(3))]}`);
            }
          }
        }
      }),
      { numRuns: Number(process.env.SOURCE_RUNS ?? 1), seed: Number(process.env.SOURCE_SEED ?? 1), endOnFailure: true },
    );
  });
});
