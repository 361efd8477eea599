import { contractionOps } from './contraction.js';
import { convOps } from './conv.js';
import { elementwiseOps } from './elementwise.js';
import { indexingOps } from './indexing.js';
import { lineOps } from './line.js';
import { movementOps } from './movement.js';
import { type Op, OpError } from './op.js';
import { reduceOps } from './reduce.js';
import { rowOps } from './row.js';
import { sourceOps } from './source.js';
import { windowOps } from './window.js';

/** Every primitive op by name: the table that all phases ask. */
export const ops: ReadonlyMap<string, Op> = new Map(
  [sourceOps, elementwiseOps, movementOps, windowOps, reduceOps, lineOps, contractionOps, convOps, indexingOps, rowOps]
    .flat()
    .map((op) => [op.name, op]),
);

/** The record of the op named `name`. Throws OpError for a name that is not in the table. */
export function op(name: string): Op {
  const found = ops.get(name);
  if (found) return found;
  const near = nearest(name);
  throw new OpError(`there is no op named '${name}'`, near === undefined ? undefined : `Did you mean '${near}'?`);
}

/** The known name with the least edit distance, if it is close enough to be a slip. */
function nearest(name: string): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of ops.keys()) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
