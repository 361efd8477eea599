import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Dim, evaluateDim, mulDims, namedDim } from '../../compiler/ir/dim.js';
import { evaluateIndex } from '../../compiler/kernel/evaluate-index.js';
import type { Axis, IndexExpr } from '../../compiler/kernel/expr.js';
import {
  add,
  axisIndex,
  flatten,
  floorDiv,
  indexKey,
  linearForm,
  mod,
  mul,
  rangeOf,
  sizeIndex,
  sub,
  unflatten,
} from '../../compiler/kernel/index-math.js';

const dims = new Map([
  ['batch', 3],
  ['seq', 5],
]);
const batch = namedDim('batch');
const seq = namedDim('seq');

const axes: Axis[] = [
  { name: 'i', size: 6 },
  { name: 'j', size: 8 },
  { name: 'k', size: 28 },
  { name: 'b', size: batch },
  { name: 's', size: seq },
  { name: 'bs', size: mulDims(batch, seq) },
];

const anySize: fc.Arbitrary<Dim> = fc.oneof(
  fc.constantFrom<Dim>(1, 2, 3, 4, 7, 8, 28, 56, 224),
  fc.constantFrom<Dim>(batch, seq, mulDims(batch, seq), mulDims(seq, 8), mulDims(batch, 2)),
);

/** An expression as a tree of plain closures beside the simplified one. */
interface Pair {
  readonly expr: IndexExpr;
  evaluate(turns: ReadonlyMap<Axis, number>): number;
}

const leaf: fc.Arbitrary<Pair> = fc.oneof(
  fc.constantFrom(...axes).map((axis) => ({ expr: axisIndex(axis), evaluate: (turns: ReadonlyMap<Axis, number>) => turns.get(axis)! })),
  fc.integer({ min: -40, max: 40 }).map((value) => ({ expr: sizeIndex(value), evaluate: () => value })),
  anySize.map((dim) => ({ expr: sizeIndex(dim), evaluate: () => evaluateDim(dim, dims) })),
);

const pairs: fc.Arbitrary<Pair> = fc.letrec<{ pair: Pair }>((tie) => ({
  pair: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    leaf,
    fc.tuple(tie('pair'), tie('pair')).map(([a, b]) => ({
      expr: add(a.expr, b.expr),
      evaluate: (turns: ReadonlyMap<Axis, number>) => a.evaluate(turns) + b.evaluate(turns),
    })),
    fc.tuple(tie('pair'), fc.oneof(fc.integer({ min: -3, max: 8 }), anySize)).map(([a, factor]) => ({
      expr: mul(a.expr, factor),
      evaluate: (turns: ReadonlyMap<Axis, number>) => a.evaluate(turns) * evaluateDim(factor, dims),
    })),
    fc.tuple(tie('pair'), anySize).map(([a, by]) => ({
      expr: floorDiv(a.expr, by),
      evaluate: (turns: ReadonlyMap<Axis, number>) => Math.floor(a.evaluate(turns) / evaluateDim(by, dims)),
    })),
    fc.tuple(tie('pair'), anySize).map(([a, by]) => ({
      expr: mod(a.expr, by),
      evaluate: (turns: ReadonlyMap<Axis, number>) => {
        const [x, d] = [a.evaluate(turns), evaluateDim(by, dims)];
        return x - d * Math.floor(x / d);
      },
    })),
  ),
})).pair;

const turns = fc.tuple(...axes.map((axis) => fc.integer({ min: 0, max: evaluateDim(axis.size, dims) - 1 }))).map((values) => {
  return new Map(axes.map((axis, i) => [axis, values[i]!]));
});

function value(expr: IndexExpr, at: ReadonlyMap<Axis, number>): number {
  return evaluateIndex(expr, {
    axes: at,
    dims,
    value: () => {
      throw new Error('no gathered values here');
    },
  });
}

describe('index arithmetic', () => {
  test('a simplified expression has the value of the plain one', () => {
    fc.assert(
      fc.property(pairs, turns, (pair, at) => {
        expect(value(pair.expr, at) + 0).toBe(pair.evaluate(at) + 0);
      }),
      { numRuns: 3000 },
    );
  });

  test('ranges hold every value', () => {
    fc.assert(
      fc.property(pairs, turns, (pair, at) => {
        const { low, high } = rangeOf(pair.expr);
        const found = pair.evaluate(at);
        if (low !== undefined) expect(found).toBeGreaterThanOrEqual(evaluateDim(low, dims));
        if (high !== undefined) expect(found).toBeLessThanOrEqual(evaluateDim(high, dims));
      }),
      { numRuns: 2000 },
    );
  });

  test('flatten after unflatten is the position itself, whatever the shape', () => {
    const shapes = fc.array(fc.constantFrom<Dim>(1, 2, 3, 7, 28, batch, seq), { maxLength: 5 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const total = shape.reduce<Dim>((product, size) => mulDims(product, size), 1);
        const position = axisIndex({ name: 'p', size: total });
        expect(indexKey(flatten(unflatten(position, shape), shape))).toBe(indexKey(position));
      }),
    );
  });

  const [i, j, k] = [axisIndex(axes[0]!), axisIndex(axes[1]!), axisIndex(axes[2]!)];
  const [b, s] = [axisIndex(axes[3]!), axisIndex(axes[4]!)];

  test('(i*8 + j) floordiv 8 = i and its remainder is j', () => {
    const position = add(mul(i, 8), j);
    expect(floorDiv(position, 8)).toBe(i);
    expect(mod(position, 8)).toBe(j);
  });

  test('symbolic sizes: (b*seq + s) floordiv seq = b', () => {
    const position = add(mul(b, seq), s);
    expect(indexKey(floorDiv(position, seq))).toBe(indexKey(b));
    expect(indexKey(mod(position, seq))).toBe(indexKey(s));
  });

  test('views of views leave no division behind: [b, 784] as [b, 1, 28, 28] as [b, 4, 196] as [b, 784]', () => {
    const p = axisIndex({ name: 'p', size: 784 });
    const shapes: Dim[][] = [
      [batch, 1, 28, 28],
      [batch, 4, 196],
      [batch, 784],
    ];
    let indices: IndexExpr[] = [b, p];
    let shape: Dim[] = [batch, 784];
    for (const next of shapes) {
      indices = unflatten(flatten(indices, shape), next);
      shape = next;
    }
    expect(indices.map(indexKey)).toEqual([indexKey(b), indexKey(p)]);
  });

  test('a numerator that was never negative stays so: floor((27 - i) / 4)', () => {
    const flipped = floorDiv(sub(sizeIndex(27), k), 4);
    for (const { atom } of linearForm(flipped).terms) {
      if (atom.kind === 'floorDiv') expect(rangeOf(atom.left).low).toBeGreaterThanOrEqual(0);
    }
    expect(value(flipped, new Map([[axes[2]!, 27]]))).toBe(0);
  });
});
