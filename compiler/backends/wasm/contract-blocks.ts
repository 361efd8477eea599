import { addDims, type Dim, floorDivDims, mulDims, namedDim, productOf } from '../../ir/dim.js';
import type { Axis, IndexExpr } from '../../kernel/expr.js';
import { add, axisIndex, mul } from '../../kernel/index-math.js';
import { runLoops } from './loops.js';
import type { Printer } from './printer.js';
import { i32, minus, operation, plus, type Text, times } from './text.js';

/**
 * How a group of axes is cut into blocks of a bounded number of points: `single` axes are walked one by one, the `cut` axis in
 * stretches, and `whole` axes lie inside a block. So no index of a point is ever divided.
 */
export interface Blocks {
  readonly single: readonly Axis[];
  /** `grain`: stretches may begin and end at its multiples. */
  readonly cut?: { readonly axis: Axis; readonly length: number; readonly start: Axis; readonly local: Axis; readonly grain: number };
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

/** So many grains keep a few threads about equally busy. */
export const enoughGrains = 8;

/**
 * Cuts `axes` so that a block holds at most `capacity` points (at least 1); stretches are of one length, which is a multiple of one of the
 * `units`, the first one if it can be.
 */
export function cutAxes(axes: readonly Axis[], capacity: number, units: readonly [number, ...number[]], name: string): Blocks {
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
  const length = axis === undefined || isEnough ? 1 : stretch(axis.size, Math.floor(capacity / points), whole.length === 0 ? units : [1]);
  if (axis === undefined || length <= 1) return describe({ single: real.slice(0, first), whole, most: points });
  const exact = typeof axis.size === 'number' && axis.size % length === 0;
  const local: Axis = { name: axis.name, size: exact ? length : namedDim(`local$${name}`) };
  const grain = exact ? length : whole.length > 0 ? 1 : length % units[0] === 0 ? units[0] : length;
  const cut = { axis, length, start: startOf(axis), local, grain };
  return describe({ single: real.slice(0, first - 1), cut, whole, most: length * points });
}

const startOf = (axis: Axis): Axis => ({ name: `${axis.name}Start`, size: axis.size });

function stretch(size: Dim, most: number, units: readonly [number, ...number[]]): number {
  const [unit] = units;
  if (typeof size !== 'number') return most >= unit ? most - (most % unit) : most;
  const even = Math.ceil(size / Math.ceil(size / most));
  // All of one length, which is then known: that is worth some more of them.
  for (const one of units) {
    for (let length = most - (most % one); 3 * length >= 2 * even; length -= one) if (size % length === 0) return length;
  }
  const rounded = Math.ceil(even / unit) * unit;
  return rounded <= most ? rounded : even;
}

/** The same block of everything, of which threads may each take some turns of the outermost axis; undefined if that is the only one. */
export function inTurns({ isAll, whole, most }: Blocks, name: string): Blocks | undefined {
  const [axis, ...others] = whole;
  if (!isAll || axis === undefined || others.length === 0 || typeof axis.size !== 'number') return undefined;
  const cut = { axis, length: axis.size, start: startOf(axis), local: { name: axis.name, size: namedDim(`local$${name}`) }, grain: 1 };
  return describe({ single: [], cut, whole: others, most });
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
export function outerTurns({ single, cut }: Blocks): Dim {
  return single[0]?.size ?? (cut ? ceilDiv(cut.axis.size, cut.length) : 1);
}

/** The number of pieces into which that loop may be divided. */
export function outerGrains({ single, cut }: Blocks): Dim {
  return single[0]?.size ?? (cut ? ceilDiv(cut.axis.size, cut.grain) : 1);
}

const ceilDiv = (size: Dim, unit: number): Dim => floorDivDims(addDims(size, unit - 1), unit);

/** Points of all blocks. */
export const pointsOf = (axes: readonly Axis[]): Dim => productOf(axes.map(({ size }) => size));

/** Some of the outermost loop's turns, or of its grains. */
export interface Part {
  readonly start: Text;
  readonly end: Text;
}

/** Runs `body` once for each block, with the number of the outermost loop's turn; `part`: only for those grains, which are turns unless stretches are cut. */
export function runBlocks(printer: Printer, blocks: Pick<Blocks, 'single' | 'cut'>, body: (turn: Text) => void, part?: Part): void {
  const { single, cut } = blocks;
  const [first] = single;
  const inner = (own?: Part): void => {
    if (cut === undefined) {
      body(first ? printer.index(axisIndex(first)) : i32(0));
      return;
    }
    const bound = printer.dim(cut.axis.size);
    const grain = i32(cut.grain);
    const start = own ? printer.constant('start', times(own.start, grain)) : i32(0);
    const end = own ? printer.constant('end', lesser(printer, times(own.end, grain), bound)) : bound;
    const sure = own === undefined && bound.number !== undefined && bound.number > 0;
    printer.loop(cut.start.name, { start, end, step: cut.length, sure }, (running) => {
      running.block.bind(cut.start, { at: running, offset: 0 });
      const at = axisIndex(cut.start);
      if (typeof cut.local.size !== 'number') {
        printer.localDim(
          String(cut.local.size).replace(/^local\$/, ''),
          printer.constant(`${cut.axis.name}Count`, lesser(printer, minus(end, printer.index(at)), i32(cut.length))),
        );
      }
      body(first ? printer.index(axisIndex(first)) : operation('i32', 'i32.div_u', printer.index(at), i32(cut.length)));
    });
  };
  const loops = single.map((axis) => ({ axes: [axis], size: axis.size }));
  if (loops.length === 0) inner(part);
  else runLoops(printer, loops, () => inner(), part && { ...part, step: 1, sure: false });
}

/** Which blocks, and which grains of a block of the inner loop, a thread takes. */
export interface Share {
  readonly outer: Part | undefined;
  inner(turn: Text): Part | undefined;
}

/** How many grains `shareBlocks` makes: those of the outer loop, or each of its turns in as many pieces as the inner loop has grains. */
export function sharedGrains(outer: Blocks, inner: Blocks, typical: (size: Dim) => number): { count: Dim; isOuter: boolean } {
  const [alone, both] = [outerGrains(outer), mulDims(outerTurns(outer), outerGrains(inner))];
  const isOuter = typical(alone) > typical(both);
  return { count: isOuter ? alone : both, isOuter };
}

/** Makes grains of blocks of `outer`, within each of which run the blocks of `inner`. */
export function shareBlocks(printer: Printer, outer: Blocks, inner: Blocks, typical: (size: Dim) => number): Share {
  const { count, isOuter } = sharedGrains(outer, inner, typical);
  const range = printer.grains(count);
  const pieces = outerGrains(inner);
  if (isOuter || pieces === 1) return { outer: range, inner: () => undefined };
  if (outerTurns(outer) === 1) return { outer: undefined, inner: () => range };
  const each = printer.dim(pieces);
  // Of no rows there are no grains.
  const divisor = each.number !== undefined ? each : printer.constant('pieces', plus(each, operation('i32', 'i32.eqz', each)));
  const [from, to] = [range.start, range.end];
  const last = plus(to, minus(divisor, i32(1)));
  // Blocks of the outer loop are not cut: in grains of that loop alone, a block is several.
  const { single, cut } = outer;
  const block = (name: string, piece: Text): Text =>
    printer.constant(
      name,
      times(operation('i32', 'i32.div_u', piece, divisor), i32(single.length === 0 && cut ? cut.length / cut.grain : 1)),
    );
  return {
    outer: { start: block('firstBlock', from), end: block('lastBlock', last) },
    inner: (turn) => {
      const before = printer.constant('before', times(turn, each));
      const [first, end] = [printer.constant('first', minus(from, before)), minus(to, before)];
      const start = operation('i32', 'select', first, i32(0), operation('i32', 'i32.gt_s', first, i32(0)));
      return { start: printer.constant('start', start), end: printer.constant('end', lesser(printer, end, each)) };
    },
  };
}

function lesser(printer: Printer, given: Text, other: Text): Text {
  const text = printer.constant('most', given);
  return operation('i32', 'select', text, other, operation('i32', 'i32.lt_s', text, other));
}
