import type { Host, Output } from './host.js';
import { isGauge } from './sides.js';
import type { Work } from './works.js';

/** Milliseconds of one side at one work. */
export interface Figure {
  /** Median of the rounds' medians. */
  readonly median: number;
  readonly least: number;
  /** Half the distance between the middle half of the rounds' medians, as a part of the median. */
  readonly spread: number;
  readonly runs: number;
  /** Of a run of a gauge. */
  readonly flops?: number;
}

/** What came of a side: a figure, nothing because it does not offer the work, or a message of what went wrong. */
export type Outcome = Figure | 'not offered' | { readonly failed: string };

const rounds = 8;
/** Milliseconds of a gauge in a round: it does the same at every work, and long loops at that. */
const gaugeWindow = 12;
/** A side whose runs take longer than this many milliseconds is timed once a round, and only for three rounds. */
const long = 1000;

/**
 * Measures a work on all sides in turn, a short while each, round after round, so that a slow moment of the machine meets all. Outputs
 * are compared first: throws when a side computes something else than the first.
 */
export async function measureWork(work: Work, hosts: readonly Host[], seconds: number): Promise<ReadonlyMap<string, Outcome>> {
  const found = new Map<string, Outcome>();
  const ready: Measured[] = [];
  let reference: { readonly title: string; readonly outputs: readonly Output[] } | undefined;
  for (const host of hosts) {
    const { id, title } = host.side;
    try {
      const readiness = await host.prepare(work);
      if (!readiness.offered) {
        found.set(id, 'not offered');
        continue;
      }
      const { outputs, cost, flops } = readiness;
      if (!isGauge(host.side)) {
        reference ??= { title, outputs };
        compare(work, reference, { title, outputs });
      }
      ready.push({ host, cost, ...(flops !== undefined && { flops }), medians: [], times: [] });
    } catch (error) {
      found.set(id, { failed: (error as Error).message });
    }
  }
  const window = (seconds * 1000) / rounds;
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    // Each begins once, and every other round goes the other way: nobody always follows the same one.
    for (let i = 0; i < ready.length; i++) {
      const at = (i + round) % ready.length;
      const one = ready[round % 2 === 0 ? at : ready.length - 1 - at]!;
      if (one.cost > long && (round === 0 || round > 3)) continue;
      const usual = one.flops === undefined ? window : gaugeWindow;
      const times = await one.host.measure(round === 0 ? Math.max(usual, 150) : usual);
      if (round === 0) continue;
      one.medians.push(quantile(times, 0.5));
      one.times.push(...times);
    }
  }
  for (const { host, flops, medians, times } of ready) {
    const median = quantile(medians, 0.5);
    const spread = (quantile(medians, 0.75) - quantile(medians, 0.25)) / 2 / median;
    found.set(host.side.id, { median, least: Math.min(...times), spread, runs: times.length, ...(flops !== undefined && { flops }) });
  }
  return found;
}

interface Measured {
  readonly host: Host;
  readonly cost: number;
  readonly flops?: number;
  readonly medians: number[];
  readonly times: number[];
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
