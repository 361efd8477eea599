import type { Axis } from '../../kernel/expr.js';
import { indicesOf } from '../../kernel/expressions.js';
import type { RowsPart } from '../../kernel/kernel.js';
import type { Reduce } from './accumulators.js';
import { emitColumns } from './columns.js';
import { type Kept, keptValues } from './kept-values.js';
import { costOf } from './lane-choice.js';
import { type Loop, mergeAxes, runLoops } from './loops.js';
import { emitPoints, emitStraight, isStore, stepRoots } from './nest.js';
import type { Printer } from './printer.js';
import { emitReduces } from './reduce.js';
import { specialFunctions } from './special-functions.js';
import { groupsOf } from './steps.js';

/** Rows kernels: pointwise nests, row reductions with their stores, reductions over outer axes. */
export function emitRows(printer: Printer, given: RowsPart, isWhole: boolean): void {
  const part = { ...given, steps: specialFunctions(given.steps) };
  const { rows, inner, steps } = part;
  if (!steps.some(({ kind }) => kind === 'reduce' || kind === 'storeElement')) {
    emitPoints(printer, rows, steps, isWhole);
    return;
  }
  const loops = mergeAxes(rows, indicesOf(steps.flatMap(stepRoots)));
  if (loops.some(({ size }) => size === 0)) return;
  const columns = columnLoop(loops, part);
  if (columns) {
    emitColumns(printer, part, loops, columns, isWhole);
    return;
  }
  const range = isWhole && loops.length > 0 ? printer.grains(loops[0]!.size) : undefined;
  const kept = keptValues(printer, steps);
  runLoops(printer, loops, () => emitSteps(printer, kept, inner), range);
}

/** The loop over rows along which memory is contiguous where the inner axes are not: reading row after row, four or more sums at a time, follows memory. */
function columnLoop(loops: readonly Loop[], { inner, steps }: RowsPart): Loop | undefined {
  const points = steps.filter(({ kind }) => kind === 'reduce' || kind === 'storeElement');
  const values = points.map(({ value }) => value);
  const stores = points.filter(isStore);
  const innerLoops = mergeAxes(inner, indicesOf(points.flatMap(stepRoots)));
  const reduces = points.length - stores.length;
  const size = (loop: Loop): number => (typeof loop.size === 'number' ? Math.max(1, loop.size) : 64);
  // A sum over lanes costs about as much as eight operations.
  const across = innerLoops.map((loop) => costOf(loop, values, stores) + (8 * reduces) / size(loop));
  let least = Math.min(costOf(undefined, values, stores), ...across);
  let best: Loop | undefined;
  for (const loop of [...loops].reverse()) {
    const own = costOf(loop, values, stores);
    if (own < least) [best, least] = [loop, own];
  }
  return best;
}

/** Steps in order; neighbouring reductions that do not need each other share a loop, and so do neighbouring element stores. */
function emitSteps(printer: Printer, { steps, keep }: Kept, inner: readonly Axis[]): void {
  for (const group of groupsOf(steps)) {
    const first = group[0]!;
    if (first.kind === 'reduce')
      emitReduces(
        printer,
        group as Reduce[],
        inner,
        keep.filter(({ reduce }) => group.includes(reduce)),
      );
    else if (first.kind === 'storeElement') emitPoints(printer, inner, group, false);
    else emitStraight(printer, group);
  }
}
