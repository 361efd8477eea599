import { branchOf, loopAttributes, loopOf, turnsDim } from '../ir/control.js';
import { dimNames } from '../ir/dim.js';
import type { Block, Graph, Node, Value } from '../ir/graph.js';
import { visitOwnDims } from '../ir/walk.js';

/**
 * Removes what nobody uses: nodes (loops too: all they do is compute), results of branches, carries and tapes of loops. Inputs of the
 * graph stay, used or not: they are its signature.
 */
export function eliminateDead(graph: Graph): Graph {
  const body = pruneBlock(graph.body);
  return body === graph.body ? graph : { ...graph, body };
}

/** The block without what its results do not need; the same block where they need all. */
export function pruneBlock(block: Block): Block {
  return new Pruner().block(block, block.results);
}

/** Goes through the nodes backwards; what it has not changed it gives back as it was. */
class Pruner {
  private readonly live = new Set<Value>();
  /** Names in the types and attributes of live nodes: a size that is bound by a loop keeps the loop alive. */
  private readonly dims = new Set<string>();

  block(block: Block, results: readonly Value[]): Block {
    for (const result of results) this.live.add(result);
    const kept: Node[] = [];
    for (let i = block.nodes.length - 1; i >= 0; i--) {
      const node = block.nodes[i]!;
      if (this.isLive(node)) kept.push(this.node(node));
    }
    kept.reverse();
    const same = results.length === block.results.length && sameItems(kept, block.nodes);
    return same ? block : { ...block, nodes: kept, results };
  }

  private isLive(node: Node): boolean {
    const turns = turnsDim(node);
    return node.outputs.some((output) => this.live.has(output)) || (turns !== undefined && this.dims.has(turns));
  }

  private node(node: Node): Node {
    const own = turnsDim(node);
    visitOwnDims(node, (dim) => {
      for (const name of dimNames(dim)) if (name !== own) this.dims.add(name);
    });
    const kept = node.op === 'if' ? this.branch(node) : node.op === 'loop' ? this.loop(node) : node;
    for (const input of kept.inputs) this.live.add(input);
    return kept;
  }

  private branch(node: Node): Node {
    const keep = (_: unknown, i: number) => this.live.has(node.outputs[i]!);
    const outputs = node.outputs.filter(keep);
    const { taken, otherwise } = branchOf(node);
    const regions = [taken, otherwise].map((region) => this.block(region, region.results.filter(keep)));
    return sameItems(regions, node.regions) ? node : { ...node, outputs, regions };
  }

  private loop(node: Node): Node {
    const loop = loopOf(node);
    const { tape } = loop;
    const stacks = tape?.stacks.flatMap((stack, i) => (this.live.has(stack) ? [i] : [])) ?? [];
    const keepsTape =
      tape !== undefined && (stacks.length > 0 || this.live.has(tape.turns) || (tape.dim !== undefined && this.dims.has(tape.dim)));
    let condition = this.block(loop.condition, loop.condition.results);
    // A carry lives if its last value is used, if the condition reads it, or if what lives reads it in a turn.
    const lives = loop.carries.map((output, j) => this.live.has(output) || this.live.has(condition.parameters[j]!));
    const isKept = (_: unknown, j: number) => lives[j]!;
    let body = loop.body;
    for (let before = -1; before !== lives.filter(Boolean).length; ) {
      before = lives.filter(Boolean).length;
      body = this.block(loop.body, [...loop.next.filter(isKept), ...stacks.map((i) => tape!.taped[i]!)]);
      body.parameters.forEach((parameter, j) => {
        if (this.live.has(parameter)) lives[j] = true;
      });
    }
    const same = lives.every(Boolean) && stacks.length === (tape?.stacks.length ?? 0) && keepsTape === (tape !== undefined);
    if (same && condition === loop.condition && body === loop.body) return node;
    condition = { ...condition, parameters: condition.parameters.filter(isKept) };
    body = { ...body, parameters: body.parameters.filter(isKept) };
    const { tape: _tape, turns: _turns, reversed: _reversed, ...attributes } = node.attributes;
    const kept = keepsTape ? { size: tape.dim ?? tape.size, count: stacks.length, reversed: tape.reversed } : undefined;
    return {
      ...node,
      inputs: node.inputs.filter(isKept),
      attributes: { ...attributes, ...(loop.trips !== undefined && { turns: loop.trips }), ...loopAttributes(undefined, kept) },
      outputs: [...loop.carries.filter(isKept), ...(keepsTape ? [tape.turns, ...stacks.map((i) => tape.stacks[i]!)] : [])],
      regions: [condition, body],
    };
  }
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
