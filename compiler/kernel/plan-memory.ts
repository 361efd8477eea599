/** When the memory of each buffer is needed, and what of the arena that takes. Offsets are found by the runtime's planner, for given sizes. */
import { type ArenaPlan, leastBytes, planArena } from '../../runtime/arena.js';
import { addDims, type Dim, dimNames, evaluateDim, lowerBound, mulDims, namedDim, replaceNames, subDims } from '../ir/dim.js';
import type { DType } from '../ir/types.js';
import type { LoweredBuffer, LoweredProgram, LoweredStep } from './program.js';
import type { TargetTraits } from './target.js';

/**
 * The first and last moment at which each buffer is touched, every launch and every look at a condition being a moment. What is touched
 * inside of a loop and outside of it lives as long as the loop.
 */
export function lifetimes(
  steps: readonly LoweredStep[],
  outputs: ReadonlySet<number>,
): Map<number, readonly [first: number, last: number]> {
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  let now = 0;
  const touch = (buffer: number, from = now, to = now): void => {
    first.set(buffer, Math.min(first.get(buffer) ?? from, from));
    last.set(buffer, Math.max(last.get(buffer) ?? to, to));
  };
  const loops: { start: number; end: number; buffers: Set<number> }[] = [];
  const inside: Set<number>[] = [];
  const use = (buffer: number): void => {
    touch(buffer);
    for (const buffers of inside) buffers.add(buffer);
  };
  const walk = (list: readonly LoweredStep[]): void => {
    for (const step of list) {
      now++;
      if ('kernel' in step) step.buffers.forEach(use);
      else if ('if' in step) {
        use(step.if);
        walk(step.body);
        walk(step.else);
      } else {
        const own = [step.while, ...(step.count === undefined ? [] : [step.count])];
        own.forEach(use);
        const start = now;
        inside.push(new Set());
        walk(step.body);
        now++;
        const buffers = inside.pop()!;
        own.forEach(use);
        loops.push({ start, end: now, buffers });
      }
    }
  };
  walk(steps);
  now++;
  for (const buffer of outputs) touch(buffer);
  // Inner loops come before those around them.
  for (const { start, end, buffers } of loops) {
    for (const buffer of buffers) if (first.get(buffer)! <= start || last.get(buffer)! >= end) touch(buffer, start, end);
  }
  return new Map([...first].map(([buffer, from]) => [buffer, [from, last.get(buffer)!]]));
}

/**
 * The sums of bytes that are needed at one moment, less those that another is never below where all dims are at least 1: the arena takes
 * at least the largest of them. Sizes are not rounded up.
 */
export function leastArena({ buffers }: Pick<LoweredProgram, 'buffers'>, bytes: Readonly<Record<DType, number>>): Dim[] {
  const own = buffers.flatMap(({ live, size, dtype }) => (live ? [{ live, bytes: mulDims(size, bytes[dtype]) }] : []));
  const largest: Dim[] = [];
  const covers = (a: Dim, b: Dim): boolean => {
    const over = subDims(a, b);
    return lowerBound(replaceNames(over, new Map([...dimNames(over)].map((name) => [name, addDims(namedDim(name), 1)])))) >= 0;
  };
  for (const now of new Set(own.map(({ live }) => live[0]))) {
    const sum = own.reduce<Dim>((total, { live, bytes }) => (live[0] <= now && now <= live[1] ? addDims(total, bytes) : total), 0);
    if (largest.some((other) => covers(other, sum))) continue;
    largest.splice(0, largest.length, ...largest.filter((other) => !covers(sum, other)), sum);
  }
  return largest;
}

export interface ArenaReport extends ArenaPlan {
  /** The largest sum of bytes that are needed at one moment. */
  readonly least: number;
}

/** The arena for given dims, as a device of that target lays it out; `offsets` has one for each buffer. */
export function arenaFor(
  { buffers }: Pick<LoweredProgram, 'buffers'>,
  dims: ReadonlyMap<string, number>,
  { bytes, alignment = 64 }: Pick<TargetTraits, 'bytes' | 'alignment'>,
): ArenaReport {
  const own = buffers.filter(({ live }) => live);
  const all = own.map(({ live, size, dtype }) => ({
    bytes: Math.max(1, Math.ceil((evaluateDim(size, dims) * bytes[dtype]) / alignment)) * alignment,
    first: live![0],
    last: live![1],
  }));
  const plan = planArena(all);
  const offsetOf = (buffer: LoweredBuffer): number => (buffer.live ? plan.offsets[own.indexOf(buffer)]! : 0);
  return { offsets: buffers.map(offsetOf), bytes: plan.bytes, least: leastBytes(all) };
}
