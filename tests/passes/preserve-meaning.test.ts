import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpret } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { optimize, passes } from '../../compiler/passes/index.js';
import { randomGraph } from '../helpers/random-graph.js';
import { difference } from '../helpers/tensors.js';

/** What running both graphs shows to differ, or undefined. */
function changed(before: Graph, after: Graph, inputs: Parameters<typeof interpret>[1], closeness: { rtol: number; atol: number }) {
  const expected = interpret(before, inputs);
  const actual = interpret(after, inputs);
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  for (const [name, tensor] of expected) {
    const found = difference(actual.get(name)!, tensor, closeness);
    if (found !== undefined) return `${name}: ${found}`;
  }
  return undefined;
}

const variants = [
  { name: 'static sizes', options: {} },
  { name: 'a named size', options: { symbolic: true } },
  { name: 'odd values', options: { oddValues: true } },
] as const;

for (const { name, options } of variants) {
  describe(`on random graphs with ${name}`, () => {
    for (const pass of [...passes, { name: 'optimize', run: (graph: Graph) => optimize(graph) }]) {
      test(`${pass.name} preserves what a graph computes`, () => {
        fc.assert(
          fc.property(randomGraph({ ...options, maxSteps: 10 }), ({ graph, inputs }) => {
            // Folded constants are rounded to float32.
            const closeness =
              pass.name === 'foldConstants' || pass.name === 'optimize' ? { rtol: 1e-5, atol: 1e-6 } : { rtol: 1e-9, atol: 1e-10 };
            expect(changed(graph, pass.run(graph), inputs, closeness)).toBeUndefined();
          }),
          { numRuns: 300, seed: Number(process.env.SEED ?? 1) },
        );
      });
    }
  });
}

test('an empty part that begins behind the padding of what the padding surrounds', () => {
  const b = new GraphBuilder('empty');
  const x = b.input('x', 'argument', { dtype: 'f32', shape: [3] });
  const padded = b.emit('pad', [x], { low: [0], high: [1], interior: [0], value: 0 });
  b.output('y', 'result', b.emit('slice', [padded], { start: [4], size: [0], step: [2] }));
  const graph = b.finish();
  const inputs = new Map([['x', { dtype: 'f32' as const, shape: [3], data: Float32Array.of(1, 2, 3) }]]);
  expect(changed(graph, optimize(graph), inputs, { rtol: 0, atol: 0 })).toBeUndefined();
});
