import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpret } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import { addDims, floorDivDims, namedDim } from '../../compiler/ir/dim.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { ParseError, parseGraph } from '../../compiler/ir/parse.js';
import { printGraph } from '../../compiler/ir/print.js';
import { problemsOf } from '../../compiler/ir/verify.js';
import { randomGraph } from '../helpers/random-graph.js';
import { expectClose, tensor } from '../helpers/tensors.js';

/** Doubles x until it is at least 100, then negates it if it is even larger than 150. */
function doubling(): Graph {
  const b = new GraphBuilder('doubling');
  const x = b.input('x', 'argument', { dtype: 'f32', shape: [] });
  const number = (value: number) => b.emit('constant', [], { value, dtype: 'f32', shape: [] });
  const limit = number(100);
  const condition = b.block([x.type], ([current]) => [b.emit('lt', [current!, limit])]);
  const body = b.block([x.type], ([current]) => [b.emit('add', [current!, current!])]);
  const [doubled] = b.append('loop', [x], {}, [x.type], [condition, body]);
  const isLarge = b.emit('gt', [doubled!, number(150)]);
  const then = b.block([], () => [b.emit('neg', [doubled!])]);
  const otherwise = b.block([], () => [doubled!]);
  const [result] = b.append('if', [isLarge], {}, [x.type], [then, otherwise]);
  b.output('result', 'result', result!);
  return b.finish();
}

describe('the text of a graph', () => {
  test('parses back to the same text, and to a graph that computes the same', () => {
    for (const symbolic of [false, true]) {
      fc.assert(
        fc.property(randomGraph({ symbolic, maxSteps: 10 }), ({ graph, inputs, text }) => {
          const parsed = parseGraph(text);
          expect(printGraph(parsed)).toBe(text);
          const expected = interpret(graph, inputs);
          for (const [name, value] of interpret(parsed, inputs)) expectClose(value, expected.get(name)!, { rtol: 0, atol: 0 }, name);
        }),
        { numRuns: 200 },
      );
    }
  });

  test('shows regions as nested blocks', () => {
    const text = printGraph(doubling());
    expect(text).toBe(
      [
        'graph doubling(%x: f32[] argument) {',
        '  %1: f32[] = constant() {dtype = "f32", shape = [], value = 100}',
        '  %2: f32[] = loop(%x)',
        '    block(%3: f32[]) {',
        '      %4: bool[] = lt(%3, %1)',
        '      yield %4',
        '    }',
        '    block(%5: f32[]) {',
        '      %6: f32[] = add(%5, %5)',
        '      yield %6',
        '    }',
        '  %7: f32[] = constant() {dtype = "f32", shape = [], value = 150}',
        '  %8: bool[] = gt(%2, %7)',
        '  %9: f32[] = if(%8)',
        '    block() {',
        '      %10: f32[] = neg(%2)',
        '      yield %10',
        '    }',
        '    block() {',
        '      yield %2',
        '    }',
        '  return result: result %9',
        '}',
        '',
      ].join('\n'),
    );
    const parsed = parseGraph(text);
    expect(printGraph(parsed)).toBe(text);
    expect(problemsOf(parsed)).toEqual([]);
    for (const [x, result] of [
      [30, 120],
      [100, 100],
      [80, -160],
    ] as const) {
      expect([...interpret(parsed, new Map([['x', tensor('f32', [], [x])]])).get('result')!.data]).toEqual([result]);
    }
  });

  test('keeps odd numbers, odd names and symbolic sizes', () => {
    const b = new GraphBuilder('1 odd');
    const n = namedDim('n');
    const inf = namedDim('inf');
    const x = b.input('7', 'argument', { dtype: 'f32', shape: [n, inf] });
    b.input('layers.0.weight', 'parameter', { dtype: 'f32', shape: [floorDivDims(addDims(n, 1), 2)] });
    for (const value of [Number.NaN, Infinity, -Infinity, -0, 1e-40, 1e21, 0.1])
      b.emit('constant', [], { value, dtype: 'f32', shape: [inf, addDims(n, n)] });
    b.emit('dimension', [], { size: addDims(n, -1) });
    b.emit('literal', [], { values: [-0, Number.NaN, -Infinity, -1.5e-7], dtype: 'f32', shape: [4] });
    b.output('a b', 'result', x);
    const text = printGraph(b.finish());
    expect(text).toContain('{dtype = "f32", shape = [(inf), 2*n], value = nan}');
    expect(text).toContain('value = -0}');
    const parsed = parseGraph(text);
    expect(printGraph(parsed)).toBe(text);
    expect(problemsOf(parsed)).toEqual([]);
    expect(Object.is(parsed.body.nodes[3]!.attributes.value, -0)).toBe(true);
  });

  test('spans come along when asked for', () => {
    const b = new GraphBuilder('f');
    const x = b.input('x', 'argument', { dtype: 'f32', shape: [] });
    b.span = { file: 'linear.ts', start: 10, end: 20, via: { file: 'my "mlp".ts', start: 5, end: 6 } };
    b.output('y', 'result', b.emit('neg', [x]));
    const graph = b.finish();
    const text = printGraph(graph, { spans: 'offsets' });
    expect(text).toContain('%1: f32[] = neg(%x) @"linear.ts":10-20 via "my \\"mlp\\".ts":5-6');
    expect(parseGraph(text).body.nodes[0]!.span).toEqual(b.span);
    const readable = printGraph(graph, { spans: (span) => `${span.file}:1:2` });
    expect(readable).toContain('neg(%x) @linear.ts:1:2\n');
    expect(printGraph(parseGraph(readable))).toBe(printGraph(graph));
  });

  test.each([
    ['graph f(%x: f32[] argument) {\n  %1: f32[] = neg(%y)\n  return y: result %1\n}', "2:21: %y is not defined, found ')'"],
    ['graph f(%x: f33[] argument) { return }', "1:16: 'f33' is not a dtype (f32, f64, i32, bool)"],
    ['graph f(%x: f32[] argument) {\n  %1: f32[] = neg %x', "2:19: expected '(', found '%x'"],
    ['graph f(%x: f32[] argument, %x: f32[] argument) { return }', '%x is defined twice'],
  ])('%j is refused with a place', (text, message) => {
    expect(() => parseGraph(text)).toThrow(ParseError);
    expect(() => parseGraph(text)).toThrow(message);
  });
});
