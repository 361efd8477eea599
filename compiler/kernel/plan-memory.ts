/** Lifetimes of temporary buffers and the slots of the arena that they share. */
import { addDims, type Dim, floorDivDims, isSymbolic, lowerBound, mulDims, subDims } from '../ir/dim.js';

export interface Lifetime {
  readonly bytes: Dim;
  /** Launches that write it first and touch it last. */
  readonly first: number;
  readonly last: number;
}

export interface ArenaPlan {
  /** The slot of each lifetime, in the order given. */
  readonly slotOf: readonly number[];
  readonly slots: readonly Dim[];
}

export const slotAlignment = 256;

/** Rounds up to whole slots of 256 bytes; symbolic sizes are left to the runtime. */
export function alignedBytes(bytes: Dim): Dim {
  if (isSymbolic(bytes)) return bytes;
  return mulDims(floorDivDims(addDims(bytes, slotAlignment - 1), slotAlignment), slotAlignment);
}

/** Whether `a >= b` for every value of the named dims. */
function holds(a: Dim, b: Dim): boolean {
  return lowerBound(subDims(a, b)) >= 0;
}

/**
 * Gives each lifetime a slot that nothing else uses from its first launch to its last: the free slot that fits most closely, else
 * one that can grow to fit, else a new one.
 */
export function planArena(lifetimes: readonly Lifetime[]): ArenaPlan {
  const slotOf = new Array<number>(lifetimes.length).fill(-1);
  const slots: { bytes: Dim; freeAfter: number }[] = [];
  const order = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[a]!.first - lifetimes[b]!.first || a - b);
  for (const i of order) {
    const { first, last } = lifetimes[i]!;
    const bytes = alignedBytes(lifetimes[i]!.bytes);
    const free = slots.filter((slot) => slot.freeAfter < first);
    const fitting = free.filter((slot) => holds(slot.bytes, bytes));
    const growing = free.filter((slot) => holds(bytes, slot.bytes));
    let slot = fitting.reduce<(typeof slots)[number] | undefined>(
      (best, own) => (best && holds(own.bytes, best.bytes) ? best : own),
      undefined,
    );
    slot ??= growing.reduce<(typeof slots)[number] | undefined>(
      (best, own) => (best && holds(best.bytes, own.bytes) ? best : own),
      undefined,
    );
    if (!slot) {
      slot = { bytes, freeAfter: last };
      slots.push(slot);
    }
    if (!holds(slot.bytes, bytes)) slot.bytes = bytes;
    slot.freeAfter = last;
    slotOf[i] = slots.indexOf(slot);
  }
  return { slotOf, slots: slots.map(({ bytes }) => bytes) };
}
