import type { Entry, EvaluatedModel, StateEntry } from '../frontend/evaluated-model.js';
import type { Graph, Node } from '../ir/graph.js';
import { typeText } from '../ir/types.js';
import type { TensorData } from '../ops/op.js';

export interface FreezeOptions {
  /** Entries to keep; all methods that are no losses and update no buffers unless given. */
  readonly entries?: readonly string[];
  /** Values of buffers outside of the state dictionary, by name. */
  readonly fixed?: ReadonlyMap<string, TensorData>;
}

/** A model whose state is known: lower `model` as any other, and give `frozen` to `writeModule`. */
export interface FrozenModel {
  /** The kept entries, in eval mode; no initialisation and no optimizer. Its state is that which the entries read. */
  readonly model: EvaluatedModel;
  /** The values of state by name, aliases under their owner's name; f32 bit for bit as given. */
  readonly frozen: ReadonlyMap<string, TensorData>;
}

/** Weights that are not the model's, or an entry that cannot be kept. The message lists all that is wrong. */
export class FreezeError extends Error {
  override readonly name = 'FreezeError';
}

/**
 * Binds a model to its trained weights, a state dictionary of the same class. Buffers outside of the dictionary that a kept
 * entry reads must be among the fixed ones. Throws FreezeError for missing, unexpected and ill-fitting weights and for entries that do not exist.
 */
export function freezeModel(model: EvaluatedModel, weights: ReadonlyMap<string, TensorData>, options: FreezeOptions = {}): FrozenModel {
  const entries = keptEntries(model, options);
  checkWeights(model, weights);
  const frozen = new Map<string, TensorData>(options.fixed);
  // As when a dictionary is loaded: of a shared tensor's names the last one counts.
  for (const { name, alias } of model.state) {
    const value = weights.get(name);
    if (value) frozen.set(alias ?? name, value);
  }
  const read = new Set(entries.flatMap(({ graph }) => graph.inputs.filter(isState).map(({ name }) => name)));
  const lacking = [...read].filter((name) => !frozen.has(ownerOf(model, name)));
  if (lacking.length > 0) {
    throw new FreezeError(
      `${lacking.join(', ')} cannot be frozen: the state dictionary has only persistent buffers, and random numbers decide its value. Register it without persistent: false`,
    );
  }
  const { optimizer: _optimizer, ...rest } = model;
  const bound = entries.map((entry) => ({ ...entry, graph: bindSmall(entry.graph, (name) => frozen.get(ownerOf(model, name))) }));
  return { model: { ...rest, init: noInit, entries: bound }, frozen };
}

/** Larger state becomes constants of the module as it is; below this, what is computed of state alone is computed now. */
const foldedElements = 4096;

/** Replaces small state inputs by literals, which constant folding sees through (the scale and shift of a norm, say). */
function bindSmall(graph: Graph, weightOf: (name: string) => TensorData | undefined): Graph {
  const literals: Node[] = [];
  const inputs = graph.inputs.filter((input) => {
    const tensor = isState(input) ? weightOf(input.name) : undefined;
    if (!tensor || tensor.data.length > foldedElements) return true;
    const { dtype, shape, data } = tensor;
    literals.push({
      op: 'literal',
      inputs: [],
      attributes: { values: Array.from(data), dtype, shape },
      outputs: [input.value],
      regions: [],
    });
    return false;
  });
  const body = { ...graph.body, parameters: inputs.map(({ value }) => value), nodes: [...literals, ...graph.body.nodes] };
  return { ...graph, inputs, body };
}

const noInit: Graph = { name: 'init', inputs: [], outputs: [], body: { parameters: [], nodes: [], results: [] } };

function keptEntries(model: EvaluatedModel, { entries }: FreezeOptions): Entry[] {
  const updates = ({ graph }: Entry) => graph.outputs.some(({ role }) => role !== 'result');
  const methods = model.entries.filter((entry) => entry.kind === 'method' && !updates(entry)).map(({ name }) => name);
  const names = entries ?? methods;
  const unknown = names.filter((name) => !model.entries.some((entry) => entry.name === name));
  if (unknown.length > 0)
    throw new FreezeError(`${model.name} has no entry ${unknown.join(', ')}; it has ${model.entries.map(({ name }) => name).join(', ')}`);
  const updating = model.entries.filter((entry) => names.includes(entry.name) && updates(entry)).map(({ name }) => name);
  if (updating.length > 0) throw new FreezeError(`${updating.join(', ')} cannot be frozen: a frozen model has no buffers to update`);
  if (names.length === 0) throw new FreezeError(`${model.name} has only losses: there is no method to freeze`);
  // A loss becomes a method like any other: its value, and nothing to train.
  return model.entries
    .filter(({ name }) => names.includes(name))
    .map(({ training: _training, ...entry }): Entry => ({ ...entry, kind: 'method' }));
}

function checkWeights(model: EvaluatedModel, weights: ReadonlyMap<string, TensorData>): void {
  const entries = model.state.filter(({ persistent }) => persistent);
  const names = new Set(entries.map(({ name }) => name));
  const problems = [
    ...entries.filter(({ name }) => !weights.has(name)).map(({ name, type }) => `missing: ${name} (${typeText(type)})`),
    ...[...weights.keys()].filter((name) => !names.has(name)).map((name) => `unexpected: ${name}`),
    ...entries.flatMap((entry) => misfit(entry, weights.get(entry.name))),
  ];
  if (problems.length > 0) throw new FreezeError(`the weights do not fit ${model.name}\n  ${problems.join('\n  ')}`);
}

function misfit({ name, type }: StateEntry, value: TensorData | undefined): string[] {
  if (!value) return [];
  const found = typeText(value);
  return found === typeText(type)
    ? []
    : [`wrong ${value.dtype === type.dtype ? 'shape' : 'dtype'}: ${name} is ${found}, expected ${typeText(type)}`];
}

const isState = ({ role }: { readonly role: string }): boolean => role === 'parameter' || role === 'buffer';

function ownerOf(model: EvaluatedModel, name: string): string {
  return model.state.find((entry) => entry.name === name)?.alias ?? name;
}
