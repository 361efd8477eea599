import { conditionIndices, conditionNeeds, indexNeeds } from '../../kernel/expressions.js';
import { linearForm } from '../../kernel/index-math.js';
import type { ScatterPart } from '../../kernel/kernel.js';
import { strideOf } from './lane-choice.js';
import { atVector, runLanes } from './lanes.js';
import { type Loop, mergeAxes, runLoops, storeIndices } from './loops.js';
import type { Printer } from './printer.js';

/**
 * Updates one after the other, in order; those that a condition rejects are dropped. Along an innermost loop that follows the target's
 * memory, four at a time: they are different elements.
 */
export function emitScatter(printer: Printer, part: ScatterPart): void {
  const { store, conditions } = part;
  const loops = mergeAxes(part.updates, [...storeIndices([store]), ...conditions.flatMap(conditionIndices)]);
  const update = (): void => {
    printer.countUses([store.value], [store.index, ...conditions.flatMap(conditionIndices)]);
    if (conditions.length === 0) printer.combine(store, part.combine);
    else printer.choice(printer.conditions(conditions), () => printer.combine(store, part.combine));
  };
  const last = loops.at(-1);
  if (last === undefined || !isAlong(part, last)) {
    runLoops(printer, loops, update);
    return;
  }
  runLoops(printer, loops.slice(0, -1), () =>
    runLanes(printer, last, { isRepeatable: false, ways: 1 }, (vectors) => {
      for (const vector of vectors) atVector(printer, last, vector, update);
    }),
  );
}

/** Whether neighbouring updates of the loop go to neighbouring elements, all of them or none. */
function isAlong({ store, conditions }: ScatterPart, loop: Loop): boolean {
  const others = linearForm(store.index).terms.filter(({ atom }) => atom.kind !== 'axis');
  const varies = (needs: ReadonlySet<unknown>): boolean => loop.axes.some((axis) => needs.has(axis));
  if (others.some(({ atom }) => varies(indexNeeds(atom))) || conditions.some((condition) => varies(conditionNeeds(condition))))
    return false;
  return strideOf(store.index, loop) === 1 && (typeof loop.size !== 'number' || loop.size >= 3);
}
