/** Every rewrite rule by itself, on graphs that it is meant for. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpret } from '../../compiler/interpreter/index.js';
import { namedDim } from '../../compiler/ir/dim.js';
import { printGraph } from '../../compiler/ir/print.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import { foldRules } from '../../compiler/passes/fold-constants.js';
import { applyRules } from '../../compiler/passes/rule.js';
import { simplifyRules } from '../../compiler/passes/simplify.js';
import { Draw, drawNumbers } from '../helpers/draw.js';
import { Scene } from '../helpers/random-graph.js';
import { rulePatterns } from '../helpers/rule-patterns.js';
import { expectClose } from '../helpers/tensors.js';

const rules = [...simplifyRules, ...foldRules];

/** These change the order of a sum, how a product is rounded or the sign of a zero, and nothing else. */
const roundsOtherwise = /^(sum|reduce\(|x\^0|contract|conv|fold|f\(c1|f\(literal)/;

function patternGraphs(equation: string, oddValues: boolean) {
  return fc
    .record({ numbers: drawNumbers(60), seed: fc.nat({ max: 0xffff }), n: fc.constantFrom(2, 3, 1, 5) })
    .map(({ numbers, seed, n }) => {
      const scene = new Scene({ oddValues }, n, seed);
      const value = rulePatterns[equation]!(scene, new Draw(numbers));
      // Binds the named size where the pattern's own inputs do not.
      scene.input('f32', [namedDim('n')]);
      scene.builder.output('y', 'result', value);
      return { graph: scene.builder.finish(), inputs: scene.inputs };
    });
}

test('every rule has a pattern, and every pattern a rule', () => {
  expect(Object.keys(rulePatterns).sort()).toEqual(rules.map((rule) => rule.equation).sort());
});

describe.each(rules)('$equation', (rule) => {
  test.each([
    { precision: 'f64', oddValues: false },
    { precision: 'f64', oddValues: true },
    { precision: 'f32', oddValues: true },
  ] as const)('holds in $precision (odd values: $oddValues)', ({ precision, oddValues }) => {
    fc.assert(
      // Another order of operations overflows elsewhere.
      fc.property(
        patternGraphs(rule.equation, oddValues && !(precision === 'f32' && roundsOtherwise.test(rule.equation))),
        ({ graph, inputs }) => {
          const rewritten = verifyGraph(applyRules(graph, [rule]));
          const expected = interpret(graph, inputs, { precision }).get('y')!;
          const actual = interpret(rewritten, inputs, { precision }).get('y')!;
          const rounding = precision === 'f64' && !rule.equation.startsWith('f(') ? 1e-10 : 1e-5;
          const closeness = roundsOtherwise.test(rule.equation) ? { rtol: rounding, atol: rounding } : { rtol: 0, atol: 0 };
          expectClose(actual, expected, closeness, printGraph(graph) + printGraph(rewritten));
          if (closeness.rtol === 0)
            expect([...actual.data].map((value) => Object.is(value, -0))).toEqual([...expected.data].map((value) => Object.is(value, -0)));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('applies', () => {
    const graphs = fc.sample(patternGraphs(rule.equation, false), { numRuns: 100, seed: 3 });
    expect(graphs.filter(({ graph }) => applyRules(graph, [rule]) !== graph).length).toBeGreaterThanOrEqual(5);
  });
});
