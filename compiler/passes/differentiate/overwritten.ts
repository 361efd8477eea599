/**
 * Values that the way back needs and whose memory was written before: right in a graph, where values are never lost, and an error in
 * PyTorch, whose meaning changes in place have.
 */
import { GraphBuilder } from '../../ir/build.js';
import { branchOf, loopOf } from '../../ir/control.js';
import type { Block, Graph, Node, Span, Value } from '../../ir/graph.js';
import { isFloat } from '../../ir/types.js';
import { nodesOf } from '../../ir/walk.js';
import { op as lookUp } from '../../ops/registry.js';
import { activeValues } from './activity.js';

/** Values that memory held until it was written, and where that was. `rootOf` tells which value each view's was a part of. */
export interface Writes {
  readonly overwritten: readonly { readonly value: Value; readonly span: Span | undefined }[];
  readonly rootOf: ReadonlyMap<Value, Value>;
}

export interface LostValue {
  /** The node whose gradient needs a value that is no longer there. */
  readonly node: Node;
  readonly which: 'input' | 'result';
  readonly value: Value;
  readonly write: Span | undefined;
}

/** The first node, for each write, whose gradient needs what the write has overwritten. */
export function lostValues(
  graph: Graph,
  writes: Writes,
  { loss, withRespectTo }: { readonly loss: string; readonly withRespectTo: readonly string[] },
): LostValue[] {
  if (writes.overwritten.length === 0) return [];
  const lost = spread(graph, writes);
  const sources = graph.inputs.filter(({ name, role }) => role === 'parameter' && withRespectTo.includes(name));
  const active = activeValues(
    graph.body,
    sources.map(({ value }) => value),
    ({ op }) => op !== 'stopGradient',
  );
  const useful = usefulValues(graph.body, graph.outputs.find(({ name }) => name === loss)!.value);
  const found: LostValue[] = [];
  for (const node of nodesOf(graph.body)) {
    if (!node.outputs.some((output) => active.has(output) && useful.has(output))) continue;
    for (const value of neededBy(node, active)) {
      const write = lost.get(value);
      if (write === undefined || found.some((other) => other.write === write.span)) continue;
      found.push({ node, value, which: node.outputs.includes(value) ? 'result' : 'input', write: write.span });
    }
  }
  return found;
}

interface Write {
  readonly span: Span | undefined;
}

/** All values that lay in memory that was written: those of views, and what branches and turns left there, among them. */
function spread(graph: Graph, { overwritten, rootOf }: Writes): Map<Value, Write> {
  const lost = new Map<Value, Write>();
  for (const { value, span } of overwritten) if (!lost.has(value)) lost.set(value, { span });
  const same: (readonly [Value, Value])[] = [];
  for (const node of nodesOf(graph.body)) {
    if (node.op === 'if') {
      const { taken, otherwise } = branchOf(node);
      node.outputs.forEach((output, i) => {
        same.push([output, taken.results[i]!], [output, otherwise.results[i]!]);
      });
    } else if (node.op === 'loop') {
      const { body, next, initial, carries } = loopOf(node);
      carries.forEach((output, j) => {
        for (const held of [output, body.parameters[j]!]) same.push([held, next[j]!], [held, initial[j]!]);
      });
    }
  }
  for (let before = -1; before !== lost.size; ) {
    before = lost.size;
    for (const [later, earlier] of [...same, ...[...rootOf].map(([view, root]) => [root, view] as const)]) {
      const write = lost.get(later);
      if (write !== undefined && !lost.has(earlier)) lost.set(earlier, write);
    }
  }
  return lost;
}

/** The values that a gradient of the loss flows back to. */
function usefulValues(block: Block, loss: Value): Set<Value> {
  const useful = new Set([loss]);
  const visit = (nodes: readonly Node[]): void => {
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i]!;
      const at = node.outputs.flatMap((output, index) => (useful.has(output) ? [index] : []));
      if (at.length === 0) continue;
      if (node.op === 'if') {
        const { taken, otherwise } = branchOf(node);
        for (const { results, nodes: inner } of [taken, otherwise]) {
          for (const index of at) useful.add(results[index]!);
          visit(inner);
        }
      } else if (node.op === 'loop') {
        const { body, next, initial } = loopOf(node);
        for (const index of at) useful.add(next[index]!);
        for (let before = -1; before !== useful.size; ) {
          before = useful.size;
          visit(body.nodes);
          body.parameters.forEach((parameter, j) => {
            if (useful.has(parameter)) useful.add(next[j]!);
          });
        }
        initial.forEach((value, j) => {
          if (useful.has(next[j]!)) useful.add(value);
        });
      } else if (node.op === 'customGradient') for (const input of node.inputs.slice(1)) useful.add(input);
      else if (node.op !== 'stopGradient' && lookUp(node.op).vjp !== undefined) {
        for (const input of node.inputs) if (isFloat(input.type.dtype)) useful.add(input);
      }
    }
  };
  visit(block.nodes);
  return useful;
}

/** The inputs and results of a node that its gradient by the active inputs is computed of, by its own rule. */
function neededBy(node: Node, active: ReadonlySet<Value>): Set<Value> {
  const needed = new Set<Value>();
  if (node.op === 'if' || node.op === 'loop') return needed;
  if (node.op === 'customGradient') {
    for (const inner of nodesOf(node.regions[0]!)) for (const input of inner.inputs) needed.add(input);
    return needed;
  }
  const { vjp } = lookUp(node.op);
  if (vjp === undefined) return needed;
  const builder = new GraphBuilder(node.op);
  const cotangent = builder.value(node.outputs[0]!.type);
  let results: readonly (Value | undefined)[] = [];
  const emitted = builder.collect(() => {
    results = vjp(builder, node, cotangent);
  });
  const own = new Map(emitted.flatMap((inner) => inner.outputs.map((output) => [output, inner] as const)));
  const open = results.filter((result, i) => result !== undefined && active.has(node.inputs[i]!)) as Value[];
  const seen = new Set<Value>();
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    const inner = own.get(value);
    if (inner === undefined) needed.add(value);
    else open.push(...inner.inputs);
  }
  return needed;
}
