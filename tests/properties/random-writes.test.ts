import * as fc from 'fast-check';
import type { Tensor } from 'kilnn';
import * as kilnn from 'kilnn';
import { grad, tensor } from 'kilnn/eager';
import { describe, expect, test } from 'vitest';
import { interpret } from '../../compiler/interpreter/index.js';
import { gradientGraph, lostValuesOf } from '../../compiler/training-step.js';
import { runGraph, runSource } from '../frontend/eager.js';
import { evaluateSource } from '../frontend/evaluate.js';
import { inputShape, writeProgram } from './random-writes.js';

const size = 24;
const numbers = fc.array(fc.nat(1000), { minLength: 10, maxLength: 80 });
const inputs = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: size, maxLength: size });

const run = (text: string, x: Tensor): Tensor[] => new Function('kilnn', 'x', text)(kilnn, x) as Tensor[];

/** A positive zero for a negative one: memory does not tell them apart here. */
const plain = (values: ArrayLike<number>) => Array.from(values, (value) => value + 0);

describe('views and changes in place', () => {
  test('do to memory what they do with strides', () => {
    fc.assert(
      fc.property(numbers, inputs, (choices, input) => {
        const { text, results } = writeProgram(choices, input);
        const found = run(text, tensor(input).reshape(...inputShape));
        expect(found.map((value) => [value.shape, plain(value.data())])).toEqual(
          results.map((value) => [value.shape, plain(value.read())]),
        );
      }),
      { numRuns: 400 },
    );
  });

  test('are functions of values in a build', () => {
    const drawn = fc.sample(fc.tuple(numbers, inputs), { numRuns: 60, seed: 11 });
    const bodies = drawn.map(([choices, input]) => writeProgram(choices, input).text);
    const classes = bodies.map(
      (text, i) => `@model() export class Net${i} extends nn.Module { forward(x: Tensor<[2, 3, 4]>) { ${text} } }`,
    );
    const source = `import { model, nn, type Tensor } from 'kilnn';\n${classes.join('\n')}`;
    const { models, diagnostics } = evaluateSource(source);
    expect(diagnostics).toEqual([]);
    const eager = runSource(source);
    expect(Object.keys(eager).length).toBe(drawn.length);
    drawn.forEach(([choices, input], i) => {
      for (const sign of [1, -1]) {
        const values = input.map((value) => value * sign);
        const { results } = writeProgram(choices, values);
        const model = models.find(({ name }) => name === `Net${i}`)!;
        const found = runGraph(model, 'forward', [{ shape: inputShape, values }]);
        expect(found.map(plain), bodies[i]).toEqual(results.map((value) => plain(value.read())));
      }
    });
  });

  test('have the gradients that differences show', () => {
    const drawn = fc.sample(fc.tuple(numbers, inputs), { numRuns: 40, seed: 5 });
    const weighed = 'map((v, i) => v.mul(v).sum().mul(i + 1)).reduce((a, b) => a.add(b))';
    const bodies = drawn.map(([choices, input]) =>
      writeProgram(choices, input, true).text.replace(/\];$/, `].${weighed}.add(x.mul(x).sum());`),
    );
    const classes = bodies.map(
      (text, i) => `@model() export class Net${i} extends nn.Module {
        shift = new nn.Parameter(zeros([2, 3, 4]));
        @loss objective(given: Tensor<[2, 3, 4]>) { const x = given.add(this.shift); ${text} }
      }`,
    );
    const { models, diagnostics } = evaluateSource(`import { loss, model, nn, type Tensor, zeros } from 'kilnn';\n${classes.join('\n')}`);
    expect(diagnostics).toEqual([]);
    drawn.forEach(([choices, input], i) => {
      const lossOf = (values: readonly number[]) => {
        let sum = values.reduce((squares, value) => squares + value * value, 0);
        writeProgram(choices, values, true).results.forEach((result, at) => {
          for (const value of result.read()) sum += (at + 1) * value * value;
        });
        return sum;
      };
      // The loss is quadratic: its differences are its slopes.
      const want = input.map((value, at) => (lossOf(input.with(at, value + 1)) - lossOf(input.with(at, value - 1))) / 2);
      const x = tensor(input)
        .reshape(...inputShape)
        .requiresGrad_();
      const [eager] = grad(new Function('kilnn', 'x', bodies[i]!)(kilnn, x) as Tensor, [x]);
      expect(plain(eager!.data()), bodies[i]).toEqual(plain(want));
      const model = models.find(({ name }) => name === `Net${i}`)!;
      const entry = model.entries[0]!;
      expect(lostValuesOf(entry, model)).toEqual([]);
      const given = { dtype: 'f32' as const, shape: inputShape, data: Float64Array.from(input) };
      const zeros = { ...given, data: new Float64Array(size) };
      const outputs = interpret(
        gradientGraph(entry, model),
        new Map([
          ['given', given],
          ['shift', zeros],
        ]),
      );
      expect(plain(outputs.get('shift')!.data), bodies[i]).toEqual(plain(want));
    });
  });
});
