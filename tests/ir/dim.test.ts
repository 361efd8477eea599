import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDims,
  type Dim,
  dimNames,
  dimText,
  evaluateDim,
  exactDiv,
  floorDivDims,
  lowerBound,
  modDims,
  mulDims,
  namedDim,
  productOf,
  sameDim,
  subDims,
} from '../../compiler/ir/dim.js';
import { parseDim } from '../../compiler/ir/parse-dim.js';

/** An arithmetic expression as a size, and as a function of the bindings. */
interface Expression {
  readonly dim: Dim;
  readonly value: (bindings: ReadonlyMap<string, number>) => number;
}

const names = ['n', 'm', 'batch'];
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.integer({ min: -6, max: 12 }).map((value) => ({ dim: value, value: () => value })),
  fc.constantFrom(...names).map((name): Expression => ({ dim: namedDim(name), value: (bound) => bound.get(name)! })),
);

const expressions = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.tuple(fc.constantFrom('+', '-', '*', '/', '%'), tie('expression'), tie('expression'), fc.integer({ min: 1, max: 6 })).map(combine),
  ),
})).expression;

function combine([operation, a, b, divisor]: [string, Expression, Expression, number]): Expression {
  if (operation === '+') return { dim: addDims(a.dim, b.dim), value: (bindings) => a.value(bindings) + b.value(bindings) };
  if (operation === '-') return { dim: subDims(a.dim, b.dim), value: (bindings) => a.value(bindings) - b.value(bindings) };
  if (operation === '*') return { dim: mulDims(a.dim, b.dim), value: (bindings) => a.value(bindings) * b.value(bindings) };
  if (operation === '/') return { dim: floorDivDims(a.dim, divisor), value: (bindings) => Math.floor(a.value(bindings) / divisor) };
  return { dim: modDims(a.dim, divisor), value: (bindings) => a.value(bindings) - divisor * Math.floor(a.value(bindings) / divisor) };
}

const bindings = fc
  .tuple(fc.nat({ max: 20 }), fc.nat({ max: 20 }), fc.nat({ max: 20 }))
  .map((sizes) => new Map(names.map((name, i) => [name, sizes[i]!])));

describe('sizes', () => {
  test('an expression of sizes has the value of the same expression of numbers', () => {
    fc.assert(
      fc.property(expressions, bindings, ({ dim, value }, bound) => {
        expect(evaluateDim(dim, bound)).toBe(value(bound) + 0);
      }),
      { numRuns: 2000 },
    );
  });

  test('the text of a size parses back to the same size', () => {
    fc.assert(
      fc.property(expressions, ({ dim }) => {
        expect(dimText(parseDim(dimText(dim)))).toBe(dimText(dim));
      }),
      { numRuns: 2000 },
    );
  });

  test('sums and products do not depend on order', () => {
    fc.assert(
      fc.property(expressions, expressions, expressions, (a, b, c) => {
        expect(sameDim(addDims(a.dim, b.dim), addDims(b.dim, a.dim))).toBe(true);
        expect(sameDim(mulDims(a.dim, b.dim), mulDims(b.dim, a.dim))).toBe(true);
        expect(sameDim(addDims(addDims(a.dim, b.dim), c.dim), addDims(a.dim, addDims(b.dim, c.dim)))).toBe(true);
        expect(sameDim(mulDims(a.dim, addDims(b.dim, c.dim)), addDims(mulDims(a.dim, b.dim), mulDims(a.dim, c.dim)))).toBe(true);
        expect(sameDim(subDims(a.dim, a.dim), 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('an exact quotient times the divisor is the dividend', () => {
    fc.assert(
      fc.property(expressions, expressions, bindings, (a, b, bound) => {
        const quotient = exactDiv(a.dim, b.dim);
        if (quotient !== undefined) expect(sameDim(mulDims(quotient, b.dim), a.dim)).toBe(true);
        const product = mulDims(a.dim, 3);
        expect(evaluateDim(exactDiv(product, 3)!, bound)).toBe(evaluateDim(a.dim, bound));
      }),
      { numRuns: 1000 },
    );
  });

  test('a size is at least a multiple of its floor', () => {
    const h = namedDim('h');
    expect(lowerBound(subDims(h, mulDims(floorDivDims(h, 2), 2)))).toBe(0);
    expect(lowerBound(floorDivDims(subDims(h, 3), 2))).toBe(-2);
  });

  test('no value lies below the lower bound', () => {
    fc.assert(
      fc.property(expressions, bindings, ({ dim }, bound) => {
        expect(evaluateDim(dim, bound)).toBeGreaterThanOrEqual(lowerBound(dim));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    [addDims(mulDims(namedDim('n'), 2), 1), '2*n + 1'],
    [subDims(namedDim('n'), namedDim('batch')), '-batch + n'],
    [floorDivDims(addDims(mulDims(namedDim('n'), 4), 6), 4), 'n + 1'],
    [floorDivDims(addDims(namedDim('n'), 5), 2), 'floordiv(n + 1, 2) + 2'],
    [modDims(mulDims(namedDim('n'), 6), 3), '0'],
    [productOf([namedDim('b'), namedDim('a'), 3]), '3*a*b'],
    [subDims(namedDim('n'), namedDim('n')), '0'],
  ])('%s reads %s', (dim, text) => {
    expect(dimText(dim)).toBe(text);
  });

  test('the names in a size include those under a quotient', () => {
    expect([...dimNames(addDims(floorDivDims(namedDim('n'), 2), namedDim('m')))].sort()).toEqual(['m', 'n']);
  });

  test('a name that is no identifier is refused', () => {
    expect(() => namedDim('2*n')).toThrow("must be an identifier like 'batch', found '2*n'");
  });

  test('an unbound name says which', () => {
    expect(() => evaluateDim(namedDim('n'), new Map())).toThrow("the dim 'n' is not bound");
  });
});
