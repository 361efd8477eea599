import type { Axis, IndexExpr } from '../../kernel/expr.js';
import { Substitution } from '../../kernel/expressions.js';
import { add, mul } from '../../kernel/index-math.js';
import type { ContractPart } from '../../kernel/kernel.js';
import {
  type Blocks,
  blockAxes,
  cutAxes,
  enoughGrains,
  inTurns,
  outerGrains,
  pointsOf,
  rowMajor,
  sharedGrains,
} from './contract-blocks.js';
import { type InPlace, isTurned, type Plan, typical } from './contract-plan.js';
import { type Loop, mergeAxes } from './loops.js';
import { chainLimit, depthLimit, panelLimit, sumsLimit } from './tiles.js';

/** Panels of eight columns: those along `lanes`, for each point of `outer`. */
export interface Panels {
  readonly outer: readonly Loop[];
  readonly lanes: Loop | undefined;
  /** Panels along `lanes`, at most. */
  readonly along: number;
  readonly count: number;
  /** Points of the reduced axes that a panel has room for. */
  readonly depth: number;
  /** Whether they hold all of the reduced axes, and serve every block of rows. */
  readonly isAll: boolean;
}

/** How a contraction is cut into blocks, and what lies where in scratch. */
export interface Layout {
  readonly depth: Blocks;
  readonly rows: Blocks;
  readonly columns: Blocks;
  readonly place: InPlace | undefined;
  readonly panels: Panels | undefined;
  /** Whether the sums are added up block by block. */
  readonly adds: boolean;
  /** Positions of a row and of a column among the sums, which have `width` columns. */
  readonly column: IndexExpr;
  readonly width: number;
  /** The results are needed with neighbouring rows side by side: columns of `height` rows. */
  readonly isTurned: boolean;
  readonly height: number;
  /** What the axes of the part are in terms of the blocks' axes; those of the columns alone. */
  readonly axes: ReadonlyMap<Axis, IndexExpr>;
  readonly columnAxes: readonly (readonly [Axis, IndexExpr])[];
  readonly moved: Substitution;
}

/** Tiles have six rows, four or two. */
const rowUnits = [12, 4, 2] as const;

const roundUp = (n: number, unit: number): number => Math.ceil(n / unit) * unit;
const roundDown = (n: number, unit: number): number => n - (n % unit);

export function layOut(part: ContractPart, plan: Plan): Layout {
  const place = plan.form === 'outer' ? plan.place : undefined;
  const placed = plan.form === 'dot' || place !== undefined ? placedLayout(part, plan, place) : undefined;
  return placed ?? panelLayout(part, plan);
}

/** The reduced axes with the one that lies in the lanes last. */
function reduced(part: ContractPart, plan: Plan): Axis[] {
  if (plan.form === 'outer') return [...part.k];
  return [...part.k.filter((axis) => axis !== plan.lanes), plan.lanes];
}

/** Operands in place; undefined where blocks cut the lanes. */
function placedLayout(part: ContractPart, plan: Plan, place: InPlace | undefined): Layout | undefined {
  const depth = cutAxes(reduced(part, plan), chainLimit, [8], 'depth');
  const rowPoints = pointsOf(plan.rows.axes);
  const fewest = Math.max(1, Math.min(64, typeof rowPoints === 'number' ? rowPoints : 32));
  const room = plan.form === 'dot' ? Math.max(16, panelLimit / 2 / depth.most) : sumsLimit;
  const capacity = Math.floor(Math.min(room, sumsLimit / fewest));
  const usual = cutAxes(plan.columns.axes, capacity, [8], 'columns');
  const rows = sharedRows(cutAxes(plan.rows.axes, Math.max(1, Math.floor(sumsLimit / roundUp(usual.most, 4))), rowUnits, 'rows'));
  // Dots of six columns are the fastest.
  const fine = cutAxes(plan.columns.axes, finer(part, plan, usual, rows), plan.form === 'dot' ? [12] : [8], 'columns');
  const isPlaced = (columns: Blocks): boolean => {
    const inside = place && placeInside(columns, place);
    return place === undefined || (inside !== undefined && (depth.isAll || (inside.lanes.size as number) % 4 === 0));
  };
  if (!isPlaced(usual)) return undefined;
  const even = isEven(fine) && fine.most >= 8 && isPlaced(fine) ? fine : usual;
  const columns = plan.form === 'dot' && sharedGrains(even, rows, typical).count === 1 ? (inTurns(even, 'columns') ?? even) : even;
  const inside = place && placeInside(columns, place);
  const width = roundUp(columns.most, 4);
  // Lanes are neighbours among the sums, too, wherever their axis stands.
  const column =
    inside === undefined ? columns.position : rowMajor([...columns.inside.filter((axis) => axis !== inside.lanes), inside.lanes]);
  return complete(part, plan, { depth, rows, columns, place: inside, panels: undefined, column, width });
}

/** A block of all rows can be shared, too, where they are turns of several axes. */
const sharedRows = (rows: Blocks): Blocks => inTurns(rows, 'rows') ?? rows;

/** Whether all blocks are of one length in whole vectors. */
const isEven = ({ cut }: Blocks): boolean => cut !== undefined && cut.local.size === cut.length && cut.length % 4 === 0;

/** Fewer operations than this are no piece for a thread of its own. */
const grainWork = 1 << 16;

/** The most columns of a block for as many grains as threads need, if there is work for them. */
function finer(part: ContractPart, plan: Plan, columns: Blocks, rows: Blocks): number {
  const batch = typical(pointsOf(part.batch));
  const wanted = Math.min(enoughGrains, Math.floor((2 * typical(pointsOf([...part.batch, ...part.m, ...part.n, ...part.k]))) / grainWork));
  const points = pointsOf(plan.columns.axes);
  if (typeof points !== 'number' || batch * typical(sharedGrains(columns, rows, typical).count) >= wanted) return columns.most;
  return Math.min(columns.most, Math.floor(points / Math.ceil(wanted / (batch * typical(outerGrains(rows))))));
}

/** The axes of a block that the lanes and their pairs lie along. */
function placeInside({ cut, inside }: Blocks, { lanes, pair }: InPlace): InPlace | undefined {
  const local = (axis: Axis): Axis => (cut?.axis === axis ? cut.local : axis);
  const [own, other] = [local(lanes), local(pair)];
  const isHere = (axis: Axis): boolean => inside.includes(axis) && typeof axis.size === 'number';
  if (!isHere(own) || (own.size as number) < 4 || (own !== lanes && (own.size as number) % 4 !== 0)) return undefined;
  return { lanes: own, pair: isHere(other) && (other.size as number) > 1 ? other : own };
}

function panelLayout(part: ContractPart, plan: Plan): Layout {
  const depth = cutAxes(part.k, depthLimit, [8], 'depth');
  const all = pointsOf(part.k);
  const isAll = typeof all === 'number' && all * 8 <= panelLimit;
  const room = isAll ? Math.max(1, all) : depth.most;
  // Where panels are packed for each block of rows, blocks are large.
  const cutRows = (width: number): Blocks =>
    sharedRows(cutAxes(plan.rows.axes, Math.max(1, Math.floor(((isAll ? 1 : 4) * sumsLimit) / width)), rowUnits, 'rows'));
  const cutColumns = (most: number): Blocks => cutAxes(plan.columns.axes, Math.max(8, most), [8], 'columns');
  const usual = cutColumns(Math.min(128, roundDown(panelLimit / room, 8)));
  const rows = cutRows(roundUp(usual.most, 8));
  const columns = cutColumns(roundDown(finer(part, plan, usual, rows), 8));
  const moved = new Substitution(new Map(blockAxes(columns)));
  const groups = mergeAxes(columns.inside, [moved.index(plan.columns.index)]);
  const [outer, lanes] = [groups.slice(0, -1), groups.at(-1)];
  const most = lanes === undefined ? 1 : mostOf(columns, lanes);
  const along = Math.max(1, Math.ceil(most / 8));
  const count = along * Math.max(1, Math.ceil(columns.most / Math.max(1, most)));
  const panels: Panels = { outer, lanes, along, count, depth: room, isAll };
  const width = count * 8;
  const outside = outer.flatMap(({ axes }) => axes);
  const column = add(mul(rowMajor(outside), along * 8), rowMajor(lanes?.axes ?? []));
  return complete(part, plan, { depth, rows, columns, place: undefined, panels, column, width });
}

/** The most points that a loop of a block runs over. */
function mostOf({ cut, most }: Blocks, { axes, size }: Loop): number {
  if (typeof size === 'number') return size;
  return axes.reduce((points, axis) => points * (axis === cut?.local ? cut.length : (axis.size as number)), 1) || most;
}

function complete(
  part: ContractPart,
  plan: Plan,
  own: Omit<Layout, 'adds' | 'isTurned' | 'height' | 'moved' | 'axes' | 'columnAxes'>,
): Layout {
  const { depth, rows, columns } = own;
  const columnAxes = blockAxes(columns);
  const axes = new Map([...blockAxes(depth), ...columnAxes, ...blockAxes(rows)]);
  return {
    ...own,
    adds: !depth.isAll,
    isTurned: isTurned(part, plan.rows, plan.columns),
    height: roundUp(rows.most, 4),
    axes,
    columnAxes,
    moved: new Substitution(axes),
  };
}

/** Bytes of the sums; turned ones need them twice where tiles do not write them that way. */
export const sumsBytes = ({ height, width }: Layout): number => height * roundUp(width, 4) * 4;

export const panelBytes = ({ panels }: Layout): number => (panels ? panels.count * panels.depth * 32 : 0);
