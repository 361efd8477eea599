/** What must run before what: results before their readers, and readers of an old state value before it is written over. */
import type { Value } from '../ir/graph.js';
import { bodyOf, type Context } from './body.js';
import { type Cluster, type Computed, producedBy } from './cluster.js';
import type { ScalarExpr } from './expr.js';
import { flatten, sameIndex } from './index-math.js';
import { sharedParts, visitScalar } from './scalar.js';
import type { StatePlan } from './state.js';

/** A cluster with the clusters that must run before it. */
export interface Step {
  readonly cluster: Cluster;
  readonly reads: ReadonlySet<Value>;
  readonly before: Set<Step>;
  /** Steps of one group are launched together. */
  readonly group?: object;
}

export interface OrderedGraph {
  readonly steps: readonly Step[];
  /** New state values that cannot be written in place after all. */
  readonly refused: ReadonlySet<Value>;
}

/** A cluster that writes a part of `host` and computes nothing else. */
export interface Fill {
  readonly host: Value;
  readonly cluster: Cluster;
  readonly group: object;
}

export function orderConstraints(context: Context, clusters: readonly Cluster[], fills: readonly Fill[], state: StatePlan): OrderedGraph {
  const producer = new Map<Value, Step>();
  const computing = clusters.map((cluster): Step => {
    const reads = new Set(bodyOf(context, cluster).reads.keys());
    if (cluster.scatter) reads.add(cluster.scatter.initial);
    return { cluster, reads, before: new Set() };
  });
  for (const step of computing) for (const value of producedBy(step.cluster)) producer.set(value, step);
  const filling = new Map<Value, Step[]>();
  for (const { host, cluster, group } of fills) {
    const before = new Set(context.hosts.get(host)!.residents.flatMap((value) => producer.get(value) ?? []));
    const step: Step = { cluster, reads: new Set(bodyOf(context, cluster).reads.keys()), before, group };
    filling.set(host, [...(filling.get(host) ?? []), step]);
  }
  const steps = [...computing, ...[...filling.values()].flat()];
  for (const step of steps) {
    for (const value of step.reads) {
      const from = producer.get(value);
      if (from && from !== step) step.before.add(from);
      for (const fill of filling.get(value) ?? []) step.before.add(fill);
    }
  }

  const refused = new Set<Value>();
  for (const [value, { old }] of state.inPlace) {
    const writer = producer.get(value)!;
    if (old === undefined) continue;
    const readers = steps.filter((step) => step !== writer && step.reads.has(old));
    const fits =
      !readers.some((reader) => needs(reader, writer)) && (!writer.reads.has(old) || readsOwnElement(context, writer.cluster, value, old));
    if (!fits || exchanges(context, writer.cluster, value, state, refused)) refused.add(value);
    else {
      for (const reader of readers) writer.before.add(reader);
      // Rows are written one after the other.
      const earlier = context.rowWrites.has(value) ? producer.get(old) : undefined;
      if (earlier && earlier !== writer) writer.before.add(earlier);
    }
  }
  return { steps, refused };
}

/** Whether `step` must run after `other`. */
export function needs(step: Step, other: Step): boolean {
  const seen = new Set<Step>();
  const stack = [...step.before];
  while (stack.length > 0) {
    const next = stack.pop()!;
    if (next === other) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    stack.push(...next.before);
  }
  return false;
}

/** Whether the cluster reads the old value at the very element that it writes, and no other turn of a loop reads that one. */
export function readsOwnElement(context: Context, cluster: Cluster, value: Value, old: Value): boolean {
  const body = bodyOf(context, cluster);
  const own = cluster.computed.find((computed) => computed.value === value);
  // A line is read whole before it is written, but not by the same invocation.
  if (own === undefined) return false;
  const at = flatten(own.index, value.type.shape);
  if (!body.reads.get(old)!.every((position) => sameIndex(position, at))) return false;
  if ([body.a, body.b].some((operand) => operand && loads(operand, old))) return false;
  if (own.level === 'element') return true;
  // A row's value is written by one thread while others may still compute elements of the row.
  return !body.computed.some(({ computed, value: expr }) => computed.level === 'element' && loads(expr, old));
}

function loads(expr: ScalarExpr, value: Value): boolean {
  let found = false;
  visitScalar(expr, (part) => {
    if (part.kind === 'load' && part.tensor === value.id) found = true;
  });
  return found;
}

/** Whether writing in place here would need the old values of two entries, each after the other is written (a, b = b, a). */
export function exchanges(context: Context, cluster: Cluster, value: Value, state: StatePlan, refused: ReadonlySet<Value>): boolean {
  const entries = cluster.computed.flatMap((computed) => {
    const old = refused.has(computed.value) ? undefined : state.inPlace.get(computed.value)?.old;
    return old ? [{ value: computed.value, old }] : [];
  });
  const stores = new Map(
    bodyOf(context, cluster).computed.map(({ computed, value: expr }) => [computed.value, { expr, isPoint: isPoint(cluster, computed) }]),
  );
  const reachesItself = (from: Value, seen: Set<Value>): boolean => {
    for (const entry of entries) {
      if (entry.value === from || !mustPrecede(stores.get(from)!, stores.get(entry.value)!, entry.old)) continue;
      if (entry.value === value) return true;
      if (seen.has(entry.value)) continue;
      seen.add(entry.value);
      if (reachesItself(entry.value, seen)) return true;
    }
    return false;
  };
  return reachesItself(value, new Set());
}

/** What a part stores: `isPoint`, where all such stores are done together, each at the same point. */
interface PlannedStore {
  readonly expr: ScalarExpr;
  readonly isPoint: boolean;
}

/** Stores of a row, and those of a contraction, run one after the other at a point; stores of a row's elements may have loops of their own. */
export function isPoint(cluster: Cluster, { level }: Computed): boolean {
  return level === 'row' || cluster.contraction !== undefined;
}

/**
 * Whether a store must come before the one that writes over `old`: it reads that, and its value is not known by then. It is where the other
 * value is computed from it (a weight's step from its new momentum).
 */
function mustPrecede(store: PlannedStore, writer: PlannedStore, old: Value): boolean {
  return loads(store.expr, old) && !(store.isPoint && writer.isPoint && sharedParts(writer.expr).has(store.expr));
}

/** The order of a part's stores: what reads an old value comes before what writes over it, or before what is computed from it. */
export function storeOrder<T extends PlannedStore & { readonly value: Value }>(stores: readonly T[], state: StatePlan): T[] {
  const result: T[] = [];
  const done = new Set<T>();
  const place = (store: T): void => {
    if (done.has(store)) return;
    done.add(store);
    const old = state.inPlace.get(store.value)?.old;
    if (old) for (const other of stores) if (other !== store && mustPrecede(other, store, old)) place(other);
    result.push(store);
  };
  for (const store of stores) place(store);
  return result;
}
