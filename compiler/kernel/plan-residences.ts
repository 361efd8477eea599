/** Chooses which values lie in the memory of their padded form or of a tensor that joins them. */
import { sameDim, subDims } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { integersAttribute } from '../ops/attributes.js';
import { bodyOf, type Context, liesInMemory } from './body.js';
import { clusterOf } from './cluster.js';
import type { WorkGraph } from './legalise.js';
import { borderOf, fillOf, type Host, memoryOwner, middleOf, type Residence, startsOf } from './residence.js';
import type { Root } from './roots.js';
import { typicalSize } from './typical-size.js';

/** A padded value so many times larger than what it pads is not worth being read in its place. */
const hostLimit = 4;

/** What the planning of memory knows and does. */
export interface Surroundings {
  readonly work: WorkGraph;
  readonly context: Context;
  readonly roots: ReadonlyMap<Value, Root>;
  /** Whether the value's memory becomes that of something else. */
  isLent(value: Value): boolean;
  /** Whether a kernel has to compute the value: it is more than a view of what lies in memory. */
  isComputed(value: Value): boolean;
  store(value: Value): void;
}

/** A value behind the views between it and a place in a concat. */
interface Piece {
  readonly value: Value;
  readonly views: readonly Node[];
}

/** Fills in the maps, which are those of the context. Consumers come before what they read, so that what lies in a host may be one, too. */
export function planResidences(around: Surroundings, residences: Map<Value, Residence>, hosts: Map<Value, Host>): void {
  const planner = new Planner(around, residences, hosts);
  for (const node of [...around.work.nodes].reverse()) {
    if (node.op === 'pad') planner.pad(node);
    if (node.op === 'concat') planner.concat(node);
  }
}

class Planner {
  private readonly outputs: ReadonlySet<Value>;

  constructor(
    private readonly around: Surroundings,
    private readonly residences: Map<Value, Residence>,
    private readonly hosts: Map<Value, Host>,
  ) {
    this.outputs = new Set(around.work.outputs.flatMap(({ value }) => (value ? [value] : [])));
  }

  pad(node: Node): void {
    const low = middleOf(node);
    const host = node.outputs[0]!;
    const value = node.inputs[0]!;
    if (!low || !this.isStored(host) || this.outputs.has(host) || !this.mayReside(value)) return;
    if (typicalSize(host) > hostLimit * typicalSize(value) || this.conflict(host, [value], [])) return;
    this.settle(value, { host, low, views: [] });
    this.hosts.set(host, { residents: [value], fills: borderOf(node) });
  }

  concat(node: Node): void {
    const host = node.outputs[0]!;
    const pieces = node.inputs.map((input) => this.pieceBehind(input));
    if (this.isPartOfHost(node, pieces)) return;
    const isStored = this.isStored(host);
    // What no other kernel wants in memory is computed where it fills its place: at most one launch, as the whole would be.
    let own = new Set(
      pieces.filter((piece, i) => this.isLying(piece.value) && pieces.findIndex(({ value }) => value === piece.value) === i),
    );
    // What lies in memory anyway may as well lie there in one piece.
    if (isStored ? own.size === 0 : this.outputs.has(host) || own.size < pieces.length) return;
    const rest = (): Value[] => node.inputs.filter((_, i) => !own.has(pieces[i]!));
    for (;;) {
      const found = this.conflict(
        host,
        [...own].map(({ value }) => value),
        rest(),
      );
      if (!found) break;
      own = new Set([...own].filter(({ value }) => value !== found));
    }
    if (own.size === 0 || (!isStored && own.size < pieces.length)) return;
    this.around.store(host);
    const starts = startsOf(node);
    pieces.forEach((piece, i) => {
      if (own.has(piece)) this.settle(piece.value, { host, low: starts[i]!, views: piece.views });
    });
    const fills = node.inputs.flatMap((input, i) => (own.has(pieces[i]!) || input.type.shape.includes(0) ? [] : [fillOf(node, i)]));
    this.hosts.set(host, { residents: [...own].map(({ value }) => value), fills });
  }

  /** What joins some neighbours out of a host is a part of that. */
  private isPartOfHost(node: Node, pieces: readonly Piece[]): boolean {
    const value = node.outputs[0]!;
    if (this.outputs.has(value) || this.residences.has(value)) return false;
    const homes = pieces.map((piece) => (piece.views.length === 0 ? this.residences.get(piece.value) : undefined));
    const starts = startsOf(node);
    const [first] = homes;
    if (!first) return false;
    const fits = homes.every((home, i) => {
      if (home?.host !== first.host || home.views.length > 0) return false;
      return home.low.every((low, axis) => sameDim(subDims(low, starts[i]![axis]!), subDims(first.low[axis]!, starts[0]![axis]!)));
    });
    if (!fits) return false;
    this.settle(value, first);
    this.hosts.set(value, { residents: pieces.map((piece) => piece.value), fills: [] });
    return true;
  }

  private settle(value: Value, home: Residence): void {
    this.around.store(value);
    this.residences.set(value, home);
  }

  /** Whether the value is computed into memory that is its own to choose. */
  private isStored(value: Value): boolean {
    const { context, roots } = this.around;
    const root = roots.get(value)?.kind;
    if (!context.materialised.has(value) || context.rows.has(value) || context.rowWrites.has(value) || context.apart.has(value))
      return false;
    if (root === 'scatter' || root === 'line' || this.around.isLent(value)) return false;
    return !this.around.work.outputs.some((output) => output.value === value && (output.output.replaces || output.output.position));
  }

  private mayReside(value: Value): boolean {
    if (this.around.context.materialised.has(value)) return this.isLying(value);
    return !this.outputs.has(value) && this.around.context.definition.has(value) && this.around.isComputed(value);
  }

  /** Whether the value is computed into memory, and may be so elsewhere. */
  private isLying(value: Value): boolean {
    return !this.residences.has(value) && !this.outputs.has(value) && this.around.context.definition.has(value) && this.isStored(value);
  }

  /** Behind views that keep neighbours in memory neighbours. */
  private pieceBehind(input: Value): Piece {
    const { context } = this.around;
    const views: Node[] = [];
    let at = input;
    for (;;) {
      const node = context.definition.get(at);
      if (!node || liesInMemory(context, at)) break;
      if (node.op === 'permute') {
        const rank = at.type.shape.length;
        if (integersAttribute(node.op, node.attributes, 'permutation', 0, rank)[rank - 1] !== rank - 1) break;
      } else if (node.op !== 'reshape') break;
      views.unshift(node);
      at = node.inputs[0]!;
    }
    return { value: at, views };
  }

  /**
   * A kernel must not read one part of a tensor and write another. One of the `added` values because of which that would happen in the host's
   * memory; `copied` are what kernels put there that compute nothing else.
   */
  private conflict(host: Value, added: readonly Value[], copied: readonly Value[]): Value | undefined {
    const owner = memoryOwner(this.residences, host);
    const members = new Set([
      owner,
      host,
      ...added,
      ...[...this.residences.keys()].filter((value) => memoryOwner(this.residences, value) === owner),
    ]);
    const within = (value: Value): Value | undefined => (members.has(value) ? value : undefined);
    for (const value of copied) {
      const read = liesInMemory(this.around.context, value) ? [value] : this.readsOf(value);
      const found = read.map(within).find((other) => other !== undefined);
      if (found) return added.includes(found) ? found : added[0];
    }
    for (const value of members) {
      if (value === host || value === owner || this.hosts.has(value)) continue;
      const found = this.readsOf(value)
        .map(within)
        .find((other) => other !== undefined);
      if (found) return added.includes(value) ? value : added.includes(found) ? found : added[0];
    }
    return undefined;
  }

  private readsOf(value: Value): Value[] {
    const { context, roots } = this.around;
    return [...bodyOf(context, clusterOf(value, roots.get(value), context.definition.get(value)?.inputs[0])).reads.keys()];
  }
}
