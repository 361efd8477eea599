import fc from 'fast-check';
import { describe, test } from 'vitest';
import { jsBackend } from '../../compiler/backends/js/index.js';
import { wasmBackend } from '../../compiler/backends/wasm/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import { lowerGraph, printKernels } from '../../compiler/kernel/index.js';
import { differentiate } from '../../compiler/passes/differentiate/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { floatInputs } from '../helpers/finite-differences.js';
import { openOnJs } from '../helpers/js-program.js';
import { randomRegions } from '../helpers/random-regions.js';
import { expectClose } from '../helpers/tensors.js';
import { openOnWasm } from '../helpers/wasm-device.js';

const devices = [
  ['js', openOnJs, jsBackend],
  ['wasm', openOnWasm, wasmBackend],
] as const;

describe('gradients of random loops and branches on the js and the wasm device', () => {
  test('are what the interpreter computes, in every call', async () => {
    await fc.assert(
      fc.asyncProperty(randomRegions({ symbolic: true, differentiable: true, floatConditions: false, maxSteps: 4 }), async (random) => {
        const graph = optimize(differentiate(random.graph, { loss: 'loss', withRespectTo: floatInputs(random.graph) }));
        const expected = interpret(graph, random.inputs, { precision: 'f32' });
        for (const [target, open, { traits }] of devices) {
          const program = lowerGraph(graph, traits);
          const { run } = await open(graph, program, random.inputs);
          for (let call = 0; call < 2; call++) {
            const actual = await run(random.inputs);
            for (const [name, want] of expected)
              expectClose(
                actual.get(name)!,
                want,
                { rtol: 1e-3, atol: 1e-3 },
                `${target}, call ${call}: ${name}\n${printKernels(program)}`,
              );
          }
        }
      }),
      { numRuns: Number(process.env.KERNEL_RUNS ?? 25) },
    );
  });
});
