/** The cases of autograd as models. */
import { jsBackend } from '../../compiler/backends/js/index.js';
import { verifyGraph } from '../../compiler/ir/verify.js';
import { lowerGraph } from '../../compiler/kernel/index.js';
import { cotangentName, vjpGraph } from '../../compiler/passes/differentiate/index.js';
import { optimize } from '../../compiler/passes/index.js';
import type { AnyTensor, CreateOptions } from '../../runtime/index.js';
import { openOnJs } from '../helpers/js-program.js';
import { derivations, functions } from './autograd-functions.js';
import { type BuiltModel, figures, gradientsOf, type ModelPlan, openModel } from './built-models.js';
import { NotThere } from './calls.js';
import type { Figures, TensorRecord, TorchCase } from './cases.js';
import { givenOf, prefixed } from './module-plans.js';
import { check, type Results } from './run-case.js';
import type { GivenTensor } from './torch-models.js';
import { dataOf } from './trace.js';

export function autogradPlan(torchCase: TorchCase): ModelPlan {
  const { name, cotangents } = torchCase;
  if (name in derivations) return derivedPlan(torchCase);
  if (functions[name] === undefined) throw new NotThere('the snippet is not written as a model');
  const text = `functions['${name}']!, ${JSON.stringify(givenOf(torchCase))}`;
  if (cotangents === undefined) {
    return {
      body: `extends FunctionModel { constructor() { super(${text}); } }`,
      problems: (built, device) => compare(torchCase, built, device, resultsOf),
    };
  }
  const weights = givenOf({ ...torchCase, inputs: cotangents, grads: {} });
  return {
    body: `extends WeighedModel { constructor() { super(${text}, ${JSON.stringify(weights)}); } }`,
    problems: (built, device) => compare(torchCase, built, device, (model) => gradientsOf(model, ['given.'])),
  };
}

type Model = Awaited<ReturnType<typeof openModel>>;

async function compare(
  torchCase: TorchCase,
  built: BuiltModel,
  device: CreateOptions,
  run: (model: Model) => Promise<Results>,
): Promise<string[]> {
  const { inputs, cotangents = {} } = torchCase;
  const model = await openModel(built, device, { ...prefixed('given.', inputs), ...prefixed('cotangents.', cotangents) });
  return check(torchCase, { inputs, differentiate: [], cotangents: {}, compute: () => ({}) }, () => run(model));
}

async function resultsOf(model: Model): Promise<Results> {
  const results = (await model.forward!()) as unknown as Readonly<Record<string, AnyTensor>>;
  const outputs: Record<string, Figures> = {};
  for (const [name, value] of Object.entries(results)) outputs[name] = await figures(value);
  return { outputs, gradients: {} };
}

/** Gradients are outputs of such a case, under names of its own. */
function derivedPlan(torchCase: TorchCase): ModelPlan {
  const { gradients } = derivations[torchCase.name]!;
  const wanted = Object.values(gradients);
  const given: Record<string, GivenTensor> = givenOf({ ...torchCase, grads: Object.fromEntries(wanted.map((name) => [name, null])) });
  for (const [output, name] of Object.entries(gradients)) {
    const { shape } = torchCase.outputs![output] as TensorRecord;
    given[name] ??= { shape, dtype: 'f32', wanted: true };
  }
  return {
    body: `extends DerivedModel { constructor() { super(derivations['${torchCase.name}']!, ${JSON.stringify(given)}); } }`,
    problems: (built, device) =>
      compare(torchCase, built, device, async (model) => {
        const found = await gradientsOf(model, ['given.']);
        const outputs: Record<string, Figures> = { ...found.outputs };
        for (const [output, name] of Object.entries(gradients)) outputs[output] = found.gradients[name]!;
        if (torchCase.outputs!.g2 !== undefined) outputs.g2 = await secondDerivative(built, torchCase, 'x0');
        return { outputs, gradients: {} };
      }),
  };
}

/** The gradient of the sum of the gradient, both of the graph that the build has made of the source; in JavaScript. */
async function secondDerivative({ compilation }: BuiltModel, { inputs }: TorchCase, name: string): Promise<Figures> {
  const input = `given.${name}`;
  const entry = compilation.model.entries.find(({ kind }) => kind === 'loss')!;
  const first = vjpGraph(entry.graph, { outputs: ['loss'], withRespectTo: [input] }).graph;
  const { value } = first.outputs.find(({ role }) => role === 'gradient')!;
  const slope = { ...first, outputs: [{ name: 'slope', role: 'result' as const, value }], body: { ...first.body, results: [value] } };
  const graph = optimize(verifyGraph(vjpGraph(slope, { outputs: ['slope'], withRespectTo: [input] }).graph));
  const x = dataOf(inputs[name]!);
  const given = new Map([
    [input, x],
    [cotangentName('loss'), { dtype: 'f32' as const, shape: [], data: Float32Array.of(1) }],
    [cotangentName('slope'), { ...x, data: x.data.map(() => 1) }],
  ]);
  const program = await openOnJs(graph, lowerGraph(graph, jsBackend.traits), given);
  const outputs = await program.run(given);
  return outputs.get(graph.outputs.find(({ role }) => role === 'gradient')!.name)!;
}
