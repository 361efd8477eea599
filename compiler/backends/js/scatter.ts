import type { ScatterPart } from '../../kernel/kernel.js';
import { conditionIndices } from './expressions.js';
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
      addTo(printer, store);
      return;
    }
    const test = printer.conditions(conditions);
    printer.nested('branch', () => {
      addTo(printer, store);
      return `if (${test.code})`;
    });
  });
}

function addTo(printer: Printer, store: ScatterPart['store']): void {
  const { name, dtype } = printer.arrays[store.tensor]!;
  const value = asNumber(printer.value(store.value));
  const target = element(name, printer.index(store.index)).code;
  // An Int32Array keeps the low 32 bits of what is stored.
  printer.line(dtype === 'i32' ? `${target} = (${target} + ${value.code}) | 0;` : `${target} += ${value.code};`);
}
