import { type Dim, floorDivDims, modDims, mulDims } from '../../ir/dim.js';
import type { Axis, IndexExpr } from '../../kernel/expr.js';
import { add, axisIndex, mul } from '../../kernel/index-math.js';
import { eights, type InPlace } from './contract-plan.js';
import type { Loop } from './loops.js';
import type { Partition } from './tiles.js';

/** Tiles of one shape along a side: loops over them, and what the axes are where a tile begins. */
export interface Piece {
  readonly loops: readonly Loop[];
  readonly at: readonly (readonly [Axis, IndexExpr])[];
  /** Rows, columns or vectors of the tile. */
  readonly count: number;
  /** Elements between the two vectors of a tile that do not follow each other along the axis given. */
  readonly apart?: { readonly axis: Axis; readonly elements: number };
}

const zero: IndexExpr = { kind: 'number', value: 0 };

export const indexOf = (dim: Dim): IndexExpr => (typeof dim === 'number' ? { kind: 'number', value: dim } : { kind: 'size', dim });

const loopOver = (axis: Axis): Loop => ({ axes: [axis], size: axis.size });

/** Tiles of a piece's count each, `turns` of them from `start` on. */
function along(axis: Axis, turns: Dim, count: number, start: Dim, step = count): Piece {
  if (turns === 1) return { loops: [], at: [[axis, indexOf(start)]], count };
  const tile: Axis = { name: `${axis.name}Tile`, size: turns };
  return { loops: [loopOver(tile)], at: [[axis, add(mul(axisIndex(tile), step), indexOf(start))]], count };
}

/** The tiles along `axes`, which run over `axis` in tiles and over the others one by one. */
export function pieces(axes: readonly Axis[], axis: Axis | undefined, { main, rest }: Partition): Piece[] {
  const others = axes.filter((other) => other !== axis).map(loopOver);
  if (axis === undefined) return [{ loops: others, at: [], count: 1 }];
  const full = floorDivDims(axis.size, main);
  const start = mulDims(full, main);
  const found: Piece[] = [];
  if (full !== 0) found.push(along(axis, full, main, zeroDim));
  if (rest === 'many') found.push(along(axis, modDims(axis.size, main), 1, start));
  else if (rest > 0) found.push(along(axis, 1, rest, start));
  return found.map((piece) => ({ ...piece, loops: [...others, ...piece.loops] }));
}

const zeroDim: Dim = 0;

/** The vectors of columns that are read in place, two at a time or one. */
export function placePieces(axes: readonly Axis[], { lanes, pair }: InPlace): Piece[] {
  const others = axes.filter((axis) => axis !== lanes && axis !== pair).map(loopOver);
  const size = lanes.size as number;
  const found: Piece[] = [];
  if (lanes === pair) {
    const { pairs, rest } = eights(size);
    if (pairs > 0) found.push({ ...along(lanes, pairs, 2, 0, 8), apart: { axis: lanes, elements: 4 } });
    if (rest === 'single') found.push(along(lanes, 1, 1, size - 4));
    if (rest === 'pair')
      found.push({ ...along(lanes, 1, 2, Math.max(0, size - 8)), apart: { axis: lanes, elements: Math.min(4, size - 4) } });
  } else {
    const depth = pair.size as number;
    const vectors =
      size % 4 === 0 ? [along(lanes, size / 4, 1, 0, 4)] : [along(lanes, Math.floor(size / 4), 1, 0, 4), along(lanes, 1, 1, size - 4)];
    const deep = [
      { ...along(pair, depth >> 1, 2, 0), apart: { axis: pair, elements: 1 } },
      ...(depth % 2 === 1 ? [along(pair, 1, 1, depth - 1)] : []),
    ];
    for (const two of deep)
      for (const vector of vectors) found.push({ ...two, loops: [...two.loops, ...vector.loops], at: [...two.at, ...vector.at] });
  }
  return found.map((piece) => ({ ...piece, loops: [...others, ...piece.loops] }));
}

/** Everything begins at its first point. */
export const atZero = (axes: readonly Axis[]): [Axis, IndexExpr][] => axes.map((axis) => [axis, zero]);
