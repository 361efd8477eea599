/**
 * Tiles of contractions, by how fast they run from the first cache.
 *
 * A tile's sums stay in vector registers, of which x64 has 16 and V8 keeps one: R rows x V vectors need R*V sums, V vectors of the one
 * side and one number of the other. Eight sums or more hide the latency of fused multiply-add (4 cycles, two a cycle). Two things
 * decide between the rest: engines with fused multiply-add run 6x2 best (12 sums use each load most), but V8 before 12 (Node 20) puts
 * all loads of a turn before its arithmetic, and then R + V + R*V numbers must fit: 4x2 and 2x4 do, 5x2 and 6x2 are spilled. Without fused
 * multiply-add all of them are as fast in newer engines. Unrolling the innermost loop gains nothing there and spills in Node 20;
 * addresses by strides in locals cost as much as constant ones, so matrix products share one function.
 *
 * GFLOP/s: the geometric mean of what `tests/bench/matmul-sweep.ts` prints for Node 20 without and Node 24 with fused multiply-add.
 */
const outerRates: Readonly<Record<number, readonly number[]>> = {
  // Vectors: the rate of 1, 2, 3 ... rows.
  1: [10, 16, 20, 23, 25, 27.5],
  2: [16, 24, 28.5, 31.5, 30.5, 30.3],
};

const dotRates: Readonly<Record<number, readonly number[]>> = {
  // Columns: the rate of 1, 2, 3 ... rows.
  1: [10, 16, 20, 23],
  2: [16, 24, 28, 30.5],
  3: [20, 28, 29],
  4: [23, 30.5],
  5: [25, 30],
  6: [26, 30],
};

/** Nanoseconds of one step: a multiply-add of four lanes for each sum. */
export function stepTime(form: 'outer' | 'dot', rows: number, columns: number): number {
  const rate = (form === 'outer' ? outerRates : dotRates)[columns]?.[rows - 1];
  return rate === undefined ? Number.POSITIVE_INFINITY : (8 * rows * columns) / rate;
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
