/** Numbers that a loop counts: those that are `offset + step * turn`, and how many turns there are where its condition compares two of them. */
import type { Loop } from './control.js';
import { addDims, type Dim, floorDivDims, isSymbolic, lowerBound, mulDims, namedDim, subDims } from './dim.js';
import type { Node, Value } from './graph.js';

/** Turns count from 0. */
export interface Counted {
  readonly offset: Dim;
  readonly step: number;
}

/** What makes a value, inside of the loop or before it; undefined for parameters and where it is not known. */
export type DefinitionOf = (value: Value) => (Pick<Node, 'op' | 'inputs' | 'attributes'> & Partial<Pick<Node, 'outputs'>>) | undefined;

export class TurnNumbers {
  private readonly known = new Map<Value, Counted | undefined>();

  constructor(
    private readonly loop: Pick<Loop, 'initial' | 'condition' | 'body' | 'next'>,
    private readonly definitionOf: DefinitionOf,
  ) {}

  /** The whole number (i32[]) in terms of the number of the turn, if it is one that is counted. */
  of(value: Value): Counted | undefined {
    if (this.known.has(value)) return this.known.get(value);
    this.known.set(value, undefined);
    const counted = this.counted(value);
    this.known.set(value, counted);
    return counted;
  }

  /** The number of turns. It is not certain where it could be negative: a size that is too small for it makes no turn. */
  trips(): { readonly count: Dim; readonly certain: boolean } | undefined {
    const test = this.definitionOf(this.loop.condition.results[0]!);
    const compared = test === undefined ? undefined : comparisons[test.op];
    if (compared === undefined) return undefined;
    const operands = test!.inputs.map((input) => this.of(input));
    const [low, high] = compared.swapped ? [operands[1], operands[0]] : operands;
    if (low === undefined || high === undefined) return undefined;
    const approach = low.step - high.step;
    if (approach <= 0) return undefined;
    const distance = addDims(subDims(high.offset, low.offset), compared.orEqual ? approach : approach - 1);
    const count = approach === 1 ? distance : floorDivDims(distance, approach);
    return typeof count === 'number' ? { count: Math.max(0, count), certain: true } : { count, certain: lowerBound(count) >= 0 };
  }

  private counted(value: Value): Counted | undefined {
    if (value.type.dtype !== 'i32' || value.type.shape.length > 0) return undefined;
    const { body, condition } = this.loop;
    const j = Math.max(body.parameters.indexOf(value), condition.parameters.indexOf(value));
    if (j >= 0) return this.counter(j);
    const node = this.definitionOf(value);
    if (node === undefined) return undefined;
    const [a, b] = node.inputs.map((input) => this.of(input));
    switch (node.op) {
      case 'constant':
        return typeof node.attributes.value === 'number' ? { offset: node.attributes.value, step: 0 } : undefined;
      case 'dimension': {
        const { size } = node.attributes;
        return typeof size === 'number' || isSymbolic(size) ? { offset: size, step: 0 } : undefined;
      }
      case 'loop': {
        // How many turns another loop has taken.
        const { turns } = node.attributes;
        const size = typeof turns === 'string' ? namedDim(turns) : turns;
        const isCount = value === node.outputs?.[node.inputs.length];
        return isCount && (typeof size === 'number' || isSymbolic(size)) ? { offset: size, step: 0 } : undefined;
      }
      case 'neg':
        return a && { offset: mulDims(a.offset, -1), step: -a.step };
      case 'add':
        return a && b && { offset: addDims(a.offset, b.offset), step: a.step + b.step };
      case 'sub':
        return a && b && { offset: subDims(a.offset, b.offset), step: a.step - b.step };
      case 'mul': {
        const [factor, other] = a?.step === 0 && typeof a.offset === 'number' ? [a.offset, b] : [b?.offset, b?.step === 0 ? a : undefined];
        return typeof factor === 'number' && other ? { offset: mulDims(other.offset, factor), step: other.step * factor } : undefined;
      }
      default:
        return undefined;
    }
  }

  /** A carry that every turn moves by the same known step, from a known start. */
  private counter(j: number): Counted | undefined {
    const parameter = this.loop.body.parameters[j]!;
    const start = this.of(this.loop.initial[j]!);
    if (start === undefined || start.step !== 0) return undefined;
    const next = this.loop.next[j]!;
    if (next === parameter) return start;
    const node = this.definitionOf(next);
    if (node?.op !== 'add' && node?.op !== 'sub') return undefined;
    const [x, y] = node.inputs as readonly [Value, Value];
    const by = x === parameter ? y : node.op === 'add' && y === parameter ? x : undefined;
    const step = by === undefined || by === parameter ? undefined : this.of(by);
    if (step?.step !== 0 || typeof step.offset !== 'number') return undefined;
    return { ...start, step: node.op === 'add' ? step.offset : -step.offset };
  }
}

/** Each comparison as `low < high` or `low <= high`. */
const comparisons: Readonly<Record<string, { readonly swapped: boolean; readonly orEqual: boolean } | undefined>> = {
  lt: { swapped: false, orEqual: false },
  le: { swapped: false, orEqual: true },
  gt: { swapped: true, orEqual: false },
  ge: { swapped: true, orEqual: true },
};
