import { emptyArray } from '../array.js';
import { loopError } from '../errors.js';
import type { Launch, LoopStep, Program, Step } from '../program.js';
import { evaluateSize } from '../size.js';
import type { TypedArray } from './device.js';

/** A kernel with its arguments: typed arrays and sizes. Those of arguments and results are put in at each call. */
export interface Call {
  readonly kernel: (...args: unknown[]) => void;
  readonly args: (TypedArray | number)[];
}

/** A place in a list of arguments where some memory goes. */
export type Hole = readonly [args: (TypedArray | number | undefined)[], position: number];

/** What the walk through loops and branches needs of a plan. */
export interface RegionHost {
  readonly program: Program;
  /** The launches in order, those inside of loops and branches included. */
  readonly calls: readonly Call[];
  /** Sizes by name; the turns of loops are added. */
  readonly dims: Record<string, number>;
  readonly buffers: (TypedArray | undefined)[];
  readonly uses: readonly (readonly Hole[])[];
}

/** What the js device needs to run loops and branches; modules without any do not import it. */
export interface RegionSupport {
  launches(steps: readonly Step[]): Launch[];
  /** A function that runs the program. */
  plan(host: RegionHost): () => void;
}

type Planned =
  | Call
  | { readonly if: number; readonly body: readonly Planned[]; readonly else: readonly Planned[] }
  /** The tapes have room for so many turns. */
  | { readonly loop: LoopStep; readonly body: readonly Planned[]; room: number };

export const regions: RegionSupport = { launches: launchesIn, plan: planRegions };

function launchesIn(steps: readonly Step[]): Launch[] {
  return steps.flatMap((step) => ('kernel' in step ? [step] : launchesIn('if' in step ? [...step.body, ...step.else] : step.body)));
}

function planRegions({ program, calls, dims, buffers, uses }: RegionHost): () => void {
  /** What depends on the turns of a loop. */
  const late: (() => void)[] = [];
  let next = 0;
  const planned = (step: Step): Planned => {
    if ('if' in step) return { if: step.if, body: step.body.map(planned), else: step.else.map(planned) };
    if ('while' in step) return { loop: step, body: step.body.map(planned), room: 0 };
    const call = calls[next++]!;
    step.sizes.forEach((size, i) => {
      const at = step.buffers.length + i;
      // A size that is not known is not a number.
      if (Number.isNaN(+call.args[at]!)) late.push(() => (call.args[at] = evaluateSize(size, dims)));
    });
    return call;
  };
  const steps = program.launches.map(planned);

  /** Makes room for so many elements; those that are there stay. */
  const grow = (buffer: number): void => {
    const { dtype, size } = program.buffers[buffer]!;
    const before = buffers[buffer]!;
    const length = evaluateSize(size, dims);
    if (!(length > before.length)) return;
    const memory = emptyArray(dtype, length);
    memory.set(before as never);
    buffers[buffer] = memory;
    for (const [args, position] of uses[buffer]!) args[position] = memory;
  };
  program.buffers.forEach(({ place }, buffer) => {
    if (place === 'tape') late.push(() => grow(buffer));
  });

  const walk = (list: readonly Planned[]): void => {
    for (const step of list) {
      if ('kernel' in step) step.kernel(...step.args);
      else if ('if' in step) walk(buffers[step.if]![0] ? step.body : step.else);
      else {
        const { while: flag, limit, where, count, turns, tapes = [] } = step.loop;
        const counter = buffers[count!];
        let turn = 0;
        for (; buffers[flag]![0]; turn++) {
          if (turn === limit) throw loopError(where, limit);
          if (counter) counter[0] = turn;
          if (tapes[0] !== undefined && turn >= step.room) {
            dims[turns!] = step.room = Math.max(8, 2 * turn);
            tapes.forEach(grow);
          }
          walk(step.body);
        }
        if (counter) counter[0] = turn;
        if (turns) {
          dims[turns] = turn;
          for (const update of late) update();
        }
      }
    }
  };
  return () => walk(steps);
}
