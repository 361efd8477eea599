import type { ContractPart } from '../../kernel/kernel.js';
import { runLoops } from './loops.js';
import type { Printer } from './printer.js';
import { f32, get, i32, operation } from './text.js';

/** Element types other than float32, exactly: a plain nest with one accumulator. */
export function emitPlain(printer: Printer, part: ContractPart, isWhole: boolean): void {
  const loops = (axes: ContractPart['k']) => axes.filter(({ size }) => size !== 1).map((axis) => ({ axes: [axis], size: axis.size }));
  const outer = loops([...part.batch, ...part.m, ...part.n]);
  const range = isWhole && outer.length > 0 ? printer.grains(outer[0]!.size) : undefined;
  const type = part.a.dtype === 'f32' ? 'f32' : 'i32';
  const body = (): void => {
    const acc = printer.fresh('acc', type);
    printer.set(acc, type === 'i32' ? i32(0) : f32(0));
    runLoops(printer, loops(part.k), () => {
      printer.countUses([]);
      const product = operation(type, `${type}.mul`, printer.value(part.a), printer.value(part.b));
      printer.set(acc, operation(type, `${type}.add`, get(acc, type), product));
    });
    printer.local('acc', get(acc, type));
    printer.countUses(part.stores.map(({ value }) => value));
    for (const store of part.stores) printer.store(store);
  };
  runLoops(printer, outer, body, range);
}
