import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { indicesOf, valueNeeds } from '../../kernel/expressions.js';
import { add, axisIndex, mul } from '../../kernel/index-math.js';
import type { RowStep, RowsPart } from '../../kernel/kernel.js';
import { emitNest, mergeAxes, runLoops } from './loops.js';
import type { Printer } from './printer.js';
import { scalarOp } from './scalar-ops.js';
import { f32, get, i32, operation, type Text } from './text.js';

type Reduce = Extract<RowStep, { kind: 'reduce' }>;
type StoreStep = Extract<RowStep, { kind: 'storeRow' | 'storeElement' }>;

const isStore = (step: RowStep): step is StoreStep => step.kind === 'storeRow' || step.kind === 'storeElement';

/** Rows kernels: pointwise nests, row reductions with their stores, reductions over outer axes. */
export function emitRows(printer: Printer, part: RowsPart, isWhole: boolean): void {
  if (part.inner.length === 0 && part.steps.every(isStore)) {
    emitNest(printer, part.rows, part.steps.filter(isStore), isWhole);
    return;
  }
  const loops = mergeAxes(part.rows, indicesOf(part.steps.flatMap(stepRoots)));
  const range = isWhole && loops.length > 0 ? printer.grains(loops[0]!.size) : undefined;
  runLoops(printer, loops, () => emitSteps(printer, part.steps, part.inner), range);
}

/** The values that a step computes and the indices that it stores at, as values. */
function stepRoots(step: RowStep): ScalarExpr[] {
  return isStore(step) ? [step.value, { kind: 'index', dtype: 'i32', index: step.index }] : [step.value];
}

/** Steps in order; neighbouring reductions that do not need each other share a loop, and so do neighbouring element stores. */
function emitSteps(printer: Printer, steps: readonly RowStep[], inner: readonly Axis[]): void {
  let position = 0;
  while (position < steps.length) {
    const group = groupAt(steps, position);
    position += group.length;
    const first = group[0]!;
    if (first.kind === 'reduce') emitReduces(printer, group as Reduce[], inner);
    else if (first.kind === 'storeElement') emitNest(printer, inner, group as StoreStep[]);
    else emitStraight(printer, group);
  }
}

/** The longest run of steps from `start` that can be printed together. */
function groupAt(steps: readonly RowStep[], start: number): RowStep[] {
  const first = steps[start]!;
  const straight = first.kind === 'let' || first.kind === 'storeRow';
  const group = [first];
  for (const step of steps.slice(start + 1)) {
    const fits = straight ? step.kind === 'let' || step.kind === 'storeRow' : step.kind === first.kind;
    const needsGroup = !straight && group.some((other) => other.kind === 'reduce' && valueNeeds(step.value).has(`local ${other.name}`));
    if (!fits || needsGroup) break;
    group.push(step);
  }
  return group;
}

function emitStraight(printer: Printer, steps: readonly RowStep[]): void {
  printer.countUses(steps.flatMap(stepRoots));
  for (const step of steps) {
    if (step.kind === 'let') printer.local(step.name, printer.constant(step.name, printer.value(step.value)));
    else if (step.kind === 'storeRow') printer.store(step);
  }
}

/** Start value of a reduction: what the combination leaves alone. */
function neutral(reduce: Reduce): Text {
  const isInt = reduce.value.dtype !== 'f32';
  const least = isInt ? -2147483648 : Number.NEGATIVE_INFINITY;
  const greatest = isInt ? 2147483647 : Number.POSITIVE_INFINITY;
  const value = { sum: 0, prod: 1, max: least, argmax: least, min: greatest, argmin: greatest }[reduce.combine];
  return isInt ? i32(value) : f32(value);
}

const opOf = { sum: 'add', prod: 'mul', max: 'maximum', min: 'minimum', argmax: 'gt', argmin: 'lt' } as const;

const isPosition = (reduce: Reduce): boolean => reduce.combine === 'argmax' || reduce.combine === 'argmin';

/** The loop over `inner` that computes `reduces`; afterwards their names are known. */
function emitReduces(printer: Printer, reduces: readonly Reduce[], inner: readonly Axis[]): void {
  const roots = reduces.map(({ value }) => value);
  const position = reduces.some(isPosition) ? flatPosition(inner) : undefined;
  const loops = mergeAxes(inner, [...indicesOf(roots), ...(position ? [position] : [])]);
  const totals = reduces.map((reduce) => {
    const start = neutral(reduce);
    const name = printer.fresh(reduce.name, start.type);
    printer.set(name, start);
    const place = isPosition(reduce) ? printer.fresh(`${reduce.name}At`, 'i32') : '';
    if (place) printer.set(place, i32(0));
    return { reduce, name, total: get(name, start.type), place };
  });
  runLoops(printer, loops, () => {
    printer.countUses(roots, position ? [position] : []);
    for (const { reduce, name, total, place } of totals) {
      const value = printer.value(reduce.value);
      const dtype = reduce.value.dtype;
      if (!place) {
        printer.set(name, scalarOp(opOf[reduce.combine], dtype, [total, value])!);
        continue;
      }
      const candidate = printer.constant('candidate', value);
      const better = scalarOp(opOf[reduce.combine], dtype, [candidate, total])!;
      const isNan = operation('i32', 'i32.and', operation('i32', 'f32.ne', candidate, candidate), operation('i32', 'f32.eq', total, total));
      printer.choice(dtype === 'f32' ? operation('i32', 'i32.or', better, isNan) : better, () => {
        printer.set(name, candidate);
        printer.set(place, printer.index(position!));
      });
    }
  });
  for (const { reduce, total, place } of totals) printer.local(reduce.name, place ? get(place, 'i32') : total);
}

/** Row-major position in `axes`. */
export function flatPosition(axes: readonly Axis[]): IndexExpr {
  let position: IndexExpr = { kind: 'number', value: 0 };
  for (const axis of axes) position = add(mul(position, axis.size), axisIndex(axis));
  return position;
}
