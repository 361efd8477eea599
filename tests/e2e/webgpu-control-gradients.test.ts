/** Gradients through control flow on webgpu, next to the interpreter: small nets, one device, chunks of few turns. */
import { expect, test } from 'vitest';
import { wgslBackend } from '../../compiler/backends/wgsl/index.js';
import type { EvaluatedModel } from '../../compiler/frontend/evaluated-model.js';
import { interpret } from '../../compiler/interpreter/index.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import { lowerGraph } from '../../compiler/kernel/index.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { vjpGraph } from '../../compiler/passes/differentiate/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { regionsOf } from '../../runtime/devices/webgpu/regions.js';
import { evaluateSource } from '../frontend/evaluate.js';
import { mismatch } from '../helpers/close.js';
import { openOnGpu } from '../helpers/gpu-program.js';

interface Case {
  readonly body: string;
  /** Values of x, one call each. */
  readonly inputs: readonly (readonly number[])[];
  /** Differentiated a second time. */
  readonly twice?: boolean;
}

const ways = [
  [3, 4, 5],
  [0.1, -0.2, 0.3],
];

/** Statements of forward(x: f32[3]) that give a scalar, with a parameter w: f32[3]. */
const cases: Readonly<Record<string, Case>> = {
  'a chimera: a layer twice, halved while it is large': {
    body: 'let y = x.mul(w).add(1).relu().mul(w); while (y.abs().sum().item() > 1) y = y.div(2); return y.mul(y).sum();',
    inputs: ways,
  },
  'a loop that NaN ends': {
    body: 'let y = x.mul(w); for (let i = 0; y.sum().item() > 0.5 && i < 20; i++) y = y.sub(1.3).log().mul(w); return y.mul(x).sum();',
    inputs: [...ways, [Number.NaN, 1, 2]],
  },
  'loops in loops': {
    body: 'let y = x.mul(w); for (let i = 0; y.norm().item() > 0.4 && i < 5; i++) { for (let j = 0; j < i + 1 && y.sum().item() > 0; j++) y = y.mul(w).sin(); y = y.mul(0.7).add(x.mul(0.1)); } return y.pow(2).sum();',
    inputs: ways,
  },
  'break and continue': {
    body: 'let y = x; for (let i = 0; i < 12; i++) { y = y.mul(w).tanh(); if (y.sum().item() < 0.11) break; if (i % 2 === 1) continue; y = y.add(x.mul(0.3)); if (y.max().item() > 1.17) break; } return y.pow(2).sum();',
    inputs: ways,
  },
  'an early return from a loop and a branch': {
    body: 'let y = x.mul(w); if (y.sum().item() < 0) return y.pow(3).sum(); for (let i = 0; i < 6; i++) { y = y.mul(w).add(i * 0.1); if (y.sum().item() > 9) return y.mul(x).sum(); } return y.exp().sum();',
    inputs: [...ways, [-3, 1, -4]],
  },
  'a tape that outgrows its chunks': {
    body: 'let y = x.mul(0.01); while (y.norm().item() < 1.7) y = y.mul(w.mul(0.1).add(1)).add(y.mul(y).mul(0.05)); return y.mul(w).sum();',
    inputs: [
      [3, 4, 5],
      [0.5, 0.6, 0.7],
    ],
  },
  'branches in turns, writes in place': {
    body: 'const y = x.mul(w); for (let i = 0; i < 5 && y.norm().item() > 0.2; i++) { y.mul_(0.8); if (y.sum().item() > 1) y.select(0, 1).add_(x.select(0, 0)); else y.sub_(x.mul(0.2)); } return y.pow(2).sum();',
    inputs: ways,
  },
  'either of two, written in turns': {
    body: 'const a = x.mul(w), b = x.add(w); for (let i = 0; i < 3; i++) { const t = a.sum().item() > b.sum().item() ? a : b; t.mul_(-0.5); } return a.pow(2).sum().add(b.pow(2).sum());',
    inputs: ways,
  },
  'the second derivative of a loop': {
    body: 'let y = x; while (y.norm().item() < 9) y = y.mul(x).mul(w).add(x); return y.sum();',
    inputs: [
      [1.3, 1.2, 1.4],
      [5, 5, 6],
    ],
    twice: true,
  },
};

const names = Object.keys(cases);
const source = [
  "import { full, model, nn, type Tensor } from 'kilnn';",
  ...names.map(
    (name, i) =>
      `@model() export class Net${i} extends nn.Module { w = new nn.Parameter(full([3], 1)); forward(x: Tensor<[3]>) { const { w } = this; ${cases[name]!.body} } }`,
  ),
].join('\n');

const f32 = (shape: readonly number[], ...values: number[]): TensorData => ({ dtype: 'f32', shape, data: Float32Array.from(values) });

/** The value and its gradients; of the sum of those the gradients again, if that is asked for. */
function gradientGraph(model: EvaluatedModel, twice: boolean): Graph {
  const first = vjpGraph(verifyGraph(model.entries[0]!.graph), { outputs: ['result'], withRespectTo: ['x', 'w'] }).graph;
  if (!twice) return optimize(first);
  const slope = first.outputs.find(({ role, name }) => role === 'gradient' && name === 'x')!;
  const again: Graph = {
    ...first,
    outputs: [{ ...slope, name: 'slope', role: 'result' }],
    body: { ...first.body, results: [slope.value] },
  };
  return optimize(vjpGraph(again, { outputs: ['slope'], withRespectTo: ['x', 'w'] }).graph);
}

test('gradients through control flow on webgpu', async () => {
  const { models, diagnostics } = evaluateSource(source, { typeCheck: false });
  expect(diagnostics).toEqual([]);
  for (const [index, name] of names.entries()) {
    const { inputs, twice = false } = cases[name]!;
    const graph = verifyGraph(gradientGraph(models.find((model) => model.name === `Net${index}`)!, twice));
    const given = (x: readonly number[]) =>
      new Map([
        ['x', f32([3], ...x)],
        ['w', f32([3], 0.9, 1.1, 0.7)],
        ['cotangent.result', f32([], 1)],
        ['cotangent.slope', f32([3], 1, 1, 1)],
      ]);
    const program = lowerGraph(graph, wgslBackend.traits);
    const { executor, run } = await openOnGpu(graph, program, given(inputs[0]!), regionsOf(4));
    try {
      // The first one again: chunks and tapes have the size that the last call left.
      for (const x of [...inputs, inputs[0]!]) {
        const want = interpret(graph, given(x), { precision: 'f32' });
        const found = await run(given(x));
        expect([...found.keys()].length, name).toBeGreaterThan(1);
        for (const [output, { data }] of found) {
          expect(mismatch(data, want.get(output)!.data, { rtol: 1e-4, atol: 1e-5 }), `${output} of ${name} at ${x.join()}`).toBeUndefined();
        }
      }
    } finally {
      executor.dispose();
    }
  }
}, 120_000);
