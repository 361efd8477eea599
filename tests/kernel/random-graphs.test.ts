import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lowerGraph, printKernels } from '../../compiler/kernel/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { randomGraph } from '../helpers/random-graph.js';
import { expectSame, targets } from './lowered-run.js';

const runs = Number(process.env.KERNEL_RUNS ?? 60);

describe.each(targets.map((target) => [target.name, target] as const))('random graphs lowered for the %s target', (_, target) => {
  test('compute what the interpreter computes', () => {
    fc.assert(
      fc.property(randomGraph({ maxSteps: 12 }), ({ graph, inputs }) => {
        expectSame(graph, inputs, target);
      }),
      { numRuns: runs },
    );
  });

  test('with sizes that are known at run time only', () => {
    fc.assert(
      fc.property(randomGraph({ maxSteps: 10, symbolic: true }), ({ graph, inputs }) => {
        expectSame(graph, inputs, target);
      }),
      { numRuns: runs },
    );
  });

  test('with odd values, and optimised', () => {
    fc.assert(
      fc.property(randomGraph({ maxSteps: 10, oddValues: true }), ({ graph, inputs }) => {
        // Folded constants are rounded to float32.
        expectSame(optimize(graph), inputs, target, 1e-5);
      }),
      { numRuns: Math.ceil(runs / 2) },
    );
  });

  test('come out the same every time', () => {
    fc.assert(
      fc.property(randomGraph({ maxSteps: 10, symbolic: true }), ({ graph }) => {
        expect(printKernels(lowerGraph(graph, target))).toBe(printKernels(lowerGraph(graph, target)));
      }),
      { numRuns: Math.ceil(runs / 3) },
    );
  });
});
