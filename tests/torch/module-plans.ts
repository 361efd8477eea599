/** The cases of modules as models. */
import type { CreateOptions } from '../../runtime/index.js';
import { type BuiltModel, gradientsOf, type ModelPlan, onDevice, openModel, textOf } from './built-models.js';
import { camelCase, NotThere } from './calls.js';
import { defaultTolerance, differs, dtypeOf, type TensorRecord, type TorchCase } from './cases.js';
import { moduleNets } from './module-nets.js';
import { textProblems, valueProblems } from './net-cases.js';
import { check } from './run-case.js';
import type { Constant, GivenTensor } from './torch-models.js';

export function modulePlan(torchCase: TorchCase): ModelPlan {
  const written = moduleNets[torchCase.name];
  if (written === undefined) {
    const script = scripts[torchCase.name];
    if (script === undefined) throw new NotThere('the snippet is not written as a model');
    return { body: script.body, problems: (built, device) => script.problems(built, device, torchCase) };
  }
  // Another case may have the same net.
  const name = Object.keys(moduleNets).find((each) => moduleNets[each] === written)!;
  const args = [`moduleNets['${name}']!`, JSON.stringify(givenOf(torchCase)), JSON.stringify(constantsOf(torchCase))];
  return {
    body: `extends NetModel { constructor() { super(${args.join(', ')}); } }`,
    problems: (built, device) => netModelProblems(torchCase, built, device),
  };
}

/** Results, gradients, names and text. */
async function netModelProblems(torchCase: TorchCase, built: BuiltModel, device: CreateOptions): Promise<string[]> {
  const model = await openModel(built, device, stateOf(torchCase));
  const { inputs, loss, outputs, params } = torchCase;
  const computation = { inputs: { ...inputs, ...params }, differentiate: [], cotangents: {}, compute: () => ({}) };
  const wanted = { ...torchCase, outputs: { ...outputs, loss: loss! } };
  const problems = await check(wanted, computation, () => gradientsOf(model, ['given.', 'net.']));
  problems.push(...textProblems(torchCase, await textOf(built, model, 'net')));
  model.dispose();
  return problems;
}

export function constantsOf(torchCase: TorchCase): Constant[] {
  return Object.keys(torchCase.constants ?? {}).map((path) => {
    const at = path.lastIndexOf('.');
    return { module: at < 0 ? '' : path.slice(0, at), name: camelCase(path.slice(at + 1)) };
  });
}

export function givenOf({ inputs, constants = {}, grads = {} }: TorchCase): Record<string, GivenTensor> {
  const typed = (record: TensorRecord, wanted: boolean): GivenTensor => {
    return { shape: record.shape, dtype: dtypeOf(record) as GivenTensor['dtype'], wanted };
  };
  const entries = [
    ...Object.entries(inputs).map(([name, record]) => [name, typed(record, Object.hasOwn(grads, name))] as const),
    ...Object.values(constants).map((record, i) => [`c${i}`, typed(record, false)] as const),
  ];
  return Object.fromEntries(entries);
}

export function stateOf({ inputs, constants = {}, params = {}, buffers }: TorchCase): Record<string, TensorRecord> {
  const constant = Object.fromEntries(Object.values(constants).map((record, i) => [`c${i}`, record]));
  return { ...prefixed('given.', { ...inputs, ...constant }), ...prefixed('net.', { ...params, ...buffers }) };
}

export function prefixed(prefix: string, records: Readonly<Record<string, TensorRecord>>): Record<string, TensorRecord> {
  return Object.fromEntries(Object.entries(records).map(([name, record]) => [`${prefix}${name}`, record]));
}

interface Script {
  readonly body: string;
  problems(built: BuiltModel, device: CreateOptions, torchCase: TorchCase): Promise<string[]>;
}

/** Cases that do something else than one forward pass. */
const scripts: Readonly<Record<string, Script>> = {
  'modules-shared-8x8-assign': {
    body: "extends NamedModel { constructor() { super(moduleNets['modules-shared-8x8']!.make()); } }",
    async problems(built, device, torchCase) {
      const model = await openModel(built, device, {});
      const rows = async (at: number) => (await model.parameter(`net.${at}.weight`).data()).slice(0, 8);
      const equal = async () => {
        const [one, other] = [await rows(2), await rows(4)];
        return { shape: [8], dtype: 'bool', data: Array.from(one, (value, i) => Number(value === other[i])) };
      };
      const before = await equal();
      const weight = Array.from(await model.parameter('net.2.weight').data());
      await model.setParameter('net.2.weight', onDevice({ shape: [8, 8], dtype: 'float32', data: [100, ...weight.slice(1)] }));
      const first = { shape: [], dtype: 'f32', data: (await rows(4)).slice(0, 1) };
      const got = { before, after: await equal(), first };
      return Object.entries(got).flatMap(([name, value]) => {
        const problem = differs(name, value, torchCase.outputs![name]!, torchCase.tol ?? defaultTolerance);
        return problem === undefined ? [] : [problem];
      });
    },
  },
  'modules-parameter-vs-tensor': {
    body: 'extends NamedModel { constructor() { super(new ParametersAndTensors()); } }',
    async problems(built, device, torchCase) {
      const model = await openModel(built, device, {});
      const own = ['a', 'b', 'c'].map((each) => `net.${each}.`);
      const under = (prefix: string) => model.namedParameters().filter(([name]) => name.startsWith(prefix));
      return valueProblems(torchCase, {
        names: own.map((prefix) => under(prefix).map(([name]) => name.slice(prefix.length))),
        sizes: own.map((prefix) => under(prefix).map(([, { shape }]) => shape)),
      });
    },
  },
};
