/** Branches and loops: building them, what tapes mean, their text. */
import { describe, expect, test } from 'vitest';
import { interpret, LoopLimitError } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import { loopOf } from '../../compiler/ir/control.js';
import { addDims, dimText, mulDims, namedDim, replaceNames } from '../../compiler/ir/dim.js';
import type { Value } from '../../compiler/ir/graph.js';
import { parseGraph } from '../../compiler/ir/parse.js';
import { parseDim } from '../../compiler/ir/parse-dim.js';
import { printGraph } from '../../compiler/ir/print.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import { capturesOf, nodesOf, valuesOf } from '../../compiler/ir/walk.js';
import { rebuild } from '../../compiler/passes/rewrite.js';
import { tensor } from '../helpers/tensors.js';

const scalar = { dtype: 'i32', shape: [] } as const;

/** Counts from 0 to n, keeping [i, 10 i] of every turn. */
function counting(limit?: number) {
  const b = new GraphBuilder('counting');
  const n = b.input('n', 'argument', scalar);
  const integer = (value: number) => b.emit('constant', [], { value, dtype: 'i32', shape: [] });
  const span = { file: 'count.ts', start: 3, end: 9 };
  const { carries, turns, stacks } = b.tapedLoop(
    [integer(0)],
    ([i]) => b.emit('lt', [i!, n]),
    ([i]) => {
      const row = (value: Value) => b.emit('reshape', [value], { shape: [1] });
      const pair = b.emit('concat', [row(i!), row(b.emit('mul', [i!, integer(10)]))], { dim: 0 });
      return { next: [b.emit('add', [i!, integer(1)])], taped: [pair] };
    },
    { ...(limit !== undefined && { limit }), span },
  );
  b.output('last', 'result', carries[0]!);
  b.output('turns', 'result', turns);
  b.output('pairs', 'result', stacks[0]!);
  b.output('size', 'result', b.emit('dimension', [], { size: addDims(namedDim('turns0'), 1) }));
  b.output('sums', 'result', b.emit('reduceSum', [stacks[0]!], { dims: [0] }));
  return verifyGraph(b.finish());
}

const run = (graph: ReturnType<typeof counting>, n: number) => interpret(graph, new Map([['n', tensor('i32', [], [n])]]));

describe('a tape', () => {
  test('stacks what every turn gives, and binds a size', () => {
    const results = run(counting(), 3);
    expect(results.get('pairs')).toEqual(tensor('i32', [3, 2], [0, 0, 1, 10, 2, 20]));
    for (const [name, value] of [
      ['last', 3],
      ['turns', 3],
      ['size', 4],
    ] as const) {
      expect([...results.get(name)!.data]).toEqual([value]);
    }
    expect([...results.get('sums')!.data]).toEqual([3, 30]);
  });

  test('is empty without a turn', () => {
    const results = run(counting(), 0);
    expect(results.get('pairs')).toEqual(tensor('i32', [0, 2], []));
    expect([...results.get('size')!.data]).toEqual([1]);
    expect([...results.get('sums')!.data]).toEqual([0, 0]);
  });

  test('prints and parses', () => {
    const text = printGraph(counting(9));
    expect(text).toContain('%2: i32[], %3: i32[], %4: i32[turns0, 2] = loop(%1) {limit = 9, tape = 1, turns = "turns0"}\n');
    const parsed = verifyGraph(parseGraph(text));
    expect(printGraph(parsed)).toBe(text);
    expect([...run(parsed, 2).get('pairs')!.data]).toEqual([0, 0, 1, 10]);
  });

  test('has a size of its own in every copy', () => {
    const b = GraphBuilder.from(counting());
    b.input('x', 'argument', { dtype: 'f32', shape: [namedDim('turns1')] });
    expect(b.freshDim('turns')).toBe('turns2');
    const renamed = parseGraph(printGraph(counting()).replaceAll('turns0', 'again'));
    const copy = rebuild(renamed, () => undefined);
    expect(printGraph(copy)).toBe(printGraph(counting()));
  });

  test('inside a loop is bound anew in every turn', () => {
    const b = new GraphBuilder('nested');
    const integer = (value: number) => b.emit('constant', [], { value, dtype: 'i32', shape: [] });
    const n = b.input('n', 'argument', scalar);
    const count = (bound: Value, body: (i: Value) => Value) =>
      b.tapedLoop(
        [integer(0)],
        ([i]) => b.emit('lt', [i!, bound]),
        ([i]) => ({ next: [b.emit('add', [i!, integer(1)])], taped: [body(i!)] }),
      ).stacks[0]!;
    b.output(
      'triangle',
      'result',
      count(n, (i) => b.emit('reduceSum', [count(i, (j) => b.emit('add', [i, j]))], { dims: [0] })),
    );
    const graph = verifyGraph(b.finish());
    // The sum of i + j for j below i.
    expect([...run(graph, 4).get('triangle')!.data]).toEqual([0, 1, 5, 12]);
  });
});

describe('a limit', () => {
  test('is the number of turns that a loop may take', () => {
    expect([...run(counting(3), 3).get('last')!.data]).toEqual([3]);
    expect(() => run(counting(3), 4)).toThrow(
      'the loop at count.ts:3-9 did not end within 3 turns; a loop that needs more must be given a higher limit',
    );
    expect(() => run(counting(3), 4)).toThrow(LoopLimitError);
  });

  test('is there for a loop that does not say', () => {
    const [loop] = counting().body.nodes.filter(({ op }) => op === 'loop');
    expect(loopOf(loop!).limit).toBe(2 ** 20);
  });
});

describe('walking', () => {
  test('finds what a block uses from outside, in order', () => {
    const b = new GraphBuilder('f');
    const [x, y, c] = [
      b.input('x', 'argument', scalar),
      b.input('y', 'argument', scalar),
      b.input('c', 'argument', { dtype: 'bool', shape: [] }),
    ];
    const [z] = b.branch(
      c,
      () =>
        b.loop(
          [x],
          ([i]) => b.emit('lt', [i!, y]),
          ([i]) => [b.emit('add', [i!, y])],
        ),
      () => [y],
    );
    b.output('z', 'result', z!);
    const [branch] = b.finish().body.nodes;
    expect([...capturesOf(branch!.regions[0]!)]).toEqual([x, y]);
    expect([...capturesOf(branch!.regions[1]!)]).toEqual([y]);
    expect([...nodesOf(b.finish().body)].map(({ op }) => op)).toEqual(['if', 'loop', 'lt', 'add']);
    expect(new Set(valuesOf(b.finish().body)).size).toBe(3 + 1 + 1 + 2 + 2);
  });
});

test('names in a size are replaced all at once, under quotients too', () => {
  const [n, m] = [namedDim('n'), namedDim('m')];
  const swap = new Map([
    ['n', m],
    ['m', mulDims(n, 2)],
  ]);
  expect(dimText(replaceNames(parseDim('n*m + floordiv(n + 1, 2) + mod(m, 3) + k'), swap))).toBe(
    dimText(parseDim('2*n*m + floordiv(m + 1, 2) + mod(2*n, 3) + k')),
  );
  expect(replaceNames(parseDim('2*n + 1'), new Map([['n', 4]]))).toBe(9);
  expect(replaceNames(7, swap)).toBe(7);
});
