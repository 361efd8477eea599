import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wgslBackend } from '../../../compiler/backends/wgsl/index.js';
import { interpret } from '../../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../../compiler/ir/build.js';
import { namedDim } from '../../../compiler/ir/dim.js';
import { kernelsIn, lowerGraph } from '../../../compiler/kernel/index.js';
import { optimize } from '../../../compiler/passes/index.js';
import { runProgramOnGpu } from '../../helpers/gpu-program.js';
import { type RandomGraph, randomGraph } from '../../helpers/random-graph.js';
import { difference } from '../../helpers/tensors.js';

/** Every run compiles its kernels anew, which takes most of the time. */
const runs = Number(process.env.GPU_RUNS ?? 25);

async function check({ graph, inputs, text }: RandomGraph, closeness: { rtol: number; atol: number }): Promise<void> {
  const keys = graph.inputs.filter(({ role }) => role === 'rng');
  // A program has one pair (seed, step), whatever the graph calls it.
  const given = new Map([...inputs, ...keys.map(({ name }) => [name, inputs.get(keys[0]!.name)!] as const)]);
  const expected = interpret(graph, given, { precision: 'f32' });
  const program = lowerGraph(optimize(graph), wgslBackend.traits);
  const found = await runProgramOnGpu(graph, program, given);
  for (const [name, want] of expected) {
    const got = found.get(name);
    const problem = got === undefined ? 'is missing' : difference(got, want, closeness);
    if (problem) {
      const kernels = kernelsIn(program).map((kernel) => wgslBackend.emit(kernel).source);
      throw new Error([`${name}: ${problem}`, text, ...kernels].join('\n\n'));
    }
  }
}

test('an order of no elements, in rows whose number is known at run time', async () => {
  const b = new GraphBuilder('empty');
  const x = b.input('x', 'argument', { dtype: 'f32', shape: [namedDim('n'), 0] });
  b.output('order', 'result', b.emit('argsort', [x], { dim: 1, descending: false }));
  const inputs = new Map([['x', { dtype: 'f32' as const, shape: [3, 0], data: new Float32Array(0) }]]);
  await check({ graph: b.finish(), inputs, text: 'empty' }, { rtol: 0, atol: 0 });
});

test('random graphs on WebGPU compute what the interpreter computes', async () => {
  await fc.assert(
    fc.asyncProperty(randomGraph({ maxSteps: 10 }), (drawn) => check(drawn, { rtol: 1e-4, atol: 1e-4 })),
    { numRuns: runs },
  );
  expect(runs).toBeGreaterThan(0);
}, 600_000);

test('random graphs with sizes that are known at run time only', async () => {
  await fc.assert(
    fc.asyncProperty(randomGraph({ maxSteps: 10, symbolic: true }), (drawn) => check(drawn, { rtol: 1e-4, atol: 1e-4 })),
    { numRuns: runs },
  );
}, 600_000);
