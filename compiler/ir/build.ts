import type { Emitter } from '../ops/op.js';
import { op as lookUp } from '../ops/registry.js';
import type { Attributes, Block, Graph, GraphInput, GraphOutput, InputRole, Node, OutputRole, Span, Value } from './graph.js';
import type { TensorType } from './types.js';

/** Builds a graph node by node; every node's type comes from its op's type rule (which throws OpError). */
export class GraphBuilder implements Emitter {
  private nextId = 0;
  private readonly inputs: GraphInput[] = [];
  private readonly outputs: GraphOutput[] = [];
  private nodes: Node[] = [];
  /** Used for nodes that are emitted without a span of their own. */
  span: Span | undefined;

  constructor(readonly name: string) {}

  input(name: string, role: InputRole, type: TensorType): Value {
    const value = this.value(type);
    this.inputs.push({ name, role, value });
    return value;
  }

  /** The input of that name, if there is one. */
  findInput(name: string): GraphInput | undefined {
    return this.inputs.find((input) => input.name === name);
  }

  emit(op: string, inputs: readonly Value[], attributes: Attributes = {}, span: Span | undefined = this.span): Value {
    const type = lookUp(op).type(
      inputs.map((input) => input.type),
      attributes,
    );
    const value = this.value(type);
    this.nodes.push({ op, inputs, attributes, outputs: [value], regions: [], ...(span && { span }) });
    return value;
  }

  /** Appends a node whose result types are known already (used for regions and by the parser). */
  append(
    op: string,
    inputs: readonly Value[],
    attributes: Attributes,
    results: readonly TensorType[],
    regions: readonly Block[],
    span?: Span,
  ): readonly Value[] {
    const outputs = results.map((type) => this.value(type));
    this.nodes.push({ op, inputs, attributes, outputs, regions, ...(span && { span }) });
    return outputs;
  }

  /** Builds a nested block; its nodes may use values of the enclosing blocks. */
  block(parameters: readonly TensorType[], build: (parameters: readonly Value[]) => readonly Value[]): Block {
    const outer = this.nodes;
    this.nodes = [];
    try {
      const values = parameters.map((type) => this.value(type));
      const results = build(values);
      return { parameters: values, nodes: this.nodes, results };
    } finally {
      this.nodes = outer;
    }
  }

  output(name: string, role: OutputRole, value: Value): void {
    this.outputs.push({ name, role, value });
  }

  finish(): Graph {
    const body = { parameters: this.inputs.map((i) => i.value), nodes: this.nodes, results: this.outputs.map((o) => o.value) };
    return { name: this.name, inputs: [...this.inputs], outputs: [...this.outputs], body };
  }

  private value(type: TensorType): Value {
    return { id: this.nextId++, type };
  }
}
