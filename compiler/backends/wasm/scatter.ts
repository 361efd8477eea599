import { conditionIndices } from '../../kernel/expressions.js';
import type { ScatterPart } from '../../kernel/kernel.js';
import { mergeAxes, runLoops, storeIndices } from './loops.js';
import type { Printer } from './printer.js';

/** Updates one after the other, in order; those that a condition rejects are dropped. */
export function emitScatter(printer: Printer, part: ScatterPart): void {
  const { store, conditions } = part;
  const indices = [...storeIndices([store]), ...conditions.flatMap(conditionIndices)];
  runLoops(printer, mergeAxes(part.updates, indices), () => {
    printer.countUses([store.value], [store.index, ...conditions.flatMap(conditionIndices)]);
    if (conditions.length === 0) printer.combine(store, part.combine);
    else printer.choice(printer.conditions(conditions), () => printer.combine(store, part.combine));
  });
}
