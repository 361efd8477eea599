import type { Span } from '../ir/graph.js';

/** Thrown where a loop would take one turn more than it may: its condition never became false, or the limit is too low. */
export class LoopLimitError extends Error {
  constructor(
    readonly limit: number,
    /** The loop in the source, where that is known. */
    readonly span: Span | undefined,
  ) {
    const place = span ? ` at ${span.file}:${span.start}-${span.end}` : '';
    super(`the loop${place} did not end within ${limit} turns; a loop that needs more must be given a higher limit`);
    this.name = 'LoopLimitError';
  }
}
