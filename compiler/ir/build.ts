import type { Emitter } from '../ops/op.js';
import { op as lookUp } from '../ops/registry.js';
import { loopAttributes, turnsDim } from './control.js';
import { type Dim, dimNames, namedDim } from './dim.js';
import type { Attributes, Block, Graph, GraphInput, GraphOutput, InputRole, Node, OutputRole, Span, Value } from './graph.js';
import type { TensorType } from './types.js';
import { nodesOf, valuesOf } from './walk.js';

/** What a loop with a tape gives. */
export interface TapedLoop {
  readonly carries: readonly Value[];
  /** The number of turns, i32[]. */
  readonly turns: Value;
  /** The taped values of all turns, stacked along a new first axis. */
  readonly stacks: readonly Value[];
}

/** `turns`: how many there are, where it is known; one more than `limit` is an error when running. */
export interface LoopOptions {
  readonly limit?: number;
  readonly turns?: Dim;
  readonly span?: Span | undefined;
}

/** A state of a builder. */
export interface BuilderMark {
  readonly nodes: Node[];
  readonly length: number;
  readonly inputs: number;
  readonly nextId: number;
}

/** Builds a graph node by node; every node's type comes from its op's type rule (which throws OpError). */
export class GraphBuilder implements Emitter {
  private nextId = 0;
  private readonly inputs: GraphInput[] = [];
  private readonly outputs: GraphOutput[] = [];
  private nodes: Node[] = [];
  /** Names of sizes that are taken. */
  private readonly dims = new Set<string>();
  /** Used for nodes that are emitted without a span of their own. */
  span: Span | undefined;

  constructor(readonly name: string) {}

  /** Goes on from a graph: its inputs and nodes, their values as they are, and no outputs yet. */
  static from(graph: Graph, name = graph.name): GraphBuilder {
    const builder = new GraphBuilder(name);
    builder.inputs.push(...graph.inputs);
    builder.nodes = [...graph.body.nodes];
    for (const { value } of graph.inputs) builder.reserve(value.type.shape);
    for (const value of valuesOf(graph.body)) builder.nextId = Math.max(builder.nextId, value.id + 1);
    for (const node of nodesOf(graph.body)) {
      const dim = turnsDim(node);
      if (dim !== undefined) builder.dims.add(dim);
    }
    return builder;
  }

  input(name: string, role: InputRole, type: TensorType): Value {
    const value = this.value(type);
    this.inputs.push({ name, role, value });
    this.reserve(type.shape);
    return value;
  }

  /** The input that a value is, if it is one. */
  inputOf(value: Value): GraphInput | undefined {
    return this.inputs.find((input) => input.value === value);
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

  /**
   * if (condition) ... else ...: both branches give values of the same types, and may use values of the enclosing blocks.
   */
  branch(condition: Value, then: () => readonly Value[], otherwise: () => readonly Value[], span = this.span): readonly Value[] {
    const regions = [this.block([], then), this.block([], otherwise)];
    const types = regions[0]!.results.map((result) => result.type);
    return this.append('if', [condition], {}, types, regions, span);
  }

  /** while (condition(carries)) carries = body(carries): the carries after the last turn. One turn more than `limit` is an error when running. */
  loop(
    initial: readonly Value[],
    condition: (carries: readonly Value[]) => Value,
    body: (carries: readonly Value[]) => readonly Value[],
    { limit, turns, span = this.span }: LoopOptions = {},
  ): readonly Value[] {
    const types = initial.map((value) => value.type);
    const regions = [this.block(types, (carries) => [condition(carries)]), this.block(types, body)];
    const attributes = { ...loopAttributes(limit), ...(turns !== undefined && { turns }) };
    return this.append('loop', initial, attributes, types, regions, span);
  }

  /** A loop whose body gives, beside its next carries, values that are kept of every turn. */
  tapedLoop(
    initial: readonly Value[],
    condition: (carries: readonly Value[]) => Value,
    body: (carries: readonly Value[]) => { readonly next: readonly Value[]; readonly taped: readonly Value[] },
    { limit, turns: known, reversed = false, span = this.span }: LoopOptions & { readonly reversed?: boolean } = {},
  ): TapedLoop {
    const types = initial.map((value) => value.type);
    const test = this.block(types, (carries) => [condition(carries)]);
    const block = this.block(types, (carries) => {
      const { next, taped } = body(carries);
      return [...next, ...taped];
    });
    const size = known ?? this.freshDim('turns');
    const taped = block.results.slice(initial.length);
    const results = [...types, ...tapeTypes(size, taped)];
    const attributes = loopAttributes(limit, { size, count: taped.length, reversed });
    const outputs = this.append('loop', initial, attributes, results, [test, block], span);
    return {
      carries: outputs.slice(0, initial.length),
      turns: outputs[initial.length]!,
      stacks: outputs.slice(initial.length + 1),
    };
  }

  /** Runs `build` and gives the nodes that it emitted, which are not in the graph unless they are put there. */
  collect(build: () => void): Node[] {
    const outer = this.nodes;
    this.nodes = [];
    try {
      build();
      return this.nodes;
    } finally {
      this.nodes = outer;
    }
  }

  /** Appends a finished node; its outputs were made by `value`. */
  push(node: Node): void {
    this.nodes.push(node);
  }

  /** Puts another node in the place of one that was emitted to the block that is being built. */
  replace(node: Node, by: Node): void {
    this.nodes[this.nodes.indexOf(node)] = by;
  }

  /** A name for a size that nothing in the graph has so far: `turns0`, `turns1`, ... */
  freshDim(prefix: string): string {
    let number = 0;
    while (this.dims.has(`${prefix}${number}`)) number++;
    this.dims.add(`${prefix}${number}`);
    return `${prefix}${number}`;
  }

  /** A value that no node defines yet. */
  value(type: TensorType): Value {
    return { id: this.nextId++, type };
  }

  /** Builds a part of a block: the nodes that `action` appends go to `nodes`. */
  into<T>(nodes: Node[], action: () => T): T {
    const outer = this.nodes;
    this.nodes = nodes;
    try {
      return action();
    } finally {
      this.nodes = outer;
    }
  }

  /** Appends nodes that were built apart. */
  splice(nodes: readonly Node[]): void {
    this.nodes.push(...nodes);
  }

  /** A value that no node gives: a parameter of a block. */
  parameter(type: TensorType): Value {
    return this.value(type);
  }

  /** How far the graph is built; `reset` takes back what was built since. */
  mark(): BuilderMark {
    return { nodes: this.nodes, length: this.nodes.length, inputs: this.inputs.length, nextId: this.nextId };
  }

  reset(mark: BuilderMark): void {
    this.nodes = mark.nodes;
    this.nodes.length = mark.length;
    this.inputs.length = mark.inputs;
    this.nextId = mark.nextId;
  }

  output(name: string, role: OutputRole, value: Value): void {
    this.outputs.push({ name, role, value });
  }

  finish(): Graph {
    const body = { parameters: this.inputs.map((i) => i.value), nodes: this.nodes, results: this.outputs.map((o) => o.value) };
    return { name: this.name, inputs: [...this.inputs], outputs: [...this.outputs], body };
  }

  private reserve(shape: readonly Dim[]): void {
    for (const dim of shape) dimNames(dim, this.dims);
  }
}

/** The types of what a tape gives: the number of turns, then the stacks along a size or one that is to have that name. */
export function tapeTypes(size: Dim | string, taped: readonly Value[]): TensorType[] {
  const turns = typeof size === 'string' ? namedDim(size) : size;
  const stacks = taped.map(({ type }): TensorType => ({ dtype: type.dtype, shape: [turns, ...type.shape] }));
  return [{ dtype: 'i32', shape: [] }, ...stacks];
}
