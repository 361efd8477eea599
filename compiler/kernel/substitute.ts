import type { Axis, IndexExpr, ScalarExpr } from './expr.js';
import { add, floorDiv, linearForm, mod, mul, sizeIndex } from './index-math.js';
import type { ScalarBuilder, ScalarChange } from './scalar.js';

export type AxisMap = ReadonlyMap<Axis, IndexExpr>;

/** The index with expressions in the place of axes, simplified anew. `again` rebuilds gathered values. */
export function substituteIndex(expr: IndexExpr, axes: AxisMap, again?: (value: ScalarExpr) => ScalarExpr): IndexExpr {
  const form = linearForm(expr);
  const parts = form.terms.map(({ atom, coefficient }) => mul(substituteAtom(atom, axes, again), coefficient));
  return add(...parts, sizeIndex(form.constant));
}

function substituteAtom(atom: IndexExpr, axes: AxisMap, again?: (value: ScalarExpr) => ScalarExpr): IndexExpr {
  switch (atom.kind) {
    case 'axis':
      return axes.get(atom.axis) ?? atom;
    case 'value': {
      if (!again) throw new Error('a gathered index cannot be rewritten here');
      const value = again(atom.value);
      return value === atom.value ? atom : { kind: 'value', value };
    }
    case 'floorDiv':
      return floorDiv(substituteIndex(atom.left, axes, again), linearForm(atom.right).constant);
    case 'mod':
      return mod(substituteIndex(atom.left, axes, again), linearForm(atom.right).constant);
    case 'mul':
      return { ...atom, left: substituteIndex(atom.left, axes, again), right: substituteIndex(atom.right, axes, again) };
    default:
      return atom;
  }
}

/** The change of an expression that puts index expressions in the place of axes. */
export function axisChange(axes: AxisMap): ScalarChange {
  return { index: (index, again) => substituteIndex(index, axes, again) };
}

/** The index with expressions in the place of axes, those within gathered values included. */
export function substituteDeep(build: ScalarBuilder, expr: IndexExpr, axes: AxisMap): IndexExpr {
  const memo = new Map<ScalarExpr, ScalarExpr>();
  const change = axisChange(axes);
  return substituteIndex(expr, axes, (value) => build.rebuild(value, change, memo));
}
