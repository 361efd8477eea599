import { addDims, type Dim, floorDivDims, namedDim, productOf } from '../../ir/dim.js';
import type { Axis, IndexExpr } from '../../kernel/expr.js';
import { add, axisIndex, mul } from '../../kernel/index-math.js';
import { runLoops } from './loops.js';
import type { Printer } from './printer.js';
import { i32, minus, operation, type Text, times } from './text.js';

/**
 * How a group of axes is cut into blocks of a bounded number of points: `single` axes are walked one by one, the `cut` axis in
 * stretches, and `whole` axes lie inside a block. So no index of a point is ever divided.
 */
export interface Blocks {
  readonly single: readonly Axis[];
  readonly cut?: { readonly axis: Axis; readonly length: number; readonly start: Axis; readonly local: Axis };
  readonly whole: readonly Axis[];
  /** The most points of a block. */
  readonly most: number;
  /** Axes of a block in order: the cut axis's local one, then the whole ones. */
  readonly inside: readonly Axis[];
  /** Row-major position in the block. */
  readonly position: IndexExpr;
  /** Whether one block holds everything. */
  readonly isAll: boolean;
}

/** A block of so many points needs no more of them from an axis whose size is only known at run time: all its loops have known ends then. */
const enough = 64;

/** Cuts `axes` so that a block holds at most `capacity` points (at least 1); stretches are of even length and multiples of `unit` if they can be. */
export function cutAxes(axes: readonly Axis[], capacity: number, unit: number, name: string): Blocks {
  const real = axes.filter((axis) => axis.size !== 1);
  let points = 1;
  let first = real.length;
  while (first > 0) {
    const { size } = real[first - 1]!;
    if (typeof size !== 'number' || points * Math.max(size, 1) > capacity) break;
    points *= Math.max(size, 1);
    first--;
  }
  const whole = real.slice(first);
  const axis = real[first - 1];
  const isEnough = axis !== undefined && typeof axis.size !== 'number' && points >= enough;
  const length = axis === undefined || isEnough ? 1 : stretch(axis.size, Math.floor(capacity / points), whole.length === 0 ? unit : 1);
  if (axis === undefined || length <= 1) return describe({ single: real.slice(0, first), whole, most: points });
  const exact = typeof axis.size === 'number' && axis.size % length === 0;
  const start: Axis = { name: `${axis.name}Start`, size: axis.size };
  const local: Axis = { name: axis.name, size: exact ? length : namedDim(`local$${name}`) };
  return describe({ single: real.slice(0, first - 1), cut: { axis, length, start, local }, whole, most: length * points });
}

function stretch(size: Dim, most: number, unit: number): number {
  if (typeof size !== 'number') return most >= unit ? most - (most % unit) : most;
  const even = Math.ceil(size / Math.ceil(size / most));
  const rounded = Math.ceil(even / unit) * unit;
  return rounded <= most ? rounded : even;
}

function describe(parts: Pick<Blocks, 'single' | 'cut' | 'whole' | 'most'>): Blocks {
  const inside = parts.cut ? [parts.cut.local, ...parts.whole] : parts.whole;
  return { ...parts, inside, position: rowMajor(inside), isAll: parts.single.length === 0 && parts.cut === undefined };
}

export function rowMajor(axes: readonly Axis[]): IndexExpr {
  let position: IndexExpr = { kind: 'number', value: 0 };
  for (const axis of axes) position = add(mul(position, axis.size), axisIndex(axis));
  return position;
}

/** What the axes are inside the loops of `runBlocks`. */
export function blockAxes({ cut }: Blocks): [Axis, IndexExpr][] {
  return cut ? [[cut.axis, add(axisIndex(cut.start), axisIndex(cut.local))]] : [];
}

/** The number of turns of the outermost loop of `runBlocks`. */
export function outerTurns({ single, cut }: Blocks): Dim | undefined {
  if (single.length > 0) return single[0]!.size;
  return cut && floorDivDims(addDims(cut.axis.size, cut.length - 1), cut.length);
}

/** Points of all blocks. */
export const pointsOf = (axes: readonly Axis[]): Dim => productOf(axes.map(({ size }) => size));

/** Runs `body` once for each block; `isSplit`: only for the grains that the kernel is to do, which are the turns of the outermost loop. */
export function runBlocks(printer: Printer, blocks: Pick<Blocks, 'single' | 'cut'>, body: () => void, isSplit = false): void {
  const { single, cut } = blocks;
  const loops = single.map((axis) => ({ axes: [axis], size: axis.size }));
  const range = isSplit ? printer.grains(outerTurns(blocks as Blocks)!) : undefined;
  const inner = (part?: { start: Text; end: Text }): void => {
    if (cut === undefined) {
      body();
      return;
    }
    const bound = printer.dim(cut.axis.size);
    const lengthText = i32(cut.length);
    const start = part ? printer.constant('start', times(part.start, lengthText)) : i32(0);
    const end = part ? printer.constant('end', lesser(printer, times(part.end, lengthText), bound)) : bound;
    const sure = part === undefined && bound.number !== undefined && bound.number > 0;
    printer.loop(cut.start.name, { start, end, step: cut.length, sure }, (running) => {
      running.block.bind(cut.start, { at: running, offset: 0 });
      if (typeof cut.local.size !== 'number') {
        const rest = minus(bound, printer.index(axisIndex(cut.start)));
        printer.localDim(
          String(cut.local.size).replace(/^local\$/, ''),
          printer.constant(`${cut.axis.name}Count`, lesser(printer, rest, lengthText)),
        );
      }
      body();
    });
  };
  if (loops.length === 0) inner(range);
  else runLoops(printer, loops, () => inner(), range);
}

function lesser(printer: Printer, given: Text, other: Text): Text {
  const text = printer.constant('most', given);
  return operation('i32', 'select', text, other, operation('i32', 'i32.lt_s', text, other));
}
