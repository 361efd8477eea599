import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGraph } from '../../compiler/ir/parse.js';
import { problemsOf, VerifyError, verifyGraph } from '../../compiler/ir/verify.js';
import { differentiate } from '../../compiler/passes/differentiate/index.js';
import { optimize, passes } from '../../compiler/passes/index.js';
import { floatInputs } from '../helpers/finite-differences.js';
import { randomGraph } from '../helpers/random-graph.js';

describe('verifyGraph', () => {
  test('accepts random graphs, and what every pass makes of them', () => {
    for (const symbolic of [false, true]) {
      fc.assert(
        fc.property(randomGraph({ symbolic, maxSteps: 10 }), ({ graph }) => {
          verifyGraph(graph);
          for (const pass of passes) verifyGraph(pass.run(graph));
          verifyGraph(optimize(graph));
        }),
        { numRuns: 150 },
      );
    }
  });

  test('accepts the gradients of random graphs, optimized or not', () => {
    fc.assert(
      fc.property(randomGraph({ differentiable: true, symbolic: true, maxSteps: 8 }), ({ graph }) => {
        const gradients = differentiate(graph, { loss: 'loss', withRespectTo: floatInputs(graph) });
        verifyGraph(gradients);
        verifyGraph(optimize(gradients));
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    ['a wrong type', 'graph f(%x: f32[2] argument) { %1: f32[3] = neg(%x) return y: result %1 }', 'neg gives f32[2], but %1 is f32[3]'],
    ['an unknown op', 'graph f(%x: f32[2] argument) { %1: f32[2] = nge(%x) return y: result %1 }', "there is no op named 'nge'"],
    [
      'a wrong attribute',
      'graph f(%x: f32[2] argument) { %1: f32[] = reduceSum(%x) {dims = [1]} return y: result %1 }',
      'is not an axis of a tensor of rank 1',
    ],
    ['two inputs of one name', 'graph f(%x: f32[] argument, %"x": f32[] argument) { return }', 'defined twice'],
    ['two outputs of one name', 'graph f(%x: f32[] argument) { return y: result %x, y: result %x }', "two outputs are the result 'y'"],
    [
      'a value of an inner block used outside',
      'graph f(%c: bool[] argument) { %1: bool[] = if(%c) block() { %2: bool[] = not(%c) yield %2 } block() { yield %c } return y: result %2 }',
      'a block yields %1, which is not defined in it',
    ],
    [
      'branches of another type',
      'graph f(%c: bool[] argument) { %1: f32[] = if(%c) block() { yield %c } block() { yield %c } return y: result %1 }',
      'the results of a branch should be (f32[]), found (bool[])',
    ],
    [
      'a loop whose condition is no bool',
      'graph f(%x: f32[] argument) { %1: f32[] = loop(%x) block(%2: f32[]) { yield %2 } block(%3: f32[]) { yield %3 } return y: result %1 }',
      'the results of the condition should be (bool[]), found (f32[])',
    ],
  ])('refuses %s', (_name, text, message) => {
    expect(() => verifyGraph(parseGraph(text))).toThrow(message);
  });

  test('refuses a use before the definition, and shows the graph', () => {
    const graph = parseGraph('graph f(%x: f32[] argument) { %1: f32[] = neg(%x) %2: f32[] = exp(%1) return y: result %2 }');
    const swapped = { ...graph, body: { ...graph.body, nodes: [...graph.body.nodes].reverse() } };
    expect(problemsOf(swapped)).toEqual(['exp uses %1, which is not defined before it']);
    expect(() => verifyGraph(swapped)).toThrow(VerifyError);
    expect(() => verifyGraph(swapped)).toThrow('graph f(%x: f32[] argument) {');
  });
});
