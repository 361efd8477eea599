/**
 * What a frozen model computes of its state alone is computed when it is frozen. Scales and shifts of a contraction's results, such as those
 * of batch normalisation, become part of its weights: conv(x, w) * s + b = conv(x, w * s) + b. Sums are rounded once less or otherwise, so
 * results differ from those of the model that was frozen in their last bits. Weights are stored as kernels read them.
 */
import { interpret } from './interpreter/index.js';
import { type Dim, isSymbolic, productOf } from './ir/dim.js';
import type { Block, Graph, GraphInput, Node, Value } from './ir/graph.js';
import { equationOf } from './ops/contraction.js';
import type { TensorData } from './ops/op.js';
import { ops } from './ops/registry.js';
import { eliminateDead } from './passes/eliminate-dead.js';
import { rebuild, type Transform } from './passes/rewrite.js';

export interface FoldedState {
  readonly graph: Graph;
  /** The values of the inputs that were added, by name. */
  readonly state: ReadonlyMap<string, TensorData>;
}

/** `dataOf` gives the values of state inputs; `nameOf` names a new one. */
export function foldState(graph: Graph, dataOf: (input: GraphInput) => TensorData | undefined, nameOf: () => string): FoldedState {
  return new Folding(graph, dataOf, nameOf).run();
}

/** result[.., c, ..] = contraction * scale[c] + shift[c], over the axes that the weights bring in. */
interface Chain {
  readonly contraction: Node;
  /** Which of its operands the weights are, and for each axis of the result that of the weights, or -1. */
  readonly weights: 0 | 1;
  readonly axes: readonly number[];
  /** What is done to the results one after the other; `reversed`: the result is the second operand. */
  readonly steps: readonly { readonly op: string; readonly operand: Value; readonly reversed: boolean }[];
  readonly end: Value;
}

const affineOps = ['add', 'sub', 'mul', 'div'];
/** Of so many columns a vector kernel computes one panel. */
const panel = 8;
/** A result may be so many times larger than the state that it is computed of. */
const growth = 2;

class Folding {
  private readonly definition = new Map<Value, Node>();
  private readonly uses = new Map<Value, Node[]>();
  private readonly known = new Map<Value, number>();
  private readonly replaced = new Map<Value, Transform>();
  private readonly inputs: ReadonlyMap<string, TensorData>;
  private readonly state = new Map<string, TensorData>();
  private readonly outputs: ReadonlySet<Value>;

  constructor(
    private readonly graph: Graph,
    dataOf: (input: GraphInput) => TensorData | undefined,
    private readonly nameOf: () => string,
  ) {
    const inputs = new Map<string, TensorData>();
    for (const input of graph.inputs) {
      const value = dataOf(input);
      if (value === undefined) continue;
      inputs.set(input.name, value);
      this.known.set(input.value, value.data.length);
    }
    this.inputs = inputs;
    this.outputs = new Set(graph.outputs.map(({ value }) => value));
    for (const node of graph.body.nodes) {
      for (const output of node.outputs) this.definition.set(output, node);
      const size = this.sizeOfState(node);
      if (size !== undefined) this.known.set(node.outputs[0]!, size);
    }
    this.countUses(graph.body);
  }

  run(): FoldedState {
    const { graph } = this;
    const chains = graph.body.nodes.flatMap((node) => this.chainOf(node) ?? []);
    const folded = this.computed(new Set(chains.flatMap(({ contraction, weights }) => [contraction.inputs[weights]!])));
    const wanted = [
      ...chains.flatMap(({ contraction, weights, steps }) => [
        contraction.inputs[weights]!,
        ...steps.map(({ operand }) => this.source(operand)),
      ]),
      ...folded,
    ];
    const values = this.evaluate([...new Set(wanted)]);
    for (const chain of chains) this.replaced.set(chain.end, this.withWeights(chain, values));
    for (const value of folded) this.replaced.set(value, (builder) => [this.add(builder, asF32(values.get(value)!))]);
    if (this.replaced.size === 0) return { graph, state: this.state };
    const made = rebuild(graph, (builder, node, inputs, copy) => this.replaced.get(node.outputs[0]!)?.(builder, node, inputs, copy));
    return { graph: eliminateDead(made), state: this.state };
  }

  private add(builder: Parameters<Transform>[0], data: TensorData): Value {
    const name = this.nameOf();
    this.state.set(name, data);
    return builder.input(name, 'buffer', { dtype: data.dtype, shape: data.shape });
  }

  private countUses({ nodes }: Block): void {
    for (const node of nodes) {
      for (const input of node.inputs) this.uses.set(input, [...(this.uses.get(input) ?? []), node]);
      for (const region of node.regions) {
        this.countUses(region);
        for (const result of region.results) this.uses.set(result, [...(this.uses.get(result) ?? []), node]);
      }
    }
  }

  /** How much state a node's result is computed of, where it is computed of nothing else. */
  private sizeOfState({ op, inputs, outputs, regions, attributes }: Node): number | undefined {
    const kind = kindOf(op);
    if (regions.length > 0 || kind === undefined || kind === 'random' || kind === 'control' || outputs.length !== 1) return undefined;
    // What depends on the size of an argument is not known.
    if ([...outputs[0]!.type.shape, ...Object.values(attributes)].some(isOpen)) return undefined;
    let size = 0;
    for (const input of inputs) {
      const own = this.known.get(input);
      if (own === undefined) return undefined;
      size += own;
    }
    return size;
  }

  private chainOf(contraction: Node): Chain | undefined {
    if (kindOf(contraction.op) !== 'contract') return undefined;
    const isKnown = contraction.inputs.map((input) => this.known.has(input));
    if (isKnown[0] === isKnown[1]) return undefined;
    const weights = isKnown[0] ? 0 : 1;
    if (contraction.op === 'conv' && weights === 0) return undefined;
    const axes = axesOfWeights(contraction, weights);
    const steps: Chain['steps'][number][] = [];
    let end = contraction.outputs[0]!;
    for (;;) {
      const uses = this.uses.get(end) ?? [];
      const [next] = uses;
      if (uses.length !== 1 || this.outputs.has(end) || !affineOps.includes(next!.op) || !this.graph.body.nodes.includes(next!)) break;
      const reversed = next!.inputs[1] === end;
      const operand = next!.inputs[reversed ? 0 : 1]!;
      if (!this.goesWith(operand, axes) || (reversed && next!.op === 'div')) break;
      steps.push({ op: next!.op, operand, reversed });
      end = next!.outputs[0]!;
    }
    // Shifts alone are added as they are.
    const scales = steps.some(({ op, reversed }) => op === 'mul' || op === 'div' || (op === 'sub' && reversed));
    const chain: Chain = scales
      ? { contraction, weights, axes, steps, end }
      : { contraction, weights, axes, steps: [], end: contraction.outputs[0]! };
    // What others read, too, is stored once, as it is.
    return scales || (panelsOf(chain) && this.isAlone(contraction.inputs[weights]!)) ? chain : undefined;
  }

  /** Whether nothing else is computed of the state behind a value. */
  private isAlone(value: Value): boolean {
    return this.uses.get(value)!.length === 1 && (this.definition.get(value)?.inputs ?? []).every((input) => this.isAlone(input));
  }

  /** Whether an operand differs along the axes of the weights only. */
  private goesWith(operand: Value, axes: readonly number[]): boolean {
    const { shape } = this.source(operand).type;
    return this.known.has(this.source(operand)) && shape.every((size, axis) => size === 1 || axes[axis]! >= 0);
  }

  /** The value that is stretched, or a number for one that is everywhere the same. */
  private source(operand: Value): Value {
    const node = this.definition.get(operand);
    return node?.op === 'broadcast' ? node.inputs[0]! : operand;
  }

  /** Results of computations on state that others read, but for `except` and what only views show. */
  private computed(except: ReadonlySet<Value>): Set<Value> {
    const found = new Set<Value>();
    const see = (value: Value): void => {
      let at = value;
      for (;;) {
        const node = this.definition.get(at);
        if (node === undefined || except.has(at)) return;
        const kind = kindOf(node.op);
        if (kind === 'source') return;
        const size = productOf(at.type.shape);
        if (kind !== 'view' && typeof size === 'number' && size <= Math.max(1, growth * this.known.get(at)!)) {
          found.add(at);
          return;
        }
        if (kind !== 'view' || node.inputs.length !== 1) {
          node.inputs.forEach(see);
          return;
        }
        at = node.inputs[0]!;
      }
    };
    for (const { value } of this.graph.outputs) if (this.known.has(value)) see(value);
    for (const [value, users] of this.uses) {
      if (this.known.has(value) && users.some((node) => !this.known.has(node.outputs[0]!))) see(value);
    }
    return found;
  }

  /** In float64. */
  private evaluate(values: readonly Value[]): Map<Value, TensorData> {
    const outputs = values.map((value, i) => ({ name: `${i}`, role: 'result' as const, value }));
    const inputs = this.graph.inputs.filter(({ value }) => this.known.has(value));
    const body = { ...this.graph.body, parameters: inputs.map(({ value }) => value), results: values };
    const results = interpret(eliminateDead({ ...this.graph, inputs, outputs, body }), this.inputs);
    return new Map(values.map((value, i) => [value, results.get(`${i}`)!]));
  }

  private withWeights(chain: Chain, values: ReadonlyMap<Value, TensorData>): Transform {
    const { contraction, weights, axes, steps } = chain;
    const shape = contraction.outputs[0]!.type.shape.map((size, axis): number => (axes[axis]! < 0 ? 1 : (size as number)));
    const count = shape.reduce((a, b) => a * b, 1);
    const [scale, shift] = [new Float64Array(count).fill(1), new Float64Array(count)];
    for (const { op, operand, reversed } of steps) {
      const own = stretched(values.get(this.source(operand))!, shape);
      for (let i = 0; i < count; i++) {
        const by = op === 'mul' ? own[i]! : op === 'div' ? 1 / own[i]! : op === 'sub' && reversed ? -1 : 1;
        scale[i]! *= by;
        shift[i] = shift[i]! * by + (op === 'add' || (op === 'sub' && reversed) ? own[i]! : op === 'sub' ? -own[i]! : 0);
      }
    }
    const known = values.get(contraction.inputs[weights]!)!;
    const scaled = scaledWeights(known, scale, shape, axes);
    return (builder, _node, _inputs, copy) => {
      const other = copy.valueOf(contraction.inputs[1 - weights]!);
      const panels = panelsOf(chain);
      const emitted = panels
        ? builder.emit(
            'reshape',
            [
              builder.emit(
                'contract',
                weights === 0 ? [this.add(builder, inPanels(scaled, panels)), other] : [other, this.add(builder, inPanels(scaled, panels))],
                { equation: panels.equation },
              ),
            ],
            { shape: contraction.outputs[0]!.type.shape.map((dim) => dim) },
          )
        : builder.emit(
            contraction.op,
            weights === 0 ? [this.add(builder, scaled), other] : [other, this.add(builder, scaled)],
            contraction.attributes,
          );
      if (shift.every((value) => value === 0)) return [emitted];
      const added = this.add(builder, { dtype: 'f32', shape, data: Float32Array.from(shift) });
      return [builder.emit('add', [emitted, builder.emit('broadcast', [added], { shape: emitted.type.shape })])];
    };
  }
}

const isOpen = (value: unknown): boolean => (Array.isArray(value) ? value.some(isOpen) : isSymbolic(value));

/** Loops and branches are no ops of the table. */
const kindOf = (op: string) => ops.get(op)?.kind;

/** For each axis of the result the axis of the weights that it is, or -1. */
function axesOfWeights({ op, attributes, outputs }: Node, weights: 0 | 1): number[] {
  if (op === 'conv') return outputs[0]!.type.shape.map((_, axis) => (axis === 1 ? 0 : -1));
  const { a, b, result } = equationOf(attributes);
  const [own, other] = weights === 0 ? [a, b] : [b, a];
  return result.map((letter) => (other.includes(letter) ? -1 : own.indexOf(letter)));
}

/** A matrix of weights [n, k] or [k, n] as panels [n / 8, k, 8], and the equation with these. */
interface Panels {
  readonly equation: string;
  /** The axis of the columns. */
  readonly column: 0 | 1;
}

function panelsOf({ contraction, weights, axes }: Pick<Chain, 'contraction' | 'weights' | 'axes'>): Panels | undefined {
  if (contraction.op !== 'contract' || contraction.inputs[weights]!.type.dtype !== 'f32') return undefined;
  const { a, b, result } = equationOf(contraction.attributes);
  const own = weights === 0 ? a : b;
  const letter = result.at(-1);
  const column = axes.at(-1)!;
  if (own.length !== 2 || column < 0 || letter === undefined || result.includes(own[1 - column]!)) return undefined;
  const columns = contraction.inputs[weights]!.type.shape[column]! as number;
  const free = [...'abcdefghijklmnopqrstuvwxyz'].find((other) => !a.includes(other) && !b.includes(other));
  if (columns % panel !== 0 || columns < 2 * panel || free === undefined) return undefined;
  const sides = [a.join(''), b.join('')];
  sides[weights] = `${letter}${own[1 - column]}${free}`;
  return { equation: `${sides.join()}->${result.join('')}${free}`, column: column as 0 | 1 };
}

function inPanels({ dtype, shape, data }: TensorData, { column }: Panels): TensorData {
  const [n, k] = [shape[column]!, shape[1 - column]!];
  const [byColumn, byDepth] = column === 0 ? [k, 1] : [1, n];
  const result = new Float32Array(n * k);
  for (let at = 0; at < n * k; at++) {
    const [first, depth, lane] = [Math.floor(at / (k * panel)), Math.floor(at / panel) % k, at % panel];
    result[at] = data[(first * panel + lane) * byColumn + depth * byDepth]!;
  }
  return { dtype, shape: [n / panel, k, panel], data: result };
}

function scaledWeights(
  { shape, data }: TensorData,
  scale: Float64Array,
  scaleShape: readonly number[],
  axes: readonly number[],
): TensorData {
  const result = new Float32Array(data.length);
  const strides = rowMajor(shape);
  const scaleStrides = rowMajor(scaleShape);
  for (let at = 0; at < data.length; at++) {
    let from = 0;
    axes.forEach((own, axis) => {
      if (own >= 0) from += (Math.floor(at / strides[own]!) % shape[own]!) * scaleStrides[axis]!;
    });
    result[at] = data[at]! * scale[from]!;
  }
  return { dtype: 'f32', shape, data: result };
}

/** The elements of a tensor of that rank, some of its axes of size 1 stretched; a scalar or a constant is the same everywhere. */
function stretched({ shape, data }: TensorData, to: readonly number[]): number[] {
  const own = rowMajor(shape);
  const strides = rowMajor(to);
  const count = to.reduce((a, b) => a * b, 1);
  return Array.from({ length: count }, (_, at) => {
    let from = 0;
    shape.forEach((size, axis) => {
      if (size > 1) from += (Math.floor(at / strides[axis]!) % to[axis]!) * own[axis]!;
    });
    return data[from]!;
  });
}

function rowMajor(shape: readonly Dim[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * (shape[axis + 1] as number);
  return strides;
}

function asF32({ dtype, shape, data }: TensorData): TensorData {
  return { dtype, shape, data: dtype === 'f32' ? Float32Array.from(data) : data };
}
