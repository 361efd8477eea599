import { type Dim, productOf } from '../../ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { indicesOf, weight } from '../../kernel/expressions.js';
import type { Store } from '../../kernel/kernel.js';
import {
  type Accumulator,
  accumulate,
  acrossLanes,
  clear,
  combined,
  flatPosition,
  isLossy,
  isPosition,
  newAccumulator,
  type Reduce,
  totalOf,
} from './accumulators.js';
import { cutFor, type Part, runBlocks, runPart } from './blocks.js';
import { bestLanes } from './lane-choice.js';
import { atVector, runLanes, type Vector } from './lanes.js';
import { type Loop, mergeAxes, runLoops, writeOut } from './loops.js';
import type { Printer } from './printer.js';
import { get, operation, type Text } from './text.js';

/** Terms that are added up before their sum joins those of the blocks before, in float64. */
const blockTerms = 4096;

/** A loop over `inner` for reductions that do not need each other, and what it stores on its way. */
interface Reduction {
  readonly reduces: readonly Reduce[];
  readonly position: IndexExpr | undefined;
  readonly stores: readonly Store[];
  /** Outermost first; the last one is that of lanes, if there is one. */
  readonly loops: readonly Loop[];
  readonly lanes: Loop | undefined;
  readonly ways: number;
}

/** The loop over `inner` that computes `reduces`; afterwards their names are known. `keep`: values that a later step loads. */
export function emitReduces(
  printer: Printer,
  reduces: readonly Reduce[],
  inner: readonly Axis[],
  keep: readonly { readonly store: Store }[],
): void {
  const reduction = plan(reduces, inner, keep);
  const cut = reduces.some(isLossy) ? cutFor(reduction.loops, blockTerms) : undefined;
  const accumulators = reduces.map((reduce) =>
    [...Array(isPosition(reduce) ? 1 : reduction.ways).keys()].map((way) =>
      newAccumulator(printer, reduce, reduction.lanes !== undefined, reduction.ways > 1 ? `${reduce.name}${way}` : reduce.name),
    ),
  );
  const run = (part?: Part): void => runReduction(printer, reduction, cut?.at ?? 0, part, accumulators);
  const ended = accumulators.map(([first]) => first!.reduce);
  if (cut === undefined) {
    run();
    for (const [i, reduce] of ended.entries()) printer.local(reduce.name, result(printer, accumulators[i]!));
    return;
  }
  const sums = reduces.map((reduce) => (isLossy(reduce) ? printer.fresh(`${reduce.name}Sum`, 'f64') : ''));
  for (const sum of sums) if (sum) printer.line(`(local.set $${sum} (f64.const 0))`);
  runBlocks(printer, reduction.loops, cut, (part) => {
    run(part);
    for (const [i, sum] of sums.entries()) {
      if (!sum) continue;
      const block = operation('f64', 'f64.promote_f32', result(printer, accumulators[i]!));
      printer.set(sum, operation('f64', 'f64.add', get(sum, 'f64'), block));
      for (const accumulator of accumulators[i]!) clear(printer, accumulator);
    }
  });
  for (const [i, reduce] of ended.entries()) {
    const sum = sums[i]!;
    const text = sum
      ? printer.constant(reduce.name, operation('f32', 'f32.demote_f64', get(sum, 'f64')))
      : result(printer, accumulators[i]!);
    printer.local(reduce.name, text);
  }
}

function plan(reduces: readonly Reduce[], inner: readonly Axis[], keep: readonly { readonly store: Store }[]): Reduction {
  const roots = reduces.map(({ value }) => value);
  const stores = keep.map(({ store }) => store);
  const position = reduces.some(isPosition) ? flatPosition(inner) : undefined;
  const places: ScalarExpr[] = stores.map(({ index }) => ({ kind: 'index', dtype: 'i32', index }));
  const loops = mergeAxes(inner, [...indicesOf([...roots, ...places]), ...(position ? [position] : [])]);
  const best = bestLanes(loops, roots, stores);
  // The first of equal extremes is found when each lane sees its elements in order.
  const lanes = position && best !== loops.at(-1) ? undefined : best;
  const ordered = lanes ? [...loops.filter((loop) => loop !== lanes), lanes] : loops;
  return { reduces, position, stores, loops: ordered, lanes, ways: lanes ? waysOf(lanes.size, reduces) : 1 };
}

/** Independent accumulators hide the latency of their operation; a costly value hides it itself. */
function waysOf(size: Dim, reduces: readonly Reduce[]): number {
  const cost = reduces.reduce((sum, { value }) => sum + 1 + weight(value), 0);
  const wanted = cost <= 8 ? 4 : cost <= 24 ? 2 : 1;
  return typeof size === 'number' && size < 4 * wanted ? Math.max(1, Math.ceil(size / 4)) : wanted;
}

/** The loops from number `first` on, of which that one may run over a part only. */
function runReduction(
  printer: Printer,
  { reduces, position, stores, loops, lanes, ways }: Reduction,
  first: number,
  part: Part | undefined,
  accumulators: readonly (readonly Accumulator[])[],
): void {
  const roots = reduces.map(({ value }) => value);
  const point = (way: number): void => {
    const indices = [...(position ? [position] : []), ...stores.map(({ index }) => index)];
    printer.countUses([...roots, ...stores.map(({ value }) => value)], indices);
    for (const store of stores) printer.store(store);
    for (const ways of accumulators) accumulate(printer, ways[way % ways.length]!, position, true);
  };
  const inside = loops.slice(first);
  if (lanes === undefined) {
    if (part) runPart(printer, inside, part, () => point(0));
    else if (isShort(inside)) writeOut(printer, inside, () => point(0));
    else runLoops(printer, inside, () => point(0));
    return;
  }
  const isRepeatable = reduces.every(({ combine }) => combine !== 'sum' && combine !== 'prod');
  const vectors = (all: readonly Vector[]): void => {
    for (const [way, vector] of all.entries()) atVector(printer, lanes, vector, () => point(way));
  };
  const outer = inside.slice(0, -1);
  const alongLanes = (own?: Part): void => runLanes(printer, lanes, { isRepeatable, ways, ...(own && { part: own }) }, vectors);
  if (part === undefined) runLoops(printer, outer, () => alongLanes());
  else if (outer.length === 0) alongLanes(part);
  else runPart(printer, outer, part, () => alongLanes());
}

const isShort = (loops: readonly Loop[]): boolean => {
  const points = productOf(loops.map(({ size }) => size));
  return typeof points === 'number' && points <= 9;
};

/** What a reduction has come to, as a scalar. */
function result(printer: Printer, accumulators: readonly Accumulator[]): Text {
  const [first, ...others] = accumulators as readonly [Accumulator, ...Accumulator[]];
  const { reduce, place } = first;
  if (place) {
    if (!first.isLanes) return get(place, 'i32');
    const name = reduce.value.dtype === 'f32' ? 'firstGreatest' : 'firstGreatestInt';
    return printer.constant(reduce.name, operation('i32', printer.function(name), totalOf(first), get(place, 'v128')));
  }
  let totals = [first, ...others].map(totalOf);
  while (totals.length > 1) {
    const half = Math.ceil(totals.length / 2);
    totals = totals.slice(0, half).map((total, i) => {
      const other = totals[half + i];
      return other ? combined(reduce, total, other) : total;
    });
  }
  if (!first.isLanes) return totals[0]!;
  const all = printer.constant(reduce.name, totals[0]!);
  return printer.constant(reduce.name, acrossLanes(reduce, all));
}
