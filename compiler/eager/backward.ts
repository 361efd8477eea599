/** Gradients in eager use: the remembered steps become a graph, which the compiler's own differentiation and interpreter take on. */

import { interpret } from '../interpreter/index.js';
import { GraphBuilder } from '../ir/build.js';
import type { Graph, GraphOutput, Value } from '../ir/graph.js';
import { shapeText } from '../ir/types.js';
import type { TensorData } from '../ops/op.js';
import { cotangentName, vjpGraph } from '../passes/differentiate/index.js';
import { type Attributes, gradientError, noGrad, op, Tensor } from './dsl.js';
import { EagerValue, type Source, sourceOf } from './executor.js';

/**
 * The gradients of `tensor` by every leaf that it depends on and that requires one. A tensor with more than one element
 * needs the cotangent: the gradients are those of the sum of its products with the tensor. With `createGraph` the gradients
 * themselves are remembered, so that they can be differentiated again.
 */
export function gradientsOf(tensor: Tensor, cotangent?: Tensor, options: { createGraph?: boolean } = {}): Map<Tensor, Tensor> {
  const target = sourceOf(tensor);
  if (target.leaf === undefined && target.value.step === undefined) {
    throw gradientError(
      'this tensor does not depend on anything that requires a gradient',
      'was it detached, or does no input have requiresGrad?',
    );
  }
  const flow = new Flow(options.createGraph ?? false);
  flow.pull(target, cotangent !== undefined && options.createGraph ? cotangent : wrap(cotangentOf(target.value.data, cotangent)));
  for (const value of inOrder(target.value).reverse()) flow.follow(value);
  return flow.gradients;
}

/** Cotangents on their way back: from rule to rule, and to the leaves. */
class Flow {
  readonly gradients = new Map<Tensor, Tensor>();
  /** Those of values that have a rule of their own. */
  private readonly arrived = new Map<EagerValue, Tensor>();

  constructor(private readonly createGraph: boolean) {}

  /** Applies the rule of a value for all that has arrived. */
  follow(value: EagerValue): void {
    const cotangent = this.arrived.get(value);
    const { rule, inputs } = value.step!;
    if (rule === undefined || cotangent === undefined) return;
    const compute = () => rule(cotangent);
    const given = this.createGraph ? compute() : noGrad(compute);
    inputs.forEach((source, i) => {
      if (source.value.data.dtype === 'f32' || source.value.data.dtype === 'f64') this.pull(source, given[i]!);
    });
  }

  /** Takes the cotangent of a value to the leaves that it depends on, and to the nearest rules. */
  pull(source: Source, cotangent: Tensor): void {
    const { leaf, value } = source;
    if (leaf !== undefined) add(this.gradients, leaf, cotangent);
    else if (value.step?.rule !== undefined) add(this.arrived, value, cotangent);
    else if (value.step !== undefined) this.pullSteps(source, cotangent);
  }

  private pullSteps(source: Source, cotangent: Tensor): void {
    const recorded = record(source);
    const names = [...recorded.leaves.values(), ...recorded.rules.values()];
    if (names.length === 0) return;
    const { graph, unreached } = vjpGraph(recorded.graph, { outputs: ['result'], withRespectTo: names });
    const tensors = new Map<string, Tensor>([[cotangentName('result'), cotangent]]);
    for (const [tensor, name] of recorded.leaves) tensors.set(name, tensor);
    for (const [ruled, name] of recorded.rules) tensors.set(name, new Tensor(ruled, ruled.data.shape, ruled.data.dtype));
    const inputs = new Map(recorded.inputs);
    inputs.set(cotangentName('result'), sourceOf(cotangent).value.data);
    const results = this.createGraph ? replay(graph, inputs, tensors) : plainly(graph, inputs);
    for (const [tensor, name] of recorded.leaves) if (!unreached.includes(name)) add(this.gradients, tensor, results.get(name)!);
    for (const [ruled, name] of recorded.rules) if (!unreached.includes(name)) add(this.arrived, ruled, results.get(name)!);
  }
}

function add<K>(sums: Map<K, Tensor>, key: K, cotangent: Tensor): void {
  const before = sums.get(key);
  sums.set(key, before === undefined ? cotangent : before.add(cotangent));
}

function wrap(data: TensorData): Tensor {
  return new Tensor(new EagerValue(data), data.shape, data.dtype);
}

/** The gradients as constants. */
function plainly(graph: Graph, inputs: ReadonlyMap<string, TensorData>): Map<string, Tensor> {
  const results = interpret(graph, inputs, { precision: 'f32' });
  return new Map(gradientOutputs(graph).map(({ name }) => [name, wrap(results.get(name)!)]));
}

/** The gradients by running each node as an eager operation on the leaves themselves, which is remembered as any other. */
function replay(graph: Graph, inputs: ReadonlyMap<string, TensorData>, byName: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const tensors = new Map<Value, Tensor>();
  for (const { name, value } of graph.inputs) tensors.set(value, byName.get(name) ?? wrap(inputs.get(name)!));
  for (const node of graph.body.nodes) {
    const operands = node.inputs.map((value) => tensors.get(value)!);
    tensors.set(node.outputs[0]!, op(node.op, operands, node.attributes as Attributes));
  }
  return new Map(gradientOutputs(graph).map(({ name, value }) => [name, tensors.get(value)!]));
}

function gradientOutputs(graph: Graph): readonly GraphOutput[] {
  return graph.outputs.filter((output) => output.role === 'gradient');
}

/** Adds the gradients to `grad` of the leaves. */
export function backward(tensor: Tensor, cotangent?: Tensor): void {
  for (const [leaf, gradient] of gradientsOf(tensor, cotangent)) {
    leaf.grad = leaf.grad === undefined ? gradient : leaf.grad.add(gradient).detach();
  }
}

function cotangentOf(data: TensorData, cotangent: Tensor | undefined): TensorData {
  if (cotangent === undefined) {
    if (data.shape.length > 0 && data.data.length !== 1) {
      throw gradientError(
        `a gradient starts from a scalar, but this tensor has shape ${shapeText(data.shape)}`,
        'reduce it with sum() or mean(), or give the cotangent: y.backward(cotangent)',
      );
    }
    return { ...data, data: Float64Array.of(1) };
  }
  const given = sourceOf(cotangent).value.data;
  if (shapeText(given.shape) !== shapeText(data.shape)) {
    throw gradientError(`the cotangent has shape ${shapeText(given.shape)}, but the tensor ${shapeText(data.shape)}`);
  }
  return given;
}

/** The steps behind a value as a graph with the output `result`; values that no gradient flows through are inputs. */
function record(target: Source) {
  const builder = new GraphBuilder('eager');
  const inputs = new Map<string, TensorData>();
  const leaves = new Map<Tensor, string>();
  const values = new Map<EagerValue, Value>();
  const leafValues = new Map<Tensor, Value>();
  const rules = new Map<EagerValue, string>();
  const input = (source: Source): Value => {
    const { leaf, value } = source;
    const known = leaf === undefined ? values.get(value) : leafValues.get(leaf);
    if (known !== undefined) return known;
    const ruled = leaf === undefined && value.step?.rule !== undefined;
    const name = ruled ? `rule${rules.size}` : leaf === undefined ? `constant${inputs.size}` : `leaf${leaves.size}`;
    if (ruled) rules.set(value, name);
    const made = builder.input(name, leaf === undefined ? 'argument' : 'parameter', { dtype: value.data.dtype, shape: value.data.shape });
    inputs.set(name, value.data);
    if (leaf === undefined) values.set(value, made);
    else {
      leaves.set(leaf, name);
      leafValues.set(leaf, made);
    }
    return made;
  };
  for (const value of inOrder(target.value, (value) => value.step?.rule !== undefined)) {
    const step = value.step!;
    values.set(value, builder.emit(step.op, step.inputs.map(input), step.attributes));
  }
  builder.output('result', 'result', input(target));
  return { graph: builder.finish(), inputs, leaves, rules };
}

/** The values with steps that the target depends on, each after those that it needs, up to where `stops` holds. No recursion: chains may be long. */
function inOrder(target: EagerValue, stops: (value: EagerValue) => boolean = () => false): EagerValue[] {
  const order: EagerValue[] = [];
  const seen = new Set<EagerValue>();
  const stack: { value: EagerValue; leaving: boolean }[] = [{ value: target, leaving: false }];
  while (stack.length > 0) {
    const { value, leaving } = stack.pop()!;
    if (value.step === undefined || stops(value)) continue;
    if (leaving) {
      order.push(value);
      continue;
    }
    if (seen.has(value)) continue;
    seen.add(value);
    stack.push({ value, leaving: true });
    for (const source of value.step.inputs)
      if (source.leaf === undefined && !seen.has(source.value)) stack.push({ value: source.value, leaving: false });
  }
  return order;
}
