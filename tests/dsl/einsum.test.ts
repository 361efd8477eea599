import 'kilnn/eager';
import fc from 'fast-check';
import { einsum, type Tensor } from 'kilnn';
import { tensor } from 'kilnn/eager';
import { expect, test } from 'vitest';

const letters = ['a', 'b', 'c', 'd'];

/** The definition: the sum over all labels of the products, one element at a time. */
function byDefinition(
  terms: readonly string[],
  result: string,
  operands: readonly Tensor[],
  sizes: Readonly<Record<string, number>>,
): number[] {
  const labels = [...new Set(terms.join('') + result)];
  const out = new Array<number>([...result].reduce((product, label) => product * sizes[label]!, 1)).fill(0);
  const at: Record<string, number> = {};
  const offset = (term: string) => [...term].reduce((sum, label) => sum * sizes[label]! + at[label]!, 0);
  const visit = (depth: number): void => {
    if (depth < labels.length) {
      for (let i = 0; i < sizes[labels[depth]!]!; i++) {
        at[labels[depth]!] = i;
        visit(depth + 1);
      }
      return;
    }
    out[offset(result)]! += terms.reduce((product, term, which) => product * operands[which]!.data()[offset(term)]!, 1);
  };
  visit(0);
  return out;
}

test('einsum of one to four operands is its definition', () => {
  const term = fc.array(fc.constantFrom(...letters), { minLength: 0, maxLength: 3 }).map((list) => list.join(''));
  const drawn = fc.record({
    terms: fc.array(term, { minLength: 1, maxLength: 4 }),
    sizes: fc.record({ a: fc.nat(3), b: fc.nat(3), c: fc.nat(3), d: fc.nat(3) }),
    order: fc.shuffledSubarray(letters),
    seed: fc.nat(1000),
  });
  fc.assert(
    fc.property(drawn, ({ terms, sizes, order, seed }) => {
      const result = order.filter((label) => terms.join('').includes(label)).join('');
      let state = seed;
      const operands = terms.map((text) => {
        const shape = [...text].map((label) => sizes[label as 'a']);
        const count = shape.reduce((product, size) => product * size, 1);
        const values = Float64Array.from({ length: count }, () => {
          state = (state * 1103515245 + 12345) % 2147483648;
          return (state % 17) - 8;
        });
        return tensor(values, { dtype: 'f64', shape });
      });
      const got = einsum(`${terms.join(',')}->${result}`, ...operands);
      expect(got.shape).toEqual([...result].map((label) => sizes[label as 'a']));
      expect(Array.from(got.data())).toEqual(byDefinition(terms, result, operands, sizes).map((value) => expect.closeTo(value, 6)));
    }),
    { numRuns: 200 },
  );
});
