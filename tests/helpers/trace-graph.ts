/** What a graph does on given inputs as a straight line: branches that were taken and turns that ran, written out one after the other. */
import { bindDims } from '../../compiler/interpreter/index.js';
import { GraphBuilder } from '../../compiler/ir/build.js';
import { branchOf, loopOf } from '../../compiler/ir/control.js';
import { type Dim, evaluateDim } from '../../compiler/ir/dim.js';
import type { Block, Graph, Node, Value } from '../../compiler/ir/graph.js';
import { mapDims } from '../../compiler/ir/walk.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { op as lookUp } from '../../compiler/ops/registry.js';
import { inFloat64 } from './tensors.js';

/** A value in the traced graph, and what it is. */
interface Traced {
  readonly value: Value;
  readonly data: TensorData;
}

/** A graph without regions and named sizes that computes what `graph` computes on these inputs, with the same inputs and outputs. */
export function traceGraph(graph: Graph, inputs: ReadonlyMap<string, TensorData>): Graph {
  const tracer = new Tracer(graph.name, bindDims(graph, inputs));
  for (const { name, role, value } of graph.inputs) {
    const data = inFloat64(inputs.get(name)!);
    tracer.known.set(value, { data, value: tracer.builder.input(name, role, { dtype: data.dtype, shape: data.shape }) });
  }
  tracer.block(graph.body);
  for (const { name, role, value } of graph.outputs) tracer.builder.output(name, role, tracer.read(value).value);
  return tracer.builder.finish();
}

class Tracer {
  readonly builder: GraphBuilder;
  readonly known = new Map<Value, Traced>();

  constructor(
    name: string,
    private readonly sizes: Map<string, number>,
  ) {
    this.builder = new GraphBuilder(name);
  }

  read(value: Value): Traced {
    const found = this.known.get(value);
    if (!found) throw new Error(`%${value.id} is not traced`);
    return found;
  }

  block(block: Block): Traced[] {
    for (const node of block.nodes) {
      const results = node.op === 'if' ? this.branch(node) : node.op === 'loop' ? this.loop(node) : [this.primitive(node)];
      node.outputs.forEach((output, i) => {
        this.known.set(output, results[i]!);
      });
    }
    return block.results.map((result) => this.read(result));
  }

  private primitive(node: Node): Traced {
    const size = (dim: Dim) => evaluateDim(dim, this.sizes);
    const attributes = Object.fromEntries(Object.entries(node.attributes).map(([name, value]) => [name, mapDims(value, size)]));
    return this.emit(
      node.op,
      node.inputs.map((input) => this.read(input)),
      attributes,
    );
  }

  private emit(op: string, inputs: readonly Traced[], attributes: Node['attributes']): Traced {
    const value = this.builder.emit(
      op,
      inputs.map((input) => input.value),
      attributes,
    );
    const data = lookUp(op).evaluate(
      inputs.map((input) => input.data),
      attributes,
      value.type,
    );
    return { value, data };
  }

  private branch(node: Node): Traced[] {
    const { condition, taken, otherwise } = branchOf(node);
    return this.block(this.read(condition).data.data[0] ? taken : otherwise);
  }

  private loop(node: Node): Traced[] {
    const { initial, condition, body, tape } = loopOf(node);
    let carried = initial.map((value) => this.read(value));
    const enter = (block: Block): Traced[] => {
      block.parameters.forEach((parameter, j) => {
        this.known.set(parameter, carried[j]!);
      });
      return this.block(block);
    };
    const taped: Traced[][] = [];
    while (enter(condition)[0]!.data.data[0]) {
      const results = enter(body);
      carried = results.slice(0, initial.length);
      taped.push(results.slice(initial.length));
    }
    if (!tape) return carried;
    if (tape.dim !== undefined) this.sizes.set(tape.dim, taped.length);
    if (tape.reversed) taped.reverse();
    const turns = this.emit('constant', [], { value: taped.length, dtype: 'i32', shape: [] });
    const stacks = tape.taped.map(({ type }, i) => {
      const shape = type.shape.map((dim) => evaluateDim(dim, this.sizes));
      const rows = taped.map((turn) => this.emit('reshape', [turn[i]!], { shape: [1, ...shape] }));
      if (rows.length === 0) return this.emit('constant', [], { value: 0, dtype: type.dtype, shape: [0, ...shape] });
      return this.emit('concat', rows, { dim: 0 });
    });
    return [...carried, turns, ...stacks];
  }
}
