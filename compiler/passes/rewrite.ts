import { GraphBuilder } from '../ir/build.js';
import type { Block, Graph, Node, Value } from '../ir/graph.js';

/**
 * What becomes of one node: the values that replace its outputs, or undefined to copy it. `inputs` are the node's inputs in
 * the new graph; new nodes are emitted to the builder.
 */
export type Transform = (builder: GraphBuilder, node: Node, inputs: readonly Value[]) => readonly Value[] | undefined;

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
  copyNodes(builder, graph.body, values, transform);
  return { builder, values };
}

/** Rebuilds a graph, giving each node to `transform`; inputs and outputs stay as they are. */
export function rebuild(graph: Graph, transform: Transform): Graph {
  const { builder, values } = copyBody(graph, transform);
  for (const output of graph.outputs) builder.output(output.name, output.role, mapped(values, output.value));
  return builder.finish();
}

function copyNodes(builder: GraphBuilder, block: Block, values: Map<Value, Value>, transform?: Transform): void {
  for (const node of block.nodes) {
    const inputs = node.inputs.map((input) => mapped(values, input));
    builder.span = node.span;
    const outputs = transform?.(builder, node, inputs) ?? copyNode(builder, node, inputs, values, transform);
    node.outputs.forEach((output, i) => {
      values.set(output, outputs[i]!);
    });
  }
}

function copyNode(builder: GraphBuilder, node: Node, inputs: readonly Value[], values: Map<Value, Value>, transform?: Transform) {
  const regions = node.regions.map((region) =>
    builder.block(
      region.parameters.map((parameter) => parameter.type),
      (parameters) => {
        region.parameters.forEach((parameter, i) => {
          values.set(parameter, parameters[i]!);
        });
        copyNodes(builder, region, values, transform);
        return region.results.map((result) => mapped(values, result));
      },
    ),
  );
  const types = node.outputs.map((output) => output.type);
  return builder.append(node.op, inputs, node.attributes, types, regions, node.span);
}

export function mapped(values: ReadonlyMap<Value, Value>, value: Value): Value {
  const result = values.get(value);
  if (!result) throw new Error(`the value %${value.id} is used before it is defined`);
  return result;
}
