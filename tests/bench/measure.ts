import type { Run } from './workload.js';

/** Median milliseconds of both sides and how many times as long the second took, pair by pair. */
export interface Comparison {
  readonly first: number;
  readonly second: number;
  /** The ratio of the best times of both sides: what is left when the machine disturbs least. */
  readonly best: number;
  /** The median of the pairs' ratios, the least and the greatest. */
  readonly ratio: number;
  readonly least: number;
  readonly greatest: number;
  readonly pairs: number;
}

/**
 * Runs both sides in turn, many short pairs after a warm-up, so that a slow moment of the machine meets both. A slow side gets fewer
 * pairs: about `seconds` in all.
 */
export async function compare(first: Run, second: Run, seconds: number): Promise<Comparison> {
  const cost = (await warmUp(first)) + (await warmUp(second));
  const pairs = Math.max(2, Math.min(401, Math.round((seconds * 1000) / Math.max(cost, 2 * window))));
  const times: [number, number][] = [];
  for (let pair = 0; pair < pairs; pair++) {
    // The order alternates too: neither side always follows the other's garbage.
    const swapped = pair % 2 === 1;
    const a = await time(swapped ? second : first);
    const b = await time(swapped ? first : second);
    times.push(swapped ? [b, a] : [a, b]);
  }
  const ratios = times.map(([a, b]) => b / a);
  return {
    first: median(times.map(([a]) => a)),
    second: median(times.map(([, b]) => b)),
    best: Math.min(...times.map(([, b]) => b)) / Math.min(...times.map(([a]) => a)),
    ratio: median(ratios),
    least: Math.min(...ratios),
    greatest: Math.max(...ratios),
    pairs,
  };
}

/** Runs for 300 ms and at least twice, once where a run takes seconds; gives the milliseconds of the last run. */
async function warmUp(run: Run): Promise<number> {
  const start = performance.now();
  let last = 0;
  do {
    const before = performance.now();
    await run();
    last = performance.now() - before;
  } while (performance.now() - start < 300);
  return last;
}

/** Short runs are repeated for this many milliseconds: less than what other processes usually take at once. */
const window = 4;

/** Milliseconds of one run. */
async function time(run: Run): Promise<number> {
  const start = performance.now();
  let runs = 0;
  let elapsed = 0;
  do {
    await run();
    runs++;
    elapsed = performance.now() - start;
  } while (elapsed < window);
  return elapsed / runs;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
