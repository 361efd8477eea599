import type { Output, SideProcess } from './processes.js';
import type { Work } from './works.js';

/** Milliseconds of one side at one work. */
export interface Figure {
  /** Median of the rounds' medians. */
  readonly median: number;
  readonly least: number;
  /** Half the distance between the middle half of the rounds' medians, as a part of the median. */
  readonly spread: number;
  readonly runs: number;
}

/** What came of a side: a figure, nothing because it does not offer the work, or a message of what went wrong. */
export type Outcome = Figure | 'not offered' | { readonly failed: string };

const rounds = 8;
/** A side whose runs take longer than this many milliseconds is timed once a round, and only for three rounds. */
const long = 1000;

/**
 * Measures a work on all sides in turn, a short while each, round after round, so that a slow moment of the machine meets all. Outputs
 * are compared first: throws when a side computes something else than the first.
 */
export async function measureWork(work: Work, processes: readonly SideProcess[], seconds: number): Promise<ReadonlyMap<string, Outcome>> {
  const found = new Map<string, Outcome>();
  const ready: { readonly process: SideProcess; readonly cost: number; readonly medians: number[]; readonly times: number[] }[] = [];
  let reference: { readonly title: string; readonly outputs: readonly Output[] } | undefined;
  for (const process of processes) {
    const { id, title } = process.side;
    try {
      const readiness = await process.prepare(work);
      if (!readiness.offered) {
        found.set(id, 'not offered');
        continue;
      }
      reference ??= { title, outputs: readiness.outputs };
      compare(work, reference, { title, outputs: readiness.outputs });
      ready.push({ process, cost: readiness.cost, medians: [], times: [] });
    } catch (error) {
      found.set(id, { failed: (error as Error).message });
    }
  }
  const window = (seconds * 1000) / rounds;
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    // Nobody always follows the same one.
    for (let i = 0; i < ready.length; i++) {
      const one = ready[(i + round) % ready.length]!;
      if (one.cost > long && (round === 0 || round > 3)) continue;
      const times = await one.process.measure(round === 0 ? Math.max(window, 150) : window);
      if (round === 0) continue;
      one.medians.push(quantile(times, 0.5));
      one.times.push(...times);
    }
  }
  for (const { process, medians, times } of ready) {
    const median = quantile(medians, 0.5);
    const spread = (quantile(medians, 0.75) - quantile(medians, 0.25)) / 2 / median;
    found.set(process.side.id, { median, least: Math.min(...times), spread, runs: times.length });
  }
  return found;
}

/** Outputs agree within a ten-thousandth of the largest of all turns: a loss that has come down to nothing is told from others by nothing. */
function compare(
  { name }: Work,
  expected: { readonly title: string; readonly outputs: readonly Output[] },
  given: { readonly title: string; readonly outputs: readonly Output[] },
): void {
  const largest = (data: Float32Array) => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = Math.max(...expected.outputs.map(({ data }) => largest(data)));
  given.outputs.forEach((output, turn) => {
    const wanted = expected.outputs[turn];
    if (wanted === undefined) return;
    const worst = largest(output.data.map((value, i) => value - wanted.data[i]!));
    if (output.length !== wanted.length || !(worst <= 1e-4 * scale)) {
      throw new Error(`${name}: ${given.title} and ${expected.title} disagree by ${worst} where values reach ${scale}`);
    }
  });
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)]!;
  return below + (sorted[Math.ceil(at)]! - below) * (at % 1);
}
