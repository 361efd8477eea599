/** Branches and loops that are known to do less than they could. */
import type { GraphBuilder } from '../../ir/build.js';
import { branchOf, type Loop, loopOf } from '../../ir/control.js';
import type { Block, Graph, Node, Value } from '../../ir/graph.js';
import { attributesText } from '../../ir/print.js';
import { capturesOf, definitions, nodesOf, valuesOf } from '../../ir/walk.js';
import { type Copy, copyBody, withOutputs } from '../rewrite.js';
import { type CommonNodes, commonNodes } from './common-nodes.js';
import { constantData, knownTurns } from './known-turns.js';
import { unroll } from './unroll.js';

/** Loops of more turns than this stay loops, */
const mostTurns = 64;
/** and those that would become more nodes than this. A single turn is always written out. */
const mostNodes = 256;

/**
 * An `if` whose condition is known becomes its branch; in a branch the condition is known; results that are the same in both branches
 * come from outside, and so does what both compute. A loop of few turns whose number is known is written out; carries that never change
 * are no carries. The same graph where there is nothing to do.
 */
export function simplifyControl(graph: Graph): Graph {
  if (!graph.body.nodes.some((node) => node.regions.length > 0)) return graph;
  const pass = new Pass(graph);
  const { builder, values } = copyBody(graph, (target, node, inputs, copy) => pass.visit(target, node, inputs, copy));
  return pass.changes === 0 ? graph : withOutputs(graph, builder, values);
}

class Pass {
  changes = 0;
  /** The nodes that make the old graph's values. */
  private readonly definition: ReadonlyMap<Value, Node>;

  constructor(graph: Graph) {
    this.definition = definitions(graph);
  }

  visit(builder: GraphBuilder, node: Node, inputs: readonly Value[], copy: Copy): readonly Value[] | undefined {
    if (node.op === 'if') return this.branch(builder, node, inputs[0]!, copy);
    if (node.op === 'loop') return this.loop(builder, node, copy);
    return undefined;
  }

  private branch(builder: GraphBuilder, node: Node, condition: Value, copy: Copy): readonly Value[] {
    const { condition: old, taken, otherwise } = branchOf(node);
    const known = this.known(old);
    if (known) {
      this.changes++;
      return copy.block(known.data[0] ? taken : otherwise);
    }
    const common = commonNodes(taken, otherwise);
    this.changes += common.nodes.length;
    copy.nodes(common.nodes);
    for (const [value, twin] of common.same) copy.values.set(value, copy.valueOf(twin));
    const regions = [taken, otherwise].map((region, side) => {
      const own = { ...region, nodes: region.nodes.filter((inner) => !inner.outputs.some((output) => isMapped(common, output))) };
      if (!capturesOf(region).has(old)) return copy.region(own);
      this.changes++;
      return builder.block([], () => {
        copy.values.set(old, builder.emit('constant', [], { value: 1 - side, dtype: 'bool', shape: [] }));
        return copy.block(own);
      });
    });
    copy.values.set(old, condition);
    builder.span = node.span;
    return this.joined(builder, node, condition, regions);
  }

  /** The `if` itself, but for results that are the same in both branches. */
  private joined(builder: GraphBuilder, node: Node, condition: Value, regions: readonly Block[]): readonly Value[] {
    const [taken, otherwise] = regions as readonly [Block, Block];
    const own = new Set([...valuesOf(taken), ...valuesOf(otherwise)]);
    const constants = new Map(
      [...taken.nodes, ...otherwise.nodes].flatMap((inner) => (inner.op === 'constant' ? [[inner.outputs[0]!, inner]] : [])),
    );
    const shared = taken.results.map((result, i): Value | undefined => {
      const other = otherwise.results[i]!;
      if (result === other && !own.has(result)) return result;
      const [a, b] = [constants.get(result), constants.get(other)];
      return a && b && attributesText(a.attributes) === attributesText(b.attributes)
        ? builder.emit('constant', [], a.attributes)
        : undefined;
    });
    if (shared.every((value) => value === undefined)) {
      const types = taken.results.map(({ type }) => type);
      return builder.append('if', [condition], node.attributes, types, regions, node.span);
    }
    this.changes++;
    const differs = (_: unknown, i: number) => shared[i] === undefined;
    const kept = regions.map((region) => ({ ...region, results: region.results.filter(differs) }));
    const types = kept[0]!.results.map(({ type }) => type);
    const outputs = types.length === 0 ? [] : builder.append('if', [condition], node.attributes, types, kept, node.span);
    let next = 0;
    return shared.map((value) => value ?? outputs[next++]!);
  }

  private loop(builder: GraphBuilder, node: Node, copy: Copy): readonly Value[] | undefined {
    const loop = loopOf(node);
    const count = [...nodesOf(loop.body)].length;
    const turns = knownTurns(loop, this.known, Math.min(loop.limit, Math.max(1, Math.min(mostTurns, Math.floor(mostNodes / (count + 1))))));
    if (turns !== undefined) {
      this.changes++;
      return unroll(builder, node, turns, copy);
    }
    const unchanging = loop.initial.map((_, j) => this.isUnchanging(loop, j));
    if (!unchanging.includes(true)) return undefined;
    this.changes++;
    const changes = (_: unknown, j: number) => !unchanging[j];
    loop.initial.forEach((initial, j) => {
      if (!unchanging[j]) return;
      copy.values.set(loop.condition.parameters[j]!, copy.valueOf(initial));
      copy.values.set(loop.body.parameters[j]!, copy.valueOf(initial));
    });
    const rest: Node = {
      ...node,
      inputs: loop.initial.filter(changes),
      outputs: [...loop.carries.filter(changes), ...(loop.tape ? [loop.tape.turns, ...loop.tape.stacks] : [])],
      regions: [
        { ...loop.condition, parameters: loop.condition.parameters.filter(changes) },
        {
          ...loop.body,
          parameters: loop.body.parameters.filter(changes),
          results: [...loop.next.filter(changes), ...(loop.tape?.taped ?? [])],
        },
      ],
    };
    // Nothing changes from turn to turn: whether it runs or not, it gives what it was given.
    if (rest.outputs.length > 0) copy.node(rest);
    return node.outputs.map((output, j) => copy.valueOf(unchanging[j] ? loop.initial[j]! : output));
  }

  /** Whether a carry has its initial value in every turn. */
  private isUnchanging(loop: Loop, j: number): boolean {
    const initial = loop.initial[j]!;
    const next = loop.next[j]!;
    if (next === loop.body.parameters[j] || next === initial) return true;
    const [a, b] = [this.definition.get(initial), this.definition.get(next)];
    return a?.op === 'constant' && b?.op === 'constant' && attributesText(a.attributes) === attributesText(b.attributes);
  }

  private readonly known = (value: Value) => {
    const node = this.definition.get(value);
    return node && constantData(node);
  };
}

function isMapped({ nodes, same }: CommonNodes, output: Value): boolean {
  return same.has(output) || nodes.some((node) => node.outputs.includes(output));
}
