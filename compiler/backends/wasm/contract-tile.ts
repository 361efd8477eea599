import type { Helper } from '../backend.js';
import { get, i32, indented, minus, operation, plus, type Text, times } from './text.js';

/** One loop of a tile over the reduced axes: its turns, and how many bytes each side goes on with one of them. */
export interface Level {
  readonly size: Text;
  readonly y: Text;
  readonly x: Text;
}

/**
 * A tile: sums that live in registers while the reduced axes run.
 *
 * `outer`: `rows` numbers of side y, each spread over four lanes, times `columns` vectors of side x. `dot`: both sides have the innermost
 * level in their lanes, and the four partial sums of each result are added up at the end.
 * Rows of y are `yRow` bytes apart, columns of x `xColumn` (vectors or single columns); the results go to o + row*oRow + column*oColumn.
 */
export interface Tile {
  readonly form: 'outer' | 'dot';
  readonly rows: number;
  readonly columns: number;
  readonly levels: readonly Level[];
  readonly yRow: Text;
  readonly xColumn: Text;
  readonly oRow: Text;
  readonly oColumn: number;
  /** The results are added to what lies there. */
  readonly adds: boolean;
  /** The points along the lanes of a `dot` are whole vectors. */
  readonly isWhole: boolean;
}

const range = (n: number): number[] => [...Array(n).keys()];

/** The call of a tile's function, which is made when it is not there yet: equal ones are shared. */
export function callTile(tile: Tile, y: Text, x: Text, o: Text): { readonly helper: Helper; readonly code: string } {
  const { amounts, args } = parameters(tile);
  const isFixed = tile.adds && !amounts.has('adds');
  const shape = `${tile.form}${tile.rows}x${tile.columns}${tile.form === 'dot' && !tile.isWhole ? 'any' : ''}${isFixed ? 'add' : ''}`;
  const fixed = [...amounts.values()].map((amount) => ('number' in amount ? String(amount.number) : '')).join('_');
  const name =
    /^_*$/.test(fixed) && tile.levels.length === 1 && tile.oColumn === ownColumn(tile) ? shape : `${shape}_${fixed}_${tile.oColumn}`;
  return {
    helper: { name, source: new TileText(name, tile, amounts).text },
    code: `(call $${name} ${[y, x, o, ...args].map(({ code }) => code).join(' ')})`,
  };
}

const ownColumn = ({ form }: Tile): number => (form === 'outer' ? 16 : 4);

type Given = { readonly name: string } | { readonly number: number };

/**
 * What the function is given when it is called: all where there is a single level (every matrix product then shares it: addresses cost
 * nothing beside the arithmetic), else only what is not known before.
 */
function parameters(tile: Tile): { amounts: Map<string, Given>; args: Text[] } {
  const amounts = new Map<string, Given>();
  const args: Text[] = [];
  const isShared = tile.levels.length === 1 && !(tile.form === 'outer' && tile.xColumn.number !== 16);
  const give = (name: string, amount: Text, always: boolean): void => {
    if (amount.number !== undefined && !always) amounts.set(name, { number: amount.number });
    else {
      amounts.set(name, { name });
      args.push(amount);
    }
  };
  if (tile.rows > 1) give('yRow', tile.yRow, isShared);
  if (tile.columns > 1 && tile.form === 'dot') give('xColumn', tile.xColumn, isShared);
  if (tile.columns > 1 && tile.form === 'outer' && tile.xColumn.number !== 16) give('xColumn', tile.xColumn, false);
  if (tile.rows > 1) give('oRow', tile.oRow, isShared);
  if (isShared && tile.form === 'outer') give('adds', i32(tile.adds ? 1 : 0), true);
  tile.levels.forEach(({ size, y, x }, i) => {
    const isInner = i === tile.levels.length - 1;
    give(`k${i}`, size, isShared);
    if (tile.form === 'dot' && isInner) return;
    give(`y${i}`, y, isShared);
    give(`x${i}`, x, isShared);
  });
  return { amounts, args };
}

/** Memory that several addresses at a time point into: one local and constant distances, or a local for each. */
interface Pointers {
  readonly locals: readonly string[];
  readonly at: (i: number) => { readonly local: string; readonly offset: number };
}

class TileText {
  readonly text: string;
  private readonly locals = new Map<string, 'i32' | 'v128'>();
  private readonly prologue: string[] = [];
  private readonly y: Pointers;
  private readonly x: Pointers;

  constructor(
    name: string,
    private readonly tile: Tile,
    private readonly amounts: ReadonlyMap<string, Given>,
  ) {
    const names = [...amounts.values()].flatMap((given) => ('name' in given ? [given.name] : []));
    const isOuter = tile.form === 'outer';
    this.y = this.pointers('y', tile.rows, 'yRow', 0);
    this.x = this.pointers('x', tile.columns, 'xColumn', isOuter ? 16 : 0);
    for (const cell of this.cells()) this.local(cell, 'v128');
    const body = this.loops(0);
    const out = isOuter ? this.storeVectors() : this.storeSums();
    const params = ['y', 'x', 'o', ...names].map((param) => `(param $${param} i32)`).join(' ');
    const locals = [...this.locals].map(([local, type]) => `(local $${local} ${type})`).join(' ');
    this.text = [`(func $${name} ${params}`, ...indented([locals, ...this.prologue, ...body, ...out]), ')'].join('\n');
  }

  private local(name: string, type: 'i32' | 'v128'): string {
    this.locals.set(name, type);
    return name;
  }

  private amount(name: string): Text {
    const given = this.amounts.get(name);
    if (given === undefined) throw new Error(`a tile without ${name}`);
    return 'number' in given ? i32(given.number) : get(given.name, 'i32');
  }

  private cell(row: number, column: number): string {
    return `s${row}${column}`;
  }

  private cells(): string[] {
    return range(this.tile.rows).flatMap((row) => range(this.tile.columns).map((column) => this.cell(row, column)));
  }

  private pointers(name: string, count: number, stride: string, fixed: number): Pointers {
    const distance = count === 1 || (fixed !== 0 && !this.amounts.has(stride)) ? i32(fixed) : this.amount(stride);
    const { number } = distance;
    if (number !== undefined && number >= 0) return { locals: [name], at: (i) => ({ local: name, offset: i * number }) };
    const locals = range(count).map((i) => (i === 0 ? name : this.local(`${name}${i}p`, 'i32')));
    for (let i = 1; i < count; i++) this.prologue.push(set(locals[i]!, plus(get(locals[i - 1]!, 'i32'), distance)));
    return { locals, at: (i) => ({ local: locals[i]!, offset: 0 }) };
  }

  private advance(pointers: Pointers, by: Text): string[] {
    if (by.number === 0) return [];
    return pointers.locals.map((local) => set(local, plus(get(local, 'i32'), by)));
  }

  /** The loops from level `i` on, around one step. */
  private loops(i: number): string[] {
    const { levels, form } = this.tile;
    if (i === levels.length) return this.step('v128.load', 0);
    if (form === 'dot' && i === levels.length - 1) return this.innermostDot(i);
    const inner = this.loops(i + 1);
    const counter = this.local(`n${i}`, 'i32');
    const size = this.amount(`k${i}`);
    const lines = [...inner, ...this.advance(this.y, this.netStep(i, 'y')), ...this.advance(this.x, this.netStep(i, 'x'))];
    if (size.number === 1) return lines;
    return [set(counter, size), ...loop(`l${i}`, lines, counter)];
  }

  /** Bytes from the end of the inner level's loop to the next turn of level `i`. */
  private netStep(i: number, side: 'y' | 'x'): Text {
    const { levels, form } = this.tile;
    const own = this.amount(`${side}${i}`);
    if (i === levels.length - 1) return own;
    const isDot = form === 'dot' && i + 1 === levels.length - 1;
    const done = times(this.amount(`k${i + 1}`), isDot ? i32(4) : this.amount(`${side}${i + 1}`));
    const net = minus(own, done);
    if (net.number !== undefined) return net;
    const name = `${side}${i}net`;
    if (!this.locals.has(name)) this.prologue.push(set(this.local(name, 'i32'), net));
    return get(name, 'i32');
  }

  /** One point of the reduced axes (`outer`) or four (`dot`). */
  private step(load: string, offset: number): string[] {
    const { rows, columns, form } = this.tile;
    const [many, few, loadMany, loadFew] =
      form === 'outer'
        ? [this.y, this.x, 'v128.load32_splat', load]
        : rows >= columns
          ? [this.y, this.x, load, load]
          : [this.x, this.y, load, load];
    const isSwapped = many === this.x;
    const [outerCount, innerCount] = isSwapped ? [columns, rows] : [rows, columns];
    const lines = range(innerCount).map((i) => set(this.local(`b${i}`, 'v128'), this.load(few, i, loadFew, offset)));
    for (let i = 0; i < outerCount; i++) {
      lines.push(set(this.local('a', 'v128'), this.load(many, i, loadMany, offset)));
      for (let j = 0; j < innerCount; j++) {
        const cell = isSwapped ? this.cell(j, i) : this.cell(i, j);
        lines.push(set(cell, operation('v128', 'f32x4.relaxed_madd', get('a', 'v128'), get(`b${j}`, 'v128'), get(cell, 'v128'))));
      }
    }
    return lines;
  }

  private load(pointers: Pointers, i: number, operator: string, extra: number): Text {
    const { local, offset } = pointers.at(i);
    const at = offset + extra;
    return operation('v128', at === 0 ? operator : `${operator} offset=${at}`, get(local, 'i32'));
  }

  /** Four points at a time, then the one to three that are left: the lanes of the others are zeros on both sides. */
  private innermostDot(i: number): string[] {
    const counter = this.local('n', 'i32');
    const size = this.amount(`k${i}`);
    const forward = (by: number): string[] => [...this.advance(this.y, i32(by)), ...this.advance(this.x, i32(by))];
    const four = [...this.step('v128.load', 0), ...forward(16)];
    if (size.number !== undefined) {
      const [full, rest] = [Math.floor(size.number / 4), size.number % 4];
      const lines = full > 1 ? [set(counter, i32(full)), ...loop('l', four, counter)] : full === 1 ? four : [];
      if (rest >= 2) lines.push(...this.step('v128.load64_zero', 0));
      if (rest % 2 === 1) lines.push(...this.step('v128.load32_zero', rest === 3 ? 8 : 0));
      return [...lines, ...forward(4 * rest)];
    }
    const vectors = [
      `(if (local.tee $${counter} ${operation('i32', 'i32.shr_u', size, i32(2)).code})`,
      ...indented(['(then', ...indented(loop('l', four, counter)), ')']),
      ')',
    ];
    if (this.tile.isWhole) return vectors;
    const one = [...this.step('v128.load32_zero', 0), ...forward(4)];
    return [
      ...vectors,
      `(if (local.tee $${counter} ${operation('i32', 'i32.and', size, i32(3)).code})`,
      ...indented(['(then', ...indented(loop('r', one, counter)), ')']),
      ')',
    ];
  }

  private storeVectors(): string[] {
    const { rows, columns, oColumn, adds } = this.tile;
    const lines: string[] = [];
    const to = this.results();
    for (let row = 0; row < rows; row++) {
      const cells = range(columns).map((column) => {
        const at = withOffset(to.offset(row) + column * oColumn);
        const name = this.cell(row, column);
        const sum = get(name, 'v128');
        return { at, name, sum, total: operation('v128', 'f32x4.add', operation('v128', `v128.load${at}`, get('o', 'i32')), sum) };
      });
      lines.push(...to.reach(row));
      const isGiven = this.amounts.has('adds');
      if (isGiven)
        lines.push(
          `(if ${this.amount('adds').code}`,
          ...indented(['(then', ...indented(cells.map(({ name, total }) => set(name, total))), ')']),
          ')',
        );
      for (const { at, sum, total } of cells) {
        lines.push(operation('v128', `v128.store${at}`, get('o', 'i32'), adds && !isGiven ? total : sum).code);
      }
    }
    return lines;
  }

  /** Where the rows of results begin: constant distances, or `o` goes on from row to row. */
  private results(): { reach: (row: number) => string[]; offset: (row: number) => number } {
    const oRow = this.tile.rows > 1 ? this.amount('oRow') : i32(0);
    const { number } = oRow;
    if (number !== undefined && number >= 0) return { reach: () => [], offset: (row) => row * number };
    return { reach: (row) => (row === 0 ? [] : [set('o', plus(get('o', 'i32'), oRow))]), offset: () => 0 };
  }

  /** Up to four sums of a row at a time are added up across their lanes: two transposing steps. */
  private storeSums(): string[] {
    const { rows, columns, oColumn } = this.tile;
    const lines: string[] = [];
    const to = this.results();
    for (const name of ['a', 'b0']) this.local(name, 'v128');
    const [p, q] = [get('a', 'v128'), get('b0', 'v128')];
    const pair = (a: Text, b: Text): Text => operation('v128', 'f32x4.add', shuffle([0, 4, 1, 5], a, b), shuffle([2, 6, 3, 7], a, b));
    for (let row = 0; row < rows; row++) {
      lines.push(...to.reach(row));
      for (let first = 0; first < columns; first += 4) {
        const count = Math.min(4, columns - first);
        const sum = (i: number): Text => get(this.cell(row, first + Math.min(i, count - 1)), 'v128');
        lines.push(set('a', pair(sum(0), sum(1))));
        if (count > 2) lines.push(set('b0', pair(sum(2), sum(3))));
        const high = count > 2 ? q : p;
        lines.push(set('a', operation('v128', 'f32x4.add', shuffle([0, 1, 4, 5], p, high), shuffle([2, 3, 6, 7], p, high))));
        const at = (column: number): number => to.offset(row) + (first + column) * oColumn;
        if (oColumn === 4) lines.push(...this.storeLanes(count, at(0)));
        else for (let lane = 0; lane < count; lane++) lines.push(this.storeLane(32, lane, at(lane)));
      }
    }
    return lines;
  }

  /** The first lanes of `a` to neighbouring places. */
  private storeLanes(count: number, at: number): string[] {
    if (count === 4) {
      const sums = get('a', 'v128');
      const value = this.tile.adds
        ? operation('v128', 'f32x4.add', operation('v128', `v128.load${withOffset(at)}`, get('o', 'i32')), sums)
        : sums;
      return [operation('v128', `v128.store${withOffset(at)}`, get('o', 'i32'), value).code];
    }
    return [
      ...(count >= 2 ? [this.storeLane(64, 0, at)] : []),
      ...(count !== 2 ? [this.storeLane(32, count - 1, at + 4 * (count - 1))] : []),
    ];
  }

  /** A lane of so many bits of `a`. */
  private storeLane(bits: 32 | 64, lane: number, at: number): string {
    const [sums, o] = [get('a', 'v128'), get('o', 'i32')];
    const before = operation('v128', `v128.load${bits}_lane${withOffset(at)} ${lane}`, o, sums);
    const value = this.tile.adds ? operation('v128', 'f32x4.add', before, sums) : sums;
    return operation('v128', `v128.store${bits}_lane${withOffset(at)} ${lane}`, o, value).code;
  }
}

const withOffset = (offset: number): string => (offset === 0 ? '' : ` offset=${offset}`);

const set = (name: string, value: Text): string => `(local.set $${name} ${value.code})`;

/** Lanes 0-3 of `a`, 4-7 of `b`. */
function shuffle(lanes: readonly number[], a: Text, b: Text): Text {
  const bytes = lanes.flatMap((lane) => range(4).map((byte) => 4 * lane + byte)).join(' ');
  return operation('v128', `i8x16.shuffle ${bytes}`, a, b);
}

/** Turns while the counter, which is at least 1, counts down to 0. */
function loop(label: string, body: readonly string[], counter: string): string[] {
  return [
    `(loop $${label}`,
    ...indented([...body, `(br_if $${label} (local.tee $${counter} (i32.sub (local.get $${counter}) (i32.const 1))))`]),
    ')',
  ];
}
