/** The cases of training as models that are trained by their own built steps. */
import { type AnyTensor, type CreateOptions, tensor } from '../../runtime/index.js';
import type { AnyModel } from '../e2e/built.js';
import { type BuiltModel, type ModelPlan, onDevice, openModel, textOf } from './built-models.js';
import { defaultTolerance, differs, dtypeOf, type Figures, type TensorRecord, type TorchCase } from './cases.js';
import { constantsOf, givenOf, stateOf } from './module-plans.js';
import { textProblems } from './net-cases.js';
import { type Training, trainings } from './trainings.js';

export function trainPlan(torchCase: TorchCase): ModelPlan {
  const { name } = torchCase;
  const { X, t } = torchCase.inputs;
  const training = trainings[name]!;
  const constants = { ...torchCase, inputs: {} };
  const args = [`trainings['${name}']!`, JSON.stringify(givenOf(constants)), JSON.stringify(constantsOf(torchCase))];
  const members = [
    `constructor() { super(${args.join(', ')}); }`,
    `@loss objective(X: ${typeOf(X!)}${t === undefined ? '' : `, t: ${typeOf(t)}`}) { return this.lossOf(X${t === undefined ? '' : ', t'}); }`,
  ];
  if (training.end) members.push(`@entry({ mode: 'train' }) end(X: ${typeOf(X!)}) { return this.outputOf(X); }`);
  return {
    options: `{ optimizer: new optim.SGD(trainings['${name}']!.options) }`,
    body: `extends TrainedModel { ${members.join(' ')} }`,
    problems: (built, device) => trainedProblems(torchCase, training, built, device),
  };
}

/** The first dim has a name, as one would write it. */
function typeOf(record: TensorRecord): string {
  return `Tensor<['batch', ${record.shape.slice(1).join(', ')}], '${dtypeOf(record)}'>`;
}

async function trainedProblems(torchCase: TorchCase, training: Training, built: BuiltModel, device: CreateOptions): Promise<string[]> {
  const { X } = torchCase.inputs;
  const model = await openModel(built, device, stateOf({ ...torchCase, inputs: {} }));
  const problems = textProblems(torchCase, await textOf(built, model, 'net'));
  const losses: number[] = [];
  for (const args of batches(torchCase, training)) losses.push(await step(model, training, args));
  const outputs: Record<string, Figures> = { losses: { shape: [losses.length], dtype: 'f32', data: losses } };
  const read = async (value: AnyTensor): Promise<Figures> => ({ shape: value.shape, dtype: value.dtype, data: await value.data() });
  if (training.end) outputs.end = await read(await model.end!(onDevice(X!)));
  for (const [name, value] of Object.entries(await model.stateDict())) {
    const own = name.replace(/^net\./, '');
    outputs[`final.${own}`] = await read(value);
    outputs[`state.${own}`] = await read(value);
  }
  for (const [name, want] of Object.entries(torchCase.outputs!)) {
    const got = outputs[name];
    const problem = got === undefined ? `there is no ${name}` : differs(name, got, want, torchCase.tol ?? defaultTolerance);
    if (problem !== undefined) problems.push(problem);
  }
  model.dispose();
  return problems;
}

/** The arguments of each step. */
function* batches({ inputs: { X, t, order } }: TorchCase, { how, steps }: Training): Generator<AnyTensor[]> {
  const given = t === undefined ? [X!] : [X!, t];
  for (let step = 0; step < steps; step++) {
    if (how !== 'order') {
      yield given.map(onDevice);
      continue;
    }
    const size = order!.shape[1]!;
    const rows = order!.data.slice(step * size, (step + 1) * size).map(Number);
    for (let at = 0; at < size; at += 10) yield given.map((record) => onDevice(rowsOf(record, rows.slice(at, at + 10))));
  }
}

function rowsOf({ shape, dtype, data }: TensorRecord, rows: readonly number[]): TensorRecord {
  const width = shape.slice(1).reduce((a, b) => a * b, 1);
  return { shape: [rows.length, ...shape.slice(1)], dtype, data: rows.flatMap((row) => data.slice(row * width, (row + 1) * width)) };
}

/** One step: built, or by hand with the gradients of the built model. */
async function step(model: AnyModel, { how, options }: Training, args: readonly AnyTensor[]): Promise<number> {
  if (how !== 'hand') return Number(await (await model.train.objective!(...args)).loss.item());
  const { loss, gradients } = await model.gradients.objective!(...args);
  const rate = options.lr! / args[0]!.shape[0]!;
  for (const [name, gradient] of Object.entries(gradients)) {
    const [values, slopes] = [await model.parameter(name).data(), await gradient.data()];
    await model.setParameter(
      name,
      tensor(
        Float32Array.from(values, (value, i) => value - rate * slopes[i]!),
        { shape: gradient.shape },
      ),
    );
  }
  return Number(await loss.item());
}
