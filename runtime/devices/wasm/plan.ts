import type { RecordPlan } from './record.js';

/** A program for one binding of its dims. */
export interface Plan extends RecordPlan {
  readonly dims: Record<string, number>;
  readonly addresses: number[];
  readonly rooms: number[];
  /** Elements of every buffer. */
  readonly counts: readonly number[];
  record: Int32Array;
  /** Those of all threads, where it pays to split the program. */
  records: Int32Array | undefined;
  /** Tapes are appended there. */
  end: number;
  readonly tapeBytes: number[];
}
