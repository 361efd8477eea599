/** Random graphs, compiled for each target of the CPU and run, against the interpreter. Those of webgpu are in its folder. */
import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { Backend } from '../../compiler/backends/backend.js';
import { jsBackend } from '../../compiler/backends/js/index.js';
import type { WasmVariant } from '../../compiler/backends/wasm/assemble.js';
import { wasmBackend } from '../../compiler/backends/wasm/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { type LoweredProgram, lowerGraph } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { optimize } from '../../compiler/passes/index.js';
import { jsProgramModule, runJsProgram } from '../helpers/js-program.js';
import { type RandomGraph, randomGraph } from '../helpers/random-graph.js';
import { runWasmProgram, wasmProgramModule } from '../helpers/wasm-program.js';

type Values = ReadonlyMap<string, TensorData>;

/** Memory outside of a program's tensors is touched by none. */
interface ProgramTarget {
  readonly backend: Backend;
  readonly runs: number;
  run(graph: Graph, program: LoweredProgram, inputs: Values): Values | Promise<Values>;
  text(program: LoweredProgram): string;
}

const wasm = (variant: WasmVariant, runs: number): ProgramTarget => ({
  backend: wasmBackend,
  runs,
  run: (graph, program, inputs) => runWasmProgram(graph, program, inputs, variant),
  text: wasmProgramModule,
});

const targets: Readonly<Record<string, ProgramTarget>> = {
  js: { backend: jsBackend, runs: 50, run: runJsProgram, text: jsProgramModule },
  wasm: wasm('simd', 40),
  'wasm with relaxed SIMD': wasm('relaxed', 20),
};

/**
 * Kernels round where they store, so a result lies near that of float64 arithmetic or near that of rounding after each op. Where those
 * two are apart (the sine of something huge) a result may be off by a few times as much.
 */
function disagreement(got: TensorData | undefined, exact: TensorData, rounded: TensorData): string | undefined {
  if (got === undefined) return 'is missing';
  if (got.data.length !== exact.data.length) return `${got.data.length} elements where ${exact.data.length} are expected`;
  for (let i = 0; i < got.data.length; i++) {
    const [x, a, b] = [got.data[i]!, exact.data[i]!, rounded.data[i]!];
    const near = Math.abs(x - a) <= 1e-5 + 1e-5 * Math.abs(a) + 8 * Math.abs(a - b);
    const same = [a, b].some((want) => Object.is(x + 0, Math.fround(want) + 0) || x === want);
    if (!near && !same) return `element ${i} is ${x}, expected ${a}, or ${b} where each op rounds`;
  }
  return undefined;
}

async function check({ backend, run, text: print }: ProgramTarget, { graph, inputs, text }: RandomGraph): Promise<void> {
  const keys = graph.inputs.filter(({ role }) => role === 'rng');
  // A program has one pair (seed, step), whatever the graph calls it.
  const given = new Map([...inputs, ...keys.map(({ name }) => [name, inputs.get(keys[0]!.name)!] as const)]);
  const exact = interpret(graph, given);
  const rounded = interpret(graph, given, { precision: 'f32' });
  const program = lowerGraph(optimize(graph), backend.traits);
  try {
    const found = await run(graph, program, given);
    for (const [name, want] of exact) {
      const problem = disagreement(found.get(name), want, rounded.get(name)!);
      if (problem) throw new Error(`${name}: ${problem}`);
    }
  } catch (error) {
    throw new Error([(error as Error).message, text, print(program)].join('\n\n'));
  }
}

describe.each(Object.entries(targets))('%s', (_, target) => {
  const options = { numRuns: Number(process.env.RUNS ?? target.runs) };

  test('random graphs compute what the interpreter computes', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph({ maxSteps: 12 }), (drawn) => check(target, drawn)),
      options,
    );
  }, 600_000);

  test('random graphs with sizes that are known at run time only', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph({ maxSteps: 10, symbolic: true }), (drawn) => check(target, drawn)),
      options,
    );
  }, 600_000);
});
