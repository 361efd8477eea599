import type { Range } from './code.js';
import { bindAxes, type Loop, nameOf, runLoops } from './loops.js';
import type { Printer } from './printer.js';
import { i32, operation, plus, type Text } from './text.js';

/** A part of a loop: from `start` to `end`. */
export interface Part {
  readonly start: Text;
  readonly end: Text;
}

/**
 * How loops around a long sum are cut, so that no more than some thousand terms are added up before the result joins those before: loop
 * number `at` runs in blocks of `length` turns.
 */
export interface Cut {
  readonly at: number;
  readonly length: number;
}

/** Where to cut `loops` (outermost first) into blocks of about `terms` terms; nothing where there are not many more. */
export function cutFor(loops: readonly Loop[], terms: number): Cut | undefined {
  if (loops.some(({ size }) => size === 0)) return undefined;
  let points = 1;
  for (let at = loops.length - 1; at >= 0; at--) {
    const { size } = loops[at]!;
    if (typeof size === 'number' && points * size <= 2 * terms) {
      points *= size;
      continue;
    }
    let length = 1;
    while (length * 2 * points <= terms) length *= 2;
    return { at, length };
  }
  return undefined;
}

/** Runs `loops`; the cut one block by block: `block` gets the part of it to run and runs what lies inside as well. */
export function runBlocks(printer: Printer, loops: readonly Loop[], cut: Cut, block: (part: Part) => void): void {
  const loop = loops[cut.at]!;
  runLoops(printer, loops.slice(0, cut.at), () => {
    const size = printer.dim(loop.size);
    const range: Range = { start: i32(0), end: size, step: cut.length, sure: size.number !== undefined };
    printer.loop('block', range, (running) => {
      const start = printer.turn(running);
      if (size.number !== undefined && size.number % cut.length === 0) {
        block({ start, end: plus(start, i32(cut.length)) });
        return;
      }
      const end = printer.constant('blockEnd', plus(start, i32(cut.length)));
      const isWithin = operation('i32', 'i32.lt_s', end, size);
      block({ start, end: printer.constant('blockEnd', operation('i32', 'select', end, size, isWithin)) });
    });
  });
}

/** Runs loops of which the first is given a part. */
export function runPart(printer: Printer, loops: readonly Loop[], { start, end }: Part, body: () => void): void {
  const [loop, ...rest] = loops;
  printer.loop(nameOf(loop!), { start, end, step: 1, sure: true }, (running) => {
    bindAxes(running.block, loop!.axes, { at: running, offset: 0 });
    runLoops(printer, rest, body);
  });
}
