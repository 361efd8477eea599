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
    [
      'a tape that is no third result',
      'graph f(%x: f32[] argument) { %1: f32[], %2: i32[], %3: f32[t] = loop(%x) {tape = 1, turns = "t"} block(%4: f32[]) { %5: bool[] = isNan(%4) yield %5 } block(%6: f32[]) { yield %6 } return y: result %1 }',
      'a loop with a tape has the attributes tape, how many results its body has beside the carries',
    ],
    [
      'a stack of another size',
      'graph f(%x: f32[n] argument) { %1: f32[n], %2: i32[], %3: f32[n, n] = loop(%x) {tape = 1, turns = "t"} block(%4: f32[n]) { %5: bool[] = constant() {value = 0, dtype = "bool", shape = []} yield %5 } block(%6: f32[n]) { yield %6, %6 } return y: result %1 }',
      'the outputs of loop should be (f32[n], i32[], f32[t, n]), found (f32[n], i32[], f32[n, n])',
    ],
    [
      'a size of a loop that is the size of an input',
      'graph f(%x: f32[n] argument) { %1: f32[n], %2: i32[] = loop(%x) {tape = 0, turns = "n"} block(%4: f32[n]) { %5: bool[] = constant() {value = 0, dtype = "bool", shape = []} yield %5 } block(%6: f32[n]) { yield %6 } return y: result %1 }',
      "the size 'n' of a loop's turns is bound twice",
    ],
    [
      'a size before its loop has run',
      'graph f(%x: f32[] argument) { %1: f32[t] = constant() {value = 0, dtype = "f32", shape = [t]} %2: f32[], %3: i32[] = loop(%x) {tape = 0, turns = "t"} block(%4: f32[]) { %5: bool[] = isNan(%4) yield %5 } block(%6: f32[]) { yield %6 } return y: result %1 }',
      "constant has the size 't' where its loop has not run",
    ],
    [
      'a stack that leaves the branch of its loop',
      `graph f(%x: f32[] argument, %c: bool[] argument) { %1: f32[t] = if(%c)
        block() { %2: f32[], %3: i32[], %4: f32[t] = loop(%x) {tape = 1, turns = "t"} block(%5: f32[]) { %6: bool[] = isNan(%5) yield %6 } block(%7: f32[]) { yield %7, %7 } yield %4 }
        block() { %8: f32[t] = constant() {value = 0, dtype = "f32", shape = [t]} yield %8 } return y: result %1 }`,
      "if has the size 't' where its loop has not run",
    ],
    [
      'a limit of no turns',
      'graph f(%x: f32[] argument) { %1: f32[] = loop(%x) {limit = 0} block(%2: f32[]) { %3: bool[] = isNan(%2) yield %3 } block(%4: f32[]) { yield %4 } return y: result %1 }',
      'the limit of a loop is a positive integer, found 0',
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
