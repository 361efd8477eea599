/**
 * A guard of a graph: a small graph over the same arguments that computes the least and the greatest element of every tensor of
 * positions that is not known to be in range. It runs before the program, so that a wrong label is refused and nothing has changed.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { indexOutOfRange } from '../diagnostics/messages.js';
import { GraphBuilder } from '../ir/build.js';
import { type Dim, dimText } from '../ir/dim.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import { definitions } from '../ir/walk.js';
import type { OpKind } from '../ops/op.js';
import { op as lookUp } from '../ops/registry.js';
import { optimize } from '../passes/index.js';
import type { PlaceText } from './place.js';
import { liesWithin, Ranges } from './ranges.js';

export interface IndexGuard {
  /** Two scalars for each of `positions`, its least and its greatest element, in order. */
  readonly graph: Graph;
  readonly positions: readonly GuardedPositions[];
}

export interface GuardedPositions {
  /** Elements lie from 0 up to this, not included. */
  readonly size: Dim;
  /** What they are: `an index made of y`. */
  readonly text: string;
  /** `F.crossEntropy(x, y) at mlp.ts:17` */
  readonly place: string;
}

interface Found {
  readonly value: Value;
  readonly size: Dim;
  readonly node: Node;
}

/**
 * The guard of a graph, before passes; undefined where everything is in range for certain. Positions that take a contraction, an order, a scatter
 * or random numbers to compute, or that are used in a branch or a loop only, are not guarded: they are clamped or dropped by the program.
 * Pushes a diagnostic for positions that are known while the model is built, and wrong.
 */
export function indexGuard(graph: Graph, place: PlaceText, diagnostics: Diagnostic[]): IndexGuard | undefined {
  const defined = definitions(graph);
  const found = unprovenPositions(graph, defined);
  if (found.length === 0) return undefined;
  const guard = optimize(boundsOf(graph, found, defined));
  const kept: Found[] = [];
  const outputs: Graph['outputs'][number][] = [];
  const constants = new Map(guard.body.nodes.map((node) => [node.outputs[0]!, numberOf(node)]));
  found.forEach((positions, i) => {
    const [low, high] = guard.outputs.slice(2 * i, 2 * i + 2) as [Graph['outputs'][number], Graph['outputs'][number]];
    const [least, greatest] = [constants.get(low.value), constants.get(high.value)];
    const { size, node } = positions;
    if (least === undefined || greatest === undefined || typeof size !== 'number') {
      kept.push(positions);
      outputs.push(low, high);
    } else if (least < 0 || greatest >= size) {
      const wrong = indexOutOfRange(least < 0 ? least : greatest, size);
      diagnostics.push({ ...wrong, ...(node.span && { span: node.span }), notes: [] });
    }
  });
  if (kept.length === 0) return undefined;
  const body = { ...guard.body, results: outputs.map(({ value }) => value) };
  return {
    graph: optimize({ ...guard, outputs, body }),
    positions: kept.map(({ value, size, node }) => {
      const names = graph.inputs.filter((input) => reaches(value, input.value, defined)).map(({ name }) => name);
      const source = names.length === 0 ? '' : ` made of ${names.join(' and ')}`;
      return { size, text: `an index${source}`, place: node.span === undefined ? graph.name : place(node.span) };
    }),
  };
}

function unprovenPositions(graph: Graph, defined: ReadonlyMap<Value, Node>): Found[] {
  const ranges = new Ranges(defined);
  const found: Found[] = [];
  // Nodes in branches and loops may never run.
  for (const node of graph.body.nodes) {
    if (node.regions.length > 0) continue;
    const types = node.inputs.map(({ type }) => type);
    for (const { input, size } of lookUp(node.op).positions?.(types, node.attributes) ?? []) {
      const value = withoutViews(node.inputs[input]!, defined);
      const known = found.some((other) => other.value === value && dimText(other.size) === dimText(size));
      if (known || value.type.shape.includes(0) || liesWithin(ranges.of(value), size)) continue;
      if (computable(value, graph, defined)) found.push({ value, size, node });
    }
  }
  return found;
}

/** Views that show every element and no other. */
const rearranging: ReadonlySet<string> = new Set(['reshape', 'permute', 'broadcast', 'flip', 'stopGradient']);

function withoutViews(value: Value, defined: ReadonlyMap<Value, Node>): Value {
  const node = defined.get(value);
  return node !== undefined && rearranging.has(node.op) ? withoutViews(node.inputs[0]!, defined) : value;
}

/** What takes more work than reading the positions, or would come out differently a second time. */
const notComputed: ReadonlySet<OpKind> = new Set(['contract', 'line', 'scatter', 'random', 'control']);

function computable(value: Value, graph: Graph, defined: ReadonlyMap<Value, Node>): boolean {
  const inputs = new Set(graph.body.parameters);
  return [...sourcesOf(value, defined)].every((source) => {
    const node = defined.get(source);
    return node === undefined ? inputs.has(source) : node.regions.length === 0 && !notComputed.has(lookUp(node.op).kind);
  });
}

function reaches(value: Value, source: Value, defined: ReadonlyMap<Value, Node>): boolean {
  return sourcesOf(value, defined).has(source);
}

/** A value and all that it is computed of. */
function sourcesOf(value: Value, defined: ReadonlyMap<Value, Node>, into: Set<Value> = new Set()): Set<Value> {
  if (into.has(value)) return into;
  into.add(value);
  for (const input of defined.get(value)?.inputs ?? []) sourcesOf(input, defined, into);
  return into;
}

/** The guard's graph before passes. It has all arguments of the graph, so that it is called with the same ones. */
function boundsOf(graph: Graph, found: readonly Found[], defined: ReadonlyMap<Value, Node>): Graph {
  const builder = new GraphBuilder(`guard.${graph.name}`);
  const needed = new Set<Value>();
  for (const { value } of found) sourcesOf(value, defined, needed);
  const values = new Map<Value, Value>();
  for (const { name, role, value } of graph.inputs) {
    if (role === 'argument' || needed.has(value)) values.set(value, builder.input(name, role, value.type));
  }
  for (const node of graph.body.nodes) {
    if (!needed.has(node.outputs[0]!)) continue;
    const inputs = node.inputs.map((input) => values.get(input)!);
    values.set(node.outputs[0]!, builder.emit(node.op, inputs, node.attributes, node.span));
  }
  found.forEach(({ value }, i) => {
    const x = values.get(value)!;
    const dims = x.type.shape.map((_, axis) => axis);
    builder.output(`least${i}`, 'result', builder.emit('reduceMin', [x], { dims, ties: 'first' }));
    builder.output(`greatest${i}`, 'result', builder.emit('reduceMax', [x], { dims, ties: 'first' }));
  });
  return builder.finish();
}

/** The element of a constant scalar. */
function numberOf({ op, attributes }: Node): number | undefined {
  if (op === 'constant') return attributes.value as number;
  return op === 'literal' ? ((attributes.values as readonly number[])[0] ?? undefined) : undefined;
}
