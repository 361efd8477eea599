import type { ScalarExpr } from '../../kernel/expr.js';
import { valueKey } from '../../kernel/expressions.js';
import type { RowStep } from '../../kernel/kernel.js';
import { visitScalar } from '../../kernel/scalar.js';
import { type Part, runBlocks } from './blocks.js';
import { strideOf } from './lane-choice.js';
import { atVector, type LaneOptions, runLanes, type Vector } from './lanes.js';
import { bindAxes, type Loop, nameOf, runLoops } from './loops.js';
import type { Printer } from './printer.js';
import { get, i32, operation, shuffle, type Text } from './text.js';

type Load = Extract<ScalarExpr, { kind: 'load' }>;

/** Elements along the lanes that a block takes at most, so that the lines of memory read across stay in the first cache. */
const blockLength = 32;

/** Loads that lie along `other` in memory where the lanes do not, and that loop. */
export interface Crossing {
  readonly other: Loop;
  readonly loads: readonly Load[];
}

/** The loop along which some loads are contiguous that are not so along the lanes: four by four elements are then read as they lie, and transposed. */
export function crossingOf(loops: readonly Loop[], lanes: Loop, steps: readonly RowStep[], printer: Printer): Crossing | undefined {
  const found = new Map<Loop, Load[]>();
  const seen = new Set<ScalarExpr>();
  let isGuarded = false;
  for (const { value } of steps) {
    visitScalar(
      value,
      (expr) => {
        if (expr.kind === 'guard') isGuarded = true;
        if (expr.kind !== 'load' || printer.memory[expr.tensor]!.isWritten) return;
        const along = strideOf(expr.index, lanes);
        const other = loops.find((loop) => loop !== lanes && strideOf(expr.index, loop) === 1);
        if (other && along !== 0 && along !== 1 && along !== undefined) found.set(other, [...(found.get(other) ?? []), expr]);
      },
      seen,
    );
  }
  const best = [...found].find(([other]) => typeof other.size !== 'number' || other.size >= 4);
  // What a guard protects must not be read ahead.
  return best && !isGuarded ? { other: best[0], loads: best[1] } : undefined;
}

/** A nest in tiles of four by four: lanes along one loop, four turns of the other at a time. */
export function emitTiles(
  printer: Printer,
  outer: readonly Loop[],
  lanes: Loop,
  { other, loads }: Crossing,
  options: LaneOptions,
  isWhole: boolean,
  body: () => void,
): void {
  const around = outer.filter((loop) => loop !== other);
  const row = (turn: number, print: () => void, at: Parameters<typeof bindAxes>[2]['at']): void =>
    printer.copy((block) => bindAxes(block, other.axes, { at, offset: turn }), print);
  const tiles = (part?: Part): void => {
    const own: LaneOptions = { ...options, ways: 1, ...(part && { part }) };
    const rest = (at: Parameters<typeof bindAxes>[2]['at'], turn: number): void =>
      row(turn, () => runLanes(printer, lanes, own, (vectors) => each(printer, lanes, vectors, body)), at);
    const size = printer.dim(other.size);
    const full = size.number === undefined ? printer.constant('full', operation('i32', 'i32.and', size, i32(-4))) : i32(size.number & -4);
    printer.loop(nameOf(other), { start: i32(0), end: full, step: 4, sure: full.number !== undefined && full.number > 0 }, (running) => {
      runLanes(printer, lanes, own, ([vector]) => {
        const four = (print: (turn: number) => void): void => {
          for (let turn = 0; turn < 4; turn++) row(turn, () => atVector(printer, lanes, vector!, () => print(turn)), running);
        };
        if (vector!.active.kind !== 'all') {
          four(() => body());
          return;
        }
        const turned = loads.map((load) => transposed(printer, load, lanes, vector!, (print) => row(0, print, running)));
        four((turn) => {
          for (const [i, load] of loads.entries()) printer.block.named.set(valueKey(load), turned[i]![turn]!);
          body();
        });
      });
    });
    if (size.number === undefined) {
      printer.loop(nameOf(other), { start: full, end: size, step: 1, sure: false }, (running) => rest(running, 0));
    } else for (let turn = size.number & -4; turn < size.number; turn++) rest(i32(0), turn);
  };
  const isLong = typeof lanes.size !== 'number' || lanes.size > 2 * blockLength;
  const blocks = (): void => (isLong ? runBlocks(printer, [lanes], { at: 0, length: blockLength }, tiles) : tiles());
  runLoops(printer, around, blocks, isWhole && around.length > 0 ? printer.grains(around[0]!.size) : undefined);
}

function each(printer: Printer, lanes: Loop, vectors: readonly Vector[], body: () => void): void {
  for (const vector of vectors) atVector(printer, lanes, vector, body);
}

/** Reads four vectors along the other loop, one for each lane, and gives those along the lanes for each turn of the other loop. */
function transposed(printer: Printer, load: Load, lanes: Loop, vector: Vector, atFirst: (print: () => void) => void): Text[] {
  const rows = [0, 1, 2, 3].map((lane) => {
    const name = printer.fresh('row', 'v128');
    atFirst(() =>
      printer.copy(
        (block) => bindAxes(block, lanes.axes, { ...vector.binding, offset: vector.binding.offset + lane }),
        () => printer.set(name, printer.loadVector(load)),
      ),
    );
    return get(name, 'v128');
  });
  const [a, b, c, d] = rows as [Text, Text, Text, Text];
  const low = (x: Text, y: Text): Text => printer.constant('pair', shuffle(x, y, [0, 4, 1, 5]));
  const high = (x: Text, y: Text): Text => printer.constant('pair', shuffle(x, y, [2, 6, 3, 7]));
  const [ab, cd, abHigh, cdHigh] = [low(a, b), low(c, d), high(a, b), high(c, d)];
  return [
    shuffle(ab, cd, [0, 1, 4, 5]),
    shuffle(ab, cd, [2, 3, 6, 7]),
    shuffle(abHigh, cdHigh, [0, 1, 4, 5]),
    shuffle(abHigh, cdHigh, [2, 3, 6, 7]),
  ].map((text) => printer.constant('column', text));
}
