/**
 * What the sizes of named dims must be for a graph to make sense: what no type rule could prove while it was built. The op
 * records say it; what holds anyway, or follows from the rest, is dropped.
 */
import { type Dim, dimText, exactDiv, isSymbolic, lowerBound, mulDims, subDims } from '../ir/dim.js';
import type { Graph, Node, Span } from '../ir/graph.js';
import { typeText } from '../ir/types.js';
import { nodesOf } from '../ir/walk.js';
import { op as lookUp } from '../ops/registry.js';
import type { PlaceText } from './place.js';

/** `size` is at least `least`, or the call is refused. */
export interface SizeRequirement {
  readonly size: Dim;
  readonly least: number;
  /** What is expected and why, without the sizes of the call: `height must be at least 5: a window of 5 ... (lenet.ts:22)`. */
  readonly text: string;
}

interface Condition {
  readonly size: Dim;
  readonly least: number;
  readonly what: string;
  readonly span: Span | undefined;
}

/** The requirements of all nodes of a graph, those in regions that may not run included. */
export function sizeRequirements(graph: Graph, place: PlaceText): SizeRequirement[] {
  const strongest = new Map<string, Condition>();
  for (const node of nodesOf(graph.body)) {
    for (const condition of conditionsOf(node)) {
      const simple = { ...condition, ...isolate(condition.size, condition.least) };
      if (lowerBound(simple.size) >= simple.least) continue;
      const key = dimText(simple.size);
      const known = strongest.get(key);
      if (known === undefined || known.least < simple.least) strongest.set(key, simple);
    }
  }
  return withoutImplied([...strongest.values()]).map(({ size, least, what, span }) => {
    const where = span === undefined ? '' : ` (${place(span)})`;
    return { size, least, text: `${conditionText(size, least)} for ${what}${where}` };
  });
}

function conditionsOf(node: Node): Condition[] {
  const types = node.inputs.map((input) => input.type);
  const needs = node.regions.length > 0 ? [] : (lookUp(node.op).sizeNeeds?.(types, node.attributes) ?? []);
  const conditions: Condition[] = needs.filter(({ size }) => isSymbolic(size)).map((need) => ({ ...need, span: node.span }));
  for (const { type } of node.outputs) {
    for (const size of type.shape) {
      if (isSymbolic(size)) conditions.push({ size, least: 0, what: `a tensor of type ${typeText(type)}`, span: node.span });
    }
  }
  return conditions;
}

/** The same condition on as little as possible: `2*floordiv(h - 4, 2) - 3 >= 1` is `h >= 8`. */
function isolate(size: Dim, least: number): { size: Dim; least: number } {
  if (!isSymbolic(size)) return { size, least };
  const constant = size.terms.find(({ factors }) => factors.length === 0)?.coefficient ?? 0;
  if (constant !== 0) return isolate(subDims(size, constant), least - constant);
  // g x >= k for whole x: x >= ceil(k / g).
  const divisor = size.terms.map(({ coefficient }) => Math.abs(coefficient)).reduce(greatestCommonDivisor);
  if (divisor > 1) return isolate(exactDiv(size, divisor)!, Math.ceil(least / divisor));
  // floor(a / b) >= k: a >= b k.
  const [term, ...others] = size.terms;
  const atom = term!.factors[0]!;
  const floors = others.length === 0 && term!.factors.length === 1 && term!.coefficient === 1 && atom.kind === 'floorDiv';
  if (floors && typeof atom.denominator === 'number' && atom.denominator > 0) return isolate(atom.numerator, least * atom.denominator);
  return { size, least };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** a >= k follows from b >= j where a - k >= b - j for all sizes. */
function withoutImplied(conditions: readonly Condition[]): Condition[] {
  const excess = ({ size, least }: Condition) => subDims(size, least);
  return conditions.filter((condition, i) => {
    const implies = (other: Condition, j: number) => {
      if (i === j || lowerBound(subDims(excess(condition), excess(other))) < 0) return false;
      // Two that imply one another: the first stays.
      return j < i || lowerBound(subDims(excess(other), excess(condition))) < 0;
    };
    return !conditions.some(implies);
  });
}

/** `height must be at least 5`, `length must be at most 512`. */
function conditionText(size: Dim, least: number): string {
  const negative = isSymbolic(size) && size.terms.every(({ coefficient }) => coefficient < 0);
  return negative ? `${dimText(mulDims(size, -1))} must be at most ${-least}` : `${dimText(size)} must be at least ${least}`;
}
