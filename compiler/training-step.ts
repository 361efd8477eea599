/** The programs of a loss entry: its gradients, and a whole training step. Both are graphs like any other. */
import type { Entry, EvaluatedModel, EvaluatedOptimizer, OptimizerStateEntry } from './frontend/evaluated-model.js';
import type { GraphBuilder } from './ir/build.js';
import type { Graph, GraphInput, Value } from './ir/graph.js';
import type { TensorType } from './ir/types.js';
import { type Differentiated, differentiateWithReport, type LostValue, lostValues } from './passes/differentiate/index.js';
import { copyBody, mapped } from './passes/rewrite.js';

/**
 * The names of the parameters that an entry trains, in the order of the state dictionary: those that require a gradient,
 * shared ones once under their first name.
 */
export function trainableParameters(model: Pick<EvaluatedModel, 'state'>): string[] {
  return model.state
    .filter((entry) => entry.kind === 'parameter' && entry.requiresGrad && entry.alias === undefined)
    .map((entry) => entry.name);
}

function trainingGraphOf(entry: Entry): Graph {
  if (!entry.training) throw new Error(`the entry '${entry.name}' is no loss: it has no training graph`);
  return entry.training;
}

/** The trainable parameters that the entry's loss reads: only these are inputs of its graph. */
function readParameters(graph: Graph, model: Pick<EvaluatedModel, 'state'>): string[] {
  const inputs = new Set(graph.inputs.filter((input) => input.role === 'parameter').map((input) => input.name));
  return trainableParameters(model).filter((name) => inputs.has(name));
}

/**
 * The loss and its gradients: outputs `loss` (and whatever else the entry returns), buffers that it updates, then a
 * gradient for each trainable parameter that the loss reads. `unreached` names those whose gradient is zero because nothing
 * flows back to them. Parameters that the loss does not read have no gradient output (PyTorch's None). Then come the gradients of
 * the arguments that the loss asks for.
 */
export function gradientGraphWithReport(entry: Entry, model: Pick<EvaluatedModel, 'state'>): Differentiated {
  return differentiateEntry(entry, differentiatedInputs(entry, model));
}

function differentiatedInputs(entry: Entry, model: Pick<EvaluatedModel, 'state'>): string[] {
  return [...readParameters(trainingGraphOf(entry), model), ...(entry.differentiated ?? [])];
}

function differentiateEntry(entry: Entry, withRespectTo: readonly string[]): Differentiated {
  const graph = trainingGraphOf(entry);
  const loss = graph.outputs[0]!.name;
  const { graph: gradients, unreached } = differentiateWithReport(graph, { loss, withRespectTo });
  return { graph: { ...gradients, name: `gradients.${entry.name}` }, unreached };
}

/** What the gradients of an entry's loss need although it was changed in place before. */
export function lostValuesOf(entry: Entry, model: Pick<EvaluatedModel, 'state'>): LostValue[] {
  const graph = trainingGraphOf(entry);
  if (entry.writes === undefined) return [];
  return lostValues(graph, entry.writes, { loss: graph.outputs[0]!.name, withRespectTo: differentiatedInputs(entry, model) });
}

export function gradientGraph(entry: Entry, model: Pick<EvaluatedModel, 'state'>): Graph {
  return gradientGraphWithReport(entry, model).graph;
}

/**
 * One training step: the gradients of the parameters that the optimizer was given, what the model's own function makes of them
 * all together, then the optimizer's update of every parameter that a gradient reaches, in order. New inputs: run-time scalars
 * (role hyper, f32[]) and the optimizer's state. Outputs: the loss and the entry's other results, the buffers, then for each
 * parameter its new value (role parameter) and its new state (role optimizer).
 *
 * As in PyTorch, a parameter that no gradient reaches is left alone, weight decay included.
 */
export function trainingGraph(entry: Entry, model: Pick<EvaluatedModel, 'state' | 'optimizer'>): Graph {
  const { optimizer } = model;
  if (!optimizer) throw new Error(`the entry '${entry.name}' cannot be trained: the model has no optimizer`);
  const trained = readParameters(trainingGraphOf(entry), model).filter((name) => optimizer.parameters.includes(name));
  const { graph: gradients, unreached } = differentiateEntry(entry, trained);
  const { builder, values } = copyBody(gradients, undefined, `train.${entry.name}`);
  for (const output of gradients.outputs) {
    if (output.role !== 'gradient') builder.output(output.name, output.role, mapped(values, output.value));
  }
  const found = gradients.outputs.filter(({ role, name }) => role === 'gradient' && !unreached.includes(name));
  const raw = new Map(found.map(({ name, value }) => [name, mapped(values, value)]));
  const used = optimizer.gradients && raw.size > 0 ? optimizer.gradients(builder, raw) : raw;
  const inputOnce = inputsOnce(builder);
  const hyper = runTimeScalars(builder, inputOnce, optimizer);
  for (const [name, gradient] of used) {
    const input = gradients.inputs.find((candidate) => candidate.name === name && candidate.role === 'parameter')!;
    updateParameter(builder, inputOnce, hyper, optimizer, input, mapped(values, input.value), gradient);
  }
  return builder.finish();
}

type InputOnce = (name: string, role: 'hyper' | 'optimizer', type: TensorType) => Value;

/** Makes an input on its first use. An argument of the same name is another input. */
function inputsOnce(builder: GraphBuilder): InputOnce {
  const made = new Map<string, Value>();
  return (name, role, type) => {
    const key = `${role}:${name}`;
    const value = made.get(key) ?? builder.input(name, role, type);
    made.set(key, value);
    return value;
  };
}

/**
 * The values of the run-time scalars: as the caller has set them, but learning rates of a schedule are computed of them and of its
 * counter, which a schedule of steps moves on.
 */
function runTimeScalars(builder: GraphBuilder, inputOnce: InputOnce, { schedule }: EvaluatedOptimizer): (name: string) => Value {
  const read = (name: string) => inputOnce(name, 'hyper', { dtype: 'f32', shape: [] });
  if (!schedule) return read;
  const { counter, every } = schedule;
  const epoch =
    every === 'step'
      ? inputOnce(counter, 'optimizer', { dtype: 'i32', shape: [] })
      : builder.emit('cast', [read(counter)], { dtype: 'i32' });
  if (every === 'step') {
    const one = builder.emit('constant', [], { value: 1, dtype: 'i32', shape: [] });
    builder.output(counter, 'optimizer', builder.emit('add', [epoch, one]));
  }
  const rates = new Map<string, Value>();
  return (name) => {
    if (!/(^|\.)lr$/.test(name)) return read(name);
    const rate = rates.get(name) ?? schedule.rate(builder, name, epoch, read(name));
    rates.set(name, rate);
    return rate;
  };
}

function updateParameter(
  builder: GraphBuilder,
  inputOnce: InputOnce,
  hyper: (name: string) => Value,
  optimizer: EvaluatedOptimizer,
  input: GraphInput,
  value: Value,
  gradient: Value,
): void {
  const entries = optimizer.state.filter((entry) => entry.parameter === input.name);
  const findEntry = (key: string): OptimizerStateEntry => {
    const found = entries.find((entry) => entry.key === key);
    if (!found) throw new Error(`the optimizer ${optimizer.className} has no state '${key}' for '${input.name}'`);
    return found;
  };
  const updated = optimizer.update(
    builder,
    { name: input.name, value, gradient },
    {
      hyper,
      state: (key) => {
        const { name, type } = findEntry(key);
        return inputOnce(name, 'optimizer', type);
      },
    },
  );
  builder.output(input.name, 'parameter', updated.parameter);
  for (const [key, next] of Object.entries(updated.state)) builder.output(findEntry(key).name, 'optimizer', next);
}
