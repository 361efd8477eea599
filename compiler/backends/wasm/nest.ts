import { exactDiv } from '../../ir/dim.js';
import type { Axis, ScalarExpr } from '../../kernel/expr.js';
import { indicesOf, weight } from '../../kernel/expressions.js';
import type { RowStep, Store } from '../../kernel/kernel.js';
import { bestLanes } from './lane-choice.js';
import { atVector, type LaneOptions, runGrains, runLanes, type Vector } from './lanes.js';
import { mergeAxes, runLoops } from './loops.js';
import type { Printer } from './printer.js';
import { specialFunctions } from './special-functions.js';
import { fillWithDraws, runStaged, stagesOf } from './stages.js';
import { crossingOf, emitTiles } from './transpose.js';

/** Elements of a grain of a flat loop. */
const grain = 1024;

/**
 * Loops over `axes` around `stores`, merged where possible, four elements at a time along the axis that suits memory best. `isWhole`: it
 * is all that the kernel does, so that threads may share it.
 */
export function emitNest(printer: Printer, axes: readonly Axis[], stores: readonly Store[], isWhole = false): void {
  emitPoints(printer, axes, specialFunctions(stores.map((store) => ({ kind: 'storeElement', ...store }))), isWhole);
}

/** The same for steps of any kind but reductions. */
export function emitPoints(printer: Printer, axes: readonly Axis[], steps: readonly RowStep[], isWhole: boolean): void {
  const roots = steps.flatMap(stepRoots);
  const loops = mergeAxes(axes, indicesOf(roots));
  if (loops.some(({ size }) => size === 0)) return;
  const stores = steps.filter(isStore);
  const body = (): void => emitStraight(printer, steps);
  const lanes = bestLanes(loops, roots, stores);
  const outer = loops.filter((loop) => loop !== lanes);
  if (lanes === undefined) {
    runLoops(printer, outer, body, isWhole && outer.length > 0 ? printer.grains(outer[0]!.size) : undefined);
    return;
  }
  // Where the end is known at run time only, a turn of several vectors would need a second loop for the rest.
  const ways = exactDiv(lanes.size, 16) === undefined && typeof lanes.size !== 'number' ? 1 : worthWays(roots);
  const options: LaneOptions = { isRepeatable: isRepeatable(printer, stores), ways };
  const crossing = crossingOf(outer, lanes, steps, printer);
  if (crossing && (typeof lanes.size !== 'number' || lanes.size >= 4)) {
    emitTiles(printer, outer, lanes, crossing, options, isWhole, body);
    return;
  }
  const stages = stagesOf(printer, steps, lanes);
  if (stages) {
    const inStages = (isAll: boolean): void =>
      runStaged(printer, lanes, isAll, (part) => {
        for (const stage of stages) {
          if (stage.random) fillWithDraws(printer, stage, lanes, part);
          else
            runLanes(printer, lanes, { isRepeatable: false, ways: 1, ...(part && { part }) }, (all) => {
              for (const vector of all) atVector(printer, lanes, vector, () => emitStraight(printer, [stage.store]));
            });
        }
      });
    if (outer.length === 0) inStages(isWhole);
    else runLoops(printer, outer, () => inStages(false), isWhole ? printer.grains(outer[0]!.size) : undefined);
    return;
  }
  const vectors = (all: readonly Vector[]): void => {
    for (const vector of all) atVector(printer, lanes, vector, body);
  };
  if (outer.length > 0) {
    runLoops(printer, outer, () => runLanes(printer, lanes, options, vectors), isWhole ? printer.grains(outer[0]!.size) : undefined);
  } else if (isWhole) {
    runGrains(printer, lanes.size, grain, (part) => runLanes(printer, lanes, { ...options, ...(part && { part }) }, vectors));
  } else runLanes(printer, lanes, options, vectors);
}

/** Whether storing the same elements twice does no harm: nothing reads what is written. */
export function isRepeatable(printer: Printer, stores: readonly Store[]): boolean {
  return !stores.some(({ tensor }) => printer.memory[tensor]!.isRead);
}

/** Values that are known for the turn, and stores, in order. */
export function emitStraight(printer: Printer, steps: readonly RowStep[]): void {
  printer.countUses(steps.flatMap(stepRoots));
  for (const step of steps) {
    if (step.kind === 'let') printer.local(step.name, printer.constant(step.name, printer.value(step.value)));
    else if (isStore(step)) printer.store(step);
  }
}

export type StoreStep = Extract<RowStep, { kind: 'storeRow' | 'storeElement' }>;

export const isStore = (step: RowStep): step is StoreStep => step.kind === 'storeRow' || step.kind === 'storeElement';

/** The values that a step computes and the indices that it stores at, as values. */
export function stepRoots(step: RowStep): ScalarExpr[] {
  return isStore(step) ? [step.value, { kind: 'index', dtype: 'i32', index: step.index }] : [step.value];
}

/** How many vectors of a loop that computes `roots` are worth having in one turn. */
export function worthWays(roots: readonly ScalarExpr[]): number {
  const operations = roots.reduce((sum, root) => sum + 1 + weight(root), 0);
  return operations <= 6 ? 4 : operations <= 12 ? 2 : 1;
}
