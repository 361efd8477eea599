/** Every op of the table, forward and gradient, compiled for each target and run, against the table's own evaluation. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsBackend } from '../../compiler/backends/js/index.js';
import { wasmBackend } from '../../compiler/backends/wasm/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { type DType, isFloat } from '../../compiler/ir/types.js';
import { lowerGraph } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { ops } from '../../compiler/ops/registry.js';
import { cotangentName, vjpGraph } from '../../compiler/passes/differentiate/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { runOnGpu } from '../helpers/gpu-program.js';
import { runJsProgram } from '../helpers/js-program.js';
import { type OpExample, opExample } from '../helpers/op-examples.js';
import { difference, tensor } from '../helpers/tensors.js';
import { runWasmProgram } from '../helpers/wasm-program.js';

const runs = Number(process.env.OP_RUNS ?? 12);

type Run = (graph: Graph, inputs: ReadonlyMap<string, TensorData>) => Promise<ReadonlyMap<string, TensorData>>;

interface Program {
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, TensorData>;
}

/** The example in float32: compiled programs hold no float64. */
function onDevice({ op, inputs, attributes }: OpExample): OpExample {
  const single = (dtype: unknown) => (dtype === 'f64' ? 'f32' : dtype);
  return {
    op,
    inputs: inputs.map(({ dtype, shape, data }) => tensor(single(dtype) as DType, shape, Array.from(data))),
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, name === 'dtype' ? (single(value) as string) : value]),
    ),
  };
}

/** y = op(x0, x1, ...), and the gradients of sum(y * cotangent) where there are any. */
function programOf(example: OpExample): Program {
  const { op, inputs, attributes } = onDevice(example);
  const b = new GraphBuilder(op);
  const role = op === 'random' ? 'rng' : 'argument';
  const values = inputs.map(({ dtype, shape }, i) => b.input(`x${i}`, role, { dtype, shape }));
  const y = b.emit(op, values, attributes);
  b.output('y', 'result', y);
  const graph = b.finish();
  const numbers = new Map(inputs.map((input, i) => [`x${i}`, input]));
  const floats = graph.inputs.filter(({ value }) => isFloat(value.type.dtype)).map(({ name }) => name);
  if (ops.get(op)!.vjp === undefined || floats.length === 0 || !isFloat(y.type.dtype)) return { graph, inputs: numbers };
  const products = vjpGraph(graph, { outputs: ['y'], withRespectTo: floats }).graph;
  const shape = y.type.shape as readonly number[];
  const size = shape.reduce((product, n) => product * n, 1);
  numbers.set(
    cotangentName('y'),
    tensor(
      y.type.dtype,
      shape,
      Array.from({ length: size }, (_, i) => Math.sin(i + 1)),
    ),
  );
  return { graph: products, inputs: numbers };
}

async function agree({ graph, inputs }: Program, lowered: Graph, run: Run): Promise<void> {
  const expected = interpret(graph, inputs, { precision: 'f32' });
  const found = await run(lowered, inputs);
  expect([...found.keys()]).toEqual([...expected.keys()]);
  for (const [name, want] of expected) expect(difference(found.get(name)!, want, { rtol: 2e-5, atol: 2e-5 }), name).toBeUndefined();
}

const wasm: Run = async (graph, inputs) => runWasmProgram(graph, lowerGraph(graph, wasmBackend.traits), inputs);

const js: Run = (graph, inputs) => runJsProgram(graph, lowerGraph(graph, jsBackend.traits), inputs);

describe.each([
  ['js', js],
  ['wasm', wasm],
] as const)('%s', (_target, run) => {
  test.each([...ops.keys()])('%s', async (name) => {
    await fc.assert(
      fc.asyncProperty(opExample(name), async (example) => {
        const program = programOf(example);
        // As it is, so that constants are computed too, and as a build has it.
        await agree(program, program.graph, run);
        await agree(program, optimize(program.graph), run);
      }),
      { numRuns: runs },
    );
  });
});

/** Those that work on each element alone are held to the edge of float32's range in elementwise.test.ts. */
const structural = [...ops.values()].filter(({ kind }) => kind !== 'elementwise').map(({ name }) => name);

describe('webgpu', () => {
  test.each(structural)('%s', async (name) => {
    // A kernel takes seconds to compile on a CPU: the first example of a fixed series that has elements.
    const example = fc
      .sample(opExample(name), { seed: 11, numRuns: 20 })
      .find(({ inputs }) => inputs.every(({ shape, data }) => data.length > (shape.length === 0 ? 0 : 1)))!;
    const program = programOf(example);
    await agree(program, optimize(program.graph), runOnGpu);
  });
});
