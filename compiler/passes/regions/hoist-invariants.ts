/** What a loop computes anew in every turn though it is the same each time is computed before the loop. */
import { loopOf } from '../../ir/control.js';
import type { Block, Graph, Node, Value } from '../../ir/graph.js';
import { nodesOf, valuesOf, visitUses } from '../../ir/walk.js';
import { op as lookUp } from '../../ops/registry.js';
import { copyBody, withOutputs } from '../rewrite.js';
import { elementCount } from '../tensor-size.js';

/**
 * Moves nodes out of the bodies and conditions of loops, a nest at a time. All ops but loops are total, so that it is safe to run them when
 * the loop takes no turn; the work is wasted then, once, which the turns of other calls make up for. What stays where it is:
 * - constants and views, which cost nothing where they are used, and outside would have to lie in memory; but not views of which rows are
 *   read: whose rows these are should show;
 * - elementwise ops whose result is larger than what it is computed from (the product of a row and a column): reading it costs more;
 * - random draws;
 * - from a body, whatever has a loop inside: one that does not end would then be run though it was never reached.
 * Constants and views that a moved node needs are copied.
 */
export function hoistInvariants(graph: Graph): Graph {
  if (![...nodesOf(graph.body)].some((node) => node.op === 'loop')) return graph;
  let moved = 0;
  const { builder, values } = copyBody(graph, (_builder, node, _inputs, copy) => {
    if (node.op !== 'loop') return undefined;
    const { condition, body } = loopOf(node);
    const [outOfCondition, outOfBody] = [new Invariants(condition, true), new Invariants(body, false)];
    if (outOfCondition.moved.size + outOfBody.moved.size === 0) return undefined;
    moved += outOfCondition.moved.size + outOfBody.moved.size;
    copy.nodes(outOfCondition.needed());
    copy.nodes(outOfBody.needed());
    const rest: Node = { ...node, regions: [outOfCondition.rest(), outOfBody.rest()] };
    copy.node(rest);
    return node.outputs.map((output) => copy.valueOf(output));
  });
  return moved === 0 ? graph : withOutputs(graph, builder, values);
}

/** The nodes of a region that are the same in every turn. */
class Invariants {
  /** Those worth moving. */
  readonly moved = new Set<Node>();
  private readonly own: ReadonlySet<Value>;
  private readonly definition = new Map<Value, Node>();
  /** Values of the region that do not depend on its parameters. */
  private readonly invariant = new Set<Value>();
  private readonly users = new Map<Value, Node[]>();
  /** From how many elements each is computed, seen through views. */
  private readonly footprints = new Map<Value, number>();

  constructor(
    private readonly block: Block,
    /** Whether the region runs at least once. */
    private readonly always: boolean,
  ) {
    this.own = new Set(valuesOf(block));
    for (const node of block.nodes) for (const input of node.inputs) this.users.set(input, [...(this.users.get(input) ?? []), node]);
    for (const node of block.nodes) {
      if (!this.isInvariant(node)) continue;
      for (const output of node.outputs) {
        this.invariant.add(output);
        this.definition.set(output, node);
      }
      if (this.isWorthMoving(node)) this.moved.add(node);
    }
  }

  /** What is moved, with the constants and views that it needs, in order. */
  needed(): Node[] {
    const needed = new Set(this.moved);
    // A set that grows while it is gone through.
    for (const node of needed) {
      visitUses(node, (value) => {
        const definition = this.definition.get(value);
        if (definition) needed.add(definition);
      });
    }
    return this.block.nodes.filter((node) => needed.has(node));
  }

  rest(): Block {
    return { ...this.block, nodes: this.block.nodes.filter((node) => !this.moved.has(node)) };
  }

  private isInvariant(node: Node): boolean {
    if (node.regions.length === 0 && lookUp(node.op).kind === 'random') return false;
    const inside = new Set(node.regions.flatMap((region) => [...valuesOf(region)]));
    let varies = false;
    visitUses(node, (value) => {
      if (this.own.has(value) && !this.invariant.has(value) && !inside.has(value)) varies = true;
    });
    return !varies;
  }

  private isWorthMoving(node: Node): boolean {
    if (node.regions.length > 0) return this.always || ![node, ...node.regions.flatMap((region) => [...nodesOf(region)])].some(isLoop);
    const { kind } = lookUp(node.op);
    if (kind === 'view') return this.isIndexed(node.outputs[0]!);
    if (kind === 'source') return false;
    if (kind !== 'elementwise' && kind !== 'index') return true;
    const [result] = node.outputs as readonly [Value];
    return elementCount(result.type.shape) <= node.inputs.reduce((sum, input) => sum + this.footprint(input), 0);
  }

  /** Whether nothing is done with a value but reading rows of it. */
  private isIndexed(value: Value): boolean {
    const users = this.users.get(value) ?? [];
    return (
      !this.block.results.includes(value) && users.length > 0 && users.every(({ op, inputs }) => op === 'index' && inputs[0] === value)
    );
  }

  private footprint(value: Value): number {
    const known = this.footprints.get(value);
    if (known !== undefined) return known;
    const node = this.definition.get(value);
    const kind = node && node.regions.length === 0 ? lookUp(node.op).kind : undefined;
    const own = elementCount(value.type.shape);
    const footprint =
      kind === 'source'
        ? 0
        : kind === 'view'
          ? Math.min(
              own,
              node!.inputs.reduce((sum, input) => sum + this.footprint(input), 0),
            )
          : own;
    this.footprints.set(value, footprint);
    return footprint;
  }
}

function isLoop(node: Node): boolean {
  return node.op === 'loop';
}
