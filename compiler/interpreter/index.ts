/** The reference interpreter: any graph, op by op, plainly. Every other execution is judged by it. */

import { loopOf } from '../ir/control.js';
import { type Dim, dimText, evaluateDim } from '../ir/dim.js';
import type { Attributes, Block, Graph, Node, Value } from '../ir/graph.js';
import { shapeText, type TensorType, typeText } from '../ir/types.js';
import { mapDims } from '../ir/walk.js';
import type { Op, TensorData } from '../ops/op.js';
import { op as lookUp } from '../ops/registry.js';
import { allocate } from '../ops/tensor-data.js';
import { bindDims, InputError, inputKey } from './bind-dims.js';
import { LoopLimitError } from './loop-limit.js';

export { bindDims, InputError } from './bind-dims.js';
export { LoopLimitError } from './loop-limit.js';

/** `f64`: tensors of dtype f32 are kept in float64 and never rounded. `f32`: they are rounded whenever an op stores them. */
export type Precision = 'f64' | 'f32';

/**
 * Runs a graph. `inputs` has a tensor for every input of the graph by name (by `role:name` where an argument is called as
 * a parameter is); named dims are bound from their shapes. Returns the outputs by name, likewise. Throws InputError when the inputs do not fit,
 * LoopLimitError when a loop takes more turns than it may.
 */
export function interpret(
  graph: Graph,
  inputs: ReadonlyMap<string, TensorData>,
  options: { readonly precision?: Precision } = {},
): Map<string, TensorData> {
  const precision = options.precision ?? 'f64';
  const run = new Run(bindDims(graph, inputs), precision);
  graph.inputs.forEach((input) => {
    run.values.set(input.value, store(inputs.get(inputKey(graph, input))!, precision));
  });
  run.block(graph.body);
  const outputs = new Map<string, TensorData>();
  for (const output of graph.outputs) {
    const shared = graph.outputs.some((other) => other !== output && other.name === output.name);
    outputs.set(shared ? `${output.role}:${output.name}` : output.name, run.read(output.value));
  }
  return outputs;
}

/** One op on concrete tensors, for eager use. Throws OpError when the inputs or attributes are wrong. */
export function execute(
  name: string,
  inputs: readonly TensorData[],
  attributes: Attributes,
  options: { readonly precision?: Precision } = {},
): TensorData {
  const op = lookUp(name);
  const type = op.type(
    inputs.map(({ dtype, shape }) => ({ dtype, shape })),
    attributes,
  );
  return store(op.evaluate(inputs, attributes, type), options.precision ?? 'f64');
}

function store(tensor: TensorData, precision: Precision): TensorData {
  if (tensor.dtype !== 'f32' || precision === 'f64' || tensor.data instanceof Float32Array) return tensor;
  return { ...tensor, data: new Float32Array(tensor.data) };
}

class Run {
  readonly values = new Map<Value, TensorData>();

  constructor(
    /** A loop with a tape binds one more when it has run. */
    private readonly dims: Map<string, number>,
    private readonly precision: Precision,
  ) {}

  read(value: Value): TensorData {
    const tensor = this.values.get(value);
    if (!tensor) throw new Error(`the value %${value.id} is used before it is defined`);
    return tensor;
  }

  block(block: Block): void {
    for (const node of block.nodes) this.node(node);
  }

  private node(node: Node): void {
    if (node.op === 'if') this.branch(node);
    else if (node.op === 'loop') this.loop(node);
    else if (node.op === 'customGradient') this.values.set(node.outputs[0]!, this.read(node.inputs[0]!));
    else this.primitive(node);
  }

  private primitive(node: Node): void {
    const inputs = node.inputs.map((input) => this.read(input));
    const output = node.outputs[0]!;
    const op = lookUp(node.op);
    this.checkSizes(op, node);
    const result = op.evaluate(inputs, this.concreteAttributes(node.attributes), this.concreteType(output.type));
    this.values.set(output, store(result, this.precision));
  }

  private checkSizes(op: Op, node: Node): void {
    const types = node.inputs.map((input) => input.type);
    for (const { size, least, what } of op.sizeNeeds?.(types, node.attributes) ?? []) {
      if (this.size(size) >= least) continue;
      const known = this.dims.has(dimText(size)) ? '' : ` with ${this.given()}`;
      throw new InputError(`${dimText(size)} is ${this.size(size)}${known}, expected at least ${least} for ${what}`);
    }
  }

  private given(): string {
    return [...this.dims].map(([name, size]) => `${name} = ${size}`).join(', ');
  }

  private size = (dim: Dim): number => evaluateDim(dim, this.dims);

  private concreteType(type: TensorType): TensorType {
    const shape = type.shape.map(this.size);
    if (shape.some((size) => size < 0)) {
      throw new InputError(`${typeText(type)} would be ${shapeText(shape)} with ${this.given()}: a named size is too small`);
    }
    return { dtype: type.dtype, shape };
  }

  private concreteAttributes(attributes: Attributes): Attributes {
    return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, mapDims(value, this.size)]));
  }

  private branch(node: Node): void {
    const taken = this.read(node.inputs[0]!).data[0] ? node.regions[0]! : node.regions[1]!;
    this.block(taken);
    taken.results.forEach((result, i) => {
      this.values.set(node.outputs[i]!, this.read(result));
    });
  }

  /** A tape stacks what every turn gives. */
  private loop(node: Node): void {
    const { initial, condition, body, limit, trips, tape, carries } = loopOf(node);
    let carried = initial.map((input) => this.read(input));
    const taped: TensorData[][] = [];
    const enter = (block: Block): TensorData[] => {
      block.parameters.forEach((parameter, i) => {
        this.values.set(parameter, carried[i]!);
      });
      this.block(block);
      return block.results.map((result) => this.read(result));
    };
    let turns = 0;
    while (enter(condition)[0]!.data[0]) {
      if (turns === limit) throw new LoopLimitError(limit, node.span);
      turns++;
      const results = enter(body);
      carried = results.slice(0, carries.length);
      if (tape) taped.push(results.slice(carries.length));
    }
    carries.forEach((output, i) => {
      this.values.set(output, carried[i]!);
    });
    if (trips !== undefined && this.size(trips) !== turns)
      throw new Error(`a loop of ${dimText(trips)} turns has taken ${turns} with ${this.given()}`);
    if (!tape) return;
    if (tape.dim !== undefined) this.dims.set(tape.dim, turns);
    if (tape.reversed) taped.reverse();
    this.values.set(tape.turns, { dtype: 'i32', shape: [], data: Int32Array.of(turns) });
    tape.stacks.forEach((stack, i) => {
      this.values.set(
        stack,
        this.stack(
          stack.type,
          taped.map((turn) => turn[i]!),
        ),
      );
    });
  }

  private stack(type: TensorType, parts: readonly TensorData[]): TensorData {
    const result = allocate(this.concreteType(type));
    const row = parts[0]?.data.length ?? 0;
    parts.forEach((part, turn) => {
      result.data.set(part.data, turn * row);
    });
    return store(result, this.precision);
  }
}
