import { type Dim, dimNames, evaluateDim, productOf } from '../../ir/dim.js';
import type { Axis, IndexExpr } from '../../kernel/expr.js';
import { affineForm } from '../../kernel/index-math.js';
import type { ContractPart } from '../../kernel/kernel.js';
import { mergeAxes } from './loops.js';
import { chainLimit, type Partition, partition, stepTime, unknownSize } from './tiles.js';

/** One side of the product: its own axes, and where its elements lie. */
export interface Side {
  readonly axes: readonly Axis[];
  readonly tensor: number;
  readonly index: IndexExpr;
  readonly strides: ReadonlyMap<Axis, Dim>;
}

/** Vectors of eight columns read where they lie: four or eight neighbours along `lanes`, two vectors that are neighbours along `pair`. */
export interface InPlace {
  readonly lanes: Axis;
  readonly pair: Axis;
}

/** How a contraction is computed. */
export type Plan =
  /** Rows times vectors of columns, which are packed in panels or read in place. */
  | { readonly form: 'outer'; readonly rows: Side; readonly columns: Side; readonly place: InPlace | undefined }
  /** Rows times columns with the axis `lanes`, which is contiguous on both sides, in the lanes. */
  | { readonly form: 'dot'; readonly rows: Side; readonly columns: Side; readonly lanes: Axis };

/** What a size counts as. */
export function typical(size: Dim): number {
  if (typeof size === 'number') return size;
  return evaluateDim(size, new Map([...dimNames(size)].map((name) => [name, unknownSize])));
}

const product = (axes: readonly Axis[]): number => axes.reduce((points, { size }) => points * typical(size), 1);

const known = (size: Dim): number | undefined => (typeof size === 'number' ? size : undefined);

/** The cheapest plan, and what to do where a side turns out to have few points. */
export interface Plans {
  readonly plan: Plan;
  /** Cheaper than the plan where `points` are fewer than `least`: panels would mostly be empty, or be packed for little. */
  readonly few?: { readonly plan: Plan; readonly points: Dim; readonly least: number };
}

/** A panel has eight columns. */
const fewPoints = 8;

/** Plans by estimates of nanoseconds; undefined where an operand is not a float32 tensor read at linear positions. */
export function planContract(part: ContractPart): Plans | undefined {
  const [left, right] = [sideOf(part.m, part.a), sideOf(part.n, part.b)];
  if (left === undefined || right === undefined) return undefined;
  const k = part.k.filter(({ size }) => size !== 1);
  // A side that may have few points: what needs no panels serves these, too, and two plans are twice the code.
  const points = [left, right].map(({ axes }) => productOf(axes.map(({ size }) => size))).find((size) => mayBeFew(size));
  const plans: { plan: Plan; time: number }[] = [];
  for (const [rows, columns] of [
    [left, right],
    [right, left],
  ] as const) {
    const turned = turnTime(part, rows, columns);
    for (const place of [undefined, ...placesOf(columns, k)]) {
      plans.push({ plan: { form: 'outer', rows, columns, place }, time: outerTime(rows, columns, place, k) + turned });
    }
    for (const lanes of k) {
      if (rows.strides.get(lanes) === 1 && columns.strides.get(lanes) === 1) {
        plans.push({
          plan: { form: 'dot', rows, columns, lanes },
          time: dotTime(rows, columns, lanes, k) * (points === undefined ? 1 : 0.8),
        });
      }
    }
  }
  const cheapest = (some: typeof plans): Plan => some.reduce((best, other) => (other.time < best.time ? other : best)).plan;
  const plan = cheapest(plans);
  const dots = plans.filter((other) => other.plan.form === 'dot');
  if (plan.form === 'dot' || plan.place !== undefined || dots.length === 0 || points === undefined) return { plan };
  return { plan, few: { plan: cheapest(dots), points, least: fewPoints } };
}

/** Whether the size is known at run time only, and may then be small. */
const mayBeFew = (size: Dim): boolean => typeof size !== 'number' && evaluateDim(size, ones(size)) < fewPoints;

const ones = (size: Dim): Map<string, number> => new Map([...dimNames(size)].map((name) => [name, 1]));

function sideOf(axes: readonly Axis[], operand: ContractPart['a']): Side | undefined {
  if (operand.kind !== 'load' || operand.dtype !== 'f32') return undefined;
  const form = affineForm(operand.index);
  return form && { axes: axes.filter(({ size }) => size !== 1), tensor: operand.tensor, index: operand.index, strides: form.strides };
}

/** Results whose neighbours in memory are rows are turned round before they are stored. */
function turnTime(part: ContractPart, rows: Side, columns: Side): number {
  return isTurned(part, rows, columns) ? 0.5 * product(rows.axes) * product(columns.axes) : 0;
}

export function isTurned(part: ContractPart, rows: Side, columns: Side): boolean {
  const strides = affineForm(part.stores[0]!.index)?.strides;
  const nearest = (side: Side): number => {
    const own = side.axes.map((axis) => strides?.get(axis)).filter((stride): stride is number => typeof stride === 'number' && stride > 0);
    return Math.min(Number.POSITIVE_INFINITY, ...own);
  };
  return nearest(rows) < nearest(columns);
}

/** The best way to cut rows into tiles of columns' vectors. */
export function rowPartition(
  axes: readonly Axis[],
  time: (n: number) => number,
  limit: number,
): { axis: Axis | undefined; tiles: Partition } {
  let best: { axis: Axis | undefined; tiles: Partition; total: number } | undefined;
  for (const axis of [...axes].reverse()) {
    const tiles = partition(known(axis.size), limit, time);
    // What is left of a size that is not known takes a tile for each row.
    const total = (tiles.time / typical(axis.size)) * product(axes) * (typeof axis.size === 'number' ? 1 : 1.3);
    if (best === undefined || total < best.total * 0.999) best = { axis, tiles, total };
  }
  return best ?? { axis: undefined, tiles: partition(1, 1, time) };
}

const rowsTime = (axes: readonly Axis[], time: (n: number) => number, limit: number): number => {
  const { axis, tiles } = rowPartition(axes, time, limit);
  return axis === undefined ? tiles.time : (tiles.time / Math.max(1, typical(axis.size))) * product(axes);
};

function outerTime(rows: Side, columns: Side, place: InPlace | undefined, k: readonly Axis[]): number {
  const depth = product(k);
  const step = (vectors: number): number => rowsTime(rows.axes, (n) => stepTime('outer', n, vectors), 6);
  const tiles = (count: number): number => count * (product(rows.axes) / 4) * 5;
  if (place === undefined) {
    const groups = mergeAxes(columns.axes, [columns.index]);
    const last = typical(groups.at(-1)?.size ?? 1);
    const panels = Math.ceil(last / 8) * (product(columns.axes) / Math.max(1, last));
    const packed = panels * 8 * depth * (isNear(columns, k) ? 0.35 : 1.2);
    return depth * panels * step(2) + packed + tiles(panels);
  }
  const { pairs, singles } = vectorsInPlace(columns, place);
  const lines = isFar(columns, k, depth) ? (product(columns.axes) * depth * product(rows.axes)) / 64 / 2 : 0;
  return depth * (pairs * step(2) + singles * step(1)) + tiles(pairs + singles) + lines;
}

function dotTime(rows: Side, columns: Side, lanes: Axis, k: readonly Axis[]): number {
  const width = typical(lanes.size);
  const steps = (Math.floor(width / 4) + [0, 1, 1, 2][width % 4]!) * (product(k) / Math.max(1, width));
  const { main } = rowPartition(columns.axes, (n) => stepTime('dot', 2, n), 4).tiles;
  const each = (columnCount: number): number => rowsTime(rows.axes, (n) => stepTime('dot', n, columnCount), 2);
  return steps * each(main) * (product(columns.axes) / main) + product(rows.axes) * product(columns.axes) * 1.2;
}

/** Whether panels are filled by vectors: lanes are neighbours, or points of the reduced axes are. */
function isNear({ axes, strides, index }: Side, k: readonly Axis[]): boolean {
  const inner = mergeAxes(k, [index]).at(-1)?.axes.at(-1);
  return (inner !== undefined && strides.get(inner) === 1) || strides.get(axes.at(-1)!) === 1;
}

/** Whether the points of the reduced axes lie so far apart that they push each other out of the cache. */
function isFar({ strides }: Side, k: readonly Axis[], depth: number): boolean {
  let least = Number.POSITIVE_INFINITY;
  for (const axis of k) {
    const stride = strides.get(axis);
    if (stride !== undefined) least = Math.min(least, Math.abs(typical(stride)));
  }
  if (least === Number.POSITIVE_INFINITY) return false;
  const most = k.some(({ size }) => typeof size !== 'number') ? 4 * depth : depth;
  return most > 12 && ((least * 4) % 1024 === 0 || (most * least > 1 << 16 && least > 64));
}

/** Whether sums of blocks of the reduced axes are added up. */
export function addsBlocks(k: readonly Axis[], limit: number = chainLimit): boolean {
  let points = 1;
  for (const { size } of k) {
    if (typeof size !== 'number') return true;
    points *= size;
  }
  return points > limit;
}

/** The ways in which columns can be read where they lie. */
function placesOf(columns: Side, k: readonly Axis[]): InPlace[] {
  const lanes = columns.axes.find((axis) => columns.strides.get(axis) === 1);
  if (lanes === undefined || typeof lanes.size !== 'number') return [];
  const { size } = lanes;
  // Where sums of several blocks are added, vectors must not overlap.
  const overlaps = !addsBlocks(k);
  if (size < 4 || (size % 4 !== 0 && !overlaps)) return [];
  const pairs = columns.axes.filter((pair) => pair !== lanes && typeof pair.size === 'number' && pair.size >= 2);
  return [lanes, ...pairs].map((pair) => ({ lanes, pair }));
}

/** Vectors taken two at a time and alone. */
function vectorsInPlace(columns: Side, { lanes, pair }: InPlace): { pairs: number; singles: number } {
  const size = lanes.size as number;
  const others = product(columns.axes) / size;
  if (pair !== lanes) {
    const depth = pair.size as number;
    const groups = (Math.ceil(size / 4) * others) / depth;
    return { pairs: groups * Math.floor(depth / 2), singles: groups * (depth % 2) };
  }
  const { pairs, rest } = eights(size);
  return { pairs: (pairs + (rest === 'pair' ? 1 : 0)) * others, singles: rest === 'single' ? others : 0 };
}

/** Pairs of vectors along `size` neighbours; what is left takes one vector or two that end where the neighbours end. */
export function eights(size: number): { pairs: number; rest: 'none' | 'single' | 'pair' } {
  const rest = size % 8;
  return { pairs: Math.floor(size / 8), rest: rest === 0 ? 'none' : rest <= 4 ? 'single' : 'pair' };
}
