import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { liesWithin, Ranges } from '../../compiler/checks/ranges.js';
import { interpret } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import { type Dim, evaluateDim, namedDim } from '../../compiler/ir/dim.js';
import type { Value } from '../../compiler/ir/graph.js';
import { definitions } from '../../compiler/ir/walk.js';
import { tensor } from '../helpers/tensors.js';

type Emit = (b: GraphBuilder, x: Value, y: Value) => Value;

const n = namedDim('n');
const filled = (b: GraphBuilder, value: number, like: Value) => b.emit('constant', [], { value, dtype: 'i32', shape: like.type.shape });
const clamp = (b: GraphBuilder, x: Value, bound: Value, comparison: 'lt' | 'gt') =>
  b.emit('select', [b.emit(comparison, [x, bound]), bound, x]);

/** What positions are made of; all keep the shape [n]. */
const steps: Readonly<Record<string, Emit>> = {
  add: (b, x, y) => b.emit('add', [x, y]),
  sub: (b, x, y) => b.emit('sub', [x, y]),
  neg: (b, x) => b.emit('neg', [x]),
  twice: (b, x) => b.emit('mul', [x, filled(b, 2, x)]),
  maximum: (b, x, y) => b.emit('maximum', [x, y]),
  minimum: (b, x, y) => b.emit('minimum', [x, y]),
  notBelow: (b, x) => clamp(b, x, filled(b, 0, x), 'lt'),
  notAbove: (b, x) => clamp(b, x, filled(b, 3, x), 'gt'),
  below: (b, x, y) => clamp(b, x, y, 'gt'),
  remainder: (b, x) => b.emit('remainder', [x, filled(b, 5, x)]),
  fromEnd: (b, x) => {
    const size = b.emit('broadcast', [b.emit('reshape', [b.emit('dimension', [], { size: n })], { shape: [1] })], { shape: [n] });
    return b.emit('select', [b.emit('lt', [x, filled(b, 0, x)]), b.emit('add', [x, size]), x]);
  },
  flip: (b, x) => b.emit('flip', [x], { dims: [0] }),
  truth: (b, x, y) => b.emit('cast', [b.emit('lt', [x, y])], { dtype: 'i32' }),
  float: (b, x) => b.emit('cast', [b.emit('cast', [x], { dtype: 'f32' })], { dtype: 'i32' }),
  choice: (b, x, y) => b.emit('select', [b.emit('eq', [x, y]), x, y]),
};

const recipe = fc.array(fc.tuple(fc.constantFrom(...Object.keys(steps)), fc.nat(20), fc.nat(20)), { maxLength: 6 });

describe('ranges', () => {
  test('hold every element, whatever the sizes and the arguments are', () => {
    let proven = 0;
    fc.assert(
      fc.property(recipe, fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 5 }), (made, given) => {
        const b = new GraphBuilder('positions');
        const x = b.input('x', 'argument', { dtype: 'i32', shape: [n] });
        const values = [x, b.emit('iota', [], { shape: [n], dim: 0, dtype: 'i32' }), filled(b, 4, x)];
        for (const [step, first, second] of made) {
          values.push(steps[step]!(b, values[first % values.length]!, values[second % values.length]!));
        }
        values.forEach((value, i) => {
          b.output(String(i), 'result', value);
        });
        const graph = b.finish();
        const ranges = new Ranges(definitions(graph));
        const results = interpret(graph, new Map([['x', tensor('i32', [given.length], given)]]));
        const sizes = new Map([['n', given.length]]);
        const at = (bound: Dim | undefined, open: number) => (bound === undefined ? open : evaluateDim(bound, sizes));
        values.forEach((value, i) => {
          const { low, high } = ranges.of(value);
          const elements = results.get(String(i))!.data;
          if (low !== undefined && high !== undefined) proven++;
          for (const element of elements) {
            expect(element).toBeGreaterThanOrEqual(at(low, Number.NEGATIVE_INFINITY));
            expect(element).toBeLessThanOrEqual(at(high, Number.POSITIVE_INFINITY));
          }
          if (liesWithin(ranges.of(value), n)) expect(elements.every((element) => element >= 0 && element < given.length)).toBe(true);
        });
      }),
      { numRuns: 300 },
    );
    expect(proven).toBeGreaterThan(300);
  });
});
