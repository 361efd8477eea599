/** The passes over control flow, one rewriting at a time, as text. */
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.js';
import { parseGraph } from '../../compiler/ir/parse.js';
import { printGraph } from '../../compiler/ir/print.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import { differentiate } from '../../compiler/passes/differentiate/index.js';
import { eliminateDead } from '../../compiler/passes/eliminate-dead.js';
import { optimize } from '../../compiler/passes/index.js';
import { mergeCommon } from '../../compiler/passes/merge-common.js';
import { hoistInvariants } from '../../compiler/passes/regions/hoist-invariants.js';
import { simplifyControl } from '../../compiler/passes/regions/simplify-control.js';

/** A graph of %x: f32[4], %y: f32[4], %c: bool[], %n: i32[] that gives %1 (and what else is said). */
function graphOf(body: string, outputs = 'z: result %1'): Graph {
  return verifyGraph(
    parseGraph(`graph f(%x: f32[4] argument, %y: f32[4] argument, %c: bool[] argument, %n: i32[] argument) { ${body} return ${outputs} }`),
  );
}

/** The text of the nodes alone, without types and attributes: what is done, in order. */
function outline(graph: Graph): string {
  const text = printGraph(verifyGraph(graph));
  return text
    .slice(text.indexOf('{') + 1)
    .replaceAll(/: (f32|i32|bool)\[[^\]]*\]/g, '')
    .replaceAll(/ \{(dtype|shape|equation|dims|limit).*\}/g, (attributes) =>
      /value = (\S+)\}/.exec(attributes) ? ` ${/value = (\S+)\}/.exec(attributes)![1]}` : '',
    )
    .replaceAll(/\s+/g, ' ')
    .trim();
}

const zero = 'constant() {dtype = "i32", shape = [], value = 0}';
const integer = (value: number) => `constant() {dtype = "i32", shape = [], value = ${value}}`;

describe('simplifyControl', () => {
  test('an if whose condition is known is its branch', () => {
    const graph = graphOf(`%2: bool[] = constant() {dtype = "bool", shape = [], value = 0}
      %1: f32[4] = if(%2) block() { yield %x } block() { %3: f32[4] = neg(%y) yield %3 }`);
    expect(outline(simplifyControl(graph))).toBe('%1 = constant() 0 %2 = neg(%y) return z: result %2 }');
  });

  test('a result that is the same in both branches comes from outside', () => {
    const graph = graphOf(
      `%1: f32[4], %2: f32[4], %3: f32[] = if(%c)
        block() { %4: f32[4] = neg(%y) %5: f32[] = constant() {dtype = "f32", shape = [], value = 2} yield %x, %4, %5 }
        block() { %6: f32[] = constant() {dtype = "f32", shape = [], value = 2} yield %x, %y, %6 }`,
      'z: result %1, w: result %2, v: result %3',
    );
    expect(outline(eliminateDead(simplifyControl(graph)))).toBe(
      '%1 = constant() 2 %2 = if(%c) block() { %3 = neg(%y) yield %3 } block() { yield %y } return z: result %x, w: result %2, v: result %1 }',
    );
  });

  test('an if that gives the same either way is none', () => {
    const graph = graphOf('%1: f32[4], %2: f32[4] = if(%c) block() { yield %x, %y } block() { yield %x, %y }');
    expect(outline(simplifyControl(graph))).toBe('return z: result %x }');
  });

  test('what both branches compute is computed before; constants stay unless they are needed', () => {
    const graph = graphOf(`%1: f32[4] = if(%c)
      block() { %2: f32[4] = constant() {dtype = "f32", shape = [4], value = 3} %3: f32[4] = mul(%x, %2) %4: f32[4] = exp(%3) %5: f32[4] = constant() {dtype = "f32", shape = [4], value = 5} %6: f32[4] = add(%4, %5) yield %6 }
      block() { %7: f32[4] = constant() {dtype = "f32", shape = [4], value = 5} %8: f32[4] = constant() {dtype = "f32", shape = [4], value = 3} %9: f32[4] = mul(%x, %8) %10: f32[4] = exp(%9) %11: f32[4] = sub(%10, %7) yield %11 }`);
    expect(outline(simplifyControl(graph))).toBe(
      '%1 = constant() 3 %2 = mul(%x, %1) %3 = exp(%2) %4 = if(%c) block() { %5 = constant() 5 %6 = add(%3, %5) yield %6 } ' +
        'block() { %7 = constant() 5 %8 = sub(%3, %7) yield %8 } return z: result %4 }',
    );
  });

  test('in a branch its condition is known', () => {
    const graph = graphOf(`%1: f32[4] = if(%c)
      block() { %2: f32[4] = if(%c) block() { %3: f32[4] = neg(%x) yield %3 } block() { yield %x } yield %2 }
      block() { %4: f32[4] = if(%c) block() { yield %x } block() { yield %y } yield %4 }`);
    expect(outline(eliminateDead(simplifyControl(simplifyControl(graph))))).toBe(
      '%1 = if(%c) block() { %2 = neg(%x) yield %2 } block() { yield %y } return z: result %1 }',
    );
  });

  test('random draws of two branches stay two', () => {
    const graph = verifyGraph(
      parseGraph(`graph f(%rng: i32[2] rng, %c: bool[] argument) { %1: f32[4] = if(%c)
        block() { %2: f32[4] = random(%rng) {shape = [4], stream = 0} yield %2 }
        block() { %3: f32[4] = random(%rng) {shape = [4], stream = 0} yield %3 } return z: result %1 }`),
    );
    expect(simplifyControl(graph)).toBe(graph);
  });

  const counted = (initial: number, bound: string, step = 'add(%4, %6)') => `%2: i32[] = ${integer(initial)} %7: i32[] = ${bound}
    %8: i32[], %1: f32[4] = loop(%2, %x) block(%9: i32[], %10: f32[4]) { %11: bool[] = lt(%9, %7) yield %11 }
    block(%4: i32[], %5: f32[4]) { %6: i32[] = ${integer(1)} %12: i32[] = ${step} %13: f32[4] = mul(%5, %y) yield %12, %13 }`;

  test('a loop that never runs gives what it is given', () => {
    expect(outline(eliminateDead(simplifyControl(graphOf(counted(3, integer(3))))))).toBe('return z: result %x }');
  });

  test('a loop of few known turns is written out', () => {
    expect(outline(eliminateDead(simplifyControl(graphOf(counted(0, integer(3))))))).toBe(
      '%1 = mul(%x, %y) %2 = mul(%1, %y) %3 = mul(%2, %y) return z: result %3 }',
    );
  });

  test('one that doubles its counter too, and one that counts in whole floats', () => {
    expect(outline(eliminateDead(simplifyControl(graphOf(counted(1, integer(8), 'add(%4, %4)')))))).toMatch(
      /^(%\d+ = mul\(%\w+, %y\) ){3}return/,
    );
    const floats =
      graphOf(`%2: f32[] = constant() {dtype = "f32", shape = [], value = 0} %3: f32[] = constant() {dtype = "f32", shape = [], value = 2}
      %4: f32[], %1: f32[4] = loop(%2, %x) block(%5: f32[], %6: f32[4]) { %7: bool[] = lt(%5, %3) yield %7 }
      block(%8: f32[], %9: f32[4]) { %10: f32[] = constant() {dtype = "f32", shape = [], value = 1} %11: f32[] = add(%8, %10) %12: f32[4] = neg(%9) yield %11, %12 }`);
    expect(outline(eliminateDead(simplifyControl(floats)))).toBe('%1 = neg(%x) %2 = neg(%1) return z: result %2 }');
  });

  test.each([
    ['of unknown turns', counted(0, 'add(%n, %n)')],
    ['of many turns', counted(0, integer(1000))],
    ['that never ends', counted(0, integer(1000), 'sub(%4, %6)')],
    [
      'that counts in fractions, which may be rounded',
      counted(0, integer(3)).replaceAll('i32[]', 'f32[]').replaceAll('"i32"', '"f32"').replace('value = 1}', 'value = 0.75}'),
    ],
    ['of more turns than it may take', counted(0, integer(3)).replace('loop(%2, %x)', 'loop(%2, %x) {limit = 2}')],
  ])('a loop %s stays', (_name, body) => {
    const graph = graphOf(body);
    expect(simplifyControl(graph)).toBe(graph);
  });

  test('the tape of a loop that is written out is a concatenation, its size a number', () => {
    const taped = (bound: number) =>
      graphOf(
        `%2: i32[] = ${zero} %7: i32[] = ${integer(bound)}
        %8: i32[], %1: f32[4], %14: i32[], %15: f32[t, 4] = loop(%2, %x) {tape = 1, turns = "t"} block(%9: i32[], %10: f32[4]) { %11: bool[] = lt(%9, %7) yield %11 }
        block(%4: i32[], %5: f32[4]) { %6: i32[] = ${integer(1)} %12: i32[] = add(%4, %6) %13: f32[4] = mul(%5, %y) yield %12, %13, %5 }
        %16: i32[] = dimension() {size = 2*t} %17: f32[4] = reduceSum(%15) {dims = [0]}`,
        'z: result %17, size: result %16, turns: result %14',
      );
    const text = printGraph(eliminateDead(verifyGraph(simplifyControl(taped(2)))));
    expect(text).toContain('f32[2, 4] = concat(');
    expect(text).toContain('dimension() {size = 4}');
    expect(printGraph(eliminateDead(verifyGraph(simplifyControl(taped(0)))))).toContain('f32[0, 4] = constant()');
  });

  test('a carry that never changes is none, likewise one that is set to what it was', () => {
    const graph = graphOf(
      `%2: i32[] = ${zero} %14: i32[] = ${integer(7)}
      %8: i32[], %1: f32[4], %15: f32[4], %16: f32[4], %17: i32[] = loop(%2, %x, %y, %x, %14)
      block(%9: i32[], %10: f32[4], %18: f32[4], %19: f32[4], %20: i32[]) { %21: i32[] = mul(%n, %20) %11: bool[] = lt(%9, %21) yield %11 }
      block(%4: i32[], %5: f32[4], %22: f32[4], %23: f32[4], %24: i32[]) { %6: i32[] = ${integer(1)} %25: i32[] = ${integer(7)} %12: i32[] = add(%4, %6) %13: f32[4] = mul(%5, %22) %26: f32[4] = add(%13, %23) yield %12, %26, %22, %x, %25 }`,
      'z: result %1, y: result %15, x: result %16, seven: result %17',
    );
    expect(outline(eliminateDead(simplifyControl(graph)))).toBe(
      '%1 = constant() 0 %2 = constant() 7 %3, %4 = loop(%1, %x) block(%5, %6) { %7 = mul(%n, %2) %8 = lt(%5, %7) yield %8 } ' +
        'block(%9, %10) { %11 = constant() 1 %12 = add(%9, %11) %13 = mul(%10, %y) %14 = add(%13, %x) yield %12, %14 } ' +
        'return z: result %4, y: result %y, x: result %x, seven: result %2 }',
    );
  });

  test('a loop that changes nothing is none', () => {
    const graph = graphOf('%1: f32[4] = loop(%x) block(%2: f32[4]) { yield %c } block(%3: f32[4]) { yield %3 }');
    expect(outline(simplifyControl(graph))).toBe('return z: result %x }');
  });
});

describe('eliminateDead', () => {
  test('drops loops and branches that nobody uses', () => {
    const graph = graphOf(
      `%2: f32[4] = loop(%x) block(%3: f32[4]) { yield %c } block(%4: f32[4]) { %5: f32[4] = neg(%4) yield %5 }
      %6: f32[4] = if(%c) block() { yield %2 } block() { yield %x } %1: f32[4] = neg(%x)`,
    );
    expect(outline(eliminateDead(graph))).toBe('%1 = neg(%x) return z: result %1 }');
  });

  test('drops results of branches, carries that only feed themselves and tapes that nobody reads', () => {
    const graph = graphOf(
      `%2: i32[] = ${zero}
      %3: i32[], %4: f32[4], %5: f32[4], %6: i32[], %7: f32[t, 4], %8: f32[t, 4] = loop(%2, %x, %y) {tape = 2, turns = "t"}
      block(%9: i32[], %10: f32[4], %11: f32[4]) { %12: bool[] = lt(%9, %n) yield %12 }
      block(%13: i32[], %14: f32[4], %15: f32[4]) { %16: i32[] = ${integer(1)} %17: i32[] = add(%13, %16) %18: f32[4] = neg(%14) %19: f32[4] = mul(%15, %18) %20: f32[4] = exp(%18) yield %17, %18, %19, %19, %20 }
      %21: f32[4], %1: f32[4] = if(%c) block() { %22: f32[4] = exp(%x) yield %22, %4 } block() { yield %x, %x }
      %23: f32[4] = reduceSum(%8) {dims = [0]}`,
      'z: result %1, w: result %23',
    );
    const pruned = verifyGraph(eliminateDead(graph));
    expect(printGraph(pruned)).toContain(
      '%2: i32[], %3: f32[4], %4: i32[], %5: f32[turns0, 4] = loop(%1, %x) {tape = 1'.replace('turns0', 't'),
    );
    expect(outline(pruned)).toContain('= if(%c) block() { yield %3 } block() { yield %x }');
    expect(eliminateDead(pruned)).toBe(pruned);
    const untaped = eliminateDead({
      ...pruned,
      outputs: pruned.outputs.slice(0, 1),
      body: { ...pruned.body, results: pruned.body.results.slice(0, 1) },
    });
    expect(printGraph(verifyGraph(untaped))).toContain('%2: i32[], %3: f32[4] = loop(%1, %x)\n');
  });

  test('keeps a loop whose size is used, and carries that the condition reads', () => {
    const graph = graphOf(
      `%2: f32[4], %3: i32[] = loop(%x) {tape = 0, turns = "t"} block(%4: f32[4]) { %5: f32[] = reduceSum(%4) {dims = [0]} %6: bool[] = isNan(%5) yield %6 }
      block(%7: f32[4]) { %8: f32[4] = neg(%7) yield %8 } %1: f32[t] = constant() {dtype = "f32", shape = [t], value = 0}`,
    );
    expect(eliminateDead(graph)).toBe(graph);
  });
});

describe('mergeCommon', () => {
  test('a region uses what the blocks around it have computed, but not the other way round', () => {
    const graph = graphOf(
      `%2: f32[4] = exp(%x) %1: f32[4] = if(%c) block() { %3: f32[4] = exp(%x) %4: f32[4] = neg(%3) yield %4 } block() { %5: f32[4] = neg(%2) yield %5 }
      %6: f32[4] = neg(%2)`,
      'z: result %1, w: result %6',
    );
    expect(outline(mergeCommon(graph))).toBe(
      '%1 = exp(%x) %2 = if(%c) block() { %3 = neg(%1) yield %3 } block() { %4 = neg(%1) yield %4 } %5 = neg(%1) return z: result %2, w: result %5 }',
    );
  });
});

describe('hoistInvariants', () => {
  const loop = (condition: string, body: string, test = '%5') => `%2: f32[4] = loop(%x)
    block(%3: f32[4]) { ${condition} %4: f32[] = reduceSum(%3) {dims = [0]} %5: bool[] = isNan(%4) yield ${test} }
    block(%6: f32[4]) { ${body} %7: f32[4] = mul(%6, %8) yield %7 } %1: f32[4] = neg(%2)`;

  test('a reduction of what does not change is computed once, with the views that it needs', () => {
    const graph = graphOf(
      loop(
        '',
        '%9: f32[2, 2] = reshape(%y) {shape = [2, 2]} %10: f32[2] = reduceSum(%9) {dims = [1]} %11: f32[2, 1] = reshape(%10) {shape = [2, 1]} %12: f32[2, 2] = broadcast(%11) {shape = [2, 2]} %8: f32[4] = reshape(%12) {shape = [4]}',
      ),
    );
    expect(outline(eliminateDead(hoistInvariants(graph)))).toBe(
      '%1 = reshape(%y) %2 = reduceSum(%1) %3 = loop(%x) block(%4) { %5 = reduceSum(%4) %6 = isNan(%5) yield %6 } ' +
        'block(%7) { %8 = reshape(%2) %9 = broadcast(%8) %10 = reshape(%9) %11 = mul(%7, %10) yield %11 } %12 = neg(%3) return z: result %12 }',
    );
  });

  test('so is an elementwise op, unless its result is larger than what it is computed from', () => {
    const small = graphOf(loop('', '%8: f32[4] = exp(%y)'));
    expect(outline(hoistInvariants(small))).toMatch(/^%1 = exp\(%y\) %2 = loop/);
    const large = graphOf(
      `%9: f32[] = reduceSum(%y) {dims = [0]} ${loop('', '%10: f32[1] = reshape(%9) {shape = [1]} %11: f32[4] = broadcast(%10) {shape = [4]} %8: f32[4] = exp(%11)')}`,
    );
    expect(hoistInvariants(large)).toBe(large);
  });

  test('a condition that does not change is computed once', () => {
    const graph = graphOf(loop(`%9: i32[] = ${zero} %10: bool[] = gt(%n, %9)`, '%8: f32[4] = neg(%6)', '%10'));
    expect(outline(eliminateDead(hoistInvariants(graph)))).toMatch(
      /^%1 = constant\(\) 0 %2 = gt\(%n, %1\) %3 = loop\(%x\) block\(%4\) \{ yield %2 \}/,
    );
  });

  test('a loop within a body stays, for it may not end; within a condition it is run anyway', () => {
    const inner = (name: string) =>
      `${name}: f32[4] = loop(%y) block(%20: f32[4]) { %21: f32[] = reduceSum(%20) {dims = [0]} %22: bool[] = isNan(%21) yield %22 } block(%23: f32[4]) { %24: f32[4] = exp(%23) yield %24 }`;
    const body = graphOf(loop('', inner('%8')));
    expect(hoistInvariants(body)).toBe(body);
    const condition = graphOf(
      loop(`${inner('%30')} %31: f32[] = reduceSum(%30) {dims = [0]} %32: bool[] = isNan(%31)`, '%8: f32[4] = neg(%6)', '%32'),
    );
    expect(outline(eliminateDead(hoistInvariants(condition)))).toMatch(/^%1 = loop\(%y\)/);
  });

  test('out of a nest in as many rounds as it is deep', () => {
    const nest = graphOf(
      `%2: f32[4] = loop(%x) block(%3: f32[4]) { %4: f32[] = reduceSum(%3) {dims = [0]} %5: bool[] = isNan(%4) yield %5 }
      block(%6: f32[4]) { %7: f32[4] = loop(%6) block(%8: f32[4]) { %9: f32[] = reduceSum(%8) {dims = [0]} %10: bool[] = isNan(%9) yield %10 }
        block(%11: f32[4]) { %12: f32[4] = exp(%y) %13: f32[4] = mul(%11, %12) yield %13 } yield %7 } %1: f32[4] = neg(%2)`,
    );
    expect(outline(optimize(nest))).toMatch(/^%1 = exp\(%y\) %2 = loop/);
  });
});

describe('before a graph is differentiated', () => {
  test('loops of few known turns are written out: no tape, no loop on the way back', () => {
    const graph = graphOf(
      `%2: i32[] = ${zero} %7: i32[] = ${integer(2)}
      %8: i32[], %9: f32[4] = loop(%2, %x) block(%10: i32[], %11: f32[4]) { %12: bool[] = lt(%10, %7) yield %12 }
      block(%4: i32[], %5: f32[4]) { %6: i32[] = ${integer(1)} %13: i32[] = add(%4, %6) %14: f32[4] = mul(%5, %y) yield %13, %14 } %1: f32[] = reduceSum(%9) {dims = [0]}`,
      'loss: result %1',
    );
    expect(printGraph(differentiate(graph, { loss: 'loss', withRespectTo: ['x'] }))).not.toContain('loop');
  });
});
