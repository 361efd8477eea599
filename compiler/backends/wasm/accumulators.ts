import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { add, axisIndex, mul } from '../../kernel/index-math.js';
import type { RowStep } from '../../kernel/kernel.js';
import type { Printer } from './printer.js';
import { lanesOp, numbers, scalarOp } from './scalar-ops.js';
import { f32, get, i32, operation, splat, type Text } from './text.js';

export type Reduce = Extract<RowStep, { kind: 'reduce' }>;

/** Locals that hold what a reduction has come to, of one number or of four lanes. */
export interface Accumulator {
  readonly reduce: Reduce;
  readonly total: string;
  /** Of argmax and argmin: where the extreme was found. */
  readonly place?: string;
  /** Of max and min of floats in lanes: all bits set where there was a NaN. */
  readonly nans?: string;
  readonly isLanes: boolean;
}

export const isPosition = ({ combine }: Reduce): boolean => combine === 'argmax' || combine === 'argmin';

const isExtreme = (reduce: Reduce): boolean => (reduce.combine === 'max' || reduce.combine === 'min') && isFloat(reduce);

const isFloat = ({ value }: Reduce): boolean => value.dtype === 'f32' || value.dtype === 'f64';

/** Whether many terms lose precision when they are added one after the other. */
export const isLossy = (reduce: Reduce): boolean => reduce.combine === 'sum' && isFloat(reduce);

/** What a combination leaves alone. */
function neutral(reduce: Reduce): Text {
  const [least, greatest] = isFloat(reduce) ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] : [-2147483648, 2147483647];
  // The least of values is found as the greatest of their opposites.
  const value = { sum: 0, prod: 1, max: least, min: greatest, argmax: least, argmin: least }[reduce.combine];
  return isFloat(reduce) ? f32(value) : i32(value);
}

const opOf = { sum: 'add', prod: 'mul', max: 'maximum', min: 'minimum' } as const;

/** `a` and `b` together; of everything but positions. */
export function combined({ combine, value }: Reduce, a: Text, b: Text): Text {
  const op = opOf[combine as keyof typeof opOf];
  return (a.type === 'v128' ? lanesOp : scalarOp)(op, value.dtype === 'bool' ? 'i32' : value.dtype, [a, b])!;
}

export function newAccumulator(printer: Printer, reduce: Reduce, isLanes: boolean, wanted = reduce.name): Accumulator {
  const type = isLanes ? 'v128' : isFloat(reduce) ? 'f32' : 'i32';
  const total = printer.fresh(wanted, type);
  const accumulator: Accumulator = {
    reduce,
    total,
    isLanes,
    ...(isPosition(reduce) && { place: printer.fresh(`${wanted}At`, isLanes ? 'v128' : 'i32') }),
    ...(isLanes && isExtreme(reduce) && { nans: printer.fresh(`${wanted}Nans`, 'v128') }),
  };
  clear(printer, accumulator);
  return accumulator;
}

export function clear(printer: Printer, { reduce, total, place, nans, isLanes }: Accumulator): void {
  const start = neutral(reduce);
  printer.set(total, isLanes ? splat(start) : start);
  if (place) printer.set(place, isLanes ? splat(i32(0)) : i32(0));
  if (nans) printer.set(nans, splat(i32(0)));
}

/** What it has come to; all bits set are a NaN. */
export function totalOf({ reduce, total, nans, isLanes }: Accumulator): Text {
  const text = get(total, isLanes ? 'v128' : isFloat(reduce) ? 'f32' : 'i32');
  return nans ? operation('v128', 'v128.or', text, get(nans, 'v128')) : text;
}

/** Takes in the reduction's value at the current point, or at the lanes of it that count (`isMasked`: lanes of others may hold anything). */
export function accumulate(printer: Printer, accumulator: Accumulator, position: IndexExpr | undefined, isMasked: boolean): void {
  const { reduce, total, isLanes, place, nans } = accumulator;
  const before = totalOf(accumulator);
  const given = isLanes ? numbers(printer.lanes(reduce.value)) : printer.value(reduce.value);
  const active = isLanes && isMasked ? printer.activeMask() : undefined;
  if (place) {
    takeGreater(printer, accumulator, given, position!, active);
    return;
  }
  const value = active ? operation('v128', 'v128.bitselect', given, splat(neutral(reduce)), active) : given;
  if (nans) {
    // One instruction where the maximum that keeps NaN takes many; a NaN is less than nothing and greater than nothing.
    const candidate = printer.constant('candidate', value);
    const own = get(total, 'v128');
    printer.set(total, operation('v128', reduce.combine === 'max' ? 'f32x4.pmax' : 'f32x4.pmin', own, candidate));
    printer.set(nans, operation('v128', 'v128.or', get(nans, 'v128'), operation('v128', 'f32x4.ne', candidate, candidate)));
    return;
  }
  const named = reduce.combine === 'max' || reduce.combine === 'min' ? printer.constant('candidate', value) : value;
  printer.set(total, combined(reduce, before, named));
}

/** The first extreme wins, and the first NaN over everything. */
function takeGreater(printer: Printer, accumulator: Accumulator, given: Text, position: IndexExpr, active: Text | undefined): void {
  const { reduce, total, place, isLanes } = accumulator;
  const before = totalOf(accumulator);
  const float = isFloat(reduce);
  const candidate = printer.constant('candidate', reduce.combine === 'argmax' ? given : opposite(given, float));
  const shape = isLanes ? `${float ? 'f32' : 'i32'}x4` : float ? 'f32' : 'i32';
  const truth = isLanes ? 'v128' : 'i32';
  let better = operation(truth, float ? `${shape}.gt` : `${shape}.gt_s`, candidate, before);
  if (float) {
    const isNan = operation(truth, `${shape}.ne`, candidate, candidate);
    const wasNumber = operation(truth, `${shape}.eq`, before, before);
    better = operation(truth, `${truth}.or`, better, operation(truth, `${truth}.and`, isNan, wasNumber));
  }
  const index: ScalarExpr = { kind: 'index', dtype: 'i32', index: position };
  if (!isLanes) {
    printer.choice(better, () => {
      printer.set(total, candidate);
      printer.set(place!, printer.value(index));
    });
    return;
  }
  const wins = printer.constant('wins', active ? operation('v128', 'v128.and', better, active) : better);
  printer.set(total, operation('v128', 'v128.bitselect', candidate, before, wins));
  printer.set(place!, operation('v128', 'v128.bitselect', numbers(printer.lanes(index)), get(place!, 'v128'), wins));
}

/** A number that is the less the greater the given one is. */
function opposite(x: Text, float: boolean): Text {
  if (x.type === 'v128') return float ? operation('v128', 'f32x4.neg', x) : operation('v128', 'v128.not', x);
  return float ? operation('f32', 'f32.neg', x) : operation('i32', 'i32.xor', x, i32(-1));
}

/** All four lanes together. */
export function acrossLanes(reduce: Reduce, lanes: Text): Text {
  const shape = isFloat(reduce) ? 'f32' : 'i32';
  const lane = (number: number): Text => operation(shape, `${shape}x4.extract_lane ${number}`, lanes);
  return combined(reduce, combined(reduce, lane(0), lane(1)), combined(reduce, lane(2), lane(3)));
}

/** Row-major position in `axes`. */
export function flatPosition(axes: readonly Axis[]): IndexExpr {
  let position: IndexExpr = { kind: 'number', value: 0 };
  for (const axis of axes) position = add(mul(position, axis.size), axisIndex(axis));
  return position;
}
