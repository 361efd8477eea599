import type { Dim } from '../../ir/dim.js';
import { indicesOf } from '../../kernel/expressions.js';
import { axisIndex } from '../../kernel/index-math.js';
import type { LinePart } from '../../kernel/kernel.js';
import { type Loop, mergeAxes, runLoops } from './loops.js';
import type { Printer } from './printer.js';
import { f32, get, i32, operation, type Text } from './text.js';

/** Elements that a sort keeps in scratch memory, eight bytes each. */
const room = 65536;

/**
 * One line after the other: running results in one loop. An order is found in rounds: each collects as many of the least elements that are
 * not placed yet as there is room for, in a heap, and sorts them; a line that fits takes one round.
 */
export function emitLine(printer: Printer, part: LinePart, isWhole: boolean): void {
  const { rows, value, store, method } = part;
  const indices = indicesOf([value, { kind: 'index', dtype: 'i32', index: store.index }]);
  const loops = mergeAxes(rows, indices);
  const line = mergeAxes([part.axis], indices);
  const range = isWhole && loops.length > 0 && loops[0]!.size !== 0 ? printer.grains(loops[0]!.size) : undefined;
  const isOrder = method === 'ascending' || method === 'descending';
  if (part.axis.size === 0) return;
  runLoops(printer, loops, () => (isOrder ? emitOrder(printer, part, line) : emitRunning(printer, part, line)), range);
}

function emitRunning(printer: Printer, { axis, method, value, store }: LinePart, line: readonly Loop[]): void {
  const isInt = value.dtype !== 'f32' && value.dtype !== 'f64';
  const at = axisIndex(axis);
  if (method === 'argmax') {
    const best = printer.fresh('largest', isInt ? 'i32' : 'f32');
    const place = printer.fresh('place', 'i32');
    printer.set(best, isInt ? i32(-2147483648) : f32(Number.NEGATIVE_INFINITY));
    printer.set(place, i32(0));
    runLoops(printer, line, () => {
      printer.countUses([value], [store.index, at]);
      const candidate = printer.constant('candidate', printer.value(value));
      const before = get(best, candidate.type);
      const wins = isInt
        ? operation('i32', 'i32.ge_s', candidate, before)
        : operation('i32', 'i32.or', operation('i32', 'f32.ge', candidate, before), operation('i32', 'f32.ne', candidate, candidate));
      printer.choice(wins, () => {
        printer.set(best, candidate);
        printer.set(place, printer.index(at));
      });
      printer.local('acc', get(place, 'i32'));
      printer.store(store);
    });
    return;
  }
  // Float64 keeps what a long line adds up, and rounds where it is stored.
  const type = isInt ? 'i32' : 'f64';
  const total = printer.fresh(method, type);
  printer.set(total, { code: `(${type}.const ${method === 'prod' ? 1 : 0})`, type });
  runLoops(printer, line, () => {
    printer.countUses([value], [store.index]);
    const given = printer.value(value);
    const next = isInt ? given : operation('f64', 'f64.promote_f32', given);
    printer.set(total, operation(type, `${type}.${method === 'prod' ? 'mul' : 'add'}`, get(total, type), next));
    printer.local('acc', isInt ? get(total, 'i32') : operation('f32', 'f32.demote_f64', get(total, 'f64')));
    printer.store(store);
  });
}

/** Keys are 64 bits: the element's rank as an integer, then its position, so that no two are equal. */
function emitOrder(printer: Printer, { axis, method, value, store }: LinePart, line: readonly Loop[]): void {
  const size: Dim = axis.size;
  const capacity = typeof size === 'number' ? Math.min(size, room) : room;
  printer.needScratch(8 * capacity);
  const isOneRound = typeof size === 'number' && size <= room;
  const heap: Text = { code: '(global.get $scratch)', type: 'i32' };
  const at = axisIndex(axis);
  const [next, count, key] = [printer.fresh('next', 'i64'), printer.fresh('count', 'i32'), printer.fresh('key', 'i64')];
  const placed = isOneRound ? undefined : printer.fresh('placed', 'i32');
  const round = (): void => {
    printer.set(count, i32(0));
    runLoops(printer, line, () => {
      printer.countUses([value], [at]);
      const rank = rankOf(printer, printer.value(value), method === 'descending');
      const place = operation('i64', 'i64.extend_i32_u', printer.index(at));
      printer.set(
        key,
        operation(
          'i64',
          'i64.or',
          operation('i64', 'i64.shl', operation('i64', 'i64.extend_i32_s', rank), { code: '(i64.const 32)', type: 'i64' }),
          place,
        ),
      );
      const keep = (): void =>
        printer.set(count, operation('i32', printer.function('keepLeast'), heap, get(count, 'i32'), i32(capacity), get(key, 'i64')));
      if (isOneRound) keep();
      else printer.choice(operation('i32', 'i64.ge_s', get(key, 'i64'), get(next, 'i64')), keep);
    });
    printer.line(operation('i32', printer.function('sortHeap'), heap, get(count, 'i32')).code);
    printer.loop('rank', { start: i32(0), end: get(count, 'i32'), step: 1, sure: typeof size === 'number' }, (running) => {
      const slot = operation('i32', 'i32.add', heap, printer.turn(running, 8));
      printer.local('acc', printer.constant('acc', operation('i32', 'i32.load', slot)));
      const rank = placed ? printer.constant('rank', operation('i32', 'i32.add', get(placed, 'i32'), printer.turn(running))) : running;
      printer.copy(
        (block) => block.bind(axis, { at: rank, offset: 0 }),
        () => {
          printer.countUses([store.value], [store.index]);
          printer.store(store);
        },
      );
    });
  };
  if (placed === undefined) {
    round();
    return;
  }
  printer.set(next, { code: '(i64.const -9223372036854775808)', type: 'i64' });
  printer.set(placed, i32(0));
  printer.until(() => {
    round();
    printer.set(placed, operation('i32', 'i32.add', get(placed, 'i32'), get(count, 'i32')));
    const last = operation(
      'i64',
      'i64.load',
      operation('i32', 'i32.sub', operation('i32', 'i32.add', heap, operation('i32', 'i32.shl', get(count, 'i32'), i32(3))), i32(8)),
    );
    printer.set(next, operation('i64', 'i64.add', last, { code: '(i64.const 1)', type: 'i64' }));
    return operation('i32', 'i32.ge_s', get(placed, 'i32'), printer.dim(size));
  }, size);
}

/** An i32 that is the greater the later the value comes; NaN is the largest number. */
function rankOf(printer: Printer, given: Text, isDescending: boolean): Text {
  const rank = given.type === 'i32' ? given : printer.constant('rank', operation('i32', printer.function('rankOf'), given));
  return isDescending ? operation('i32', 'i32.xor', rank, i32(-1)) : rank;
}
