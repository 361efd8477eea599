import { type Dim, mulDims, productOf, sameDim } from '../../ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { indexNeeds, indicesOf, strideAlong } from '../../kernel/expressions.js';
import { linearForm } from '../../kernel/index-math.js';
import type { Store } from '../../kernel/kernel.js';
import type { AxisBinding, Block } from './block.js';
import type { Range } from './code.js';
import type { Printer } from './printer.js';
import { i32 } from './text.js';

/** One loop that runs several axes as one: the last axis's variable counts over all of them. */
export interface Loop {
  readonly axes: readonly Axis[];
  readonly size: Dim;
}

/**
 * Joins neighbouring axes i, j where every index steps along i as far as over all of j: i*J + j is then one variable. Axes inside
 * quotients, remainders or conditions on them stay alone.
 */
export function mergeAxes(axes: readonly Axis[], indices: readonly IndexExpr[]): Loop[] {
  const groups: Axis[][] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const last = groups.at(-1);
    if (last && indices.every((index) => joins(index, last.at(-1)!, axis))) last.push(axis);
    else groups.push([axis]);
  }
  return groups.map((group) => ({ axes: group, size: productOf(group.map((axis) => axis.size)) }));
}

function joins(index: IndexExpr, outer: Axis, inner: Axis): boolean {
  let outerStride: Dim = 0;
  let innerStride: Dim = 0;
  for (const { atom: term, coefficient } of linearForm(index).terms) {
    if (term.kind === 'axis') {
      if (term.axis === outer) outerStride = coefficient;
      if (term.axis === inner) innerStride = coefficient;
      continue;
    }
    const needs = indexNeeds(term);
    if (needs.has(outer) || needs.has(inner)) return false;
  }
  return sameDim(outerStride, mulDims(inner.size, innerStride));
}

/** All index expressions of stores, their own and those of their values. */
export function storeIndices(stores: readonly Store[]): IndexExpr[] {
  const roots: ScalarExpr[] = stores.map(({ value }) => value);
  for (const { index } of stores) roots.push({ kind: 'index', dtype: 'i32', index });
  return indicesOf(roots);
}

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

/** Axes with the greatest stride of `index` outermost, so that memory is walked in order; of two with the same stride the shorter. */
export function byStride(axes: readonly Axis[], index: IndexExpr): Axis[] {
  return [...axes].sort((a, b) => {
    const [x, y] = [strideAlong(index, a), strideAlong(index, b)];
    if (x !== y) return y > x ? 1 : -1;
    return typeof a.size === 'number' && typeof b.size === 'number' ? a.size - b.size : 0;
  });
}
