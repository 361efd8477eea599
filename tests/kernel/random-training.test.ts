import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.js';
import { differentiate } from '../../compiler/passes/differentiate/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { copyBody, mapped } from '../../compiler/passes/rewrite.js';
import { randomGraph } from '../helpers/random-graph.js';
import { expectSame, targets } from './lowered-run.js';

/** The graph with its float inputs as parameters, each moved against its gradient. */
function stepOf(graph: Graph): Graph {
  const isParameter = (name: string): boolean => graph.inputs.find((input) => input.name === name)!.value.type.dtype === 'f32';
  const asState: Graph = {
    ...graph,
    inputs: graph.inputs.map((input) => (input.role === 'argument' && isParameter(input.name) ? { ...input, role: 'parameter' } : input)),
  };
  const parameters = asState.inputs.filter(({ role }) => role === 'parameter').map(({ name }) => name);
  const gradients = differentiate(asState, { loss: 'loss', withRespectTo: parameters });
  const { builder, values } = copyBody(gradients, undefined, 'step');
  for (const output of gradients.outputs) {
    const value = mapped(values, output.value);
    if (output.role !== 'gradient') builder.output(output.name, output.role, value);
    else {
      const old = mapped(values, gradients.inputs.find(({ name }) => name === output.name)!.value);
      const factor = builder.emit('constant', [], { value: 0.125, dtype: 'f32', shape: value.type.shape });
      builder.output(output.name, 'parameter', builder.emit('sub', [old, builder.emit('mul', [value, factor])]));
    }
  }
  return optimize(builder.finish());
}

describe.each(targets.map((target) => [target.name, target] as const))('random training steps lowered for the %s target', (_, target) => {
  test('compute what the interpreter computes, state in place', () => {
    fc.assert(
      fc.property(randomGraph({ maxSteps: 8, differentiable: true }), ({ graph, inputs }) => {
        expectSame(stepOf(graph), inputs, target, 1e-5);
      }),
      { numRuns: Number(process.env.KERNEL_RUNS ?? 80) },
    );
  });
});
