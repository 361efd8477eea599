import type { Dim } from '../../ir/dim.js';
import type { Axis } from '../../kernel/expr.js';
import type { Loop } from '../../kernel/merge-axes.js';
import type { AxisBinding, Block } from './block.js';
import type { Range } from './code.js';
import type { Printer } from './printer.js';
import { i32 } from './text.js';

export { byStride, type Loop, mergeAxes, storeIndices } from '../../kernel/merge-axes.js';

export const nameOf = ({ axes }: Loop): string => (axes.length === 1 ? axes[0]!.name : 'i');

const whole = (printer: Printer, size: Dim): Range => {
  const end = printer.dim(size);
  return { start: i32(0), end, step: 1, sure: end.number !== undefined };
};

/** Runs the loops around `body`, outermost first; an axis of size 1 has no loop and needs none. The first one may run over a part only. */
export function runLoops(printer: Printer, loops: readonly Loop[], body: () => void, part?: Range): void {
  const [loop, ...rest] = loops;
  if (loop === undefined) {
    body();
    return;
  }
  if (loop.size === 0) return;
  printer.loop(nameOf(loop), part ?? whole(printer, loop.size), (running) => {
    bindAxes(running.block, loop.axes, { at: running, offset: 0 });
    runLoops(printer, rest, body);
  });
}

/** Writes the loops out, turn by turn; their sizes are numbers. */
export function writeOut(printer: Printer, loops: readonly Loop[], body: () => void): void {
  const [loop, ...rest] = loops;
  if (loop === undefined) {
    body();
    return;
  }
  for (let turn = 0; turn < (loop.size as number); turn++) {
    printer.copy(
      (block) => bindAxes(block, loop.axes, { at: i32(0), offset: turn }),
      () => writeOut(printer, rest, body),
    );
  }
}

/** The last of `axes` is what the binding says in `block`; the others are absorbed by it. */
export function bindAxes(block: Block, axes: readonly Axis[], binding: AxisBinding): void {
  for (const axis of axes.slice(0, -1)) block.bind(axis, { ...binding, absorbed: true });
  block.bind(axes.at(-1)!, binding);
}
