import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpret } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import { namedDim } from '../../compiler/ir/dim.js';
import type { Graph, Value } from '../../compiler/ir/graph.js';
import { printGraph } from '../../compiler/ir/print.js';
import { cotangentName, differentiate, differentiateWithReport, vjpGraph } from '../../compiler/passes/differentiate/index.js';
import { checkGradient, floatInputs } from '../helpers/finite-differences.js';
import { randomGraph } from '../helpers/random-graph.js';
import { expectClose, tensor } from '../helpers/tensors.js';

function lossOf(build: (b: GraphBuilder, x: Value) => Value, shape: readonly number[] = [3]): Graph {
  const b = new GraphBuilder('f');
  const x = b.input('x', 'parameter', { dtype: 'f32', shape });
  const y = build(b, x);
  b.output('loss', 'result', b.emit('reduceSum', [y], { dims: y.type.shape.map((_, axis) => axis) }));
  return b.finish();
}

function gradientOf(graph: Graph, values: readonly number[]): number[] {
  const gradients = differentiate(graph, { loss: 'loss', withRespectTo: ['x'] });
  return [...interpret(gradients, new Map([['x', tensor('f32', [values.length], values)]])).get('x')!.data];
}

describe('differentiate', () => {
  test('sums the cotangents of a value that is used twice', () => {
    expect(
      gradientOf(
        lossOf((b, x) => b.emit('mul', [x, b.emit('mul', [x, x])])),
        [1, 2, -3],
      ),
    ).toEqual([3, 12, 27]);
  });

  test.each([[[2, 3, 4]], [[2, 0, 4]], [[0, 3, 0]], [[0, 0, 0]], [[5]], [[0]], [[]]])(
    'the second derivative of a product of as many factors as an argument has: %j',
    (x) => {
      const b = new GraphBuilder('f');
      const input = b.input('x', 'parameter', { dtype: 'f32', shape: [namedDim('n')] });
      b.output('loss', 'result', b.emit('reduceProd', [input], { dims: [0] }));
      const first = differentiate(b.finish(), { loss: 'loss', withRespectTo: ['x'] });
      const gradient = first.outputs.find(({ name }) => name === 'x')!.value;
      const again = GraphBuilder.from(first);
      // Weights 1, 2, 3, ...
      const { shape } = gradient.type;
      const one = again.emit('constant', [], { value: 1, dtype: 'f32', shape });
      const weights = again.emit('add', [again.emit('iota', [], { shape, dim: 0, dtype: 'f32' }), one]);
      again.output('loss', 'result', again.emit('reduceSum', [again.emit('mul', [gradient, weights])], { dims: [0] }));
      const second = differentiate(again.finish(), { loss: 'loss', withRespectTo: ['x'] });
      const given = new Map([['x', tensor('f32', [x.length], x)]]);
      const others = (...left: number[]) => x.reduce((product, value, i) => (left.includes(i) ? product : product * value), 1);
      expect([...interpret(first, given).get('x')!.data]).toEqual(x.map((_, i) => others(i)));
      const expected = x.map((_, i) => x.reduce((sum, _, j) => sum + (i === j ? 0 : (j + 1) * others(i, j)), 0));
      expect([...interpret(second, given).get('x')!.data]).toEqual(expected);
    },
  );

  test('a graph that is its own derivative prints as expected', () => {
    const gradients = differentiate(
      lossOf((b, x) => b.emit('exp', [x])),
      { loss: 'loss', withRespectTo: ['x'] },
    );
    expect(printGraph(gradients)).toBe(
      [
        'graph f.gradients(%x: f32[3] parameter) {',
        '  %1: f32[3] = exp(%x)',
        '  %2: f32[] = reduceSum(%1) {dims = [0]}',
        '  %3: f32[] = constant() {dtype = "f32", shape = [], value = 1}',
        '  %4: f32[1] = reshape(%3) {shape = [1]}',
        '  %5: f32[3] = broadcast(%4) {shape = [3]}',
        '  %6: f32[3] = mul(%5, %1)',
        '  return loss: result %2, x: gradient %6',
        '}',
        '',
      ].join('\n'),
    );
  });

  test('an input that the loss does not depend on gets zeros and is reported', () => {
    const b = new GraphBuilder('f');
    const x = b.input('x', 'parameter', { dtype: 'f32', shape: [2] });
    const y = b.input('y', 'parameter', { dtype: 'f32', shape: [2] });
    const z = b.input('z', 'parameter', { dtype: 'f32', shape: [2] });
    const used = b.emit('add', [x, b.emit('stopGradient', [z])]);
    b.output('loss', 'result', b.emit('reduceSum', [used], { dims: [0] }));
    const { graph, unreached } = differentiateWithReport(b.finish(), { loss: 'loss', withRespectTo: ['x', 'y', 'z'] });
    expect(unreached).toEqual(['y', 'z']);
    const ones = tensor('f32', [2], [1, 1]);
    const results = interpret(
      graph,
      new Map([
        ['x', ones],
        ['y', ones],
        ['z', ones],
      ]),
    );
    expect([...results.get('x')!.data]).toEqual([1, 1]);
    expect([...results.get('y')!.data]).toEqual([0, 0]);
    expect(y).toBeDefined();
  });

  test('x^2 + stopGradient(x^3) gives 2x', () => {
    const graph = lossOf((b, x) => {
      const square = b.emit('mul', [x, x]);
      return b.emit('add', [square, b.emit('stopGradient', [b.emit('mul', [square, x])])]);
    });
    expect(gradientOf(graph, [1, -2, 3])).toEqual([2, -4, 6]);
  });

  test('a NaN in the branch that select does not take leaves the gradient alone', () => {
    const graph = lossOf((b, x) => {
      const zero = b.emit('constant', [], { value: 0, dtype: 'f32', shape: [3] });
      const positive = b.emit('gt', [x, zero]);
      const one = b.emit('constant', [], { value: 1, dtype: 'f32', shape: [3] });
      const safe = b.emit('select', [positive, x, one]);
      return b.emit('select', [positive, b.emit('log', [safe]), x]);
    });
    expect(gradientOf(graph, [2, -1, 4])).toEqual([0.5, 1, 0.25]);
  });

  test('the outputs of the graph come along, the loss first', () => {
    const b = new GraphBuilder('f');
    const x = b.input('x', 'parameter', { dtype: 'f32', shape: [2] });
    b.output('running', 'buffer', b.emit('neg', [x]));
    b.output('loss', 'result', b.emit('reduceSum', [x], { dims: [0] }));
    const { outputs } = differentiate(b.finish(), { loss: 'loss', withRespectTo: ['x'] });
    expect(outputs.map(({ name, role }) => [name, role])).toEqual([
      ['loss', 'result'],
      ['running', 'buffer'],
      ['x', 'gradient'],
    ]);
  });

  test('vector-Jacobian products take a cotangent for each output named', () => {
    const b = new GraphBuilder('f');
    const x = b.input('x', 'argument', { dtype: 'f32', shape: [2] });
    b.output('y', 'result', b.emit('mul', [x, x]));
    b.output('z', 'result', b.emit('neg', [x]));
    const { graph } = vjpGraph(b.finish(), { outputs: ['y', 'z'], withRespectTo: ['x'] });
    const inputs = new Map([
      ['x', tensor('f32', [2], [3, 4])],
      [cotangentName('y'), tensor('f32', [2], [1, 10])],
      [cotangentName('z'), tensor('f32', [2], [5, 0])],
    ]);
    expect([...interpret(graph, inputs).get('x')!.data]).toEqual([1, 80]);
  });

  test.each([
    ['no scalar', { loss: 'y', withRespectTo: ['x'] }, "the loss 'y' must be a float scalar to be differentiated, found f32[2]"],
    ['unknown output', { loss: 'q', withRespectTo: ['x'] }, "has no output named 'q'; its outputs are 'y', 'loss'"],
    ['unknown input', { loss: 'loss', withRespectTo: ['w'] }, "has no input named 'w'"],
    ['integer input', { loss: 'loss', withRespectTo: ['i'] }, "the input 'i' is i32[2]; only float tensors have gradients"],
  ])('refuses: %s', (_name, options, message) => {
    const b = new GraphBuilder('f');
    const x = b.input('x', 'argument', { dtype: 'f32', shape: [2] });
    b.input('i', 'argument', { dtype: 'i32', shape: [2] });
    b.output('y', 'result', x);
    b.output('loss', 'result', b.emit('reduceSum', [x], { dims: [0] }));
    const graph = b.finish();
    expect(() => differentiate(graph, options)).toThrow(message);
  });
});

describe('on random graphs', () => {
  for (const symbolic of [false, true]) {
    test(`gradients agree with central differences (${symbolic ? 'a named size' : 'static sizes'})`, () => {
      fc.assert(
        fc.property(randomGraph({ differentiable: true, symbolic, maxSteps: 8 }), fc.nat({ max: 999 }), ({ graph, inputs }, seed) => {
          const { computed, measured, tolerance } = checkGradient(graph, inputs, floatInputs(graph), seed);
          expect(Math.abs(computed - measured)).toBeLessThanOrEqual(tolerance);
        }),
        { numRuns: 300 },
      );
    });
  }

  test('second derivatives agree with central differences of the first', () => {
    fc.assert(
      fc.property(randomGraph({ differentiable: true, maxSteps: 5 }), fc.nat({ max: 999 }), ({ graph, inputs }, seed) => {
        const names = floatInputs(graph);
        const slope = slopeGraph(graph, names);
        const { computed, measured, tolerance } = checkGradient(slope, inputs, names, seed);
        expect(Math.abs(computed - measured)).toBeLessThanOrEqual(tolerance * 10);
      }),
      { numRuns: 200 },
    );
  });

  test('the values of the graph itself stay the same', () => {
    fc.assert(
      fc.property(randomGraph({ differentiable: true, maxSteps: 8 }), ({ graph, inputs }) => {
        const expected = interpret(graph, inputs);
        const actual = interpret(differentiate(graph, { loss: 'loss', withRespectTo: [] }), inputs);
        for (const [name, value] of expected) expectClose(actual.get(name)!, value, { rtol: 0, atol: 0 }, name);
      }),
      { numRuns: 100 },
    );
  });
});

/** The sum of sin(gradient) as a loss of its own: its gradient needs all second derivatives. */
function slopeGraph(graph: Graph, names: readonly string[]): Graph {
  const gradients = differentiate(graph, { loss: 'loss', withRespectTo: names });
  const b = new GraphBuilder('slope');
  const values = new Map<Value, Value>();
  for (const { name, role, value } of gradients.inputs) values.set(value, b.input(name, role, value.type));
  for (const node of gradients.body.nodes) {
    const inputs = node.inputs.map((input) => values.get(input)!);
    values.set(node.outputs[0]!, b.emit(node.op, inputs, node.attributes));
  }
  let loss = b.emit('constant', [], { value: 0, dtype: 'f32', shape: [] });
  for (const output of gradients.outputs.filter(({ role }) => role === 'gradient')) {
    const bent = b.emit('sin', [values.get(output.value)!]);
    loss = b.emit('add', [loss, b.emit('reduceSum', [bent], { dims: bent.type.shape.map((_, axis) => axis) })]);
  }
  b.output('loss', 'result', loss);
  return b.finish();
}
