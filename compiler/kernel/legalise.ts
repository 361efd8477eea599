import type { Dim } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { attributesText } from '../ir/print.js';
import { paddingAttribute } from '../ops/attributes.js';
import { op as lookUp } from '../ops/registry.js';
import { isInline } from './access.js';
import type { ValueMaker } from './region-tree.js';
import type { Segment, SegmentInput, SegmentOutput } from './segments.js';
import type { TargetTraits } from './target.js';

/**
 * A segment as fusion sees it: every output a value of its own that some node defines, no node that needs more tensors than a kernel can
 * have, padding of convolutions explicit.
 */
export interface WorkGraph {
  readonly name: string;
  readonly inputs: readonly SegmentInput[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly WorkOutput[];
  /** Which node defines a value; the values of inputs have none. */
  readonly definition: ReadonlyMap<Value, Node>;
}

export interface WorkOutput {
  readonly output: SegmentOutput;
  /** Undefined: the memory holds it already. */
  readonly value: Value | undefined;
}

/** The op that stands for a copy: any elementwise op that gives its input back would do. */
const copyOp = 'stopGradient';

export function legalise(segment: Segment, target: TargetTraits, values: ValueMaker): WorkGraph {
  const rewriter = new Rewriter(values);
  for (const original of segment.nodes) {
    const node = rewriter.current(original);
    if (node.op === 'pad') rewriter.pushPad(node);
    else if (node.op === 'conv') rewriter.push(withExplicitPadding(node, rewriter.emit));
    else if (node.op === 'concat' && node.inputs.length > target.maxTensors - 2) {
      rewriter.push(asTree(node, target.maxTensors - 2, rewriter.emit));
    } else if (target.scatter === 'sequential' && !isInline(node) && lookUp(node.op).kind === 'scatter') {
      // Updates are added to a copy of the base, whose memory becomes the result's.
      const [base, ...rest] = node.inputs as readonly [Value, ...Value[]];
      rewriter.push({ ...node, inputs: [rewriter.emit(copyOp, [base], {}, node), ...rest] });
    } else rewriter.push(node);
  }

  const { nodes, definition } = rewriter;
  // Inputs and literals have memory already, and a value may be an output under two names: each output has memory of its own.
  const places = new Map(segment.inputs.map(({ value, place }) => [value, place]));
  const taken = new Set<Value>(places.keys());
  for (const node of nodes) if (node.op === 'literal') taken.add(node.outputs[0]!);
  const outputs = segment.outputs.map((output): WorkOutput => {
    const value = rewriter.valueOf(output.value);
    if (places.get(value) === output.place) return { output, value: undefined };
    if (!taken.has(value)) {
      taken.add(value);
      return { output, value };
    }
    return { output, value: rewriter.emit(copyOp, [value], {}, definition.get(value)) };
  });
  return { name: segment.name, inputs: segment.inputs, nodes: reachable(nodes, outputs, definition), outputs, definition };
}

/** Collects nodes; equal paddings become one, for each may have to lie in memory. */
class Rewriter {
  readonly nodes: Node[] = [];
  readonly definition = new Map<Value, Node>();
  private readonly pads = new Map<string, Value>();
  private readonly replaced = new Map<Value, Value>();

  constructor(private readonly values: ValueMaker) {}

  valueOf(value: Value): Value {
    return this.replaced.get(value) ?? value;
  }

  current(node: Node): Node {
    return node.inputs.some((input) => this.replaced.has(input))
      ? { ...node, inputs: node.inputs.map((input) => this.valueOf(input)) }
      : node;
  }

  push(node: Node): void {
    this.nodes.push(node);
    for (const value of node.outputs) this.definition.set(value, node);
  }

  pushPad(node: Node): void {
    const key = `${node.inputs[0]!.id} ${attributesText(node.attributes)}`;
    const known = this.pads.get(key);
    if (known) {
      this.replaced.set(node.outputs[0]!, known);
      return;
    }
    this.pads.set(key, node.outputs[0]!);
    this.push(node);
  }

  readonly emit: Emit = (op, inputs, attributes, like) => {
    const type = lookUp(op).type(
      inputs.map((input) => input.type),
      attributes,
    );
    const value = this.values.make(type);
    const node: Node = { op, inputs, attributes, outputs: [value], regions: [], ...(like?.span && { span: like.span }) };
    if (op === 'pad') this.pushPad(node);
    else this.push(node);
    return this.valueOf(value);
  };
}

type Emit = (op: string, inputs: readonly Value[], attributes: Node['attributes'], like: Node | undefined) => Value;

function withExplicitPadding(node: Node, emit: Emit): Node {
  const [x, w] = node.inputs as readonly [Value, Value];
  const padding = paddingAttribute('conv', node.attributes, 'padding', x.type.shape.length - 2);
  if (padding.every(([low, high]) => low === 0 && high === 0)) return node;
  const low: Dim[] = [0, 0, ...padding.map((pair) => pair[0])];
  const high: Dim[] = [0, 0, ...padding.map((pair) => pair[1])];
  const padded = emit('pad', [x], { low, high, interior: low.map(() => 0), value: 0 }, node);
  return { ...node, inputs: [padded, w], attributes: { ...node.attributes, padding: padding.map(() => [0, 0]) } };
}

/** concat of many as a concat of concats. */
function asTree(node: Node, width: number, emit: Emit): Node {
  let parts = [...node.inputs];
  while (parts.length > width) {
    const next: Value[] = [];
    for (let i = 0; i < parts.length; i += width) {
      const group = parts.slice(i, i + width);
      next.push(group.length === 1 ? group[0]! : emit('concat', group, node.attributes, node));
    }
    parts = next;
  }
  return { ...node, inputs: parts };
}

/** The nodes that an output needs, in order. */
function reachable(nodes: readonly Node[], outputs: readonly WorkOutput[], definition: ReadonlyMap<Value, Node>): Node[] {
  const needed = new Set<Node>();
  const stack = outputs.flatMap(({ value }) => (value ? [value] : []));
  while (stack.length > 0) {
    const node = definition.get(stack.pop()!);
    if (!node || needed.has(node)) continue;
    needed.add(node);
    stack.push(...node.inputs);
  }
  return nodes.filter((node) => needed.has(node));
}
