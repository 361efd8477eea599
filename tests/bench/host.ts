import type { Side } from './sides.js';
import type { Work } from './works.js';

export interface Output {
  readonly length: number;
  /** Samples from all over it. */
  readonly data: Float32Array;
}

export type Readiness =
  | { readonly offered: false }
  /** `outputs` of the first runs, one after the other; `cost`: milliseconds of the last of them; `flops` of a run, told by gauges. */
  | { readonly offered: true; readonly outputs: readonly Output[]; readonly cost: number; readonly flops?: number };

/** Where a side runs: a process or a page. */
export interface Host {
  readonly side: Side;
  prepare(work: Work): Promise<Readiness>;
  /** Milliseconds of each run in about `window` milliseconds. */
  measure(window: number): Promise<readonly number[]>;
  stop(): void;
}
