/** Reverse-mode differentiation as a transformation of graphs: the result is an ordinary graph. */
import { GraphBuilder } from '../../ir/build.js';
import type { Graph, GraphInput, GraphOutput, Value } from '../../ir/graph.js';
import { isFloat, type TensorType, typeText } from '../../ir/types.js';
import { definitions } from '../../ir/walk.js';
import { eliminateDead } from '../eliminate-dead.js';
import { tidyControl } from '../regions/index.js';
import { activeValues } from './activity.js';
import { type Context, Cotangents } from './cotangents.js';
import { DifferentiationError } from './error.js';
import { pullBackNodes } from './pull-back.js';

export { DifferentiationError } from './error.js';
export { type LostValue, lostValues, type Writes } from './overwritten.js';

export interface Differentiated {
  /** The outputs of the graph, then outputs of role `gradient` under the names of the inputs asked for. */
  readonly graph: Graph;
  /** Inputs that the differentiated outputs do not depend on: their gradients are zeros (PyTorch leaves None). */
  readonly unreached: readonly string[];
}

/** The name of the input that holds the cotangent of an output in `vjpGraph`. */
export function cotangentName(output: string): string {
  return `cotangent.${output}`;
}

/**
 * The graph with the gradients of its scalar output `loss` by the inputs `withRespectTo` appended as outputs of role
 * `gradient`. Throws DifferentiationError when the loss is no float scalar or a name is unknown or no float.
 */
export function differentiate(graph: Graph, options: { readonly loss: string; readonly withRespectTo: readonly string[] }): Graph {
  return differentiateWithReport(graph, options).graph;
}

export function differentiateWithReport(
  given: Graph,
  { loss, withRespectTo }: { readonly loss: string; readonly withRespectTo: readonly string[] },
): Differentiated {
  const graph = tidyControl(given);
  const output = findOutput(graph, loss);
  const { type } = output.value;
  if (type.shape.length !== 0 || !isFloat(type.dtype)) {
    throw new DifferentiationError(
      `the loss '${loss}' must be a float scalar to be differentiated, found ${typeText(type)}`,
      'Reduce it to one number, for example with .mean() or .sum().',
    );
  }
  const others = graph.outputs.filter((other) => other !== output);
  return pullBack(graph, [output, ...others], withRespectTo, `${graph.name}.gradients`, (builder) => [
    [output.value, constantLike(builder, type, 1)],
  ]);
}

/**
 * Vector-Jacobian products: the graph with an input `cotangent.<name>` for each of the named outputs (role argument, of the
 * output's type), and the gradients of sum(output * cotangent) by the inputs `withRespectTo` appended as outputs of role `gradient`.
 */
export function vjpGraph(
  given: Graph,
  options: { readonly outputs: readonly string[]; readonly withRespectTo: readonly string[] },
): Differentiated {
  const graph = tidyControl(given);
  const outputs = options.outputs.map((name) => findOutput(graph, name));
  for (const { name, value } of outputs) {
    if (!isFloat(value.type.dtype))
      throw new DifferentiationError(`the output '${name}' is ${typeText(value.type)}; only float tensors have gradients`);
  }
  return pullBack(graph, graph.outputs, options.withRespectTo, `${graph.name}.vjp`, (builder) =>
    outputs.map(({ name, value }) => [value, builder.input(cotangentName(name), 'argument', value.type)]),
  );
}

function findOutput(graph: Graph, name: string): GraphOutput {
  const found = graph.outputs.find((output) => output.name === name);
  if (found) return found;
  const known = graph.outputs.map((output) => `'${output.name}'`).join(', ');
  throw new DifferentiationError(`the graph '${graph.name}' has no output named '${name}'; its outputs are ${known}`);
}

function findInput(graph: Graph, name: string): GraphInput {
  const named = graph.inputs.filter((input) => input.name === name);
  // An argument may be called as a parameter is; the parameter is what is trained.
  const found = named.find((input) => input.role === 'parameter') ?? named[0];
  if (!found) throw new DifferentiationError(`the graph '${graph.name}' has no input named '${name}'`);
  const { type } = found.value;
  if (!isFloat(type.dtype)) throw new DifferentiationError(`the input '${name}' is ${typeText(type)}; only float tensors have gradients`);
  return found;
}

function constantLike(builder: GraphBuilder, type: TensorType, value: number): Value {
  return builder.emit('constant', [], { value, dtype: type.dtype, shape: type.shape }, undefined);
}

type Seeds = (builder: GraphBuilder) => readonly (readonly [Value, Value])[];

/** Reverse accumulation, from the cotangents that `seeds` gives. */
function pullBack(
  graph: Graph,
  outputs: readonly GraphOutput[],
  withRespectTo: readonly string[],
  name: string,
  seeds: Seeds,
): Differentiated {
  const inputs = withRespectTo.map((inputName) => findInput(graph, inputName));
  const builder = GraphBuilder.from(graph, name);
  const active = activeValues(
    graph.body,
    inputs.map((input) => input.value),
  );
  const nodesByValue = definitions(graph);
  const context: Context = { builder, active, definitionOf: (value) => nodesByValue.get(value), pullBack: pullBackNodes };
  const cotangents = new Cotangents(context);
  for (const [value, cotangent] of seeds(builder)) cotangents.add(value, cotangent);
  const nodes = [...graph.body.nodes];
  pullBackNodes(context, nodes, cotangents);
  nodes.forEach((node, i) => {
    const original = graph.body.nodes[i]!;
    if (node !== original) builder.replace(original, node);
  });

  builder.span = undefined;
  for (const output of outputs) builder.output(output.name, output.role, output.value);
  const unreached: string[] = [];
  for (const input of inputs) {
    const cotangent = cotangents.get(input.value);
    if (!cotangent) unreached.push(input.name);
    builder.output(input.name, 'gradient', cotangent ?? constantLike(builder, input.value.type, 0));
  }
  return { graph: eliminateDead(builder.finish()), unreached };
}
