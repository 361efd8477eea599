import type { Dim } from '../ir/dim.js';
import type { Graph, GraphInput, GraphOutput, Node, Value } from '../ir/graph.js';
import type { TensorType } from '../ir/types.js';
import { paddingAttribute } from '../ops/attributes.js';
import { op as lookUp } from '../ops/registry.js';
import { isInline } from './access.js';
import type { TargetTraits } from './target.js';

/**
 * The graph as fusion sees it: straight-line, every output a value of its own that some node defines, no node that needs more tensors
 * than a kernel can have, padding of convolutions explicit.
 */
export interface WorkGraph {
  readonly name: string;
  readonly inputs: readonly GraphInput[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly WorkOutput[];
  /** Which node defines a value; the values of inputs have none. */
  readonly definition: ReadonlyMap<Value, Node>;
}

export interface WorkOutput {
  readonly output: GraphOutput;
  /** Undefined: a state entry that keeps its value. */
  readonly value: Value | undefined;
}

/** The op that stands for a copy: any elementwise op that gives its input back would do. */
const copyOp = 'stopGradient';

export function isStateRole(role: GraphInput['role'] | GraphOutput['role']): boolean {
  return role === 'parameter' || role === 'buffer' || role === 'optimizer';
}

/** Throws for control flow, which has no kernels. */
export function legalise(graph: Graph, target: TargetTraits): WorkGraph {
  let nextId = 0;
  for (const value of graph.body.parameters) nextId = Math.max(nextId, value.id + 1);
  for (const node of graph.body.nodes) for (const value of node.outputs) nextId = Math.max(nextId, value.id + 1);

  const nodes: Node[] = [];
  const definition = new Map<Value, Node>();
  const push = (node: Node): void => {
    nodes.push(node);
    for (const value of node.outputs) definition.set(value, node);
  };
  const emit = (op: string, inputs: readonly Value[], attributes: Node['attributes'], like: Node | undefined, type?: TensorType): Value => {
    const value: Value = {
      id: nextId++,
      type:
        type ??
        lookUp(op).type(
          inputs.map((input) => input.type),
          attributes,
        ),
    };
    push({ op, inputs, attributes, outputs: [value], regions: [], ...(like?.span && { span: like.span }) });
    return value;
  };

  for (const node of graph.body.nodes) {
    if (lookUp(node.op).kind === 'control' || node.regions.length > 0) {
      throw new Error(`'${node.op}' in ${graph.name}: control flow that depends on tensor values cannot be lowered to kernels`);
    }
    if (node.op === 'conv') push(withExplicitPadding(node, emit));
    else if (node.op === 'concat' && node.inputs.length > target.maxTensors - 2) push(asTree(node, target.maxTensors - 2, emit));
    else if (target.scatter === 'sequential' && !isInline(node) && lookUp(node.op).kind === 'scatter') {
      // Updates are added to a copy of the base, whose memory becomes the result's.
      const [base, ...rest] = node.inputs as readonly [Value, ...Value[]];
      push({ ...node, inputs: [emit(copyOp, [base], {}, node, base.type), ...rest] });
    } else push(node);
  }

  const taken = new Set<Value>(graph.body.parameters);
  // A literal lies in the module's constants: an output of one is a copy, too.
  for (const node of nodes) if (node.op === 'literal') taken.add(node.outputs[0]!);
  const inputs = new Map(graph.inputs.map((input) => [`${input.role} ${input.name}`, input]));
  const outputs = graph.outputs.map((output): WorkOutput => {
    const { value } = output;
    if (isStateRole(output.role) && inputs.get(`${output.role} ${output.name}`)?.value === value) return { output, value: undefined };
    if (!taken.has(value)) {
      taken.add(value);
      return { output, value };
    }
    // An input handed on, or a value under a second name: each output has memory of its own.
    return { output, value: emit(copyOp, [value], {}, definition.get(value), value.type) };
  });
  return { name: graph.name, inputs: graph.inputs, nodes: reachable(nodes, outputs, definition), outputs, definition };
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
