import { GraphBuilder } from '../ir/build.js';
import { turnsDim } from '../ir/control.js';
import { type Dim, namedDim, replaceNames } from '../ir/dim.js';
import type { Attributes, Block, Graph, Node, Value } from '../ir/graph.js';
import type { TensorType } from '../ir/types.js';
import { mapDims } from '../ir/walk.js';

/**
 * What becomes of one node: the values that replace its outputs, or undefined to copy it. `inputs` are the node's inputs in
 * the new graph and the sizes in its attributes are those of the new graph; new nodes are emitted to the builder. A loop or an `if` is
 * given before its regions are copied; `copy.block` copies a region's nodes.
 */
export type Transform = (builder: GraphBuilder, node: Node, inputs: readonly Value[], copy: Copy) => readonly Value[] | undefined;

/** A graph under construction from another: its builder, and the new value of every old one. */
export interface Rebuild {
  readonly builder: GraphBuilder;
  readonly values: ReadonlyMap<Value, Value>;
}

/** Copies a graph's inputs and nodes into a new builder, without outputs, giving each node to `transform` on the way. */
export function copyBody(graph: Graph, transform?: Transform, name = graph.name): Rebuild {
  const builder = new GraphBuilder(name);
  const values = new Map<Value, Value>();
  for (const input of graph.inputs) values.set(input.value, builder.input(input.name, input.role, input.value.type));
  new Copy(builder, values, transform).nodes(graph.body.nodes);
  return { builder, values };
}

/** Rebuilds a graph, giving each node to `transform`; inputs and outputs stay as they are. */
export function rebuild(graph: Graph, transform: Transform): Graph {
  const { builder, values } = copyBody(graph, transform);
  return withOutputs(graph, builder, values);
}

/** Ends the builder's graph with the outputs of the graph that was copied. */
export function withOutputs(graph: Graph, builder: GraphBuilder, values: ReadonlyMap<Value, Value>): Graph {
  for (const output of graph.outputs) builder.output(output.name, output.role, mapped(values, output.value));
  return builder.finish();
}

/**
 * Copies nodes to a builder. A loop that binds a size binds one of a new name in the copy, so that a loop may be copied more than once.
 * `values` has the new value of every old one and grows; values that it lacks are used as they are where `open` is set.
 */
export class Copy {
  /** New sizes by the names of old ones. */
  readonly dims = new Map<string, Dim>();

  constructor(
    readonly builder: GraphBuilder,
    readonly values: Map<Value, Value>,
    private readonly transform?: Transform,
    private readonly open = false,
  ) {}

  nodes(nodes: readonly Node[]): void {
    for (const node of nodes) this.node(node);
  }

  /** Copies the nodes of a block into the block that is being built, and gives its results. */
  block(block: Block, parameters: readonly Value[] = []): Value[] {
    block.parameters.forEach((parameter, i) => {
      this.values.set(parameter, parameters[i]!);
    });
    this.nodes(block.nodes);
    return block.results.map((result) => this.valueOf(result));
  }

  /** A copy of a region as a block of its own. */
  region(region: Block): Block {
    const types = region.parameters.map((parameter) => this.typeOf(parameter.type));
    return this.builder.block(types, (parameters) => this.block(region, parameters));
  }

  valueOf(value: Value): Value {
    return this.open ? (this.values.get(value) ?? value) : mapped(this.values, value);
  }

  typeOf(type: TensorType): TensorType {
    if (this.dims.size === 0) return type;
    return { dtype: type.dtype, shape: type.shape.map(this.dimOf) };
  }

  node(node: Node): void {
    const inputs = node.inputs.map((input) => this.valueOf(input));
    this.builder.span = node.span;
    const attributes = this.attributesOf(node.attributes);
    const outputs =
      this.transform?.(this.builder, attributes === node.attributes ? node : { ...node, attributes }, inputs, this) ??
      this.plain(node, inputs, attributes);
    node.outputs.forEach((output, i) => {
      this.values.set(output, outputs[i]!);
    });
  }

  private plain(node: Node, inputs: readonly Value[], attributes: Attributes): readonly Value[] {
    const regions = node.regions.map((region) => this.region(region));
    const turns = this.rename(node);
    const types = node.outputs.map((output) => this.typeOf(output.type));
    return this.builder.append(node.op, inputs, turns === undefined ? attributes : { ...attributes, turns }, types, regions, node.span);
  }

  /** The new name of the size that a loop binds. */
  private rename(node: Node): string | undefined {
    const old = turnsDim(node);
    if (old === undefined) return undefined;
    const name = this.builder.freshDim('turns');
    if (name === old) this.dims.delete(old);
    else this.dims.set(old, namedDim(name));
    return name;
  }

  private readonly dimOf = (dim: Dim): Dim => replaceNames(dim, this.dims);

  private attributesOf(attributes: Attributes): Attributes {
    if (this.dims.size === 0) return attributes;
    return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, mapDims(value, this.dimOf)]));
  }
}

export function mapped(values: ReadonlyMap<Value, Value>, value: Value): Value {
  const result = values.get(value);
  if (!result) throw new Error(`the value %${value.id} is used before it is defined`);
  return result;
}
