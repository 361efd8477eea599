import type { Axis, ScalarExpr } from '../../kernel/expr.js';
import { weight } from '../../kernel/expressions.js';
import type { Store } from '../../kernel/kernel.js';
import { type Loop, mergeAxes, storeIndices } from '../../kernel/merge-axes.js';
import type { Block } from './block.js';
import type { Printer } from './printer.js';
import { atom, numberText } from './text.js';

export { byStride, type Loop, mergeAxes, storeIndices } from '../../kernel/merge-axes.js';

/**
 * Runs the loops around `body`, outermost first. Axes of size 1 have no loop and need none. Short loops inside others are written out
 * while that makes no more than `copies` of the body.
 */
export function runLoops(printer: Printer, loops: readonly Loop[], body: () => void, copies = 1): void {
  const first = firstWrittenOut(loops, copies, printer.isInLoop);
  runInner(printer, loops.slice(0, first), () => writeOut(printer, loops.slice(first), body));
}

/** The innermost loops from this one on are short enough to be written out. */
function firstWrittenOut(loops: readonly Loop[], copies: number, isInLoop: boolean): number {
  let first = loops.length;
  for (let points = 1; first > (isInLoop ? 0 : 1); first--) {
    const { size } = loops[first - 1]!;
    if (typeof size !== 'number' || size === 0 || points * size > copies) break;
    points *= size;
  }
  return first;
}

function runInner(printer: Printer, loops: readonly Loop[], body: () => void): void {
  const [loop, ...rest] = loops;
  if (loop === undefined) {
    body();
    return;
  }
  const bound = printer.dim(loop.size);
  printer.nested('loop', (block) => {
    const name = bindLoop(printer, block, loop);
    runInner(printer, rest, body);
    return `for (let ${name} = 0; ${name} < ${bound.code}; ${name}++)`;
  });
}

function writeOut(printer: Printer, loops: readonly Loop[], body: () => void): void {
  const [loop, ...rest] = loops;
  if (loop === undefined) {
    body();
    return;
  }
  for (let turn = 0; turn < (loop.size as number); turn++) {
    printer.copy(
      (block) => bindAxes(block, loop.axes, '0', turn),
      () => writeOut(printer, rest, body),
    );
  }
}

/** How many copies of a loop's body that computes `roots` are worth having instead of the loop. */
export function worthCopies(roots: readonly ScalarExpr[]): number {
  const operations = roots.reduce((sum, root) => sum + 1 + weight(root), 0);
  return Math.min(8, Math.floor(24 / operations));
}

/** Declares the loop's variable in `block`, the current one. */
export function bindLoop(printer: Printer, block: Block, loop: Loop): string {
  const name = printer.fresh(loop.axes.length === 1 ? loop.axes[0]!.name : 'i');
  bindAxes(block, loop.axes, name, 0);
  return name;
}

/** The last of `axes` reads as `name + offset` in `block`; the others are absorbed by it. */
export function bindAxes(block: Block, axes: readonly Axis[], name: string, offset: number): void {
  for (const axis of axes.slice(0, -1)) block.bind(axis, { text: numberText(0), offset: 0, absorbed: true });
  block.bind(axes.at(-1)!, { text: atom(name), offset });
}

/** Loops over `axes` in the given order around `stores`, merged where possible. */
export function emitNest(printer: Printer, axes: readonly Axis[], stores: readonly Store[], operator?: string): void {
  const copies = worthCopies(stores.map(({ value }) => value));
  runLoops(
    printer,
    mergeAxes(axes, storeIndices(stores)),
    () => {
      printer.countUses(
        stores.map(({ value }) => value),
        stores.map(({ index }) => index),
      );
      for (const store of stores) printer.store(store, operator);
    },
    copies,
  );
}
