import { type Dim, mulDims, namedDim, productOf } from '../../ir/dim.js';
import type { Axis, IndexExpr } from '../../kernel/expr.js';
import { add, axisIndex, mul } from '../../kernel/index-math.js';
import { bindAxes } from './loops.js';
import type { Printer } from './printer.js';
import { atom, binary, call, numberText } from './text.js';

/**
 * How a group of axes is cut into blocks of a bounded number of points: `single` axes are walked one by one, the `cut` axis in
 * chunks, and `whole` axes lie inside a block. So no index of a point is ever divided.
 */
export interface Chunks {
  readonly single: readonly Axis[];
  readonly cut?: { readonly axis: Axis; readonly length: number; readonly start: Axis; readonly local: Axis };
  readonly whole: readonly Axis[];
  /** The most points of a block. */
  readonly most: number;
  /** Points of a block at run time. */
  readonly count: Dim;
  /** Axes of a block in order: the cut axis's local one, then the whole ones. */
  readonly inside: readonly Axis[];
  /** Row-major position in the block. */
  readonly position: IndexExpr;
  /** Whether one block holds everything. */
  readonly isAll: boolean;
}

/** Cuts `axes` so that a block holds at most `capacity` points (at least 1); chunks are of even length and multiples of `unit` if they can be. */
export function cutAxes(axes: readonly Axis[], capacity: number, unit: number, name: string): Chunks {
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
  const inside = productOf(whole.map(({ size }) => size));
  const axis = real[first - 1];
  const length = axis === undefined ? 1 : chunkLength(axis.size, Math.floor(capacity / points), whole.length === 0 ? unit : 1);
  if (axis === undefined || length <= 1) return describe({ single: real.slice(0, first), whole, most: points }, inside);
  const exact = typeof axis.size === 'number' && axis.size % length === 0;
  const localSize = exact ? length : namedDim(`local$${name}`);
  const start: Axis = { name: `${axis.name}Start`, size: axis.size };
  const local: Axis = { name: axis.name, size: localSize };
  return describe(
    { single: real.slice(0, first - 1), cut: { axis, length, start, local }, whole, most: length * points },
    mulDims(localSize, inside),
  );
}

function chunkLength(size: Dim, most: number, unit: number): number {
  if (typeof size !== 'number') return most >= unit ? most - (most % unit) : most;
  const even = Math.ceil(size / Math.ceil(size / most));
  const rounded = Math.ceil(even / unit) * unit;
  return rounded <= most ? rounded : even;
}

function describe(parts: Pick<Chunks, 'single' | 'cut' | 'whole' | 'most'>, count: Dim): Chunks {
  const inside = parts.cut ? [parts.cut.local, ...parts.whole] : parts.whole;
  let position: IndexExpr = { kind: 'number', value: 0 };
  for (const axis of inside) position = add(mul(position, axis.size), axisIndex(axis));
  return { ...parts, count, inside, position, isAll: parts.single.length === 0 && parts.cut === undefined };
}

/** What the axes are inside the loops of `runChunks`. */
export function chunkAxes({ cut }: Chunks): [Axis, IndexExpr][] {
  return cut ? [[cut.axis, add(axisIndex(cut.start), axisIndex(cut.local))]] : [];
}

/** Runs `body` once for each block. */
export function runChunks(printer: Printer, { single, cut }: Pick<Chunks, 'single' | 'cut'>, body: () => void): void {
  const [axis, ...rest] = single;
  if (axis !== undefined) {
    const bound = printer.dim(axis.size);
    printer.nested('loop', (block) => {
      const name = printer.fresh(axis.name);
      bindAxes(block, [axis], name, 0);
      runChunks(printer, { single: rest, ...(cut && { cut }) }, body);
      return `for (let ${name} = 0; ${name} < ${bound.code}; ${name}++)`;
    });
    return;
  }
  if (cut === undefined) {
    body();
    return;
  }
  const bound = printer.dim(cut.axis.size);
  printer.nested('loop', (block) => {
    const name = printer.fresh(cut.start.name);
    bindAxes(block, [cut.start], name, 0);
    if (typeof cut.local.size !== 'number') {
      const rest = call('Math.min', numberText(cut.length), binary(bound, '-', atom(name)));
      printer.localDim(localName(cut.local.size), printer.constant(`${cut.axis.name}Count`, rest));
    }
    body();
    return `for (let ${name} = 0; ${name} < ${bound.code}; ${name} += ${cut.length})`;
  });
}

function localName(size: Dim): string {
  return String(size).replace(/^local\$/, '');
}
