/** Which parts are launched together, and in which order launches run. */
import { dimNames, evaluateDim, mulDims, productOf } from '../ir/dim.js';
import type { Value } from '../ir/graph.js';
import { type Cluster, producedBy } from './cluster.js';
import type { Step } from './order-constraints.js';
import type { StatePlan } from './state.js';
import type { TargetTraits } from './target.js';

/** Independent parts in one launch, and the launches that must run before. */
export interface LaunchPlan {
  readonly steps: readonly Step[];
  readonly memory: ReadonlySet<string>;
  readonly before: Set<LaunchPlan>;
}

function memoryOf(step: Step, state: StatePlan): Set<string> {
  return new Set([...step.reads, ...producedBy(step.cluster)].map((value) => state.memoryOf(value)));
}

function isMergeable(cluster: Cluster): boolean {
  return !cluster.contraction && !cluster.scatter;
}

/** Merges launches of independent rows parts as far as the target's number of tensors allows. */
export function planLaunches(steps: readonly Step[], state: StatePlan, target: TargetTraits): LaunchPlan[] {
  const launchOf = new Map<Step, LaunchPlan>();
  let launches: LaunchPlan[] = steps.map((step) => {
    const launch = { steps: [step], memory: memoryOf(step, state), before: new Set<LaunchPlan>() };
    launchOf.set(step, launch);
    return launch;
  });
  for (const step of steps) for (const earlier of step.before) launchOf.get(step)!.before.add(launchOf.get(earlier)!);
  if (!target.mergeLaunches) return launches;

  for (let i = 0; i < launches.length; i++) {
    // A launch that has just been merged may take in more.
    for (let j = i + 1; j < launches.length; ) {
      const merged = mergedLaunch(launches[i]!, launches[j]!, target.maxTensors);
      if (!merged) {
        j++;
        continue;
      }
      const [a, b] = [launches[i]!, launches[j]!];
      launches = launches.filter((launch) => launch !== b).map((launch) => (launch === a ? merged : launch));
      for (const launch of launches) {
        if (launch === merged || !(launch.before.has(a) || launch.before.has(b))) continue;
        launch.before.delete(a);
        launch.before.delete(b);
        launch.before.add(merged);
      }
    }
  }
  return launches;
}

/** Larger kernels compile slowly, and equal ones are found less often. */
const mostParts = 8;

/** Parts whose tensors are few enough are launched together when neither needs the other. */
function mergedLaunch(a: LaunchPlan, b: LaunchPlan, maxTensors: number): LaunchPlan | undefined {
  if (![...a.steps, ...b.steps].every((step) => isMergeable(step.cluster))) return undefined;
  const memory = new Set([...a.memory, ...b.memory]);
  if (a.steps.length + b.steps.length > mostParts || memory.size > maxTensors) return undefined;
  if (runsAfter(a, b) || runsAfter(b, a)) return undefined;
  return { steps: [...a.steps, ...b.steps], memory, before: new Set([...a.before, ...b.before]) };
}

function runsAfter(launch: LaunchPlan, other: LaunchPlan): boolean {
  const seen = new Set<LaunchPlan>();
  const stack = [...launch.before];
  while (stack.length > 0) {
    const next = stack.pop()!;
    if (next === other) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    stack.push(...next.before);
  }
  return false;
}

/** What a named dim is taken to be where sizes are compared without knowing it. */
const typicalDim = 64;

function typicalBytes(value: Value): number {
  const size = mulDims(productOf(value.type.shape), 4);
  if (typeof size === 'number') return size;
  return evaluateDim(size, new Map([...dimNames(size)].map((name) => [name, typicalDim])));
}

/**
 * An order in which no launch comes before those it needs: of the launches that could run, always the one after which the least
 * temporary memory is held.
 */
export function schedule(launches: readonly LaunchPlan[], isTemporary: (value: Value) => boolean): LaunchPlan[] {
  const readers = new Map<Value, Set<LaunchPlan>>();
  for (const launch of launches) {
    for (const step of launch.steps) {
      for (const value of step.reads) readers.set(value, (readers.get(value) ?? new Set()).add(launch));
    }
  }
  const growth = (launch: LaunchPlan): number => {
    let bytes = 0;
    for (const step of launch.steps) {
      for (const value of producedBy(step.cluster)) if (isTemporary(value) && readers.has(value)) bytes += typicalBytes(value);
      for (const value of step.reads) if (isTemporary(value) && readers.get(value)!.size === 1) bytes -= typicalBytes(value);
    }
    return bytes;
  };
  const waiting = new Set(launches);
  const result: LaunchPlan[] = [];
  while (waiting.size > 0) {
    let best: LaunchPlan | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const launch of waiting) {
      if ([...launch.before].some((earlier) => waiting.has(earlier))) continue;
      const bytes = growth(launch);
      if (bytes < least) [best, least] = [launch, bytes];
    }
    if (!best) throw new Error('the launches wait for each other');
    waiting.delete(best);
    result.push(best);
    for (const step of best.steps) for (const value of step.reads) readers.get(value)?.delete(best);
  }
  return result;
}
