import { conditionIndices } from '../../kernel/expressions.js';
import type { ScatterPart } from '../../kernel/kernel.js';
import { mergeAxes, runLoops, storeIndices } from './loops.js';
import type { Printer } from './printer.js';
import { asNumber, element } from './text.js';

/** Updates one after the other, in order; those that a condition rejects are dropped. */
export function emitScatter(printer: Printer, part: ScatterPart): void {
  const { store, conditions } = part;
  const indices = [...storeIndices([store]), ...conditions.flatMap(conditionIndices)];
  runLoops(printer, mergeAxes(part.updates, indices), () => {
    printer.countUses([store.value], [store.index, ...conditions.flatMap(conditionIndices)]);
    if (conditions.length === 0) {
      combineWith(printer, part);
      return;
    }
    const test = printer.conditions(conditions);
    printer.nested('branch', () => {
      combineWith(printer, part);
      return `if (${test.code})`;
    });
  });
}

function combineWith(printer: Printer, { store, combine }: ScatterPart): void {
  const { name, dtype } = printer.arrays[store.tensor]!;
  const value = asNumber(printer.value(store.value));
  const target = element(name, printer.index(store.index)).code;
  if (combine === 'max') {
    printer.line(`${target} = Math.max(${target}, ${value.code});`);
    return;
  }
  // An Int32Array keeps the low 32 bits of what is stored.
  printer.line(dtype === 'i32' ? `${target} = (${target} + ${value.code}) | 0;` : `${target} += ${value.code};`);
}
