/** Which loops a part has: axes are split where indices divide them, and merged where memory does not tell them apart. */
import { exactDiv, lowerBound, mulDims, sameDim } from '../ir/dim.js';
import type { Axis, IndexExpr } from './expr.js';
import { add, axisIndex, floorDiv, linearForm, mod, mul } from './index-math.js';

/** Calls `visit` for the expression and every expression inside it (not those in gathered values). */
function visitParts(expr: IndexExpr, visit: (part: IndexExpr) => void): void {
  visit(expr);
  for (const { atom } of linearForm(expr).terms) {
    if ('left' in atom) {
      if (atom !== expr) visit(atom);
      visitParts(atom.left, visit);
      visitParts(atom.right, visit);
    }
  }
}

export interface Split {
  readonly axis: Axis;
  readonly high: Axis;
  readonly low: Axis;
}

/** An axis that some index takes apart by floorDiv or mod with a size that divides the axis's own, with its two parts. */
export function findSplit(indices: readonly IndexExpr[], axes: ReadonlySet<Axis>): Split | undefined {
  let found: Split | undefined;
  for (const index of indices) {
    visitParts(index, (part) => {
      if (found || (part.kind !== 'floorDiv' && part.kind !== 'mod')) return;
      const by = linearForm(part.right).constant;
      for (const { atom, coefficient } of linearForm(part.left).terms) {
        if (atom.kind !== 'axis' || !axes.has(atom.axis) || lowerBound(coefficient) < 1) continue;
        const inner = exactDiv(by, coefficient);
        const outer = inner === undefined || inner === 1 ? undefined : exactDiv(atom.axis.size, inner);
        if (inner === undefined || outer === undefined || outer === 1) continue;
        found = splitAxis(atom.axis, outer, inner);
        return;
      }
    });
    if (found) return found;
  }
  return found;
}

export function splitAxis(axis: Axis, outer: Axis['size'], inner: Axis['size']): Split {
  return { axis, high: { name: `${axis.name}a`, size: outer }, low: { name: `${axis.name}b`, size: inner } };
}

/** The split axis in terms of its parts. */
export function joined(split: Split): IndexExpr {
  return add(mul(axisIndex(split.high), split.low.size), axisIndex(split.low));
}

export function replaceAxis(axes: readonly Axis[], split: Split): Axis[] {
  return axes.flatMap((axis) => (axis === split.axis ? [split.high, split.low] : [axis]));
}

export interface Join {
  readonly high: Axis;
  readonly low: Axis;
  readonly axis: Axis;
}

/** Two neighbouring axes that occur in every index as `high*size(low) + low` only. */
export function findJoin(indices: readonly IndexExpr[], axes: readonly Axis[]): Join | undefined {
  for (let i = 0; i + 1 < axes.length; i++) {
    const [high, low] = [axes[i]!, axes[i + 1]!];
    if (indices.every((index) => movesTogether(index, high, low))) {
      return { high, low, axis: { name: high.name, size: mulDims(high.size, low.size) } };
    }
  }
  return undefined;
}

function movesTogether(index: IndexExpr, high: Axis, low: Axis): boolean {
  let together = true;
  visitParts(index, (part) => {
    let [h, l]: [Axis['size'], Axis['size']] = [0, 0];
    for (const { atom, coefficient } of linearForm(part).terms) {
      if (atom.kind !== 'axis') continue;
      if (atom.axis === high) h = coefficient;
      if (atom.axis === low) l = coefficient;
    }
    if (!sameDim(h, mulDims(l, low.size))) together = false;
  });
  return together;
}

/** What the two axes are in terms of the joined one. */
export function parted(join: Join): [IndexExpr, IndexExpr] {
  const whole = axisIndex(join.axis);
  return [floorDiv(whole, join.low.size), mod(whole, join.low.size)];
}
