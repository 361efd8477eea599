import fc from 'fast-check';
import { test } from 'vitest';
import { jsBackend } from '../../../compiler/backends/js/index.js';
import { interpret } from '../../../compiler/interpreter/index.js';
import { lowerGraph } from '../../../compiler/kernel/index.js';
import { optimize } from '../../../compiler/passes/index.js';
import { jsProgramModule, runJsProgram } from '../../helpers/js-program.js';
import { type RandomGraph, randomGraph } from '../../helpers/random-graph.js';
import { difference } from '../../helpers/tensors.js';

const runs = Number(process.env.JS_RUNS ?? 120);

/** The JavaScript of a drawn graph computes what the interpreter computes, and touches no memory outside of its tensors. */
async function check({ graph, inputs, text }: RandomGraph): Promise<void> {
  const keys = graph.inputs.filter(({ role }) => role === 'rng');
  // A program has one pair (seed, step), whatever the graph calls it.
  const given = new Map([...inputs, ...keys.map(({ name }) => [name, inputs.get(keys[0]!.name)!] as const)]);
  const expected = interpret(graph, given, { precision: 'f32' });
  const program = lowerGraph(optimize(graph), jsBackend.traits);
  try {
    const found = await runJsProgram(graph, program, given);
    for (const [name, want] of expected) {
      const got = found.get(name);
      const problem = got === undefined ? 'is missing' : difference(got, want, { rtol: 1e-4, atol: 1e-4 });
      if (problem) throw new Error(`${name}: ${problem}`);
    }
  } catch (error) {
    throw new Error([(error as Error).message, text, jsProgramModule(program)].join('\n\n'));
  }
}

test('random graphs compute what the interpreter computes', async () => {
  await fc.assert(fc.asyncProperty(randomGraph({ maxSteps: 12 }), check), { numRuns: runs });
}, 600_000);

test('random graphs with sizes that are known at run time only', async () => {
  await fc.assert(fc.asyncProperty(randomGraph({ maxSteps: 10, symbolic: true }), check), { numRuns: runs });
}, 600_000);
