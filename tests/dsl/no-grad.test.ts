/** `noGrad` keeps everything computed within it out of the gradient, eagerly and compiled. */
import { fileURLToPath } from 'node:url';
import { nn, noGrad, ones, type Tensor } from 'kilnn';
import { gradients, tensor, toTypedArray } from 'kilnn/eager';
import { expect, test } from 'vitest';
import { evaluateModels } from '../../compiler/frontend/index.js';
import { interpret } from '../../compiler/interpreter/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { gradientGraph } from '../../compiler/training-step.js';
import { Kept } from './no-grad.model.js';

const x = tensor([0.5, -1, 2]);
const w = tensor([3, -2, 0.25]);
const dataOf = (value: Tensor): TensorData => ({ dtype: value.dtype, shape: value.shape, data: toTypedArray(value) });

/** The gradient of w by hand: that of sum(w x), and w^2 where the loss is `objective`. */
const byHand = { objective: [9.5, 3, 2.0625], recovered: [0.5, -1, 2] } as const;

for (const name of ['objective', 'recovered'] as const) {
  test(`the gradient of ${name} is that by hand, eagerly and compiled`, () => {
    const net = new Kept();
    noGrad(() => net.w.copy_(w));
    const eager = gradients(net, () => net[name](x));
    expect(Array.from(eager.gradients.w!.data())).toEqual(byHand[name]);

    const { models, diagnostics } = evaluateModels([fileURLToPath(new URL('./no-grad.model.ts', import.meta.url))], {});
    expect(diagnostics).toEqual([]);
    const model = models[0]!;
    const graph = gradientGraph(model.entries.find((entry) => entry.name === name)!, model);
    const results = interpret(
      graph,
      new Map([
        ['x', dataOf(x)],
        ['w', dataOf(w)],
      ]),
    );
    const gradient = graph.outputs.find(({ role }) => role === 'gradient')!;
    expect(Array.from(results.get(gradient.name)!.data)).toEqual(byHand[name]);
    expect(results.get(graph.outputs[0]!.name)!.data[0]).toBeCloseTo(eager.loss.item(), 5);
  });
}

test('noGrad within noGrad, and what is made a leaf there', () => {
  const p = new nn.Parameter(ones([2]));
  let leaf: Tensor | undefined;
  noGrad(() => {
    noGrad(() => p.mul_(2));
    p.mul_(2);
    leaf = p.mul(1).requiresGrad_();
  });
  expect(Array.from(p.data())).toEqual([4, 4]);
  leaf!.mul(p).sum().backward();
  expect([leaf!.grad!.data(), p.grad!.data()].map((each) => Array.from(each))).toEqual([
    [4, 4],
    [4, 4],
  ]);
  expect(() => p.mul_(2)).toThrow('cannot be changed in place');
});
