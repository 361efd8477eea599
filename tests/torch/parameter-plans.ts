/** The cases of parameters as models. */
import type { AnyTensor, CreateOptions } from '../../runtime/index.js';
import { type BuiltModel, figures, gradientsOf, type ModelPlan, onDevice, openModel, textOf } from './built-models.js';
import { NotThere } from './calls.js';
import type { Figures, TensorRecord, TorchCase } from './cases.js';
import { givenOf, prefixed } from './module-plans.js';
import { textProblems, valueProblems } from './net-cases.js';
import { changes } from './parameter-changes.js';
import { check } from './run-case.js';

export function parameterPlan(torchCase: TorchCase): ModelPlan {
  const { name } = torchCase;
  if (name === 'params-load-state-dict') return loadPlan(torchCase);
  if (name === 'params-apply-order') return visitedPlan(torchCase);
  if (changes[name] === undefined) throw new NotThere('the snippet is not written as a model');
  const values = Object.entries(torchCase.params!).map(([each, record]) => [each, nested(record)]);
  const args = [`changes['${name}']!`, JSON.stringify(givenOf(torchCase)), JSON.stringify(Object.fromEntries(values))];
  return {
    body: `extends ChangedModel { constructor() { super(${args.join(', ')}); } }`,
    problems: (built, device) => changedProblems(torchCase, built, device),
  };
}

function nested({ shape: [size, ...rest], dtype, data }: TensorRecord): unknown {
  if (size === undefined) return data[0];
  const width = data.length / size;
  return Array.from({ length: size }, (_, i) => nested({ shape: rest, dtype, data: data.slice(i * width, (i + 1) * width) }));
}

/** The changed parameters are the initial state. */
async function changedProblems(torchCase: TorchCase, built: BuiltModel, device: CreateOptions): Promise<string[]> {
  const model = await openModel(built, device, prefixed('given.', torchCase.inputs));
  const { inputs, loss, outputs, params } = torchCase;
  const final: Record<string, Figures> = {};
  for (const [name, value] of model.namedParameters()) final[name.replace(/^net\./, 'final.')] = await figures(value);
  const wanted = { ...torchCase, outputs: { ...outputs, loss: loss! } };
  const computation = { inputs: { ...inputs, ...params }, differentiate: [], cotangents: {}, compute: () => ({}) };
  const problems = await check(wanted, computation, async () => {
    const found = await gradientsOf(model, ['given.', 'net.']);
    return { outputs: { ...found.outputs, ...final }, gradients: found.gradients };
  });
  return [...problems, ...textProblems(torchCase, await textOf(built, model, 'net'))];
}

function loadPlan(torchCase: TorchCase): ModelPlan {
  return {
    body: `extends nn.Module { hidden = new nn.Linear(5, 6); output = new nn.Linear(6, 3);
      forward(x: Tensor<[2, 5]>) { return this.output.forward(F.relu(this.hidden.forward(x))); } }`,
    async problems(built, device) {
      const x = onDevice(torchCase.inputs.x!);
      const net = await openModel(built, { ...device, seed: 1 }, {});
      const clone = await openModel(built, { ...device, seed: 2 }, {});
      const all = await clone.loadStateDict(await net.stateDict());
      const [y, other] = [await (await net.forward!(x)).data(), await (await clone.forward!(x)).data()];
      const dictionary: Record<string, AnyTensor> = {
        ...(await net.stateDict()),
        'extra.weight': onDevice({ shape: [1], dtype: 'float32', data: [0] }),
      };
      delete dictionary['hidden.bias'];
      const { missingKeys: missing, unexpectedKeys: unexpected } = await clone.loadStateDict(dictionary, { strict: false });
      const matched = all.missingKeys.length + all.unexpectedKeys.length === 0;
      const equal = y.every((value, i) => value === other[i]);
      return valueProblems(torchCase, { message: matched ? '<All keys matched successfully>' : '', equal, missing, unexpected });
    },
  };
}

/** The constructor asks while the model is built: what it throws ends the build. */
function visitedPlan({ values }: TorchCase): ModelPlan {
  const found = `const found = JSON.stringify(applyOrder()); if (found !== '${JSON.stringify(values)}') throw new Error(found);`;
  return { body: `extends NamedModel { constructor() { super(new nn.ReLU()); ${found} } }`, problems: () => [] };
}
