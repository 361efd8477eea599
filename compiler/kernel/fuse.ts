/** Merges clusters until nothing more fits: consumers into the kernels of their producers, then neighbours that read the same. */
import type { Node, Value } from '../ir/graph.js';
import { type Body, bodyOf, type Context } from './body.js';
import { type Cluster, clusterOf, producedBy, Refusal } from './cluster.js';
import type { IndexExpr } from './expr.js';
import type { WorkGraph } from './legalise.js';
import { isPointwise, mergeClusters, refuseAcrossRows } from './merge-clusters.js';
import type { RefusedFusion } from './program.js';
import { locate, memoryOwner } from './residence.js';
import type { Root } from './roots.js';
import { rowCluster, rowWriteCluster } from './row-writes.js';
import type { StatePlan } from './state.js';
import type { TargetTraits } from './target.js';
import { typicalSize } from './typical-size.js';

export interface FusedGraph {
  /** In an order in which each comes after those whose results it reads. */
  readonly clusters: readonly Cluster[];
  readonly why: readonly RefusedFusion[];
}

/** A cluster in the making, with its expressions and the clusters before it. */
interface Unit {
  readonly cluster: Cluster;
  readonly body: Body;
  readonly reads: ReadonlySet<Value>;
}

export function fuse(
  work: WorkGraph,
  context: Context,
  roots: ReadonlyMap<Value, Root>,
  state: StatePlan,
  target: TargetTraits,
): FusedGraph {
  const fusion = new Fusion(work, context, roots, state, target);
  return fusion.run();
}

class Fusion {
  private readonly order: ReadonlyMap<Node, number>;
  private readonly outputs: ReadonlySet<Value>;
  /** What is read to fill the rest of a value's memory. */
  private readonly filled = new Set<Value>();
  /** The same by the value that is filled: its readers wait for that, too. */
  private readonly filledBy = new Map<Value, Set<Value>>();
  private readonly producer = new Map<Value, Unit>();
  private readonly readers = new Map<Value, Set<Unit>>();
  private units = new Set<Unit>();
  private readonly tried = new Map<Unit, Set<Unit>>();
  /** Why a consumer did not join its producer. */
  private readonly refusals = new Map<Unit, Map<Unit, string>>();

  constructor(
    work: WorkGraph,
    private readonly context: Context,
    roots: ReadonlyMap<Value, Root>,
    private readonly state: StatePlan,
    private readonly target: TargetTraits,
  ) {
    this.order = new Map(work.nodes.map((node, i) => [node, i]));
    this.outputs = new Set(work.outputs.flatMap(({ value }) => (value ? [value] : [])));
    // What computes the border of a padded value has nothing in common with other clusters.
    for (const [host, { fills }] of context.hosts) {
      const reads = new Set(fills.flatMap((fill) => [...bodyOf(context, fill).reads.keys()]));
      if (reads.size > 0) this.filledBy.set(host, reads);
      for (const value of reads) this.filled.add(value);
    }
    for (const node of work.nodes) {
      const value = node.outputs[0]!;
      if (!context.materialised.has(value) || context.hosts.has(value)) continue;
      const row = context.rows.get(value);
      const write = context.rowWrites.get(value);
      if (write) this.add(this.unitOf(rowWriteCluster(context, write)));
      else this.add(this.unitOf(row ? rowCluster(context, value, row) : clusterOf(value, roots.get(value), node.inputs[0])));
    }
  }

  run(): FusedGraph {
    while (this.mergeConsumers() || this.mergeNeighbours());
    const units = this.sorted();
    const why = units.flatMap((consumer) => this.refusalsOf(consumer));
    return { clusters: units.map(({ cluster }) => this.withoutInternal(cluster)), why };
  }

  private unitOf(cluster: Cluster): Unit {
    const body = bodyOf(this.context, cluster);
    const reads = new Set(body.reads.keys());
    if (cluster.scatter) reads.add(cluster.scatter.initial);
    return { cluster, body, reads };
  }

  private add(unit: Unit): void {
    this.units.add(unit);
    for (const value of producedBy(unit.cluster)) this.producer.set(value, unit);
    for (const value of unit.reads) this.readers.set(value, (this.readers.get(value) ?? new Set()).add(unit));
  }

  private remove(unit: Unit): void {
    this.units.delete(unit);
    for (const value of unit.reads) this.readers.get(value)?.delete(unit);
  }

  private producersOf(unit: Unit): Set<Unit> {
    return new Set([...this.directProducersOf(unit), ...this.producersBehindFills(unit)]);
  }

  private directProducersOf(unit: Unit): Set<Unit> {
    const found = new Set<Unit>();
    for (const value of unit.reads) {
      const producer = this.producer.get(value);
      if (producer) found.add(producer);
    }
    return found;
  }

  /** What computes a value that another kernel puts into a tensor which the unit reads: that kernel comes between them. */
  private producersBehindFills(unit: Unit): Set<Unit> {
    const found = new Set<Unit>();
    const seen = new Set<Value>();
    const stack = [...unit.reads];
    while (stack.length > 0) {
      for (const value of this.filledBy.get(stack.pop()!) ?? []) {
        if (seen.has(value)) continue;
        seen.add(value);
        stack.push(value);
        const producer = this.producer.get(value);
        if (producer) found.add(producer);
      }
    }
    return found;
  }

  /** Clusters in order; each after its producers, ties as in the graph. */
  private sorted(): Unit[] {
    const done = new Set<Unit>();
    const result: Unit[] = [];
    const place = (unit: Unit): void => {
      if (done.has(unit)) return;
      done.add(unit);
      for (const producer of this.producersOf(unit)) place(producer);
      result.push(unit);
    };
    const first = (unit: Unit): number => Math.min(...producedBy(unit.cluster).map((value) => this.position(value)));
    for (const unit of [...this.units].sort((a, b) => first(a) - first(b))) place(unit);
    return result;
  }

  private position(value: Value): number {
    const node = this.context.definition.get(value);
    return node === undefined ? -1 : this.order.get(node)!;
  }

  private last(unit: Unit): number {
    return Math.max(...producedBy(unit.cluster).map((value) => this.position(value)));
  }

  /** Whether `to` needs something that `from` computes; `direct` leaves out the direct edge between the two. */
  private reaches(from: Unit, to: Unit, direct: boolean): boolean {
    const seen = new Set<Unit>();
    const stack = [...[...this.directProducersOf(to)].filter((unit) => direct || unit !== from), ...this.producersBehindFills(to)];
    while (stack.length > 0) {
      const unit = stack.pop()!;
      if (unit === from) return true;
      if (seen.has(unit)) continue;
      seen.add(unit);
      stack.push(...this.producersOf(unit));
    }
    return false;
  }

  private isTried(a: Unit, b: Unit): boolean {
    const tried = this.tried.get(a) ?? new Set();
    this.tried.set(a, tried);
    if (tried.has(b)) return true;
    tried.add(b);
    return false;
  }

  /** Tries producers with their consumers, those first between which most memory traffic goes. */
  private mergeConsumers(): boolean {
    const pairs: { producer: Unit; consumer: Unit; saved: number }[] = [];
    for (const consumer of this.sorted()) {
      const producers = [...this.producersOf(consumer)].sort((a, b) => this.last(b) - this.last(a));
      for (const producer of producers) {
        if (this.tried.get(producer)?.has(consumer)) continue;
        pairs.push({ producer, consumer, saved: this.traffic(producer, consumer) });
      }
    }
    pairs.sort((a, b) => b.saved - a.saved);
    for (const { producer, consumer } of pairs) {
      if (this.isTried(producer, consumer)) continue;
      try {
        if (this.reaches(producer, consumer, false)) throw new Refusal('another kernel lies between them');
        this.replace(producer, consumer, this.mergedAlong(producer, consumer));
        return true;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.refuse(producer, consumer, error.message);
      }
    }
    return false;
  }

  /** Elements that the one writes for the other, or that both read. */
  private traffic(producer: Unit, consumer: Unit): number {
    const own = new Set([...producedBy(producer.cluster), ...producer.reads]);
    return [...consumer.reads].reduce((sum, value) => sum + (own.has(value) ? typicalSize(value) : 0), 0);
  }

  /** Merges along a tensor that the one writes and the other reads. */
  private mergedAlong(producer: Unit, consumer: Unit): Unit {
    if (consumer.cluster.contraction) throw new Refusal('a contraction reads its operands many times');
    let refusal = new Refusal('it reads nothing of it directly');
    for (const { value, index } of producer.cluster.computed) {
      for (const position of consumer.body.reads.get(value) ?? []) {
        const from = { cluster: producer.cluster, position: locate(this.context.residences, value, index).index };
        const merged = this.attempt(producer, consumer, () => {
          const cluster = mergeClusters(from, { cluster: consumer.cluster, position }, this.order);
          if (isPointwise(producer.cluster) && !isPointwise(consumer.cluster)) refuseAcrossRows(cluster, producer.cluster.computed);
          return cluster;
        });
        if (!(merged instanceof Refusal)) return merged;
        refusal = merged;
      }
    }
    throw refusal;
  }

  private attempt(a: Unit, b: Unit, merge: () => Cluster): Unit | Refusal {
    try {
      if (this.isApart(a) || this.isApart(b)) throw new Refusal('it is written over the old value, when all that reads that has run');
      const unit = this.unitOf(merge());
      this.checkTensors(unit, a, b);
      return unit;
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  private isApart({ cluster }: Unit): boolean {
    return cluster.computed.some(({ value }) => this.context.apart.has(value));
  }

  private checkTensors(unit: Unit, a: Unit, b: Unit): void {
    const tensors = new Set<string>();
    for (const value of unit.reads) tensors.add(this.state.memoryOf(value));
    for (const value of producedBy(unit.cluster)) {
      if (this.isNeeded(value, [a, b])) tensors.add(this.state.memoryOf(value));
    }
    const limit = this.target.maxTensors;
    if (tensors.size > limit) throw new Refusal(`together they touch ${tensors.size} tensors, and a kernel has at most ${limit}`);
  }

  /** Whether anybody but those units reads the value. */
  private isNeeded(value: Value, except: readonly Unit[]): boolean {
    if (this.outputs.has(memoryOwner(this.context.residences, value))) return true;
    if (this.context.rowWrites.has(value) || this.filled.has(value)) return true;
    for (const reader of this.readers.get(value) ?? []) if (!except.includes(reader)) return true;
    return false;
  }

  /** The cluster without what only it itself uses: that is computed in passing and lies in no memory. */
  private withoutInternal(cluster: Cluster): Cluster {
    for (const { value } of cluster.computed) if (!this.isNeeded(value, [])) this.context.materialised.delete(value);
    return { ...cluster, computed: cluster.computed.filter(({ value }) => this.isNeeded(value, [])) };
  }

  private replace(a: Unit, b: Unit, merged: Unit): void {
    this.remove(a);
    this.remove(b);
    this.add(merged);
  }

  private mergeNeighbours(): boolean {
    const units = this.sorted().filter(({ cluster }) => !cluster.contraction && !cluster.scatter && !cluster.line);
    for (const first of units) {
      for (const second of this.neighboursOf(first)) {
        if (!units.includes(second) || this.isTried(first, second)) continue;
        if (first.cluster.reductions.length > 0 !== second.cluster.reductions.length > 0) continue;
        if (this.reaches(first, second, true) || this.reaches(second, first, true) || this.delays(first, second)) continue;
        const merged = this.mergedBeside(first, second);
        if (!merged) continue;
        this.replace(first, second, merged);
        return true;
      }
    }
    return false;
  }

  /** Whether merging would make readers of the one wait for something that only the other needs. */
  private delays(first: Unit, second: Unit): boolean {
    const [a, b] = [this.ancestorsOf(first), this.ancestorsOf(second)];
    const waits = (unit: Unit, own: ReadonlySet<Unit>, others: ReadonlySet<Unit>): boolean =>
      this.hasReaders(unit) && [...others].some((ancestor) => !own.has(ancestor));
    return waits(first, a, b) || waits(second, b, a);
  }

  private hasReaders(unit: Unit): boolean {
    return producedBy(unit.cluster).some((value) => (this.readers.get(value)?.size ?? 0) > 0);
  }

  private ancestorsOf(unit: Unit): Set<Unit> {
    const seen = new Set<Unit>();
    const stack = [...this.producersOf(unit)];
    while (stack.length > 0) {
      const next = stack.pop()!;
      if (seen.has(next)) continue;
      seen.add(next);
      stack.push(...this.producersOf(next));
    }
    return seen;
  }

  /** Units that read a tensor which this one reads, too. */
  private neighboursOf(unit: Unit): Set<Unit> {
    const found = new Set<Unit>();
    for (const value of unit.reads) for (const reader of this.readers.get(value) ?? []) if (reader !== unit) found.add(reader);
    return found;
  }

  private mergedBeside(first: Unit, second: Unit): Unit | undefined {
    const positions = function* (): Generator<[IndexExpr, IndexExpr]> {
      for (const [value, own] of first.body.reads) for (const a of own) for (const b of second.body.reads.get(value) ?? []) yield [a, b];
    };
    let attempts = 0;
    for (const [a, b] of positions()) {
      if (attempts++ >= 8) return undefined;
      const merged = this.attempt(first, second, () =>
        mergeClusters({ cluster: first.cluster, position: a }, { cluster: second.cluster, position: b }, this.order),
      );
      if (!(merged instanceof Refusal)) return merged;
    }
    return undefined;
  }

  private refuse(producer: Unit, consumer: Unit, reason: string): void {
    const known = this.refusals.get(consumer) ?? new Map<Unit, string>();
    this.refusals.set(consumer, known.set(producer, reason));
  }

  private refusalsOf(consumer: Unit): RefusedFusion[] {
    return [...(this.refusals.get(consumer) ?? [])].flatMap(([producer, reason]) => {
      if (!this.units.has(producer)) return [];
      const span = this.context.definition.get(producedBy(producer.cluster)[0]!)?.span;
      return [{ producer: this.nameOf(producer), consumer: this.nameOf(consumer), reason, ...(span && { span }) }];
    });
  }

  private nameOf(unit: Unit): string {
    return producedBy(unit.cluster)
      .map((value) => `%${value.id} ${this.context.definition.get(value)?.op ?? 'input'}`)
      .join(' + ');
  }
}
