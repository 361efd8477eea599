import { type Dim, productOf } from '../../ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { Substitution, strideAlong } from '../../kernel/expressions.js';
import { add, affineForm, axisIndex, mul } from '../../kernel/index-math.js';
import type { ContractPart, Store } from '../../kernel/kernel.js';
import { type Chunks, chunkAxes, cutAxes, runChunks } from './chunks.js';
import { leftSize, rightSize, sumsSize, tileColumns, tileRows } from './contraction-helpers.js';
import { byStride, emitNest, mergeAxes, runLoops } from './loops.js';
import type { Printer } from './printer.js';
import { atom, binary, call, numberText, type Text } from './text.js';

/** Points of the reduced axes that a block takes at once: a tile's rows then stay in the first cache. */
const depthLimit = 256;
/** Columns of a block, more if rows are few. */
const columnLimit = 128;
/** Fewer rows than this do not repay staging the other operand. */
const fewRows = 4;

const roundUp = (n: number, unit: number): number => Math.ceil(n / unit) * unit;

/** A side of the product: its axes, its operand as it is in memory. */
interface Side {
  readonly axes: readonly Axis[];
  readonly operand: ScalarExpr;
}

/** A contraction on one block: both sides are cut, expressions speak of the block's own axes. */
interface Block {
  readonly rows: Chunks;
  readonly columns: Chunks;
  readonly depth: Chunks;
  /** Elements from row to row of a staged panel, and of the sums. */
  readonly stride: number;
  readonly width: number;
  readonly left: ScalarExpr;
  readonly right: ScalarExpr;
  readonly stores: readonly Store[];
}

/**
 * Contractions run block by block: the block's part of each operand is copied into a float64 panel (a convolution's patches are laid
 * out there and nowhere else), `multiply` adds the products of tiles into sums, and the stores read those.
 * A few rows times a matrix (batch 1) read the matrix in place instead.
 */
export function emitContract(printer: Printer, part: ContractPart): void {
  if (part.a.dtype !== 'f32' || part.b.dtype !== 'f32') {
    emitPlain(printer, part);
    return;
  }
  const [rows, columns] = sides(part);
  const block = cutBlock(printer, part, rows, columns);
  const direct = directColumns(part, rows, block);
  const few = isFew(printer, rows.axes);
  runLoops(
    printer,
    part.batch.filter((axis) => axis.size !== 1).map((axis) => ({ axes: [axis], size: axis.size })),
    () => {
      const emit: Emit = { printer, block, direct: few === 'never' ? undefined : direct, few };
      runChunks(printer, block.columns, () => emitColumnBlock(emit));
    },
  );
}

interface Emit {
  readonly printer: Printer;
  readonly block: Block;
  /** How `dots` reads the right operand in place, when it can. */
  readonly direct: Direct | undefined;
  readonly few: 'always' | 'never' | Text;
}

/** The side with more rows is tiled by four, the other by two; sides whose number is only known at run time count as large. */
function sides(part: ContractPart): [Side, Side] {
  const m: Side = { axes: part.m, operand: part.a };
  const n: Side = { axes: part.n, operand: part.b };
  const [pm, pn] = [productOf(part.m.map(({ size }) => size)), productOf(part.n.map(({ size }) => size))];
  if (typeof pn !== 'number') return typeof pm === 'number' ? [n, m] : [m, n];
  if (typeof pm !== 'number' || pm < fewRows) return [m, n];
  return pn < fewRows || pn > pm ? [n, m] : [m, n];
}

function cutBlock(printer: Printer, part: ContractPart, rows: Side, columns: Side): Block {
  const depth = cutAxes(part.k, depthLimit, 1, 'depth');
  const stride = depth.most;
  const columnChunks = cutAxes(columns.axes, Math.min(columnLimit, Math.floor(rightSize / stride)), tileColumns, 'columns');
  const width = roundUp(columnChunks.most, tileColumns);
  const room = Math.min(Math.floor(leftSize / stride), Math.floor(sumsSize / width));
  const rowChunks = cutAxes(rows.axes, room - (room % tileRows), tileRows, 'rows');
  const axes = new Map([...chunkAxes(depth), ...chunkAxes(columnChunks), ...chunkAxes(rowChunks)]);
  const moved = new Substitution(axes);
  const sums = printer.scratchTensor('sums');
  const sum: ScalarExpr = { kind: 'load', dtype: 'f32', tensor: sums, index: add(mul(rowChunks.position, width), columnChunks.position) };
  const ended = new Substitution(axes, (expr) => (expr.kind === 'local' && expr.name === 'acc' ? sum : undefined));
  return {
    rows: rowChunks,
    columns: columnChunks,
    depth,
    stride,
    width,
    left: moved.value(rows.operand),
    right: moved.value(columns.operand),
    stores: part.stores.map((store) => ({ tensor: store.tensor, index: ended.index(store.index), value: ended.value(store.value) })),
  };
}

/** Whether there are too few rows to stage the other side, as far as the build knows; no rows at all are not few. */
function isFew(printer: Printer, axes: readonly Axis[]): 'always' | 'never' | Text {
  const count = productOf(axes.map(({ size }) => size));
  if (typeof count === 'number') return count < fewRows ? 'always' : 'never';
  const known = axes.reduce((points, { size }) => (typeof size === 'number' ? points * size : points), 1);
  if (known >= fewRows) return 'never';
  return binary(printer.dim(count), '<', numberText(fewRows));
}

function emitColumnBlock(emit: Emit): void {
  const { printer, block } = emit;
  const stageOnce = block.depth.isAll;
  if (stageOnce && emit.direct === undefined) stage(printer, block.right, 'right', block.columns, block);
  else if (stageOnce && emit.few !== 'always') {
    const test = emit.few as Text;
    printer.nested('branch', () => {
      stage(printer, block.right, 'right', block.columns, block);
      return `if (${negated(test)})`;
    });
  }
  runChunks(printer, block.rows, () => emitRowBlock(emit, stageOnce));
}

function negated(test: Text): string {
  return test.code.replace(' < ', ' >= ');
}

function emitRowBlock(emit: Emit, isRightStaged: boolean): void {
  const { printer, block } = emit;
  const rows = printer.dim(block.rows.count);
  const used =
    typeof block.rows.count === 'number'
      ? numberText(roundUp(block.rows.count, tileRows) * block.width)
      : binary(rows, '*', numberText(block.width));
  printer.line(`${printer.arrays[printer.scratchTensor('sums')]!.name}.fill(0, 0, ${used.code});`);
  runChunks(printer, block.depth, () => {
    stage(printer, block.left, 'left', block.rows, block);
    if (emit.direct === undefined) product(emit, isRightStaged);
    else if (emit.few === 'always') dots(emit, emit.direct);
    else {
      const test = emit.few as Text;
      const { direct } = emit;
      printer.choice(
        test,
        () => dots(emit, direct),
        () => product(emit, isRightStaged),
      );
    }
  });
  const first = block.stores[0];
  const axes = [...block.rows.inside, ...block.columns.inside];
  if (first) emitNest(printer, byStride(axes, first.index), block.stores);
}

function product({ printer, block }: Emit, isRightStaged: boolean): void {
  if (!isRightStaged) stage(printer, block.right, 'right', block.columns, block);
  const sizes = [block.rows.count, block.columns.count, block.depth.count, block.stride, block.width];
  printer.line(`${call(printer.helper('multiply'), ...sizes.map((size) => printer.dim(size))).code};`);
}

/**
 * Copies a block's part of an operand into a panel, one row of the panel for each point of `side`, walking the source in order. Windows, which
 * are many times larger than what they are read from, walk the panel in order.
 */
function stage(printer: Printer, operand: ScalarExpr, panel: 'left' | 'right', side: Chunks, { depth, stride }: Block): void {
  const index = add(mul(side.position, stride), depth.position);
  const store: Store = { tensor: printer.scratchTensor(panel), index, value: operand };
  const axes = [...side.inside, ...depth.inside];
  emitNest(printer, operand.kind === 'load' && !overlaps(operand.index, axes) ? byStride(axes, operand.index) : axes, [store]);
}

/** Whether one element is read at several points, as by the windows of a convolution: an axis steps to where another one has been. */
function overlaps(index: IndexExpr, axes: readonly Axis[]): boolean {
  const steps = axes.map((axis) => ({ axis, size: axis.size, stride: strideAlong(index, axis) })).filter(({ stride }) => stride > 0);
  return steps.some(({ axis, size, stride }) =>
    steps.some((other) => other.axis !== axis && other.stride >= stride && typeof size === 'number' && other.stride < size * stride),
  );
}

interface Direct {
  readonly tensor: number;
  readonly start: IndexExpr;
  readonly columnStride: Dim;
  readonly depthStride: Dim;
}

/** The right operand as a matrix in memory: one stride along the block's columns and one along its depth. */
function directColumns(part: ContractPart, rows: Side, { columns, depth, right }: Block): Direct | undefined {
  if (rows.operand !== part.a || right.kind !== 'load') return undefined;
  const form = affineForm(right.index);
  if (form === undefined) return undefined;
  const columnStride = commonStride(right.index, columns);
  const depthStride = commonStride(right.index, depth);
  if (columnStride === undefined || depthStride === undefined) return undefined;
  const inside = new Set([...columns.inside, ...depth.inside]);
  let start: IndexExpr = { kind: 'number', value: 0 };
  for (const [axis, stride] of form.strides) if (!inside.has(axis)) start = add(start, mul(axisIndex(axis), stride));
  const offset: IndexExpr = typeof form.offset === 'number' ? { kind: 'number', value: form.offset } : { kind: 'size', dim: form.offset };
  return { tensor: right.tensor, start: add(start, offset), columnStride, depthStride };
}

/** Distance in memory between neighbours in a block, when it is the same everywhere. */
function commonStride(index: IndexExpr, { inside }: Chunks): Dim | undefined {
  const loops = mergeAxes(inside, [index]);
  if (loops.length > 1) return undefined;
  const axis = loops[0]?.axes.at(-1);
  return axis === undefined ? 0 : (affineForm(index)?.strides.get(axis) ?? 0);
}

/** Row by row: the staged row times the matrix where it lies. */
function dots({ printer, block }: Emit, direct: Direct): void {
  const start = printer.index(direct.start);
  const { name } = printer.arrays[direct.tensor]!;
  const row: Axis = { name: 'row', size: block.rows.count };
  runLoops(printer, row.size === 1 ? [] : [{ axes: [row], size: row.size }], () => {
    const [p, o] = [printer.index(mul(axisIndex(row), block.stride)), printer.index(mul(axisIndex(row), block.width))];
    const isContiguous = direct.depthStride === 1 || block.depth.most === 1;
    const strides = isContiguous ? [direct.columnStride] : [direct.columnStride, direct.depthStride];
    const sizes = [...strides, block.columns.count, block.depth.count].map((size) => printer.dim(size));
    printer.line(`${call(printer.helper(isContiguous ? 'dots' : 'stridedDots'), atom(name), start, ...sizes, p, o).code};`);
  });
}

/** Other element types, exactly: a plain nest with one accumulator. */
function emitPlain(printer: Printer, part: ContractPart): void {
  const outer = [...part.batch, ...part.m, ...part.n].filter((axis) => axis.size !== 1).map((axis) => ({ axes: [axis], size: axis.size }));
  runLoops(printer, outer, () => {
    const acc = printer.fresh('acc');
    printer.line(`let ${acc} = 0;`);
    const k = part.k.filter((axis) => axis.size !== 1).map((axis) => ({ axes: [axis], size: axis.size }));
    runLoops(printer, k, () => {
      const [a, b] = [printer.value(part.a), printer.value(part.b)];
      printer.line(`${acc} = (${acc} + ${call('Math.imul', a, b).code}) | 0;`);
    });
    printer.local('acc', { code: acc, precedence: 18 });
    printer.countUses(part.stores.map(({ value }) => value));
    for (const store of part.stores) printer.store(store);
  });
}
