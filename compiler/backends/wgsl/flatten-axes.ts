import { productOf } from '../../ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { axisIndex, unflatten } from '../../kernel/index-math.js';
import { ScalarBuilder, type ScalarChange } from '../../kernel/scalar.js';
import { axisChange, substituteDeep } from '../../kernel/substitute.js';

/**
 * One axis in place of several: it runs over all their points in row-major order. The maths of indices puts quotients and
 * remainders together again wherever the old axes were only used to address consecutive memory.
 */
export class FlatAxes {
  private readonly replaced = new Map<Axis, IndexExpr>();
  private readonly build = new ScalarBuilder();
  private readonly memo = new Map<ScalarExpr, ScalarExpr>();
  private readonly change: ScalarChange = axisChange(this.replaced);

  /** The axis that stands for `axes`. */
  merge(axes: readonly Axis[], name: string): Axis {
    const kept = axes.filter((axis) => axis.size !== 1);
    const sizes = kept.map((axis) => axis.size);
    const flat: Axis = { name, size: productOf(sizes) };
    const indices = unflatten(axisIndex(flat), sizes);
    for (const [i, axis] of kept.entries()) this.replaced.set(axis, indices[i]!);
    return flat;
  }

  index(expr: IndexExpr): IndexExpr {
    return substituteDeep(this.build, expr, this.replaced);
  }

  scalar(expr: ScalarExpr): ScalarExpr {
    return this.build.rebuild(expr, this.change, this.memo);
  }
}
