import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emitWasm, wasmBackend } from '../../../compiler/backends/wasm/index.js';
import { evaluateDim } from '../../../compiler/ir/dim.js';
import type { Graph } from '../../../compiler/ir/graph.js';
import { kernelsIn, type LoweredProgram, lowerGraph } from '../../../compiler/kernel/index.js';
import type { TensorData } from '../../../compiler/ops/op.js';
import { build } from '../../../compiler/pipeline.js';
import { splitting } from '../../../runtime/devices/wasm/record.js';
import { openOnWasm } from '../../helpers/wasm-device.js';
import { wasmWorker } from '../../helpers/wasm-worker.js';

const names = ['mlp', 'lenet'] as const;

const graphs = new Map<string, readonly Graph[]>();
const leastWork = splitting.leastWork;
beforeAll(async () => {
  const files = names.map((name) => fileURLToPath(new URL(`../../../golden/models/${name}.ts`, import.meta.url)));
  const { models } = await build(files, { stopAfter: 'optimize' });
  for (const [i, { programs }] of models.entries())
    graphs.set(
      names[i]!,
      programs.map(({ graph }) => graph),
    );
});
afterAll(() => {
  splitting.leastWork = leastWork;
});

const lowered = new Map<Graph, LoweredProgram>();

function lower(graph: Graph): LoweredProgram {
  const program = lowered.get(graph) ?? lowerGraph(graph, wasmBackend.traits);
  lowered.set(graph, program);
  return program;
}

const graphOf = (model: string, program: string): Graph => graphs.get(model)!.find(({ name }) => name === program)!;

/** How many times sooner all is done, by counts of operations, when each launch takes as long as its busiest thread. */
function gain(program: LoweredProgram, batch: number, threads: number): number {
  const dims = new Map([['batch', batch]]);
  const emitted = new Map(kernelsIn(program).map((kernel) => [kernel, emitWasm(kernel)]));
  let [alone, together] = [0, 0];
  for (const step of program.launches) {
    if (!('kernel' in step)) throw new Error('a program without loops was expected');
    const { grains = 1, work = 0 } = emitted.get(step.kernel)!;
    const [count, all] = [evaluateDim(grains, dims), evaluateDim(work, dims)];
    const busiest = all < leastWork ? count : Math.ceil(count / threads);
    alone += all;
    together += (all * busiest) / Math.max(1, count);
  }
  return alone / together;
}

describe('the work of a training step is shared', () => {
  test.each([
    ['mlp', 2, 1.95],
    ['mlp', 3, 2.7],
    ['mlp', 4, 3.6],
    ['lenet', 2, 1.9],
    ['lenet', 3, 2.7],
    ['lenet', 4, 3.4],
  ] as const)('%s by %i threads', (model, threads, least) => {
    const program = lower(graphOf(model, 'train.objective'));
    expect(gain(program, 256, threads)).toBeGreaterThan(least);
  });

  test('of the smallest batch, too, as far as weights are long', () => {
    expect(gain(lower(graphOf('mlp', 'forward')), 1, 4)).toBeGreaterThan(3);
  });
});

function inputsOf(graph: Graph, batch: number): Map<string, TensorData> {
  let seed = 1;
  const next = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  return new Map(
    graph.inputs.map(({ name, role, value: { type } }): [string, TensorData] => {
      const shape = type.shape.map((size) => evaluateDim(size, new Map([['batch', batch]])));
      const count = shape.reduce((product, size) => product * size, 1);
      const value = (): number => {
        if (type.dtype === 'i32') return role === 'argument' ? Math.floor(next() * 10) : 1;
        // Optimizer state and running variances are not negative.
        return role === 'optimizer' || name.endsWith('Var') ? next() * 0.1 : next() - 0.5;
      };
      const data = type.dtype === 'f32' ? Float32Array.from({ length: count }, value) : Int32Array.from({ length: count }, value);
      return [name, { dtype: type.dtype, shape, data }];
    }),
  );
}

describe('a training step has the same bits on any number of threads, all of it split that can be', () => {
  test.each([
    ['mlp', 33],
    ['lenet', 5],
  ] as const)('%s', async (model, batch) => {
    splitting.leastWork = 0;
    const worker = await wasmWorker();
    const graph = graphOf(model, 'train.objective');
    const program = lower(graph);
    const inputs = inputsOf(graph, batch);
    let expected: Map<string, string> | undefined;
    for (const threads of [1, 2, 3, 4]) {
      const opened = await openOnWasm(graph, program, inputs, { threads, worker });
      const results = await opened.run(inputs);
      opened.executor.dispose?.();
      const bits = new Map([...results].map(([name, { data }]) => [name, Buffer.from(Float32Array.from(data).buffer).toString('base64')]));
      expect([...results.values()].some(({ data }) => Array.from(data).some((value) => value !== 0 && Number.isFinite(value)))).toBe(true);
      expected ??= bits;
      expect(bits).toEqual(expected);
    }
  });
});
