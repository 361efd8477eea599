import type { ContractPart } from '../../kernel/kernel.js';
import { type Loop, runLoops } from './loops.js';
import type { Printer } from './printer.js';
import { f32, get, i32, operation } from './text.js';

/** A plain nest with one accumulator. */
export function emitContract(printer: Printer, part: ContractPart): void {
  const alone = (axes: typeof part.k): Loop[] => axes.filter(({ size }) => size !== 1).map((axis) => ({ axes: [axis], size: axis.size }));
  runLoops(printer, alone([...part.batch, ...part.m, ...part.n]), () => {
    const type = part.a.dtype === 'i32' ? 'i32' : 'f32';
    const acc = printer.fresh('acc', type);
    printer.set(acc, type === 'i32' ? i32(0) : f32(0));
    runLoops(printer, alone(part.k), () => {
      printer.countUses([]);
      const product = operation(type, `${type}.mul`, printer.value(part.a), printer.value(part.b));
      printer.set(acc, operation(type, `${type}.add`, get(acc, type), product));
    });
    printer.local('acc', get(acc, type));
    printer.countUses(part.stores.map(({ value }) => value));
    for (const store of part.stores) printer.store(store);
  });
}
