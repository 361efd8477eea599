import type { KilnnError } from '../../errors.js';
import { loopError } from '../../errors.js';
import type { LoopStep, Step } from '../../program.js';
import { evaluateSize } from '../../size.js';
import type { Plan } from './plan.js';
import type { RegionWords } from './record.js';

/** What the wasm device needs to run loops and branches; modules without any do not import it. */
export interface RegionSupport {
  readonly words: RegionWords;
  /** Makes room for the turn of a loop. `move` gives a buffer that many bytes elsewhere; what it holds stays. */
  grow(plan: Plan, loop: number, turn: number, move: Move): void;
  /** A loop has ended after so many turns. */
  turns(plan: Plan, loop: number, turns: number, move: Move): void;
  /** What a program's function says by the number of a loop, from 1. */
  error(plan: Plan, loop: number): KilnnError;
}

type Move = (buffer: number, bytes: number) => void;

export const regions: RegionSupport = {
  words(step, { addresses, rooms }, meet, loop) {
    if ('if' in step) return [addresses[step.if]!, meet];
    const { while: flag, count, tapes = [] } = step;
    return [addresses[flag]!, meet, ...(count === undefined ? [] : [addresses[count]!]), ...(tapes.length > 0 ? [rooms[loop] ?? 0] : [])];
  },
  grow(plan, loop, turn, move) {
    const { turns, tapes = [] } = loopAt(plan, loop);
    plan.dims[turns!] = plan.rooms[loop] = Math.max(8, 2 * turn);
    for (const tape of tapes) growTape(plan, tape, move);
  },
  turns(plan, loop, turns, move) {
    plan.dims[loopAt(plan, loop).turns!] = turns;
    plan.program.buffers.forEach(({ place }, buffer) => {
      if (place === 'tape') growTape(plan, buffer, move);
    });
  },
  error(plan, number) {
    const { where, limit } = loopAt(plan, number - 1);
    return loopError(where, limit);
  },
};

function growTape(plan: Plan, tape: number, move: Move): void {
  const bytes = 4 * evaluateSize(plan.program.buffers[tape]!.size, plan.dims);
  if (!(bytes > (plan.tapeBytes[tape] ?? 0))) return;
  move(tape, bytes);
  plan.tapeBytes[tape] = bytes;
}

/** Loops are numbered in the order of the text. */
function loopAt({ program }: Plan, number: number): LoopStep {
  return [...loopsIn(program.launches)][number]!;
}

function* loopsIn(steps: readonly Step[]): Generator<LoopStep> {
  for (const step of steps) {
    if ('kernel' in step) continue;
    if ('while' in step) yield step;
    yield* loopsIn(step.body);
    if ('if' in step) yield* loopsIn(step.else);
  }
}
