import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsBackend } from '../../compiler/backends/js/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import { lowerGraph, printKernels } from '../../compiler/kernel/index.js';
import { openOnJs } from '../helpers/js-program.js';
import { randomRegions } from '../helpers/random-regions.js';
import { difference } from '../helpers/tensors.js';
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

describe('random loops and branches on the js device', () => {
  test('compute what the interpreter computes, in every call', async () => {
    await fc.assert(
      fc.asyncProperty(randomRegions({ symbolic: true, floatConditions: false }), async ({ graph, inputs }) => {
        const program = lowerGraph(graph, jsBackend.traits);
        const { run } = await openOnJs(graph, program, inputs);
        const expected = interpret(graph, inputs, { precision: 'f32' });
        for (let call = 0; call < 2; call++) {
          const actual = await run(inputs);
          for (const [name, want] of expected) {
            const found = difference(actual.get(name)!, want, { rtol: 1e-3, atol: 1e-3 });
            if (found !== undefined) throw new Error(`call ${call}: ${name}: ${found}\n${printKernels(program)}`);
          }
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
