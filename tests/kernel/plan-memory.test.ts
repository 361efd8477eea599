import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDims, type Dim, evaluateDim, mulDims, namedDim } from '../../compiler/ir/dim.js';
import { planArena, slotAlignment } from '../../compiler/kernel/plan-memory.js';

const n = namedDim('n');
const sizes: fc.Arbitrary<Dim> = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 40 })).map(([a, b]) => addDims(mulDims(n, 4 * a), 4 * b)),
);

test('buffers that live at the same time have slots of their own, each large enough', () => {
  const lifetimes = fc.array(
    fc.tuple(sizes, fc.nat({ max: 20 }), fc.nat({ max: 6 })).map(([bytes, first, length]) => ({ bytes, first, last: first + length })),
    { maxLength: 25 },
  );
  fc.assert(
    fc.property(lifetimes, fc.nat({ max: 50 }), (all, size) => {
      const { slotOf, slots } = planArena(all);
      const dims = new Map([['n', size]]);
      all.forEach((a, i) => {
        expect(evaluateDim(slots[slotOf[i]!]!, dims)).toBeGreaterThanOrEqual(evaluateDim(a.bytes, dims));
        all.forEach((b, j) => {
          if (i < j && a.first <= b.last && b.first <= a.last) expect(slotOf[i]).not.toBe(slotOf[j]);
        });
      });
      for (const slot of slots) if (typeof slot === 'number') expect(slot % slotAlignment).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('a chain of buffers of one size needs two slots', () => {
  const chain = Array.from({ length: 10 }, (_, i) => ({ bytes: mulDims(n, 400), first: i, last: i + 1 }));
  expect(planArena(chain).slots).toHaveLength(2);
});
