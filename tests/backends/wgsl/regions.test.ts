import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wgslBackend } from '../../../compiler/backends/wgsl/index.js';
import { interpret } from '../../../compiler/interpreter/index.js';
import { lowerGraph } from '../../../compiler/kernel/index.js';
import { openOnGpu } from '../../helpers/gpu-program.js';
import { randomRegions } from '../../helpers/random-regions.js';
import { type Example, examples, sines, stateful, taped, withTurns } from '../../helpers/region-graphs.js';
import { expectClose } from '../../helpers/tensors.js';

async function check({ graph, inputs }: Pick<Example, 'graph' | 'inputs'>): Promise<void> {
  const { run, executor } = await openOnGpu(graph, lowerGraph(graph, wgslBackend.traits), inputs);
  const expected = interpret(graph, inputs);
  for (let call = 0; call < 2; call++) {
    const actual = await run(inputs);
    for (const [name, want] of expected) expectClose(actual.get(name)!, want, { rtol: 1e-4, atol: 1e-5 }, `${name} in call ${call}`);
  }
  executor.dispose();
}

describe('loops and branches on webgpu', () => {
  test.each(examples.map((example) => [example.name, example] as const))('%s', async (_, example) => check(example));

  test('random loops and branches', async () => {
    const graphs = randomRegions({ symbolic: true, floatConditions: false });
    await fc.assert(
      fc.asyncProperty(graphs, async ({ graph, inputs }) => {
        const { run, executor } = await openOnGpu(graph, lowerGraph(graph, wgslBackend.traits), inputs);
        const actual = await run(inputs);
        executor.dispose();
        for (const [name, want] of interpret(graph, inputs, { precision: 'f32' })) {
          expectClose(actual.get(name)!, want, { rtol: 1e-3, atol: 1e-3 }, name);
        }
      }),
      { numRuns: Number(process.env.GPU_RUNS ?? 8) },
    );
  });

  test('a program whose turns change from call to call', async () => {
    const graph = taped();
    const of = (n: number) => withTurns(graph, n, { x: sines([3]), none: sines([0, 2]) }).inputs;
    const { run } = await openOnGpu(graph, lowerGraph(graph, wgslBackend.traits), of(0));
    for (const n of [3, 0, 40, 1, 300]) {
      const actual = await run(of(n));
      for (const [name, want] of interpret(graph, of(n))) {
        if (name !== 'out2') expectClose(actual.get(name)!, want, { rtol: 1e-4, atol: 1e-5 }, `${name} of ${n} turns`);
      }
    }
  });

  test('too many turns are an error with the place of the loop, state stays and the model goes on', async () => {
    const graph = stateful();
    const of = (n: number) => withTurns(graph, n, { w: sines([4]), mean: sines([4], 2) }).inputs;
    const { run, executor } = await openOnGpu(graph, lowerGraph(graph, wgslBackend.traits), of(1));
    await expect(run(of(11))).rejects.toThrow(/^stateful: .* 10 turns/);
    for (const name of ['w', 'mean']) {
      const [data] = await executor.device.read([executor.state.get(name)!]);
      expect(data).toEqual(Float32Array.from(of(1).get(name)!.data));
    }
    expectClose((await run(of(3))).get('y')!, interpret(graph, of(3)).get('y')!);
  });
});
