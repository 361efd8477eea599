import { addDims, type Dim, floorDivDims, modDims, mulDims, subDims } from '../../ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { Substitution } from '../../kernel/expressions.js';
import { add, affineForm, axisIndex, mul } from '../../kernel/index-math.js';
import type { ContractPart, Store } from '../../kernel/kernel.js';
import { isFused, type WasmVariant } from './assemble.js';
import { enoughGrains, pointsOf, rowMajor, runBlocks, shareBlocks, sharedGrains } from './contract-blocks.js';
import { type Layout, layOut, panelBytes, sumsBytes } from './contract-layout.js';
import { type PackName, packHelper } from './contract-pack.js';
import { atZero, indexOf, type Piece, pieces, placePieces } from './contract-pieces.js';
import { emitPlain } from './contract-plain.js';
import { type Plan, planContract, rowPartition, typical } from './contract-plan.js';
import { callTile, type Level } from './contract-tile.js';
import { byStride, type Loop, mergeAxes, runLoops } from './loops.js';
import { emitNest } from './nest.js';
import type { Printer } from './printer.js';
import { get, i32, operation, plus, type Text } from './text.js';
import { stepTime } from './tiles.js';

/**
 * Contractions run block by block: tiles of sums in registers go over a block's rows and columns and add up products along the reduced
 * axes; their results lie in scratch, where the stores read them. Operands are read in place or, where vectors need neighbours that
 * memory does not have, from panels of eight columns.
 */
export function emitContract(printer: Printer, part: ContractPart, isWhole: boolean): void {
  const plans = part.stores.length === 0 ? undefined : planContract(part);
  if (plans === undefined) {
    emitPlain(printer, part, isWhole);
    return;
  }
  printer.work = addDims(printer.work, mulDims(2, pointsOf([...part.batch, ...part.m, ...part.n, ...part.k])));
  const { plan, few } = plans;
  const usual = new Contraction(printer, part, plan);
  if (few === undefined) {
    usual.emit(isWhole);
    return;
  }
  const some = new Contraction(printer, part, few.plan);
  // Too little to be shared: the first grain does it all.
  const first = operation(
    'i32',
    'i32.and',
    operation('i32', 'i32.eqz', get('from', 'i32')),
    operation('i32', 'i32.gt_s', get('to', 'i32'), i32(0)),
  );
  printer.choice(
    operation('i32', 'i32.lt_s', printer.dim(few.points), i32(few.least)),
    () => (isWhole && usual.split ? printer.choice(first, () => some.emit(false)) : some.emit(false)),
    () => usual.emit(isWhole),
  );
}

/** Tiles of a block: those of one piece of its columns. */
interface Tiles {
  readonly column: Piece;
  readonly rows: readonly Piece[];
}

class Contraction {
  private readonly layout: Layout;
  /** Indices of the operands in terms of blocks. */
  private readonly rowIndex: IndexExpr;
  private readonly columnIndex: IndexExpr;
  /** Panels along the lanes' loop. */
  private readonly panelAxis: Axis;
  private sums = 0;
  private turned = 0;
  private panel = 0;

  constructor(
    private readonly printer: Printer,
    private readonly part: ContractPart,
    private readonly plan: Plan,
  ) {
    this.layout = layOut(part, plan);
    this.rowIndex = this.layout.moved.index(plan.rows.index);
    this.columnIndex = this.layout.moved.index(plan.columns.index);
    this.panelAxis = { name: 'panel', size: floorDivDims(addDims(this.layout.panels?.lanes?.size ?? 1, 7), 8) };
  }

  emit(isWhole: boolean): void {
    const { printer, part, layout } = this;
    const { rows, columns, panels } = layout;
    this.makeScratch();
    const batch = this.batch.map((axis): Loop => ({ axes: [axis], size: axis.size }));
    const isSplit = isWhole && this.split;
    const range = isSplit && this.sharesBatch ? printer.grains(batch[0]!.size) : undefined;
    const share = isSplit && !range ? shareBlocks(printer, columns, rows, typical) : undefined;
    const body = (): void => {
      runBlocks(
        printer,
        columns,
        (turn) => {
          if (panels?.isAll && pointsOf(part.k) !== 0) this.pack(part.k.filter(({ size }) => size !== 1));
          runBlocks(printer, rows, () => this.block(), share?.inner(turn));
        },
        share?.outer,
      );
    };
    runLoops(printer, batch, body, range);
  }

  private get batch(): Axis[] {
    return this.part.batch.filter(({ size }) => size !== 1);
  }

  /** Whether threads may share it. */
  get split(): boolean {
    return this.sharesBatch || this.blocks !== 1;
  }

  /** The number of grains that blocks make. */
  private get blocks(): Dim {
    return sharedGrains(this.layout.columns, this.layout.rows, typical).count;
  }

  /** Whether they share the turns of the batch, and not blocks. */
  private get sharesBatch(): boolean {
    const [first] = this.batch;
    return first !== undefined && (typical(first.size) >= enoughGrains || typical(first.size) >= typical(this.blocks));
  }

  /** Scratch: the sums, the sums turned round, the panels. */
  private makeScratch(): void {
    const { printer, layout, plan } = this;
    const base = printer.constant('scratch', operation('i32', 'global.get $scratch'));
    const bytes = sumsBytes(layout);
    this.sums = printer.scratchTensor('sums', 'f32', base);
    let end = bytes;
    const take = (name: string, size: number): number => {
      const tensor = printer.scratchTensor(name, 'f32', printer.constant(name, plus(base, i32(end))));
      end += size;
      return tensor;
    };
    if (layout.isTurned && plan.form === 'outer') this.turned = take('turned', bytes);
    if (layout.panels) this.panel = take('panels', panelBytes(layout));
    printer.needScratch(end);
  }

  /** One block of results. */
  private block(): void {
    const { printer, layout, part, plan } = this;
    const { depth, rows, columns, adds, panels, isTurned, width, height } = layout;
    const count = pointsOf(part.k);
    const isTurnedLate = isTurned && plan.form === 'outer';
    if (adds || count === 0) {
      const used = isTurned && !isTurnedLate ? i32(sumsBytes(layout)) : printer.dim(mulDims(pointsOf(rows.inside), width * 4));
      printer.line(`(memory.fill ${this.addressOf(this.sums, zero).code} (i32.const 0) ${used.code})`);
    }
    if (count !== 0) {
      runBlocks(printer, depth, () => {
        if (panels && !panels.isAll) this.pack(depth.inside);
        this.tiles();
      });
    }
    if (isTurnedLate) {
      printer.use([packHelper('transpose')]);
      const sizes = [printer.dim(pointsOf(rows.inside)), i32(width)];
      const [from, to] = [this.addressOf(this.sums, zero), this.addressOf(this.turned, zero)];
      printer.line(`(call $transpose ${[from, i32(width * 4), to, i32(height * 4), ...sizes].map(({ code }) => code).join(' ')})`);
    }
    const { column } = layout;
    const position = isTurned ? add(mul(column, height), rows.position) : add(mul(rows.position, width), column);
    const sum: ScalarExpr = { kind: 'load', dtype: 'f32', tensor: isTurnedLate ? this.turned : this.sums, index: position };
    const ended = new Substitution(layout.axes, (expr) => (expr.kind === 'local' && expr.name === 'acc' ? sum : undefined));
    const stores = part.stores.map(
      (store): Store => ({ tensor: store.tensor, index: ended.index(store.index), value: ended.value(store.value) }),
    );
    emitNest(printer, byStride([...rows.inside, ...columns.inside], stores[0]!.index), stores);
  }

  private addressOf(tensor: number, index: IndexExpr): Text {
    const { text, offset } = this.printer.address(tensor, index);
    return plus(text, i32(offset));
  }

  /** Bytes from one point of `axis` to the next. */
  private step(index: IndexExpr, axis: Axis | undefined): Dim {
    const stride = axis === undefined ? 0 : (affineForm(index)?.strides.get(axis) ?? 0);
    return mulDims(stride, 4);
  }

  /** Fills the panels with the points `k` of the reduced axes. */
  private pack(k: readonly Axis[]): void {
    const { printer, plan, layout } = this;
    const { outer, lanes, along, depth, isAll } = layout.panels!;
    // All points at once are not cut.
    const index = isAll ? new Substitution(new Map(layout.columnAxes)).index(plan.columns.index) : this.columnIndex;
    const loops = mergeAxes(k, [index]);
    const inner = loops.at(-1);
    const innerAxis = inner?.axes.at(-1);
    const laneAxis = lanes?.axes.at(-1);
    const [laneStep, step] = [this.step(index, laneAxis), this.step(index, innerAxis)];
    const size = lanes?.size ?? 1;
    const isNear = laneStep === 4;
    const name: PackName = inner === undefined || (step !== 4 && !isNear) ? 'packAny' : isNear ? 'packLanes' : 'packAcross';
    const outside = rowMajor(outer.flatMap(({ axes }) => axes));
    const one = (panel: IndexExpr, how: PackName): void => {
      printer.use([packHelper(how)]);
      const first = new Map<Axis, IndexExpr>([...atZero(lanes?.axes ?? []), ...atZero(inner?.axes ?? [])]);
      if (laneAxis) first.set(laneAxis, mul(panel, 8));
      const from = this.addressOf(plan.columns.tensor, new Substitution(first).index(index));
      const place = add(
        mul(add(mul(outside, along), panel), depth * 8),
        mul(new Substitution(new Map(atZero(inner?.axes ?? []))).index(rowMajor(k)), 8),
      );
      const to = this.addressOf(this.panel, place);
      const left = printer.index(add(indexOf(size), mul(panel, -8)));
      const count = printer.dim(inner?.size ?? 1);
      const args: Record<PackName, readonly Text[]> = {
        packLanes: [from, printer.dim(step), to, count],
        packAny: [from, printer.dim(laneStep), left, printer.dim(step), to, count],
        packAcross: [from, printer.dim(laneStep), left, to, count],
        transpose: [],
      };
      printer.line(`(call $${how} ${args[how].map(({ code }) => code).join(' ')})`);
    };
    const each = (turns: Dim, start: Dim, how: PackName): void => {
      if (turns === 0) return;
      const axis: Axis = { name: 'panel', size: turns };
      const panel = turns === 1 ? indexOf(start) : add(axisIndex(axis), indexOf(start));
      runLoops(printer, [...outer, ...(turns === 1 ? [] : [{ axes: [axis], size: turns }]), ...loops.slice(0, -1)], () => one(panel, how));
    };
    if (name !== 'packLanes') each(floorDivDims(addDims(size, 7), 8), 0, name);
    else {
      const full = floorDivDims(size, 8);
      each(full, 0, name);
      const rest = modDims(size, 8);
      each(typeof rest === 'number' ? Math.min(rest, 1) : subDims(floorDivDims(addDims(size, 7), 8), full), full, 'packAny');
    }
  }

  /** All tiles of a block: of the shapes that are fastest in each variant. */
  private tiles(): void {
    const { printer } = this;
    const [simd, relaxed] = [this.tiling('simd'), this.tiling('relaxed')];
    if (JSON.stringify(simd) === JSON.stringify(relaxed)) {
      this.runTiles(simd);
      return;
    }
    printer.use([isFused]);
    printer.choice(
      operation('i32', `global.get $${isFused.name}`),
      () => this.runTiles(relaxed),
      () => this.runTiles(simd),
    );
  }

  private runTiles(tiling: readonly Tiles[]): void {
    const { printer } = this;
    for (const { column, rows } of tiling) {
      runLoops(printer, column.loops, () => {
        for (const row of rows) runLoops(printer, row.loops, () => this.tile(row, column));
      });
    }
  }

  private tiling(variant: WasmVariant): Tiles[] {
    const { plan, layout } = this;
    return this.columnPieces(variant).map((column) => {
      const { inside } = layout.rows;
      const { axis, tiles } = rowPartition(inside, (n) => stepTime(plan.form, n, column.count, variant), 6);
      return { column, rows: pieces(inside, axis, tiles) };
    });
  }

  private columnPieces(variant: WasmVariant): Piece[] {
    const { plan, layout } = this;
    const { columns, place, panels } = layout;
    if (plan.form === 'dot') {
      const { axis, tiles } = rowPartition(columns.inside, (n) => stepTime('dot', 2, n, variant), 6);
      return pieces(columns.inside, axis, tiles);
    }
    if (place) return placePieces(columns.inside, place);
    const { outer } = panels!;
    const { panelAxis } = this;
    const isOne = panelAxis.size === 1;
    const loops = isOne ? outer : [...outer, { axes: [panelAxis], size: panelAxis.size }];
    return [{ loops, at: isOne ? [[panelAxis, zero]] : [], count: 2 }];
  }

  private tile(row: Piece, column: Piece): void {
    const { printer, plan, layout } = this;
    const { depth, rows, width, height, adds, isTurned, panels } = layout;
    const isDot = plan.form === 'dot';
    const begin = new Substitution(new Map<Axis, IndexExpr>([...atZero(depth.inside), ...row.at, ...column.at]));
    const rowAxis = row.at[0]?.[0];
    const columnAxis = column.apart?.axis ?? column.at[0]?.[0];
    const y = this.addressOf(plan.rows.tensor, begin.index(this.rowIndex));
    let x: Text;
    let sumColumn: IndexExpr;
    let xIndex: IndexExpr;
    if (panels) {
      const { outer, along } = panels;
      const panel = begin.index(add(mul(rowMajor(outer.flatMap(({ axes }) => axes)), along), axisIndex(this.panelAxis)));
      const all = panels.isAll ? begin.index(layout.moved.index(rowMajor(this.part.k.filter(({ size }) => size !== 1)))) : zero;
      x = this.addressOf(this.panel, add(mul(panel, panels.depth * 8), mul(all, 8)));
      sumColumn = mul(panel, 8);
      xIndex = mul(depth.position, 8);
    } else {
      x = this.addressOf(plan.columns.tensor, begin.index(this.columnIndex));
      sumColumn = begin.index(layout.column);
      xIndex = this.columnIndex;
    }
    const sumRow = begin.index(rows.position);
    const isTurnedNow = isTurned && isDot;
    const place = isTurnedNow ? add(mul(sumColumn, height), sumRow) : add(mul(sumRow, width), sumColumn);
    const o = this.addressOf(this.sums, place);
    const rowElements = rowAxis === undefined ? 0 : (affineForm(rows.position)?.strides.get(rowAxis) ?? 0);
    const oRow = printer.dim(mulDims(rowElements, isTurnedNow ? 4 : width * 4));
    const { xColumn, oColumn } = this.columnSteps(column, columnAxis, isTurnedNow);
    const tile = {
      form: plan.form,
      rows: row.count,
      columns: column.count,
      levels: this.levels(xIndex),
      yRow: printer.dim(this.step(this.rowIndex, rowAxis)),
      xColumn,
      oRow,
      oColumn,
      adds,
      isWhole: isDot && depth.inside.length > 0 && modDims(depth.inside.at(-1)!.size, 4) === 0,
    };
    const { helper, code } = callTile(tile, y, x, o);
    printer.use([helper]);
    printer.line(code);
  }

  /** From one vector of a tile, or one column, to the next: in the operand, and among the sums. */
  private columnSteps({ apart, count }: Piece, axis: Axis | undefined, isTurned: boolean): { xColumn: Text; oColumn: number } {
    const { plan, layout, printer } = this;
    if (layout.panels || count === 1) return { xColumn: i32(16), oColumn: plan.form === 'dot' ? 4 : 16 };
    const elements = apart?.elements ?? 1;
    const sums = affineForm(layout.column)?.strides.get(axis!) ?? 0;
    if (typeof sums !== 'number') throw new Error('columns of a tile at distances that are not known');
    return {
      xColumn: printer.dim(mulDims(this.step(this.columnIndex, axis), elements)),
      oColumn: sums * elements * 4 * (isTurned ? layout.height : 1),
    };
  }

  /** The loops of a tile; of a dot the contiguous one is last. */
  private levels(xIndex: IndexExpr): Level[] {
    const { printer, layout } = this;
    return mergeAxes(layout.depth.inside, [this.rowIndex, xIndex]).map(({ axes, size }) => ({
      size: printer.dim(size),
      y: printer.dim(this.step(this.rowIndex, axes.at(-1))),
      x: printer.dim(this.step(xIndex, axes.at(-1))),
    }));
  }
}

const zero: IndexExpr = { kind: 'number', value: 0 };
