/** Between which whole numbers the elements of an i32 or bool tensor lie, as far as the graph tells: enough to see that positions are right. */
import { addDims, type Dim, lowerBound, mulDims, subDims } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';

/** Both ends belong to it; undefined where there is no bound. For floats nothing is known. */
export interface Range {
  readonly low: Dim | undefined;
  readonly high: Dim | undefined;
}

const unknown: Range = { low: undefined, high: undefined };

/** Whether 0 <= x < size for all sizes of the named dims. */
export function liesWithin({ low, high }: Range, size: Dim): boolean {
  return low !== undefined && high !== undefined && lowerBound(low) >= 0 && surelyAtMost(addDims(high, 1), size);
}

export class Ranges {
  private readonly known = new Map<Value, Range>();

  constructor(private readonly definitions: ReadonlyMap<Value, Node>) {}

  of(value: Value): Range {
    const known = this.known.get(value);
    if (known !== undefined) return known;
    const node = this.definitions.get(value);
    const range = value.type.dtype === 'bool' ? { low: 0, high: 1 } : node === undefined ? unknown : this.rangeOf(node);
    this.known.set(value, range);
    return range;
  }

  private rangeOf(node: Node): Range {
    const rule = Object.hasOwn(rules, node.op) ? rules[node.op]! : undefined;
    if (rule === undefined || (node.outputs[0]!.type.dtype !== 'i32' && node.op !== 'cast')) return unknown;
    if (node.op === 'select') {
      const decided = this.decide(node.inputs[0]!);
      if (decided !== undefined) return this.of(node.inputs[decided ? 1 : 2]!);
      const chosen = this.extremeOf(node);
      if (chosen !== undefined) return rules[chosen]!([this.of(node.inputs[1]!), this.of(node.inputs[2]!)], node);
    }
    return rule(
      node.inputs.map((input) => this.of(input)),
      node,
    );
  }

  /** `a < b ? b : a` is the greater of the two, `a < b ? a : b` the lesser: so does clamp choose. */
  private extremeOf({ inputs }: Node): 'maximum' | 'minimum' | undefined {
    const [condition, yes, no] = inputs as readonly [Value, Value, Value];
    const comparison = this.definitions.get(condition);
    if (comparison?.op !== 'lt' && comparison?.op !== 'gt') return undefined;
    const [lesser, greater] = comparison.op === 'lt' ? comparison.inputs : [...comparison.inputs].reverse();
    if (yes === greater && no === lesser) return 'maximum';
    return yes === lesser && no === greater ? 'minimum' : undefined;
  }

  /** A comparison that comes out the same for every element. */
  private decide(condition: Value): boolean | undefined {
    const node = this.definitions.get(condition);
    if (node === undefined) return undefined;
    if (node.op === 'lt') return isBelow(this.of(node.inputs[0]!), this.of(node.inputs[1]!));
    if (node.op === 'gt') return isBelow(this.of(node.inputs[1]!), this.of(node.inputs[0]!));
    return undefined;
  }
}

function isBelow(a: Range, b: Range): boolean | undefined {
  if (a.high !== undefined && b.low !== undefined && surelyAtMost(addDims(a.high, 1), b.low)) return true;
  return a.low !== undefined && b.high !== undefined && surelyAtMost(b.high, a.low) ? false : undefined;
}

function surelyAtMost(a: Dim, b: Dim): boolean {
  return lowerBound(subDims(b, a)) >= 0;
}

type Rule = (inputs: readonly Range[], node: Node) => Range;

const both = (low: Dim, high: Dim): Range => ({ low, high });
const same: Rule = ([x]) => x!;
const positionAlong = (size: Dim): Range => both(0, subDims(size, 1));

/** The lesser or greater of two sizes where the order is known. */
function extreme(a: Dim | undefined, b: Dim | undefined, least: boolean): Dim | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (surelyAtMost(a, b)) return least ? a : b;
  return surelyAtMost(b, a) ? (least ? b : a) : undefined;
}

const union = (a: Range, b: Range): Range => ({ low: extreme(a.low, b.low, true), high: extreme(a.high, b.high, false) });

/** A wrapped sum is another number: bounds hold below 2^31, which no axis reaches. */
function map2(a: Dim | undefined, b: Dim | undefined, apply: (a: Dim, b: Dim) => Dim): Dim | undefined {
  return a === undefined || b === undefined ? undefined : apply(a, b);
}

/** A range of one known number. */
function numberOf({ low, high }: Range): number | undefined {
  return typeof low === 'number' && low === high ? low : undefined;
}

const constantValues = (values: readonly unknown[]): Range => {
  const numbers = values as readonly number[];
  return numbers.length === 0
    ? unknown
    : both(
        numbers.reduce((a, b) => Math.min(a, b)),
        numbers.reduce((a, b) => Math.max(a, b)),
      );
};

/** One rule for each op that positions are commonly made of. */
const rules: Readonly<Record<string, Rule>> = {
  constant: (_, node) => constantValues([node.attributes.value]),
  literal: (_, node) => constantValues(node.attributes.values as readonly number[]),
  iota: (_, node) => positionAlong(node.outputs[0]!.type.shape[node.attributes.dim as number]!),
  dimension: (_, node) => both(node.attributes.size as Dim, node.attributes.size as Dim),
  argmax: (_, node) => positionAlong(node.inputs[0]!.type.shape[node.attributes.dim as number]!),
  argmin: (_, node) => positionAlong(node.inputs[0]!.type.shape[node.attributes.dim as number]!),
  argsort: (_, node) => positionAlong(node.inputs[0]!.type.shape[node.attributes.dim as number]!),
  cumargmax: (_, node) => positionAlong(node.inputs[0]!.type.shape[node.attributes.dim as number]!),
  cast: ([x], node) => (node.outputs[0]!.type.dtype === 'i32' ? x! : unknown),
  stopGradient: same,
  reshape: same,
  permute: same,
  broadcast: same,
  slice: same,
  flip: same,
  unfold: same,
  reduceMax: same,
  reduceMin: same,
  gather: same,
  concat: (inputs) => inputs.reduce(union),
  pad: ([x], node) => union(x!, constantValues([node.attributes.value])),
  select: ([, a, b]) => union(a!, b!),
  add: ([a, b]) => ({ low: map2(a!.low, b!.low, addDims), high: map2(a!.high, b!.high, addDims) }),
  sub: ([a, b]) => ({ low: map2(a!.low, b!.high, subDims), high: map2(a!.high, b!.low, subDims) }),
  neg: ([a]) => ({ low: map2(0, a!.high, subDims), high: map2(0, a!.low, subDims) }),
  mul([a, b]) {
    const factor = numberOf(a!) ?? numberOf(b!);
    const other = numberOf(a!) === undefined ? a! : b!;
    if (factor === undefined || factor < 0) return unknown;
    return { low: map2(other.low, factor, mulDims), high: map2(other.high, factor, mulDims) };
  },
  // One bound of either will do: clamp(x, 0, n) is minimum(maximum(x, 0), n).
  maximum: ([a, b]) => ({ low: best(a!.low, b!.low, false), high: extreme(a!.high, b!.high, false) }),
  minimum: ([a, b]) => ({ low: extreme(a!.low, b!.low, true), high: best(a!.high, b!.high, true) }),
  remainder([, b]) {
    return b!.low !== undefined && lowerBound(b!.low) >= 1 && b!.high !== undefined ? both(0, subDims(b!.high, 1)) : unknown;
  },
};

function best(a: Dim | undefined, b: Dim | undefined, least: boolean): Dim | undefined {
  return a === undefined ? b : b === undefined ? a : (extreme(a, b, least) ?? a);
}
