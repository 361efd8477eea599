/** Which parts are launched together, and in which order launches run. */
import { type Cluster, producedBy, sizeOfAxes } from './cluster.js';
import type { Step } from './order-constraints.js';
import type { StatePlan } from './state.js';
import type { TargetTraits } from './target.js';
import { typicalSize } from './typical-size.js';

/** Independent parts in one launch, and the launches that must run before. */
export interface LaunchPlan {
  readonly steps: readonly Step[];
  readonly memory: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
  readonly before: Set<LaunchPlan>;
}

function launchOfSteps(steps: readonly Step[], state: StatePlan): LaunchPlan {
  const writes = new Set(steps.flatMap(({ cluster }) => producedBy(cluster)).map((value) => state.memoryOf(value)));
  const reads = steps.flatMap((step) => [...step.reads]).map((value) => state.memoryOf(value));
  return { steps, memory: new Set([...reads, ...writes]), writes, before: new Set() };
}

/** Independent rows parts can share a launch; the launch of a contraction takes in single rows only. */
function areMergeable(steps: readonly Step[], target: TargetTraits): boolean {
  if (steps.some(({ cluster }) => cluster.scatter || cluster.line)) return false;
  const contractions = steps.filter(({ cluster }) => cluster.contraction).length;
  if (contractions === 0) return true;
  const others = steps.filter(({ cluster }) => !cluster.contraction);
  return contractions === 1 && target.mergeIntoContractions === true && others.every(({ cluster }) => isSingleRow(cluster));
}

function isSingleRow(cluster: Cluster): boolean {
  return sizeOfAxes(cluster.axes.rows) === 1;
}

/** Merges launches of independent rows parts as far as the target's number of tensors allows. */
export function planLaunches(steps: readonly Step[], state: StatePlan, target: TargetTraits): LaunchPlan[] {
  const launchOf = new Map<Step, LaunchPlan>();
  const groups = new Map<object, Step[]>();
  for (const step of steps) groups.set(step.group ?? step, [...(groups.get(step.group ?? step) ?? []), step]);
  const launches = [...groups.values()].map((own) => {
    const launch = launchOfSteps(own, state);
    for (const step of own) launchOf.set(step, launch);
    return launch;
  });
  for (const step of steps) for (const earlier of step.before) launchOf.get(step)!.before.add(launchOf.get(earlier)!);
  if (!target.mergeLaunches) return launches;

  const alive = new Set(launches);
  const candidates = new Candidates();
  launches.forEach((a, i) => {
    for (const b of launches.slice(i + 1)) candidates.add(a, b);
  });
  for (let pair = candidates.next(); pair; pair = candidates.next()) {
    const [a, b] = pair;
    if (!alive.has(a) || !alive.has(b)) continue;
    const merged = mergedLaunch(a, b, target);
    if (!merged) continue;
    alive.delete(a);
    alive.delete(b);
    for (const launch of alive) {
      candidates.add(merged, launch);
      if (launch.before.delete(a)) launch.before.add(merged);
      if (launch.before.delete(b)) launch.before.add(merged);
    }
    alive.add(merged);
  }
  return [...alive];
}

/** Pairs of launches that might become one, those first that share most tensors. */
class Candidates {
  private readonly byScore: (readonly [LaunchPlan, LaunchPlan])[][] = [];

  add(a: LaunchPlan, b: LaunchPlan): void {
    const shared = [...a.memory].filter((place) => b.memory.has(place)).length;
    const contraction = [...a.steps, ...b.steps].some(({ cluster }) => cluster.contraction);
    const score = 2 * Math.min(shared, mostShared) + (contraction ? 0 : 1);
    this.byScore[score] ??= [];
    this.byScore[score].push([a, b]);
  }

  next(): readonly [LaunchPlan, LaunchPlan] | undefined {
    for (let score = this.byScore.length - 1; score >= 0; score--) {
      const found = this.byScore[score]?.shift();
      if (found) return found;
    }
    return undefined;
  }
}

const mostShared = 16;

/** Larger kernels compile slowly, and equal ones are found less often. */
const mostParts = 8;

/** Parts whose tensors are few enough are launched together when neither needs the other. */
function mergedLaunch(a: LaunchPlan, b: LaunchPlan, target: TargetTraits): LaunchPlan | undefined {
  const memory = new Set([...a.memory, ...b.memory]);
  if (a.steps.length + b.steps.length > mostParts || memory.size > target.maxTensors) return undefined;
  if (!areMergeable([...a.steps, ...b.steps], target) || runsAfter(a, b) || runsAfter(b, a)) return undefined;
  // The border of a padded value and its middle are written apart.
  if ([...a.writes].some((place) => b.memory.has(place)) || [...b.writes].some((place) => a.memory.has(place))) return undefined;
  return {
    steps: [...a.steps, ...b.steps],
    memory,
    writes: new Set([...a.writes, ...b.writes]),
    before: new Set([...a.before, ...b.before]),
  };
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

/**
 * An order in which no launch comes before those it needs: of the launches that could run, always the one after which the least
 * temporary memory is held.
 */
export function schedule(launches: readonly LaunchPlan[], state: StatePlan, isTemporary: (place: string) => boolean): LaunchPlan[] {
  const readers = new Map<string, Set<LaunchPlan>>();
  const sizes = new Map<string, number>();
  const reads = new Map<LaunchPlan, Set<string>>();
  for (const launch of launches) {
    const own = new Set<string>();
    reads.set(launch, own);
    for (const { reads: values, cluster } of launch.steps) {
      for (const value of [...values, ...producedBy(cluster)]) {
        const place = state.memoryOf(value);
        if (isTemporary(place)) sizes.set(place, Math.max(sizes.get(place) ?? 0, typicalSize(value)));
      }
      for (const value of values) own.add(state.memoryOf(value));
    }
    for (const place of own) readers.set(place, (readers.get(place) ?? new Set()).add(launch));
  }
  const held = new Set<string>();
  const growth = (launch: LaunchPlan): number => {
    let size = 0;
    for (const place of launch.writes) if (readers.has(place) && !held.has(place)) size += sizes.get(place) ?? 0;
    for (const place of reads.get(launch)!) if (readers.get(place)!.size === 1) size -= sizes.get(place) ?? 0;
    return size;
  };
  const waiting = new Set(launches);
  const result: LaunchPlan[] = [];
  while (waiting.size > 0) {
    let best: LaunchPlan | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const launch of waiting) {
      if ([...launch.before].some((earlier) => waiting.has(earlier))) continue;
      const size = growth(launch);
      if (size < least) [best, least] = [launch, size];
    }
    if (!best) throw new Error('the launches wait for each other');
    waiting.delete(best);
    result.push(best);
    for (const place of best.writes) held.add(place);
    for (const place of reads.get(best)!) readers.get(place)!.delete(best);
  }
  return result;
}
