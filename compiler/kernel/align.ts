/** Which loops of two clusters are the same loop: found by comparing where each reads or writes one tensor. */
import { addDims, type Dim, exactDiv, lowerBound, mulDims, sameDim, subDims } from '../ir/dim.js';
import { splitAxis } from './axes.js';
import { Refusal } from './cluster.js';
import type { Axis, IndexExpr } from './expr.js';
import { add, affineForm, axisIndex, mul, stridesOf } from './index-math.js';

/** A loop, or a part of one, and how far one turn moves in memory. */
interface Digit {
  readonly axis: Axis;
  readonly stride: Dim;
}

/** Splits and matches axes of two sides; `partner` maps what is left of the second side to the first. */
export class Alignment {
  private readonly digits: readonly [Map<Axis, Axis[]>, Map<Axis, Axis[]>] = [new Map(), new Map()];
  readonly partner = new Map<Axis, Axis>();
  private readonly matched = new Set<Axis>();

  /** The parts of an axis, in order; an axis that was not split is its own only part. */
  partsOf(side: 0 | 1, axis: Axis): readonly Axis[] {
    return this.digits[side].get(axis) ?? [axis];
  }

  allParts(side: 0 | 1, axes: readonly Axis[]): Axis[] {
    return axes.flatMap((axis) => this.partsOf(side, axis));
  }

  isMatched(part: Axis): boolean {
    return this.matched.has(part);
  }

  /** Axes of a side in terms of the parts; those of the second side in terms of their partners. */
  substitution(side: 0 | 1, axes: readonly Axis[]): Map<Axis, IndexExpr> {
    const map = new Map<Axis, IndexExpr>();
    for (const axis of axes) {
      const parts = this.partsOf(side, axis).map((part) => this.partner.get(part) ?? part);
      const strides = stridesOf(parts.map(({ size }) => size));
      map.set(axis, add(...parts.map((part, i) => mul(axisIndex(part), strides[i]!))));
    }
    return map;
  }

  /** Matches the loops of two positions in one tensor. Throws Refusal when they do not run through it alike. */
  matchPositions(first: IndexExpr, second: IndexExpr): void {
    const [a, b] = [affineForm(first), affineForm(second)];
    if (!a || !b) throw new Refusal('the position in memory depends on data or divisions');
    if (!sameDim(a.offset, b.offset)) throw new Refusal('other elements of it are needed');
    this.match(this.digitsOf(0, a.strides), this.digitsOf(1, b.strides), 'it is read in another order');
  }

  /** Matches loops in row-major order, whatever they read. */
  matchInOrder(first: readonly Axis[], second: readonly Axis[]): void {
    const digits = (axes: readonly Axis[]): Digit[] => {
      const strides = stridesOf(axes.map(({ size }) => size));
      return axes.map((axis, i) => ({ axis, stride: strides[i]! }));
    };
    this.match(digits(first), digits(second), 'the loops have other sizes');
  }

  private digitsOf(side: 0 | 1, strides: ReadonlyMap<Axis, Dim>): Digit[] {
    return [...strides].flatMap(([axis, stride]) => {
      const parts = this.partsOf(side, axis);
      const within = stridesOf(parts.map(({ size }) => size));
      return parts.map((part, i) => ({ axis: part, stride: mulDims(stride, within[i]!) }));
    });
  }

  private match(first: Digit[], second: Digit[], reason: string): void {
    const [a, b] = [[...first], [...second]];
    while (a.length > 0 || b.length > 0) {
      const pair = this.findPair(a, b);
      if (!pair) throw new Refusal(reason);
      const [i, j] = pair;
      const [x, y] = [a[i]!, b[j]!];
      if (sameDim(x.axis.size, y.axis.size)) {
        this.bind(x.axis, y.axis);
        a.splice(i, 1);
        b.splice(j, 1);
      } else if (isLarger(x.axis.size, y.axis.size)) a.splice(i, 1, ...this.split(0, x, y.axis.size, reason));
      else b.splice(j, 1, ...this.split(1, y, x.axis.size, reason));
    }
  }

  private findPair(a: readonly Digit[], b: readonly Digit[]): [number, number] | undefined {
    for (let i = 0; i < a.length; i++) {
      const j = b.findIndex((digit) => sameDim(digit.stride, a[i]!.stride));
      if (j >= 0) return [i, j];
    }
    return undefined;
  }

  private split(side: 0 | 1, digit: Digit, inner: Dim, reason: string): Digit[] {
    const outer = exactDiv(digit.axis.size, inner);
    if (outer === undefined || this.matched.has(digit.axis)) throw new Refusal(reason);
    const { high, low } = splitAxis(digit.axis, outer, inner);
    const digits = this.digits[side];
    const origin = [...digits].find(([, parts]) => parts.includes(digit.axis))?.[0] ?? digit.axis;
    digits.set(
      origin,
      this.partsOf(side, origin).flatMap((part) => (part === digit.axis ? [high, low] : [part])),
    );
    return [
      { axis: high, stride: mulDims(digit.stride, inner) },
      { axis: low, stride: digit.stride },
    ];
  }

  private bind(first: Axis, second: Axis): void {
    if (this.matched.has(first) || this.matched.has(second)) {
      if (this.partner.get(second) !== first) throw new Refusal('its loops cannot be matched one to one');
      return;
    }
    this.matched.add(first).add(second);
    this.partner.set(second, first);
  }
}

/** Whether one size is a multiple of the other, so that its axis is the one to split. */
function isLarger(a: Dim, b: Dim): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a > b;
  return exactDiv(a, b) !== undefined || lowerBound(subDims(a, addDims(b, 1))) >= 0;
}
