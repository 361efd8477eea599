import type { DType } from '../../ir/types.js';
import type { IndexCondition, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { conditionIndices, conditionNeeds } from '../../kernel/expressions.js';
import { linearForm, provablyNonNegative } from '../../kernel/index-math.js';
import { Indices } from './indices.js';
import { mask, numbers } from './scalar-ops.js';
import { i32, isPowerOfTwo, maskOf, operation, ramp, splat, type Text } from './text.js';

/** Which of the four lanes count; nothing may be read or written for the others. */
export type Active =
  | { readonly kind: 'all' }
  | { readonly kind: 'first'; readonly count: Text }
  | { readonly kind: 'masked'; readonly mask: Text };

export const all: Active = { kind: 'all' };

/** Which lanes count, and which of them conditions hold for. */
export abstract class Conditions extends Indices {
  protected active: Active = all;

  abstract lanes(expr: ScalarExpr): Text;
  abstract constantLanes(dtype: DType, value: number): Text;
  protected abstract laneByLane(expr: ScalarExpr): Text;

  /** Prints `body` where only those lanes count. */
  where<T>(active: Active, body: () => T): T {
    const outer = this.active;
    this.active = active;
    const result = body();
    this.active = outer;
    return result;
  }

  /** Which lanes count, as a mask. */
  activeMask(): Text | undefined {
    const { active } = this;
    if (active.kind === 'all') return undefined;
    if (active.kind === 'masked') return active.mask;
    return maskOf(operation('v128', 'i32x4.lt_u', ramp(1), splat(active.count)));
  }

  /** Which of the lanes that count all conditions hold for, where that is known already: at the ends of loops, and in short ones. */
  protected knownLanes(conditions: readonly IndexCondition[]): readonly boolean[] | undefined {
    const { active } = this;
    if (active.kind === 'masked') return undefined;
    const count = active.kind === 'first' ? active.count.number : 4;
    const holds = (condition: IndexCondition, lane: number): boolean | undefined => {
      const [index, low, high] = conditionIndices(condition).map((each) => this.knownIndex(each, lane));
      if (index === undefined) return undefined;
      if (condition.kind === 'divisible') return index % condition.by === 0;
      return low === undefined || high === undefined ? undefined : index >= low && index < high;
    };
    if (count === undefined) return undefined;
    const lanes: boolean[] = [];
    for (let lane = 0; lane < count; lane++) {
      const each = conditions.map((condition) => holds(condition, lane));
      if (each.includes(undefined)) return undefined;
      lanes.push(!each.includes(false));
    }
    return lanes;
  }

  /** Which lanes all conditions hold for, as a mask. */
  protected conditionLanes(conditions: readonly IndexCondition[]): Text {
    const masks = conditions.map((condition): Text => {
      if (!this.isLanes(conditionNeeds(condition))) {
        const holds: Text = this.condition(condition);
        return mask(splat(holds));
      }
      const lanes = (index: IndexExpr): Text => this.indexAsLanes(index);
      if (condition.kind === 'divisible') {
        const { by, index } = condition;
        if (!isPowerOfTwo(by)) return mask(this.laneByLane(conditionValue(condition)));
        const rest = operation('v128', 'v128.and', lanes(index), splat(i32(by - 1)));
        return maskOf(operation('v128', 'i32x4.eq', rest, splat(i32(0))));
      }
      const low = operation('v128', 'i32x4.ge_s', lanes(condition.index), lanes(condition.low));
      const high = operation('v128', 'i32x4.lt_s', lanes(condition.index), lanes(condition.high));
      if (linearForm(condition.low).constant === 0 && condition.low.kind === 'number' && provablyNonNegative(condition.index))
        return maskOf(high);
      return maskOf(operation('v128', 'v128.and', low, high));
    });
    return masks.reduce((every, one) => maskOf(operation('v128', 'v128.and', every, one)));
  }

  private indexAsLanes(index: IndexExpr): Text {
    if (index.kind === 'number') return this.constantLanes('i32', index.value);
    return numbers(this.lanes({ kind: 'index', dtype: 'i32', index }));
  }
}

/** 1 where a condition holds. */
function conditionValue(condition: IndexCondition): ScalarExpr {
  const truth = (value: number): ScalarExpr => ({ kind: 'constant', dtype: 'bool', value });
  return { kind: 'guard', dtype: 'bool', conditions: [condition], value: truth(1), otherwise: truth(0) };
}

/** A mask; further lanes than are given do not count. */
export function constantMask(lanes: readonly boolean[]): Text {
  return maskOf({ code: `(v128.const i32x4 ${[0, 1, 2, 3].map((lane) => (lanes[lane] ? -1 : 0)).join(' ')})`, type: 'v128' });
}
