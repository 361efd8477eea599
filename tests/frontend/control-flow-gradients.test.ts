import { grad } from 'kilnn/eager';
import { describe, expect, it } from 'vitest';
import { interpret } from '../../compiler/interpreter/index.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import { vjpGraph } from '../../compiler/passes/differentiate/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { eagerArgument, expectClose, runSource } from './eager.js';
import { evaluateSource } from './evaluate.js';

/** Methods that give a scalar of x: f32[3], and inputs. */
const programs: Readonly<Record<string, { readonly body: string; readonly inputs: readonly (readonly number[])[] }>> = {
  'a loop and a branch': {
    body: 'forward(x: Tensor<[3]>) { while (x.norm().item() > 1) x = x.div(2); if (x.norm().item() < 0.8) x = x.mul(10); return x.mul(x).sum(); }',
    inputs: [
      [3, 4, 5],
      [0.1, 0.2, 0.3],
      [0.5, 0.5, 0.6],
    ],
  },
  'values of tensors are outside of the gradient': {
    body: 'forward(x: Tensor<[3]>) { return x.mul(x.sum().item()).div(x.max().item() + 1).sum(); }',
    inputs: [
      [1, 2, 3],
      [-1, 0.5, 2],
    ],
  },
  'a loop that ends early': {
    body: 'forward(x: Tensor<[3]>) { let y = x; for (let i = 0; i < 6; i++) { y = y.mul(x).add(i); if (y.sum().item() > 20) return y.sum(); } return y.mul(2).sum(); }',
    inputs: [
      [1, 2, 3],
      [0.1, 0.2, 0.5],
    ],
  },
  'detach and noGrad in a loop': {
    body: 'forward(x: Tensor<[3]>) { let y = x; let n = 0; while (y.norm().item() < 20 && n < 5) { y = y.mul(x).add(y.detach()).add(noGrad(() => y.mul(3))); n++; } return y.sum(); }',
    inputs: [
      [1, 2, 3],
      [0.1, 0.2, 0.5],
    ],
  },
  'a rule: straight through': {
    body: 'forward(x: Tensor<[3]>) { const round = customGradient((a) => a.round(), (g) => g); return round(x.mul(x)).mul(x).sum(); }',
    inputs: [[0.6, 1.2, -2.2]],
  },
  'a rule that is not linear': {
    body: 'forward(x: Tensor<[3]>) { const clip = customGradient((a) => a.mul(1), (g, a) => g.clamp(-1, 1).mul(a.abs())); return clip(x.mul(5)).mul(x).sum(); }',
    inputs: [[0.6, 1.2, -2.2]],
  },
  'a rule of two inputs, one behind the other': {
    body: `forward(x: Tensor<[3]>) { const times = customGradient((a, b) => a.mul(b), (g, a, b) => [g.mul(b).mul(2), g.mul(a).mul(3)]);
      const y = times(x, x.add(1)); return times(y, y.detach()).add(times(x, y)).sum(); }`,
    inputs: [[0.6, 1.2, -2.2]],
  },
  'a rule in a loop and in a branch': {
    body: `forward(x: Tensor<[3]>) { const half = customGradient((a) => a.div(2), (g, a) => g.mul(a)); let y = x;
      while (y.norm().item() > 1) { y = half(y); if (y.sum().item() > 1) y = half(y.add(0.1)); } return y.mul(x).sum(); }`,
    inputs: [
      [3, 4, 5],
      [0.1, 0.2, 0.3],
      [-3, 1, -4],
    ],
  },
};

const names = Object.keys(programs);
const source = [
  `import { customGradient, model, nn, noGrad, type Tensor } from 'kilnn';`,
  ...names.map((name, index) => `@model() export class Net${index} extends nn.Module { ${programs[name]!.body} }`),
].join('\n');
const evaluation = evaluateSource(source);
const classes = runSource(source);

describe('gradients through control flow', () => {
  it('builds', () => expect(evaluation.diagnostics).toEqual([]));

  it.each(names)('%s', (name) => {
    const index = names.indexOf(name);
    const model = evaluation.models.find((candidate) => candidate.name === `Net${index}`)!;
    const { graph } = vjpGraph(verifyGraph(model.entries[0]!.graph), { outputs: ['result'], withRespectTo: ['x'] });
    verifyGraph(graph);
    for (const values of programs[name]!.inputs) {
      const x = eagerArgument({ shape: [3], values }).requiresGrad_();
      const [gradient] = grad(new classes[`Net${index}`]!().forward!(x) as typeof x, [x]);
      const inputs = new Map([
        ['x', { dtype: 'f32' as const, shape: [3], data: Float32Array.from(values) }],
        ['cotangent.result', { dtype: 'f32' as const, shape: [], data: Float32Array.of(1) }],
      ]);
      for (const each of [graph, verifyGraph(optimize(graph))]) {
        const outputs = interpret(each, inputs, { precision: 'f32' });
        const name = each.outputs.find(({ role }) => role === 'gradient')!.name;
        expectClose([[...outputs.get(name)!.data]], [[...(gradient!.data() as Float32Array)]]);
      }
    }
  });

  it("can be differentiated again where a rule is the user's", () => {
    const text = `import { customGradient, model, nn, type Tensor } from 'kilnn';
      const cube = customGradient((a) => a.mul(a).mul(a), (g, a) => g.mul(a).mul(a).mul(3));
      @model() export class Net extends nn.Module { forward(x: Tensor<[3]>) { return cube(x).sum(); } }`;
    const { models, diagnostics } = evaluateSource(text);
    expect(diagnostics).toEqual([]);
    const first = vjpGraph(models[0]!.entries[0]!.graph, { outputs: ['result'], withRespectTo: ['x'] }).graph;
    const gradient = first.outputs.find(({ role }) => role === 'gradient')!;
    const second = vjpGraph(
      { ...first, outputs: [{ ...gradient, name: 'slope', role: 'result' }], body: { ...first.body, results: [gradient.value] } },
      { outputs: ['slope'], withRespectTo: ['x'] },
    ).graph;
    const f32 = (shape: number[], ...values: number[]) => ({ dtype: 'f32' as const, shape, data: Float32Array.from(values) });
    const inputs = new Map([
      ['x', f32([3], 1, 2, -3)],
      ['cotangent.result', f32([], 1)],
      ['cotangent.slope', f32([3], 1, 1, 1)],
    ]);
    expect([...interpret(verifyGraph(second), inputs).get('x')!.data]).toEqual([6, 12, -18]);
    const x = eagerArgument({ shape: [3], values: [1, 2, -3] }).requiresGrad_();
    const [slope] = grad(new (runSource(text).Net!)().forward!(x) as typeof x, [x], { createGraph: true });
    expect([...(grad(slope!.sum(), [x])[0]!.data() as Float32Array)]).toEqual([6, 12, -18]);
  });
});
