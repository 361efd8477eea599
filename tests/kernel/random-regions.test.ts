import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsBackend } from '../../compiler/backends/js/index.js';
import { wasmBackend } from '../../compiler/backends/wasm/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { type LoweredProgram, lowerGraph, printKernels } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import type { OpenProgram } from '../helpers/device-program.js';
import { openOnJs } from '../helpers/js-program.js';
import { randomRegions } from '../helpers/random-regions.js';
import { difference } from '../helpers/tensors.js';
import { openOnWasm } from '../helpers/wasm-device.js';
import { type WasmDevice, wasmDevices } from '../helpers/wasm-devices.js';
import { expectSame, targets } from './lowered-run.js';

const runs = Number(process.env.KERNEL_RUNS ?? 40);

describe.each(targets.map((target) => [target.name, target] as const))(
  'random loops and branches lowered for the %s target',
  (_, target) => {
    test('compute what the interpreter computes', () => {
      fc.assert(
        fc.property(randomRegions(), ({ graph, inputs }) => {
          expectSame(graph, inputs, target);
        }),
        { numRuns: runs },
      );
    });

    test('with sizes that are known at run time only', () => {
      fc.assert(
        fc.property(randomRegions({ symbolic: true }), ({ graph, inputs }) => {
          expectSame(graph, inputs, target);
        }),
        { numRuns: runs },
      );
    });
  },
);

const devices = [
  ['js', openOnJs, jsBackend],
  ['wasm', openOnWasm, wasmBackend],
  ['wasm, two threads', openThreaded, wasmBackend],
] as const;

/** Models that are never disposed of keep the workers for those after them. */
const kept: OpenProgram[] = [];

/** Everything that can be split is. */
async function openThreaded(graph: Graph, program: LoweredProgram, inputs: ReadonlyMap<string, TensorData>): Promise<OpenProgram> {
  const [, { relaxed: _, ...options }] = (await wasmDevices()) as [WasmDevice, WasmDevice];
  if (kept.length === 0) kept.push(await openOnWasm(graph, program, inputs, options));
  const opened = await openOnWasm(graph, program, inputs, options);
  expect(opened.executor.threads).toEqual({ count: 2 });
  return opened;
}

describe('random loops and branches on the js and the wasm device', () => {
  test('compute what the interpreter computes, in every call', async () => {
    await fc.assert(
      fc.asyncProperty(randomRegions({ symbolic: true, floatConditions: false }), async ({ graph, inputs }) => {
        const expected = interpret(graph, inputs, { precision: 'f32' });
        for (const [target, open, { traits }] of devices) {
          const program = lowerGraph(graph, traits);
          const { run, executor } = await open(graph, program, inputs);
          for (let call = 0; call < 2; call++) {
            const actual = await run(inputs);
            for (const [name, want] of expected) {
              const found = difference(actual.get(name)!, want, { rtol: 1e-3, atol: 1e-3 });
              if (found !== undefined) throw new Error(`${target}, call ${call}: ${name}: ${found}\n${printKernels(program)}`);
            }
          }
          executor.dispose();
        }
      }),
      { numRuns: runs },
    );
  });

  test('come out the same every time', () => {
    fc.assert(
      fc.property(randomRegions({ symbolic: true }), ({ graph }) => {
        expect(printKernels(lowerGraph(graph, jsBackend.traits))).toBe(printKernels(lowerGraph(graph, jsBackend.traits)));
      }),
      { numRuns: Math.ceil(runs / 3) },
    );
  });
});
