/** What the way back through a region reads of its values: which of them are kept, and which are computed again from these. */
import { turnsDim } from '../../ir/control.js';
import { type Dim, dimNames } from '../../ir/dim.js';
import type { Block, Node, Value } from '../../ir/graph.js';
import { valuesOf, visitBlockUses, visitDims, visitUses } from '../../ir/walk.js';
import { op as lookUp } from '../../ops/registry.js';
import { byteSize } from './byte-size.js';
import { MinimumCut } from './minimum-cut.js';

/** What computing a costly function again counts for, for each byte that it would take to keep its result. */
const again = 0.5;

export interface Replay {
  /** Values of the region that must come out of it. */
  readonly saved: readonly Value[];
  /** Those of the values that come for free that are read. */
  readonly free: readonly Value[];
  /** Nodes of the region to run again, in order; they use what is saved, what is free, and each other. */
  readonly nodes: readonly Node[];
}

/**
 * Chooses what to save so that it takes the least memory, costly functions that are computed again counted in, where reductions, contractions and the like are never computed twice and all
 * else may be: a minimum cut between what cannot be had again and what `back` reads. Values whose size a loop inside the region binds mean
 * nothing outside of one run of it, so that such a loop is run again.
 *
 * @param region where the values lie
 * @param back the way back, a block that uses values of the region as if they were its own
 * @param free values of the region that need not be saved
 */
export function replayOf(region: Block, back: Block, free: ReadonlySet<Value> = new Set()): Replay {
  return new Planner(region, free).plan(back);
}

class Planner {
  private readonly own: ReadonlySet<Value>;
  private readonly definition = new Map<Value, Node>();
  /** The loop of the region that binds a size. */
  private readonly binder = new Map<string, Node>();
  /** Nodes with regions that must be run again. */
  private readonly again = new Set<Node>();

  constructor(
    private readonly region: Block,
    private readonly free: ReadonlySet<Value>,
  ) {
    this.own = new Set(valuesOf(region));
    for (const node of region.nodes) {
      for (const output of node.outputs) this.definition.set(output, node);
      const turns = turnsDim(node);
      if (turns !== undefined) this.binder.set(turns, node);
    }
  }

  plan(back: Block): Replay {
    const read: Value[] = [];
    const seen = new Set<Value>();
    visitBlockUses(back, (value) => {
      if (!this.own.has(value) || seen.has(value)) return;
      seen.add(value);
      read.push(value);
    });
    for (const node of back.nodes) visitDims(node, (dim) => this.runAgain(dim));
    this.findRunAgain(read);
    const saved = this.cheapest(read);
    return this.replay(read, new Set(saved));
  }

  /** A loop of the region whose size is mentioned must be there. */
  private runAgain(dim: Dim): void {
    for (const name of dimNames(dim)) {
      const node = this.binder.get(name);
      if (node) this.again.add(node);
    }
  }

  /** Marks the loops that bind the sizes of values that are read, directly or by what is computed again. */
  private findRunAgain(read: readonly Value[]): void {
    const seen = new Set<Value | Node>();
    const stack: (Value | Node)[] = [...read, ...this.again];
    while (stack.length > 0) {
      const next = stack.pop()!;
      if (seen.has(next)) continue;
      seen.add(next);
      if ('op' in next) {
        visitUses(next, (value) => {
          if (this.own.has(value)) stack.push(value);
        });
        visitDims(next, (dim) => this.runAgain(dim));
        stack.push(...this.again);
        continue;
      }
      if (!this.hasOwnSize(next)) continue;
      const node = this.definition.get(next);
      if (node && node.regions.length > 0) this.again.add(node);
      if (node) stack.push(node);
    }
  }

  /** Whether the type mentions a size that is bound inside the region. */
  private hasOwnSize(value: Value): boolean {
    return value.type.shape.some((dim) => [...dimNames(dim)].some((name) => this.binder.has(name)));
  }

  private isComputedAgain(node: Node): boolean {
    if (node.regions.length > 0) return this.again.has(node);
    if (node.outputs.some((output) => this.hasOwnSize(output))) return true;
    const { kind } = lookUp(node.op);
    return kind === 'source' || kind === 'elementwise' || kind === 'view' || kind === 'random' || kind === 'index';
  }

  /** The values to save. */
  private cheapest(read: readonly Value[]): Value[] {
    const cut = new MinimumCut<Value | Node>();
    const seen = new Set<Value | Node>();
    const stack: (Value | Node)[] = [...read, ...this.again];
    for (const value of read) if (!this.free.has(value)) cut.toSink(value);
    for (const node of this.again) cut.toSink(node);
    const feed = (value: Value, user: Value | Node) => {
      if (!this.own.has(value) || this.free.has(value) || !this.isOfRegion(value)) return;
      cut.edge(value, user);
      stack.push(value);
    };
    while (stack.length > 0) {
      const next = stack.pop()!;
      if (seen.has(next)) continue;
      seen.add(next);
      if ('op' in next) {
        visitUses(next, (value) => feed(value, next));
        continue;
      }
      if (this.free.has(next)) continue;
      cut.vertex(next, this.hasOwnSize(next) ? Number.POSITIVE_INFINITY : byteSize(next.type));
      const node = this.definition.get(next);
      if (!node || !this.isComputedAgain(node)) cut.fromSource(next);
      else if (node.regions.length > 0) {
        cut.edge(node, next);
        stack.push(node);
      } else {
        if (lookUp(node.op).costly) cut.cost(next, again * byteSize(next.type));
        visitUses(node, (value) => feed(value, next));
      }
    }
    return cut.solve().filter((vertex): vertex is Value => !('op' in vertex));
  }

  /** Not of a region inside the region. */
  private isOfRegion(value: Value): boolean {
    return this.definition.has(value) || this.region.parameters.includes(value);
  }

  private replay(read: readonly Value[], saved: ReadonlySet<Value>): Replay {
    const used = new Set<Value>();
    const nodes = new Set<Node>(this.again);
    const stack: Value[] = [...read];
    const run = (node: Node) => visitUses(node, (value) => stack.push(value));
    for (const node of this.again) run(node);
    while (stack.length > 0) {
      const value = stack.pop()!;
      if (used.has(value) || !this.own.has(value) || !this.isOfRegion(value)) continue;
      used.add(value);
      if (saved.has(value) || this.free.has(value)) continue;
      const node = this.definition.get(value);
      if (!node) throw new Error(`%${value.id} is neither saved nor computed again`);
      if (nodes.has(node)) continue;
      nodes.add(node);
      run(node);
    }
    return {
      saved: [...saved].filter((value) => used.has(value)),
      free: [...used].filter((value) => this.free.has(value) && !saved.has(value)),
      nodes: this.region.nodes.filter((node) => nodes.has(node)),
    };
  }
}
