import { type Dim, productOf } from '../../ir/dim.js';
import { indicesOf, weight } from '../../kernel/expressions.js';
import type { RowsPart } from '../../kernel/kernel.js';
import {
  type Accumulator,
  accumulate,
  clear,
  combined,
  flatPosition,
  isLossy,
  isPosition,
  newAccumulator,
  type Reduce,
  totalOf,
} from './accumulators.js';
import { cutFor, runBlocks, runPart } from './blocks.js';
import { typical } from './contract-plan.js';
import { keptValues } from './kept-values.js';
import { atVector, runGrains, runLanes, type Vector } from './lanes.js';
import { type Loop, mergeAxes, runLoops, writeOut } from './loops.js';
import { emitStraight, isRepeatable, isStore, stepRoots } from './nest.js';
import type { Printer } from './printer.js';
import { groupsOf } from './steps.js';
import { get, type Text } from './text.js';

/** Terms of a column that are added up before their sum joins those of the blocks before. */
const blockTerms = 128;

/** Columns of a grain: fewer where all of them are no more than that and each is long. */
const columnGrain = 256;

/** Fewer operations than this are no piece for a thread of its own. */
const grainWork = 1 << 15;

/** A vector of columns, and what the steps have found for it so far. */
interface Columns {
  readonly vector: Vector;
  readonly locals: Map<string, Text>;
}

/**
 * Rows four at a time or more, as columns of vectors: `columns` is the loop over rows along which memory is contiguous. Every step is
 * computed for all vectors of a turn, reductions with all their sums in registers.
 */
export function emitColumns(printer: Printer, part: RowsPart, loops: readonly Loop[], columns: Loop, isWhole: boolean): void {
  const kept = keptValues(printer, part.steps);
  const outer = loops.filter((loop) => loop !== columns);
  const options = { isRepeatable: isRepeatable(printer, kept.steps.filter(isStore)), ways: waysOf(part) };
  const turn = (vectors: readonly Vector[]): void => {
    const all = vectors.map((vector) => ({ vector, locals: new Map<string, Text>() }));
    const each = (body: (own: Columns, index: number) => void): void => {
      for (const [index, own] of all.entries()) {
        atVector(printer, columns, own.vector, () => {
          for (const [name, text] of own.locals) printer.local(name, text);
          body(own, index);
        });
      }
    };
    for (const group of groupsOf(kept.steps)) {
      if (group[0]!.kind === 'reduce') {
        const reduces = group as Reduce[];
        const stores = kept.keep.filter(({ reduce }) => reduces.includes(reduce as Reduce)).map(({ store }) => store);
        emitColumnSums(printer, part, reduces, all, each, (own) => {
          printer.countUses(
            [...reduces.map(({ value }) => value), ...stores.map(({ value }) => value)],
            stores.map(({ index }) => index),
          );
          for (const store of stores) printer.store(store);
          return own;
        });
      } else if (group[0]!.kind === 'storeElement') {
        each(() => runInner(printer, mergeAxes(part.inner, indicesOf(group.flatMap(stepRoots))), () => emitStraight(printer, group)));
      } else {
        each((own) => {
          emitStraight(printer, group);
          for (const step of group)
            if (step.kind === 'let') own.locals.set(step.name, printer.value({ kind: 'local', dtype: step.dtype, name: step.name }));
        });
      }
    }
  };
  if (outer.length > 0) {
    runLoops(printer, outer, () => runLanes(printer, columns, options, turn), isWhole ? printer.grains(outer[0]!.size) : undefined);
  } else if (isWhole) {
    runGrains(printer, columns.size, grainOf(part, columns, options.ways), (range) =>
      runLanes(printer, columns, { ...options, ...(range && { part: range }) }, turn),
    );
  } else runLanes(printer, columns, options, turn);
}

function grainOf({ steps, inner }: RowsPart, { size }: Loop, ways: number): number {
  if (typeof size !== 'number' || size > columnGrain) return columnGrain;
  const cost = steps.reduce((sum, { value }) => sum + 1 + weight(value), 0);
  const least = Math.max(size / 8, grainWork / Math.max(1, cost * typical(productOf(inner.map(({ size: points }) => points)))));
  const unit = 4 * ways;
  return Math.min(columnGrain, unit * Math.ceil(least / unit));
}

/** Vectors of a turn: as many as leave registers for what they compute; one where no loop lies inside, as vectors are independent then. */
function waysOf({ steps, inner }: RowsPart): number {
  const reduces = steps.filter((step): step is Reduce => step.kind === 'reduce');
  const cost = steps.reduce((sum, { value }) => sum + 1 + weight(value), 0);
  if (reduces.length !== 1 || isPosition(reduces[0]!) || cost > 16 || isShort(inner)) return 1;
  return cost <= 6 ? 8 : 4;
}

/** Few points are written out. */
function isShort(loops: readonly { readonly size: Dim }[]): boolean {
  const points = productOf(loops.map(({ size }) => size));
  return typeof points === 'number' && points <= 9;
}

function runInner(printer: Printer, loops: readonly Loop[], body: () => void): void {
  if (isShort(loops)) writeOut(printer, loops, body);
  else runLoops(printer, loops, body);
}

function emitColumnSums(
  printer: Printer,
  { inner }: RowsPart,
  reduces: readonly Reduce[],
  all: readonly Columns[],
  each: (body: (own: Columns, index: number) => void) => void,
  before: (own: Columns) => void,
): void {
  const position = reduces.some(isPosition) ? flatPosition(inner) : undefined;
  const roots = reduces.map(({ value }) => value);
  const loops = mergeAxes(inner, [...indicesOf(roots), ...(position ? [position] : [])]);
  const cut = reduces.some(isLossy) ? cutFor(loops, blockTerms) : undefined;
  const named = ({ name }: Reduce, index: number): string => (all.length > 1 ? `${name}${index}` : name);
  const accumulators = all.map((_, index) => reduces.map((reduce) => newAccumulator(printer, reduce, true, named(reduce, index))));
  const point = (): void =>
    each((own, index) => {
      before(own);
      for (const accumulator of accumulators[index]!) accumulate(printer, accumulator, position, false);
    });
  const found = (accumulator: Accumulator): Text =>
    accumulator.place ? get(accumulator.place, 'v128') : printer.constant(accumulator.reduce.name, totalOf(accumulator));
  if (cut === undefined) {
    runInner(printer, loops, point);
    for (const [index, own] of all.entries()) for (const one of accumulators[index]!) own.locals.set(one.reduce.name, found(one));
    return;
  }
  const sums = accumulators.map((own, index) =>
    own.map(({ reduce }) => (isLossy(reduce) ? newAccumulator(printer, reduce, true, `${named(reduce, index)}Sum`) : undefined)),
  );
  runBlocks(printer, loops, cut, (block) => {
    runPart(printer, loops.slice(cut.at), block, point);
    for (const [index, own] of accumulators.entries()) {
      for (const [i, accumulator] of own.entries()) {
        const sum = sums[index]![i];
        if (!sum) continue;
        printer.set(sum.total, combined(sum.reduce, totalOf(sum), totalOf(accumulator)));
        clear(printer, accumulator);
      }
    }
  });
  for (const [index, own] of all.entries()) {
    for (const [i, one] of accumulators[index]!.entries()) own.locals.set(one.reduce.name, found(sums[index]![i] ?? one));
  }
}
