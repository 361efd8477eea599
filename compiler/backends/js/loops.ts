import { type Dim, mulDims, productOf, sameDim } from '../../ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { indexNeeds, indicesOf, strideAlong, weight } from '../../kernel/expressions.js';
import { linearForm } from '../../kernel/index-math.js';
import type { Store } from '../../kernel/kernel.js';
import type { Block } from './block.js';
import type { Printer } from './printer.js';
import { atom, numberText } from './text.js';

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

/** Axes with the greatest stride of `index` outermost, so that memory is walked in order; of two with the same stride the shorter. */
export function byStride(axes: readonly Axis[], index: IndexExpr): Axis[] {
  return [...axes].sort((a, b) => {
    const [x, y] = [strideAlong(index, a), strideAlong(index, b)];
    if (x !== y) return y > x ? 1 : -1;
    return typeof a.size === 'number' && typeof b.size === 'number' ? a.size - b.size : 0;
  });
}
