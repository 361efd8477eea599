import { addDims, type Dim, exactDiv, floorDivDims } from '../../ir/dim.js';
import type { AxisBinding } from './block.js';
import type { Active } from './conditions.js';
import { bindAxes, type Loop, nameOf } from './loops.js';
import type { Printer } from './printer.js';
import { i32, operation, type Text, times } from './text.js';

/** Four turns of a loop: where the first one is, and how many of them count. */
export interface Vector {
  readonly binding: AxisBinding;
  readonly active: Active;
}

export interface LaneOptions {
  /** A part of the loop: from a multiple of the vectors of a turn to `end`, and not empty. */
  readonly part?: { readonly start: Text; readonly end: Text };
  /** Whether computing something a second time does no harm: the last vector may then overlap with the one before. */
  readonly isRepeatable: boolean;
  /** Vectors that a turn of the loop takes. */
  readonly ways: number;
  /** Whether every vector of a turn has something of its own, so that a turn of fewer is a case of its own. */
  readonly isEven?: boolean;
}

/** At most so many vectors are written out rather than looped over. */
const writtenOut = 8;

/** Prints `body` for one vector: the axes of `loop` are its four turns there. */
export function atVector(printer: Printer, { axes }: Loop, { binding, active }: Vector, body: () => void): void {
  printer.copy(
    (block) => bindAxes(block, axes, { ...binding, lanes: true }),
    () => printer.where(active, body),
  );
}

const everything: Active = { kind: 'all' };

/**
 * Runs a loop in vectors of four turns, some of them at once: `body` gets those of one turn. The rest of one to three turns is a vector of
 * its own, of which only the first lanes count, or which overlaps with the one before.
 */
export function runLanes(printer: Printer, loop: Loop, options: LaneOptions, body: (vectors: readonly Vector[]) => void): void {
  if (typeof loop.size === 'number' && options.part === undefined) runKnown(printer, loop, loop.size, options, body);
  else runUnknown(printer, loop, options, body);
}

const vectorsAt = (at: AxisBinding['at'], count: number, first = 0): Vector[] =>
  [...Array(count).keys()].map((i) => ({ binding: { at, offset: first + 4 * i }, active: everything }));

function rest(size: number, isRepeatable: boolean): Vector[] {
  if (size % 4 === 0) return [];
  if (isRepeatable && size > 4) return vectorsAt(i32(0), 1, size - 4);
  return [{ binding: { at: i32(0), offset: size - (size % 4) }, active: { kind: 'first', count: i32(size % 4) } }];
}

function runKnown(
  printer: Printer,
  loop: Loop,
  size: number,
  { isRepeatable, ways }: LaneOptions,
  body: (vectors: readonly Vector[]) => void,
): void {
  const count = Math.floor(size / 4);
  const last = rest(size, isRepeatable);
  if (count + last.length <= Math.max(ways, printer.isInLoop ? Math.min(writtenOut, 2 * ways) : 1)) {
    const vectors = [...vectorsAt(i32(0), count), ...last];
    for (let first = 0; first < vectors.length; first += ways) body(vectors.slice(first, first + ways));
    return;
  }
  const turns = Math.floor(count / ways);
  if (turns === 1) body(vectorsAt(i32(0), ways));
  else {
    const range = { start: i32(0), end: i32(4 * ways * turns), step: 4 * ways, sure: true };
    printer.loop(nameOf(loop), range, (running) => body(vectorsAt(running, ways)));
  }
  const others = [...vectorsAt(i32(0), count % ways, 4 * ways * turns), ...last];
  for (let first = 0; first < others.length; first += ways) body(others.slice(first, first + ways));
}

/** The end is known at run time only: turns of `ways` vectors, then of one, then what is left. */
function runUnknown(printer: Printer, loop: Loop, { part, ways }: LaneOptions, body: (vectors: readonly Vector[]) => void): void {
  const size = printer.dim(loop.size);
  const end = part?.end ?? size;
  let start = part?.start ?? i32(0);
  const isEven = (unit: number): boolean => exactDiv(loop.size, unit) !== undefined;
  for (const vectors of ways > 1 ? [ways, 1] : [1]) {
    const unit = 4 * vectors;
    const full = isEven(unit) ? end : printer.constant('full', roundedDown(end, unit));
    const sure = part !== undefined && start === part.start && full === end;
    printer.loop(nameOf(loop), { start, end: full, step: unit, sure }, (running) => body(vectorsAt(running, vectors)));
    if (isEven(unit)) return;
    start = full;
  }
  const count = operation('i32', 'i32.and', end, i32(3));
  printer.choice(count, () => {
    const known = size.number === undefined ? printer.constant('rest', count) : i32(size.number % 4);
    body([{ binding: { at: start, offset: 0 }, active: { kind: 'first', count: known } }]);
  });
}

function roundedDown(end: Text, unit: number): Text {
  return operation('i32', 'i32.and', end, i32(-unit));
}

/** Runs `body` for the part of a loop that a range of grains of `grain` turns is, if that is not empty; for all of it when it is but one grain. */
export function runGrains(printer: Printer, size: Dim, grain: number, body: (part: LaneOptions['part']) => void): void {
  if (typeof size === 'number' && size <= grain) {
    body(undefined);
    return;
  }
  const { start, end } = printer.grains(floorDivDims(addDims(size, grain - 1), grain));
  const last = printer.constant('last', times(end, i32(grain)));
  const all = printer.dim(size);
  const bounded = operation('i32', 'select', last, all, operation('i32', 'i32.lt_s', last, all));
  const part = { start: printer.constant('first', times(start, i32(grain))), end: printer.constant('last', bounded) };
  printer.choice(operation('i32', 'i32.lt_s', part.start, part.end), () => body(part));
}
