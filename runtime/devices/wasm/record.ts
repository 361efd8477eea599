import type { Launch, Program, Step } from '../../program.js';
import { type Dims, evaluateSize } from '../../size.js';

/**
 * A plan record: the words that a program's function reads, in the order of its steps, for each thread. What they are is said in
 * compiler/backends/wasm/module.ts.
 */
export interface RecordPlan {
  readonly program: Program;
  readonly dims: Dims;
  /** Address of every buffer. */
  readonly addresses: readonly number[];
  /** Turns that the tapes of each loop have room for; loops are numbered in the order of the text. */
  readonly rooms: readonly number[];
}

/** The words of a loop, with its number, or of a branch; `meet` is how many threads meet there. */
export type RegionWords = (step: Exclude<Step, Launch>, plan: RecordPlan, meet: number, loop: number) => readonly number[];

/** Fewer operations than this are done sooner by one thread than two can meet. */
export const usualLeastWork = 32768;
/** Tests split everything. */
export const splitting = { leastWork: usualLeastWork };

/** All steps, those inside of others included, in the order of the text. */
function flatten(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => ('kernel' in step ? step : [step, ...flatten(step.body), ...('if' in step ? flatten(step.else) : [])]));
}

/** The records of all threads one after the other, or undefined when there is nothing worth splitting, unless they run already. */
export function makeRecord(plan: RecordPlan, threads: number, regions?: RegionWords, isRunning = false): Int32Array | undefined {
  const { program, dims, addresses } = plan;
  const all = flatten(program.launches);
  const launches = all.filter((step) => 'kernel' in step);
  const isSplit = launches.map(
    ({ split }) =>
      threads > 1 && split !== undefined && evaluateSize(split[0], dims) > 1 && evaluateSize(split[1], dims) >= splitting.leastWork,
  );
  if (threads > 1 && !isRunning && !isSplit.includes(true)) return undefined;
  // With loops and branches it is not known which launches are neighbours.
  const straight = launches.length === all.length;
  const words: number[] = [];
  for (let thread = 0; thread < threads; thread++) {
    let next = 0;
    let loops = 0;
    const walk = (steps: readonly Step[]): void => {
      for (const step of steps) {
        if (!('kernel' in step)) {
          words.push(...regions!(step, plan, threads > 1 ? threads : 0, 'while' in step ? loops++ : 0));
          walk(step.body);
          if ('if' in step) walk(step.else);
          continue;
        }
        const { buffers, sizes, split } = step;
        const at = next++;
        const grains = split ? evaluateSize(split[0], dims) : 0;
        const [from, to] = isSplit[at]
          ? [Math.floor((grains * thread) / threads), Math.floor((grains * (thread + 1)) / threads)]
          : [0, thread === 0 ? grains : 0];
        words.push(+(thread === 0 || from < to));
        for (const buffer of buffers) words.push(addresses[buffer]!);
        for (const size of sizes) words.push(evaluateSize(size, dims));
        if (split) words.push(from, to);
        const meets = straight ? at + 1 < launches.length && (isSplit[at] || isSplit[at + 1]) : threads > 1;
        words.push(meets ? threads : 0);
      }
    };
    walk(program.launches);
  }
  return Int32Array.from(words);
}
