import { addDims, type Dim, floorDivDims, mulDims, productOf, sameDim } from '../../ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { indexNeeds, indicesOf, strideAlong, weight } from '../../kernel/expressions.js';
import { linearForm } from '../../kernel/index-math.js';
import type { Store } from '../../kernel/kernel.js';
import type { AxisBinding, Block, Running } from './block.js';
import type { Range } from './code.js';
import { bestLanes } from './lane-choice.js';
import type { Printer } from './printer.js';
import { i32, operation, type Text, times } from './text.js';

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

const nameOf = ({ axes }: Loop): string => (axes.length === 1 ? axes[0]!.name : 'i');

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

export interface LaneOptions {
  /** A part of the loop: from a multiple of four to `end`. */
  readonly part?: { readonly start: Text; readonly end: Text };
  /** Whether computing something a second time does no harm: the last vector may then overlap with the one before. */
  readonly isRepeatable: boolean;
  /** Vectors that a turn of the loop takes at most. */
  readonly copies?: number;
}

/** Vectors that are written out rather than looped over. */
const writtenOut = 4;

/** Runs a loop four turns at a time, and the rest of one to three turns as first lanes or as a vector that overlaps. */
export function runLanes(printer: Printer, loop: Loop, { part, isRepeatable, copies = 1 }: LaneOptions, body: () => void): void {
  const { size } = loop;
  const at = (binding: Pick<AxisBinding, 'at' | 'offset'>, print: () => void): void =>
    printer.copy((block) => bindAxes(block, loop.axes, { ...binding, lanes: true }), print);
  const first = (count: Text, from: Text): void => at({ at: from, offset: 0 }, () => printer.where({ kind: 'first', count }, body));
  const vectors = (range: Range, unroll: number): void =>
    printer.loop(nameOf(loop), { ...range, step: 4 * unroll }, (running: Running) => {
      for (let copy = 0; copy < unroll; copy++) at({ at: running, offset: 4 * copy }, body);
    });
  if (typeof size !== 'number') {
    const start = part?.start ?? i32(0);
    const end = part ? part.end : printer.dim(size);
    const full = printer.constant('full', operation('i32', 'i32.and', end, i32(-4)));
    vectors({ start, end: full, step: 4, sure: false }, 1);
    const rest = operation('i32', 'i32.and', end, i32(3));
    printer.choice(rest, () => first(printer.constant('rest', rest), full));
    return;
  }
  const rest = size % 4;
  const full = size - rest;
  const tail = (): void => {
    if (isRepeatable && size > 4) at({ at: i32(size - 4), offset: 0 }, body);
    else first(i32(rest), i32(full));
  };
  if (part) {
    const end = rest === 0 ? part.end : printer.constant('full', operation('i32', 'i32.and', part.end, i32(-4)));
    vectors({ start: part.start, end, step: 4, sure: false }, 1);
    if (rest !== 0) printer.choice(operation('i32', 'i32.eq', part.end, i32(size)), tail);
    return;
  }
  const count = full / 4;
  if (count <= (printer.isInLoop ? writtenOut : 2)) {
    for (let vector = 0; vector < count; vector++) at({ at: i32(0), offset: 4 * vector }, body);
  } else {
    const unroll = [4, 3, 2].find((ways) => ways <= copies && count % ways === 0) ?? 1;
    vectors({ start: i32(0), end: i32(full), step: 4, sure: true }, unroll);
  }
  if (rest !== 0) tail();
}

/** How many vectors of a loop that computes `roots` are worth having in one turn. */
export function worthCopies(roots: readonly ScalarExpr[]): number {
  const operations = roots.reduce((sum, root) => sum + 1 + weight(root), 0);
  return Math.max(1, Math.min(4, Math.floor(24 / operations)));
}

/** Elements of a grain of a flat loop. */
const grain = 1024;

/**
 * Loops over `axes` around `stores`, merged where possible, four elements at a time along the axis that suits memory best. `isWhole`: it
 * is all that the kernel does, so that threads may share it.
 */
export function emitNest(printer: Printer, axes: readonly Axis[], stores: readonly Store[], isWhole = false): void {
  const loops = mergeAxes(axes, storeIndices(stores));
  if (loops.some(({ size }) => size === 0)) return;
  const roots = stores.map(({ value }) => value);
  const body = (): void => {
    printer.countUses(
      roots,
      stores.map(({ index }) => index),
    );
    for (const store of stores) printer.store(store);
  };
  const lanes = bestLanes(loops, stores);
  const outer = loops.filter((loop) => loop !== lanes);
  const isRepeatable = !stores.some(({ tensor }) => printer.memory[tensor]!.isRead);
  const options = { isRepeatable, copies: worthCopies(roots) };
  if (lanes && outer.length === 0 && isWhole) {
    const part = flatPart(printer, lanes.size);
    const run = (): void => runLanes(printer, lanes, { ...options, ...(part && { part }) }, body);
    if (part) printer.choice(operation('i32', 'i32.lt_u', part.start, part.end), run);
    else run();
    return;
  }
  const inner = (): void => (lanes ? runLanes(printer, lanes, options, body) : body());
  runLoops(printer, outer, inner, isWhole && outer.length > 0 ? printer.grains(outer[0]!.size) : undefined);
}

/** The part of a flat loop that a range of grains is; nothing where the loop is a grain. */
function flatPart(printer: Printer, size: Dim): LaneOptions['part'] {
  if (typeof size === 'number' && size <= grain) return undefined;
  const { start, end } = printer.grains(floorDivDims(addDims(size, grain - 1), grain));
  const last = times(end, i32(grain));
  const all = printer.dim(size);
  const bounded = operation('i32', 'select', last, all, operation('i32', 'i32.lt_s', last, all));
  return { start: printer.constant('start', times(start, i32(grain))), end: printer.constant('end', bounded) };
}

/** Axes with the greatest stride of `index` outermost, so that memory is walked in order; of two with the same stride the shorter. */
export function byStride(axes: readonly Axis[], index: IndexExpr): Axis[] {
  return [...axes].sort((a, b) => {
    const [x, y] = [strideAlong(index, a), strideAlong(index, b)];
    if (x !== y) return y > x ? 1 : -1;
    return typeof a.size === 'number' && typeof b.size === 'number' ? a.size - b.size : 0;
  });
}
