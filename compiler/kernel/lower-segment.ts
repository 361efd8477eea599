/** A straight segment becomes launches: fused, put in order, its kernels assembled. Memory is still named by places. */
import type { Node, Value } from '../ir/graph.js';
import { isUniform } from './access.js';
import type { Assembled, Assembler } from './assemble.js';
import { bodyOf, type Context } from './body.js';
import { type Cluster, clusterOf, producedBy } from './cluster.js';
import { fuse } from './fuse.js';
import { planLaunches, schedule } from './launches.js';
import { legalise, type WorkGraph } from './legalise.js';
import { lowerCluster } from './lower.js';
import { materialise } from './materialise.js';
import { type Fill, orderConstraints, type Step } from './order-constraints.js';
import type { RefusedFusion } from './program.js';
import type { ValueMaker } from './region-tree.js';
import { reuseMemory } from './reuse-memory.js';
import type { Root } from './roots.js';
import { rowWrites } from './row-writes.js';
import { ScalarBuilder } from './scalar.js';
import type { Segment } from './segments.js';
import { planState, type StatePlan } from './state.js';
import type { TargetTraits } from './target.js';
import { typicalSize } from './typical-size.js';

export interface LoweredSegment {
  readonly launches: readonly Assembled[];
  readonly why: readonly RefusedFusion[];
  /** A value of each memory that the segment touches. */
  readonly owners: ReadonlyMap<string, Value>;
  /** The places that hold a literal, with the node. */
  readonly literals: ReadonlyMap<string, Node>;
}

/** `isTemporary`: whether a place is memory between kernels, of which little should be held at a time; `label`: what a reader calls a place. */
export function lowerSegment(
  segment: Segment,
  target: TargetTraits,
  assembler: Assembler,
  values: ValueMaker,
  isTemporary: (place: string) => boolean,
  label: (place: string) => string | undefined,
): LoweredSegment {
  const work = legalise(segment, target, values);
  const { context, steps, state: planned, why } = planClusters(work, target, values);
  const literals = new Map<string, Node>();
  // One of equal elements is computed where it is used, or into memory as any value.
  for (const node of work.nodes) if (node.op === 'literal' && !isUniform(node)) literals.set(planned.memoryOf(node.outputs[0]!), node);
  const launches = planLaunches(steps, planned, target);
  const ordered = schedule(launches, planned, (place) => isTemporary(place) && !literals.has(place));
  const shared = new Set([...work.inputs.map(({ value }) => value), ...work.outputs.map(({ value }) => value)]);
  const state = reuseMemory(ordered, context, planned, (value) => {
    return context.definition.has(value) && !shared.has(value) && !context.hosts.has(value) && !literals.has(planned.memoryOf(value));
  });

  const known = new Map<number, Value>();
  for (const { value } of work.inputs) known.set(value.id, value);
  for (const value of context.definition.keys()) known.set(value.id, value);
  const owners = new Map<string, Value>();
  for (const value of known.values()) {
    if (context.residences.has(value)) continue;
    const place = state.memoryOf(value);
    if (!owners.has(place)) owners.set(place, value);
  }
  const memory = {
    value: (id: number): Value => known.get(id)!,
    place: (value: Value): string => state.memoryOf(value),
    label: (value: Value): string | undefined => label(state.memoryOf(value)),
  };
  const assembled = ordered.map((launch) =>
    assembler.assemble(
      launch.steps.map((step) => lowerCluster(context, step.cluster, state)),
      memory,
    ),
  );
  return { launches: assembled, why, owners, literals };
}

interface Planned {
  readonly context: Context;
  readonly steps: readonly Step[];
  readonly state: StatePlan;
  readonly why: readonly RefusedFusion[];
}

/** Fuses, and writes over old values in place where that is safe; what turned out unsafe is excluded and everything planned anew. */
function planClusters(work: WorkGraph, target: TargetTraits, values: ValueMaker): Planned {
  const excluded = new Set<Value>();
  const apart = new Set<Value>();
  for (;;) {
    const build = new ScalarBuilder();
    const { context, roots } = materialise(work, target, { build, rowWrites: rowWrites(work, excluded), apart });
    const state = planState(work, roots, context, excluded);
    const stored = new Set(context.materialised);
    const { clusters, why } = fuse(work, context, roots, state, target);
    const { steps, refused } = orderConstraints(context, clusters, fillsOf(context, state, target), state);
    if (refused.size === 0) return withFinalCopies(work, { context, steps, state, why }, values);
    for (const value of refused) {
      // It may be written in place still, when all that reads the old one has run: a row that is computed before, or what is quick to compute.
      if (!apart.has(value) && (context.rowWrites.has(value) || isQuick({ ...context, materialised: stored }, roots, value, state)))
        apart.add(value);
      else excluded.add(value);
    }
  }
}

/** A kernel that copies reads one tensor: one that computes the value itself may read one more, besides the old value and smaller ones. */
const quickReads = 2;

function isQuick(context: Context, roots: ReadonlyMap<Value, Root>, value: Value, state: StatePlan): boolean {
  if (roots.has(value)) return false;
  const { old } = state.inPlace.get(value)!;
  const read = [...bodyOf(context, clusterOf(value, undefined, undefined)).reads.keys()];
  return read.filter((other) => other !== old && typicalSize(other) >= typicalSize(value)).length <= quickReads;
}

/** What fills the rest of values whose parts are computed in place; as far as the target has room for, what fills one is launched together. */
function fillsOf(context: Context, state: StatePlan, target: TargetTraits): Fill[] {
  return [...context.hosts].flatMap(([host, { fills }]) => {
    let group = {};
    let touched = new Set<string>();
    return fills.map((cluster): Fill => {
      const own = [...bodyOf(context, cluster).reads.keys(), host].map((value) => state.memoryOf(value));
      if (new Set([...touched, ...own]).size > target.maxTensors) [group, touched] = [{}, new Set()];
      for (const place of own) touched.add(place);
      return { host, cluster, group };
    });
  });
}

/** What was not written over the old value in place is copied there when all that read the old value have run. */
function withFinalCopies(work: WorkGraph, planned: Planned, values: ValueMaker): Planned {
  const definition = new Map<Value, Node>(planned.context.definition);
  const places = new Map<Value, string>();
  const steps = [...planned.steps];
  for (const { output, value } of work.outputs) {
    if (!value || !output.replaces || planned.state.inPlace.has(value)) continue;
    const copy = values.make(value.type);
    definition.set(copy, { op: 'stopGradient', inputs: [value], attributes: {}, outputs: [copy], regions: [] });
    places.set(copy, output.place);
    const { old } = output;
    const cluster: Cluster = clusterOf(copy, undefined, undefined);
    const earlier = planned.steps.filter((step) => writes(step, value) || (old !== undefined && step.reads.has(old)));
    steps.push({ cluster, reads: new Set([value]), before: new Set(earlier) });
  }
  const { state } = planned;
  return {
    ...planned,
    context: { ...planned.context, definition },
    steps,
    state: { ...state, memoryOf: (value) => places.get(value) ?? state.memoryOf(value) },
  };
}

function writes(step: Step, value: Value): boolean {
  return producedBy(step.cluster).includes(value);
}
