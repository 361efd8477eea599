/** Graphs with control flow, drawn at random: text, meaning, gradients. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpret } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { parseGraph } from '../../compiler/ir/parse.js';
import { printGraph } from '../../compiler/ir/print.js';
import { problemsOf, verifyGraph } from '../../compiler/ir/verify.js';
import { differentiate } from '../../compiler/passes/differentiate/index.js';
import { optimize, passes } from '../../compiler/passes/index.js';
import { checkGradient, floatInputs, type Inputs } from '../helpers/finite-differences.js';
import type { RandomGraph } from '../helpers/random-graph.js';
import { randomRegions } from '../helpers/random-regions.js';
import { difference, inFloat64 } from '../helpers/tensors.js';
import { traceGraph } from '../helpers/trace-graph.js';

type Closeness = Parameters<typeof difference>[2];

/** What running both graphs shows to differ, or undefined. */
function changed(before: Graph, after: Graph, inputs: Inputs, closeness: Closeness): string | undefined {
  const expected = interpret(before, inputs);
  const actual = interpret(after, inputs);
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  for (const [name, tensor] of expected) {
    const found = difference(actual.get(name)!, tensor, closeness);
    if (found !== undefined) return `${name}: ${found}`;
  }
  return undefined;
}

const exact: Closeness = { rtol: 1e-9, atol: 1e-10 };

function exactInputs({ inputs }: RandomGraph): Inputs {
  return new Map([...inputs].map(([name, tensor]) => [name, inFloat64(tensor)]));
}

/** The sum of sin(gradient) as a loss of its own: its gradient needs all second derivatives. */
function slopeGraph(graph: Graph, names: readonly string[]): Graph {
  const gradients = differentiate(graph, { loss: 'loss', withRespectTo: names });
  const builder = GraphBuilder.from(gradients, 'slope');
  let loss = builder.emit('constant', [], { value: 0, dtype: 'f32', shape: [] });
  for (const { value } of gradients.outputs.filter(({ role }) => role === 'gradient')) {
    const bent = builder.emit('sin', [value]);
    loss = builder.emit('add', [loss, builder.emit('reduceSum', [bent], { dims: bent.type.shape.map((_, axis) => axis) })]);
  }
  builder.output('loss', 'result', loss);
  return builder.finish();
}

describe('random graphs with control flow', () => {
  test('are well formed, and their text parses back', () => {
    fc.assert(
      fc.property(randomRegions({ symbolic: true }), ({ graph, text }) => {
        expect(problemsOf(graph)).toEqual([]);
        const parsed = parseGraph(text);
        expect(printGraph(parsed)).toBe(text);
        expect(problemsOf(parsed)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('compute what their trace computes', () => {
    fc.assert(
      fc.property(randomRegions({ symbolic: true }), (random) => {
        const inputs = exactInputs(random);
        expect(changed(random.graph, verifyGraph(traceGraph(random.graph, inputs)), inputs, { rtol: 0, atol: 0 })).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  for (const pass of [...passes, { name: 'optimize', run: (graph: Graph) => optimize(graph) }]) {
    test(`${pass.name} preserves what they compute`, () => {
      fc.assert(
        fc.property(randomRegions({ symbolic: true }), (random) => {
          const closeness = pass.name === 'foldConstants' || pass.name === 'optimize' ? { rtol: 1e-5, atol: 1e-6 } : exact;
          expect(changed(random.graph, verifyGraph(pass.run(random.graph)), exactInputs(random), closeness)).toBeUndefined();
        }),
        { numRuns: 200 },
      );
    });
  }

  test('gradients are those of the trace', () => {
    fc.assert(
      fc.property(randomRegions({ differentiable: true, symbolic: true }), (random) => {
        const inputs = exactInputs(random);
        const options = { loss: 'loss', withRespectTo: floatInputs(random.graph) };
        const straight = differentiate(traceGraph(random.graph, inputs), options);
        expect(changed(straight, verifyGraph(differentiate(random.graph, options)), inputs, exact)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test('second derivatives agree with those of the trace', () => {
    fc.assert(
      // Known sizes: for others the second derivative of a product with a factor 0 is that of another formula.
      fc.property(randomRegions({ differentiable: true, maxSteps: 4 }), (random) => {
        const inputs = exactInputs(random);
        const names = floatInputs(random.graph);
        const options = { loss: 'loss', withRespectTo: names };
        const straight = differentiate(slopeGraph(traceGraph(random.graph, inputs), names), options);
        const gradients = verifyGraph(differentiate(slopeGraph(random.graph, names), options));
        expect(changed(straight, gradients, inputs, { rtol: 1e-8, atol: 1e-8 })).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  test('optimized, gradients are those of the trace', () => {
    fc.assert(
      fc.property(randomRegions({ differentiable: true, symbolic: true }), (random) => {
        const inputs = exactInputs(random);
        const options = { loss: 'loss', withRespectTo: floatInputs(random.graph) };
        const straight = differentiate(traceGraph(random.graph, inputs), options);
        const optimized = verifyGraph(optimize(differentiate(random.graph, options)));
        expect(changed(straight, optimized, inputs, { rtol: 1e-5, atol: 1e-5 })).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  test('gradients agree with central differences', () => {
    fc.assert(
      fc.property(
        randomRegions({ differentiable: true, floatConditions: false, maxSteps: 4 }),
        fc.nat({ max: 999 }),
        ({ graph, inputs }, seed) => {
          const { computed, measured, tolerance } = checkGradient(graph, inputs, floatInputs(graph), seed);
          expect(Math.abs(computed - measured)).toBeLessThanOrEqual(tolerance);
        },
      ),
      { numRuns: 150 },
    );
  });
});
