/** How many turns a loop takes, where its condition depends on nothing but known numbers. */
import type { Loop } from '../../ir/control.js';
import type { Attributes, Block, Node, Value } from '../../ir/graph.js';
import type { TensorData } from '../../ops/op.js';
import { op as lookUp } from '../../ops/registry.js';
import { sizeOf } from '../../ops/tensor-data.js';

/** Larger tensors are not followed. */
const mostElements = 16;

export type Known = (value: Value) => TensorData | undefined;

/**
 * The number of turns, if it is known and at most `most`: the condition and what it depends on are run as far as they are known. Of floats
 * only whole numbers are followed, which no rounding touches. `known` gives the data of values from outside the loop.
 */
export function knownTurns(loop: Loop, known: Known, most: number): number | undefined {
  let carried = loop.initial.map((value) => wholeNumbers(known(value)));
  for (let turns = 0; ; turns++) {
    const [condition] = run(loop.condition, carried, known);
    if (!condition) return undefined;
    if (!condition.data[0]) return turns;
    if (turns === most) return undefined;
    carried = run(loop.body, carried, known).slice(0, carried.length);
  }
}

/** The block's results as far as they are known. */
function run(block: Block, parameters: readonly (TensorData | undefined)[], known: Known): (TensorData | undefined)[] {
  const inside = new Map<Value, TensorData | undefined>(block.parameters.map((parameter, i) => [parameter, parameters[i]]));
  const dataOf = (value: Value) => (inside.has(value) ? inside.get(value) : known(value));
  for (const node of block.nodes) {
    for (const output of node.outputs) inside.set(output, undefined);
    if (node.regions.length > 0) continue;
    const { kind, evaluate } = lookUp(node.op);
    const { type } = node.outputs[0]!;
    if (kind === 'random' || !isSmall(type.shape)) continue;
    const inputs: TensorData[] = [];
    for (const input of node.inputs) {
      const data = wholeNumbers(dataOf(input));
      if (data) inputs.push(data);
    }
    if (inputs.length < node.inputs.length || !hasKnownSizes(node.attributes)) continue;
    inside.set(node.outputs[0]!, wholeNumbers(evaluate(inputs, node.attributes, type)));
  }
  return block.results.map(dataOf);
}

function isSmall(shape: readonly unknown[]): boolean {
  const sizes = shape.filter((size) => typeof size === 'number');
  return sizes.length === shape.length && sizeOf(sizes) <= mostElements;
}

/** A symbolic size in an attribute makes the value unknown. */
function hasKnownSizes(attributes: Attributes): boolean {
  const isKnown = (attribute: unknown): boolean =>
    Array.isArray(attribute) ? attribute.every(isKnown) : typeof attribute !== 'object' || attribute === null;
  return Object.values(attributes).every(isKnown);
}

function wholeNumbers(data: TensorData | undefined): TensorData | undefined {
  if (!data || data.dtype === 'i32' || data.dtype === 'bool') return data;
  return Array.from(data.data).every((value) => Number.isInteger(value) && Math.abs(value) <= 2 ** 24) ? data : undefined;
}

/** What a node without inputs gives, if it is small and known. */
export function constantData(node: Node): TensorData | undefined {
  const { type } = node.outputs[0]!;
  if ((node.op !== 'constant' && node.op !== 'literal') || !isSmall(type.shape)) return undefined;
  return lookUp(node.op).evaluate([], node.attributes, type);
}
