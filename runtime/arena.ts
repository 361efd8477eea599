import type { DType, Program } from './program.js';
import { type Dims, evaluateSize } from './size.js';

/** Memory of so many bytes that is needed from one step of a program to another, both included. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export interface ArenaPlan {
  /** Where each lifetime's bytes begin. */
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** The largest sum of bytes that are needed at the same step: no plan takes less. */
export function leastBytes(lifetimes: readonly Lifetime[]): number {
  return Math.max(
    0,
    ...lifetimes.map(({ first: now }) =>
      lifetimes.reduce((sum, { bytes, first, last }) => sum + (first <= now && now <= last ? bytes : 0), 0),
    ),
  );
}

const orders = 16;

/**
 * Places lifetimes that overlap apart: the largest first, each at the lowest offset that is free for as long as it lives. Where that leaves
 * holes, size is weighed by length, and then at random. (Greedy by size: Pisarchyk and Lee 2020, Efficient memory management for deep
 * neural net inference.)
 */
export function planArena(lifetimes: readonly Lifetime[]): ArenaPlan {
  const enough = 1.02 * leastBytes(lifetimes);
  let best: ArenaPlan = { offsets: [], bytes: Number.POSITIVE_INFINITY };
  let random = 1;
  for (let order = 0; order < orders && best.bytes > enough; order++) {
    const weights = lifetimes.map(({ bytes, first, last }) => {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      const stretch = order < 4 ? 1 : 1 + 3 * (random / 2 ** 32);
      return stretch * bytes * (last - first + 1) ** [0, 1, 0.5, 0.25][order % 4]!;
    });
    const plan = placeInOrder(
      lifetimes,
      weights.map((_, i) => i).sort((a, b) => weights[b]! - weights[a]! || a - b),
    );
    if (plan.bytes < best.bytes) best = plan;
  }
  return best;
}

function placeInOrder(lifetimes: readonly Lifetime[], order: readonly number[]): ArenaPlan {
  const offsets: number[] = [];
  /** In order of their offsets. */
  const placed: number[] = [];
  let total = 0;
  for (const i of order) {
    const { bytes, first, last } = lifetimes[i]!;
    let offset = 0;
    for (const other of placed) {
      const own = lifetimes[other]!;
      if (own.first > last || own.last < first) continue;
      if (offsets[other]! >= offset + bytes) break;
      offset = Math.max(offset, offsets[other]! + own.bytes);
    }
    offsets[i] = offset;
    total = Math.max(total, offset + bytes);
    const at = placed.findIndex((other) => offsets[other]! > offset);
    placed.splice(at < 0 ? placed.length : at, 0, i);
  }
  return { offsets, bytes: total };
}

/** Where the temporary buffers of a program begin in the arena, for given dims; those of other places are at 0. */
export function layOut({ buffers }: Program, dims: Dims, bytesOf: (dtype: DType) => number, alignment: number): ArenaPlan {
  const lifetimes = buffers.flatMap(({ live, size, dtype }) => {
    if (!live) return [];
    // Even an empty one has room for a binding.
    const bytes = Math.max(1, Math.ceil((evaluateSize(size, dims) * bytesOf(dtype)) / alignment)) * alignment;
    return [{ bytes, first: live[0], last: live[1] }];
  });
  const { offsets, bytes } = planArena(lifetimes);
  let next = 0;
  return { offsets: buffers.map(({ live }) => (live ? offsets[next++]! : 0)), bytes };
}
