import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MinimumCut } from '../../compiler/passes/differentiate/minimum-cut.js';

interface Network {
  readonly weights: readonly number[];
  readonly edges: readonly (readonly [number, number])[];
  readonly sources: readonly number[];
  readonly sinks: readonly number[];
}

const networks: fc.Arbitrary<Network> = fc.integer({ min: 1, max: 8 }).chain((size) => {
  const vertex = fc.nat({ max: size - 1 });
  return fc.record({
    weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: size, maxLength: size }),
    // Forward only, as values are computed.
    edges: fc.array(fc.tuple(vertex, vertex), { maxLength: 16 }).map((pairs) => pairs.filter(([from, to]) => from < to)),
    sources: fc.array(vertex, { minLength: 1, maxLength: 3 }),
    sinks: fc.array(vertex, { minLength: 1, maxLength: 3 }),
  });
});

function solve({ weights, edges, sources, sinks }: Network): number[] {
  const cut = new MinimumCut<number>();
  weights.forEach((weight, vertex) => {
    cut.vertex(vertex, weight);
  });
  for (const [from, to] of edges) cut.edge(from, to);
  for (const vertex of sources) cut.fromSource(vertex);
  for (const vertex of sinks) cut.toSink(vertex);
  return cut.solve();
}

function separates({ edges, sources, sinks }: Network, removed: ReadonlySet<number>): boolean {
  const reached = new Set(sources.filter((vertex) => !removed.has(vertex)));
  for (const at of reached) for (const [from, to] of edges) if (from === at && !removed.has(to)) reached.add(to);
  return sinks.every((vertex) => !reached.has(vertex));
}

const weightOf = ({ weights }: Network, vertices: readonly number[]) => vertices.reduce((sum, vertex) => sum + weights[vertex]!, 0);

describe('the minimum cut', () => {
  test('separates, and no other set of vertices that does weighs less', () => {
    fc.assert(
      fc.property(networks, (network) => {
        const found = solve(network);
        expect(separates(network, new Set(found))).toBe(true);
        const size = network.weights.length;
        for (let bits = 0; bits < 2 ** size; bits++) {
          const subset = network.weights.flatMap((_, vertex) => (bits & (1 << vertex) ? [vertex] : []));
          if (separates(network, new Set(subset))) expect(weightOf(network, subset)).toBeGreaterThanOrEqual(weightOf(network, found));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('of equal ones, it is the nearest to the sink', () => {
    expect(
      solve({
        weights: [3, 3, 5],
        edges: [
          [0, 1],
          [1, 2],
        ],
        sources: [0],
        sinks: [2],
      }),
    ).toEqual([1]);
  });

  test('a way of vertices that cannot be removed is an error', () => {
    const cut = new MinimumCut<string>();
    cut.fromSource('a');
    cut.edge('a', 'b');
    cut.toSink('b');
    expect(() => cut.solve()).toThrow('there is a way that cannot be cut');
  });

  test('a long way is no matter', () => {
    const size = 20000;
    const edges = Array.from({ length: size - 1 }, (_, i) => [i, i + 1] as const);
    const weights = Array.from({ length: size }, (_, i) => (i === 777 ? 1 : 2));
    expect(solve({ weights, edges, sources: [0], sinks: [size - 1] })).toEqual([777]);
  });
});
