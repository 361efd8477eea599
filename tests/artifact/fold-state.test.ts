import { describe, expect, test } from 'vitest';
import { foldState } from '../../compiler/fold-state.js';
import { interpret } from '../../compiler/interpreter/index.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { parseGraph } from '../../compiler/ir/parse.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { optimize } from '../../compiler/passes/index.js';
import { evaluateSource } from '../frontend/evaluate.js';
import { expectClose, tensor, uniforms } from '../helpers/tensors.js';

const sourceOf = (fields: string, body: string, x: string) => `import { F, model, nn, ones, type Tensor } from 'kilnn';
@model()
export class Net extends nn.Module {
  ${fields}
  forward(x: Tensor<${x}>) {
    ${body}
  }
}`;

/** The optimised forward graph and random state, variances above 0. */
function frozen(text: string): { graph: Graph; state: Map<string, TensorData> } {
  const { models, diagnostics } = evaluateSource(text);
  expect(diagnostics).toEqual([]);
  const graph = optimize(models[0]!.entries[0]!.graph);
  const next = uniforms(3);
  const state = graph.inputs
    .filter(({ role }) => role !== 'argument')
    .map(({ name, value }): [string, TensorData] => {
      const shape = value.type.shape as number[];
      const count = shape.reduce((a, b) => a * b, 1);
      return [
        name,
        tensor(
          'f32',
          shape,
          Array.from({ length: count }, () => next() * 2 - (name.endsWith('running_var') ? 0 : 1)),
        ),
      ];
    });
  return { graph, state: new Map(state) };
}

function fold(text: string, sizes: readonly number[]): { ops: string[]; inputs: string[]; names: string[] } {
  const { graph, state } = frozen(text);
  let added = 0;
  const folded = foldState(
    graph,
    ({ name }) => state.get(name),
    () => `folded${added++}`,
  );
  verifyGraph(folded.graph);
  const again = optimize(folded.graph);
  const next = uniforms(5);
  const count = sizes.reduce((a, b) => a * b, 1);
  const x = tensor(
    'f32',
    sizes,
    Array.from({ length: count }, () => next() - 0.5),
  );
  const expected = interpret(graph, new Map([...state, ['x', x]]));
  const found = interpret(again, new Map([...state, ...folded.state, ['x', x]]));
  for (const [name, value] of expected) expectClose(found.get(name)!, value, { rtol: 1e-5, atol: 1e-5 }, name);
  const used = new Set(again.body.nodes.flatMap(({ inputs }) => inputs));
  const kept = again.inputs.filter(({ role, value }) => role !== 'argument' && used.has(value));
  return {
    ops: again.body.nodes.map(({ op }) => op),
    inputs: kept.map(({ value }) => value.type.shape.join('x')),
    names: kept.map(({ name }) => name),
  };
}

describe('state that is known', () => {
  test('the scale and shift of a norm become part of the convolution', () => {
    const { ops, inputs } = fold(
      sourceOf(
        'conv = new nn.Conv2d(2, 6, 3, { padding: 1, groups: 2 });\n  norm = new nn.BatchNorm2d(6);',
        'return F.relu(this.norm.eval().forward(this.conv.forward(x)));',
        "['batch', 2, 5, 4]",
      ),
      [3, 2, 5, 4],
    );
    expect(ops.filter((op) => ['mul', 'sub', 'div', 'sqrt'].includes(op))).toEqual([]);
    expect(inputs).toEqual(['6x1x3x3', '1x6x1x1']);
  });

  test('and of a linear layer, whose columns lie in panels of eight', () => {
    const { ops, inputs } = fold(
      sourceOf(
        'linear = new nn.Linear(5, 16);\n  norm = new nn.BatchNorm1d(16);',
        'return this.norm.eval().forward(this.linear.forward(x));',
        "['batch', 5]",
      ),
      [3, 5],
    );
    expect(ops.filter((op) => ['mul', 'sub', 'div', 'sqrt'].includes(op))).toEqual([]);
    expect(inputs).toEqual(['2x5x8', '1x16']);
  });

  test('what is used twice is not multiplied into weights, and shared weights are stored once', () => {
    const { inputs } = fold(
      sourceOf(
        'linear = new nn.Linear(16, 16, { bias: false });\n  scale = new nn.Parameter(ones([16]));',
        'const y = this.linear.forward(x); return y.mul(this.scale).add(y).add(this.linear.forward(y));',
        "['batch', 16]",
      ),
      [2, 16],
    );
    expect([...inputs].sort()).toEqual(['16', '16x16']);
  });

  test('what is computed of state alone is computed once, unless it is large', () => {
    const { ops, inputs } = fold(
      sourceOf(
        'v = new nn.Parameter(ones([3, 4]));\n  g = new nn.Parameter(ones([3, 1]));\n  row = new nn.Parameter(ones([5]));',
        `const w = this.v.mul(this.g).div(this.v.square().sum([1], { keepdim: true }).sqrt());
    return x.matmul(w.t()).sum().add(this.row.reshape(5, 1).mul(this.row).sub(x.sum()).sum());`,
        "['batch', 4]",
      ),
      [2, 4],
    );
    expect(ops).not.toContain('sqrt');
    expect(inputs).toEqual(['5', '3x4']);
  });

  test('a division by the result, and a result that is given out, stay', () => {
    const graph = parseGraph(`graph stays(
  %x: f32[n, 2] argument,
  %w: f32[3, 2] parameter,
  %s: f32[1, 3] parameter,
) {
  %0: f32[n, 3] = contract(%x, %w) {equation = "nk,ok->no"}
  %1: f32[n, 3] = broadcast(%s) {shape = [n, 3]}
  %2: f32[n, 3] = div(%1, %0)
  %3: f32[n, 3] = contract(%x, %w) {equation = "nk,ok->no"}
  %4: f32[n, 3] = mul(%3, %1)
  return first: result %2, second: result %3, third: result %4
}
`);
    const state = new Map([
      ['w', tensor('f32', [3, 2], [1, 2, 3, 4, 5, 6])],
      ['s', tensor('f32', [1, 3], [1, 2, 3])],
    ]);
    const folded = foldState(
      graph,
      ({ name }) => state.get(name),
      () => 'none',
    );
    expect(folded.state.size).toBe(0);
    expect(folded.graph).toBe(graph);
  });
});
