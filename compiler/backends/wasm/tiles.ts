import type { WasmVariant } from './assemble.js';

/**
 * Tiles of contractions, by how fast they run from the first cache.
 *
 * A tile's sums stay in vector registers, of which x64 has 16 and V8 keeps one: R rows x V vectors need R*V sums, V vectors of the one
 * side and one number of the other. A fused multiply-add takes 4 cycles and two begin in each, so that eight sums at least must be under way, and ten
 * or twelve to leave none idle: 6x2 comes within 5 % of the peak, 4x2 within 20 %. Without fusing, the products are independent and eight
 * sums are enough; then the engines that have no relaxed SIMD decide (V8 before 12, in Node 20): they put all loads of a turn before its
 * arithmetic, R + V + R*V numbers must fit, and 5x2 and 6x2 are spilled. So the tiles of the two variants differ.
 * Unrolling the innermost loop gains nothing and spills in Node 20; addresses by strides in locals cost as much as constant ones, so
 * matrix products share one function.
 *
 * GFLOP/s, as `tests/bench/matmul-sweep.ts` prints them: of Node 20 without fused multiply-add, of Node 24 with it. A vector or a column: the
 * rate of 1, 2, 3 ... rows. Shapes that are hardly faster than others are left out, or 0: each is a function more in the module.
 */
const rates: Readonly<Record<WasmVariant, Readonly<Record<'outer' | 'dot', Readonly<Record<number, readonly number[]>>>>>> = {
  simd: {
    outer: { 1: [12, 19, 21, 23, 24, 24], 2: [20, 26, 29, 30, 25.5, 23.5] },
    dot: { 1: [11, 16.5, 18, 20, 22, 23], 2: [17, 22.5, 26, 28, 23, 23], 4: [20.5, 28.5], 6: [23, 22] },
  },
  relaxed: {
    outer: { 1: [6.5, 12, 16.5, 21, 0, 27.5], 2: [12, 21.5, 28.5, 34, 0, 39.5] },
    dot: { 1: [8, 14, 18.5, 22, 25, 26.5], 2: [14.5, 24, 29.5, 35, 38, 39], 4: [22.5, 34], 6: [27.5, 39.5] },
  },
};

/** Nanoseconds of one step: a multiply-add of four lanes for each sum. Without a variant: the mean of both, which serves plans that both share. */
export function stepTime(form: 'outer' | 'dot', rows: number, columns: number, variant?: WasmVariant): number {
  const rate = (of: WasmVariant): number | undefined => rates[of][form][columns]?.[rows - 1];
  const [least, most] = variant ? [rate(variant), rate(variant)] : [rate('simd'), rate('relaxed')];
  return least === undefined || most === undefined ? Number.POSITIVE_INFINITY : (8 * rows * columns) / Math.sqrt(least * most);
}

/** Sizes that are known at run time only count as this. */
export const unknownSize = 64;

/** `full` tiles of `main`, then one of `rest` (0: none; `many`: single ones, as many as are left at run time). */
export interface Partition {
  readonly main: number;
  readonly rest: number | 'many';
  /** Nanoseconds of one step of all tiles. */
  readonly time: number;
}

/** The tiles of `size` points along one side, where `time` says what a step of a tile of n takes; at most `limit` at once. */
export function partition(size: number | undefined, limit: number, time: (n: number) => number): Partition {
  let best: Partition | undefined;
  for (let main = limit; main >= 1; main--) {
    if (size !== undefined && main > size) continue;
    const points = size ?? unknownSize;
    const rest = points % main;
    const total = Math.floor(points / main) * time(main) + (rest === 0 ? 0 : size === undefined ? rest * time(1) : time(rest));
    if (best === undefined || total < best.time * 0.999)
      best = { main, rest: size === undefined ? (main === 1 ? 0 : 'many') : rest, time: total };
  }
  return best ?? { main: 1, rest: 0, time: time(1) };
}

/** Points of the reduced axes that a block takes at once: a tile's part of both sides then stays in the first cache. */
export const depthLimit = 512;
/** Sums that are added up without a break: more would lose digits. */
export const chainLimit = 4096;
/** Elements of a block's sums: 32 KB, so that they are still in the first cache when the results are stored. */
export const sumsLimit = 8192;
/** Elements of a block's packed or streamed side: half of the second cache. */
export const panelLimit = 1 << 17;
