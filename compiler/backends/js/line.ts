import type { IndexExpr } from '../../kernel/expr.js';
import { indicesOf } from '../../kernel/expressions.js';
import { axisIndex } from '../../kernel/index-math.js';
import type { LinePart } from '../../kernel/kernel.js';
import { mergeAxes, runLoops } from './loops.js';
import type { Printer } from './printer.js';
import { asNumber, atom, element } from './text.js';

/** One line after the other: running results in one loop, orders in one that collects the keys, a sort, and one that stores. */
export function emitLine(printer: Printer, part: LinePart): void {
  const { rows, value, store, method } = part;
  const indices = indicesOf([value, { kind: 'index', dtype: 'i32', index: store.index }]);
  const isOrder = method === 'ascending' || method === 'descending';
  const scratch = isOrder ? declareScratch(printer, part) : undefined;
  runLoops(printer, mergeAxes(rows, indices), () => {
    if (scratch) emitOrder(printer, part, indices, scratch);
    else emitRunning(printer, part, indices);
  });
}

interface Scratch {
  readonly keys: string;
  readonly order: string;
}

/** Memory for one line, before all loops. */
function declareScratch(printer: Printer, { axis, value }: LinePart): Scratch {
  const length = printer.dim(axis.size).code;
  const scratch = { keys: printer.fresh('keys'), order: printer.fresh('order') };
  printer.line(`const ${scratch.keys} = new ${value.dtype === 'i32' ? 'Int32Array' : 'Float64Array'}(${length});`);
  printer.line(`const ${scratch.order} = new Int32Array(${length});`);
  return scratch;
}

/** The loop along the line; `body` gets the position in it. */
function alongLine(printer: Printer, { axis }: LinePart, indices: readonly IndexExpr[], body: () => void): void {
  runLoops(printer, mergeAxes([axis], indices), body);
}

function emitOrder(printer: Printer, part: LinePart, indices: readonly IndexExpr[], { keys, order }: Scratch): void {
  const at = axisIndex(part.axis);
  alongLine(printer, part, indices, () => {
    printer.countUses([part.value], [at]);
    printer.line(`${element(keys, printer.index(at)).code} = ${asNumber(printer.value(part.value)).code};`);
  });
  printer.line(`${printer.helper(part.method)}(${order}, ${keys});`);
  alongLine(printer, part, indices, () => {
    printer.countUses([], [part.store.index, at]);
    printer.local('acc', element(order, printer.index(at)));
    printer.store(part.store);
  });
}

function emitRunning(printer: Printer, part: LinePart, indices: readonly IndexExpr[]): void {
  const { method, value, store } = part;
  const at = axisIndex(part.axis);
  const isInt = value.dtype === 'i32';
  const total = printer.fresh(method);
  printer.line(`let ${total} = ${method === 'prod' ? 1 : 0};`);
  const best = method === 'argmax' ? printer.fresh('largest') : '';
  if (best) printer.line(`let ${best} = ${isInt ? '-2147483648' : '-Infinity'};`);
  alongLine(printer, part, indices, () => {
    printer.countUses([value], [store.index, ...(best ? [at] : [])]);
    const next = asNumber(printer.value(value));
    if (best) {
      const candidate = printer.constant('candidate', next).code;
      const wins = isInt ? `${candidate} >= ${best}` : `${candidate} >= ${best} || ${candidate} !== ${candidate}`;
      printer.line(`if (${wins}) {`);
      printer.line(`  ${best} = ${candidate};`);
      printer.line(`  ${total} = ${printer.index(at).code};`);
      printer.line('}');
    } else if (method === 'prod') printer.line(isInt ? `${total} = Math.imul(${total}, ${next.code});` : `${total} *= ${next.code};`);
    else printer.line(isInt ? `${total} = (${total} + ${next.code}) | 0;` : `${total} += ${next.code};`);
    printer.local('acc', atom(total));
    printer.store(store);
  });
}
