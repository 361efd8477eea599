import { type Dim, exactDiv } from '../ir/dim.js';
import type { DType } from '../ir/types.js';
import { elementOf } from '../ops/source.js';
import type { IndexCondition, IndexExpr, ScalarExpr } from './expr.js';
import { indexKey, linearForm, provablyBelow, provablyNonNegative, sizeIndex, sub, zero } from './index-math.js';

/** Makes scalar expressions. Equal expressions of one builder are the same object, so that an expression is a DAG however often its parts occur. */
export class ScalarBuilder {
  private readonly table = new Map<string, ScalarExpr>();
  private readonly ids = new Map<ScalarExpr, number>();

  private intern(key: string, expr: ScalarExpr): ScalarExpr {
    const known = this.table.get(key);
    if (known) return known;
    this.table.set(key, expr);
    this.ids.set(expr, this.ids.size);
    return expr;
  }

  /** The number of an expression of this builder. */
  private id(expr: ScalarExpr): number {
    const id = this.ids.get(expr);
    if (id === undefined) throw new Error('the expression is of another builder');
    return id;
  }

  /** A constant; of dtype f32 it is the nearest float32 number, as everywhere. */
  constant(dtype: DType, given: number): ScalarExpr {
    const value = elementOf(dtype, given);
    const text = Object.is(value, -0) ? '-0' : String(value);
    return this.intern(`c ${dtype} ${text}`, { kind: 'constant', dtype, value });
  }

  load(dtype: DType, tensor: number, index: IndexExpr): ScalarExpr {
    return this.intern(`l ${tensor} ${indexKey(index)}`, { kind: 'load', dtype, tensor, index });
  }

  /** An index as a number of that dtype. */
  index(index: IndexExpr, dtype: DType = 'i32'): ScalarExpr {
    if (index.kind === 'number') return this.constant(dtype, dtype === 'bool' ? Number(index.value !== 0) : index.value);
    const plain = this.intern(`i ${indexKey(index)}`, { kind: 'index', dtype: 'i32', index });
    return dtype === 'i32' ? plain : this.apply('cast', dtype, [plain]);
  }

  apply(op: string, dtype: DType, args: readonly ScalarExpr[]): ScalarExpr {
    return this.intern(`a ${op} ${dtype} ${args.map((arg) => this.id(arg)).join(' ')}`, { kind: 'apply', dtype, op, args });
  }

  local(dtype: DType, name: string): ScalarExpr {
    return this.intern(`n ${dtype} ${name}`, { kind: 'local', dtype, name });
  }

  random(rng: number, stream: IndexExpr, index: IndexExpr): ScalarExpr {
    return this.intern(`r ${rng} ${indexKey(stream)} ${indexKey(index)}`, { kind: 'random', dtype: 'f32', rng, stream, index });
  }

  /** `value()` where all conditions hold, else `otherwise()`. What is known to hold or to fail is decided here. */
  guard(conditions: readonly IndexCondition[], value: () => ScalarExpr, otherwise: () => ScalarExpr): ScalarExpr {
    const open: IndexCondition[] = [];
    for (const condition of conditions) {
      const known = decide(condition);
      if (known === false) return otherwise();
      if (known === undefined) open.push(condition);
    }
    const inside = value();
    if (open.length === 0) return inside;
    const outside = otherwise();
    if (inside === outside && inside.kind === 'constant') return inside;
    const key = `g ${open.map(conditionKey).join(' ')} ? ${this.id(inside)} : ${this.id(outside)}`;
    return this.intern(key, { kind: 'guard', dtype: inside.dtype, conditions: open, value: inside, otherwise: outside });
  }

  /** Rebuilds an expression of any builder here, with other indices and leaves. */
  rebuild(expr: ScalarExpr, change: ScalarChange, memo: Map<ScalarExpr, ScalarExpr> = new Map()): ScalarExpr {
    const known = memo.get(expr);
    if (known) return known;
    const again = (inner: ScalarExpr): ScalarExpr => this.rebuild(inner, change, memo);
    const index = (inner: IndexExpr): IndexExpr => change.index(inner, again);
    const made = this.rebuildOne(expr, change, again, index);
    memo.set(expr, made);
    return made;
  }

  private rebuildOne(
    expr: ScalarExpr,
    change: ScalarChange,
    again: (inner: ScalarExpr) => ScalarExpr,
    index: (inner: IndexExpr) => IndexExpr,
  ): ScalarExpr {
    switch (expr.kind) {
      case 'constant':
        return this.constant(expr.dtype, expr.value);
      case 'load':
        return this.load(expr.dtype, change.tensor?.(expr.tensor) ?? expr.tensor, index(expr.index));
      case 'index':
        return this.index(index(expr.index));
      case 'apply':
        return this.apply(expr.op, expr.dtype, expr.args.map(again));
      case 'guard': {
        const conditions = expr.conditions.map((condition) => mapCondition(condition, index));
        return this.guard(
          conditions,
          () => again(expr.value),
          () => again(expr.otherwise),
        );
      }
      case 'local':
        return change.local ? change.local(expr) : this.local(expr.dtype, expr.name);
      case 'random':
        return this.random(change.tensor?.(expr.rng) ?? expr.rng, index(expr.stream), index(expr.index));
    }
  }
}

/** What `rebuild` changes; `again` rebuilds the gathered values inside an index. */
export interface ScalarChange {
  index(index: IndexExpr, again: (inner: ScalarExpr) => ScalarExpr): IndexExpr;
  tensor?(tensor: number): number;
  local?(expr: Extract<ScalarExpr, { kind: 'local' }>): ScalarExpr;
}

export function mapCondition(condition: IndexCondition, map: (index: IndexExpr) => IndexExpr): IndexCondition {
  if (condition.kind === 'divisible') return { ...condition, index: map(condition.index) };
  return { kind: 'inRange', index: map(condition.index), low: map(condition.low), high: map(condition.high) };
}

function conditionKey(condition: IndexCondition): string {
  if (condition.kind === 'divisible') return `${indexKey(condition.index)}%${condition.by}`;
  return `${indexKey(condition.low)}<=${indexKey(condition.index)}<${indexKey(condition.high)}`;
}

/** Whether a condition always holds or never does, or undefined where that depends. */
export function decide(condition: IndexCondition): boolean | undefined {
  if (condition.kind === 'divisible') return divisibility(condition.index, condition.by);
  const above = sub(condition.index, condition.low);
  const below = sub(condition.high, condition.index);
  if (provablyNonNegative(above) && provablyNonNegative(sub(below, sizeIndex(1)))) return true;
  if (provablyBelow(above, 0) || provablyBelow(below, 1)) return false;
  return undefined;
}

function divisibility(index: IndexExpr, by: number): boolean | undefined {
  const { terms, constant } = linearForm(index);
  if (!terms.every(({ coefficient }) => exactDiv(coefficient, by) !== undefined)) return undefined;
  if (typeof constant === 'number') return constant % by === 0;
  return exactDiv(constant, by) === undefined ? undefined : true;
}

/** `index` clamped into 0 .. size - 1, as an index. */
export function clampedIndex(build: ScalarBuilder, value: ScalarExpr, size: Dim): IndexExpr {
  if (size === 1) return zero;
  if (value.kind === 'constant' && typeof size === 'number') return sizeIndex(Math.max(0, Math.min(value.value, size - 1)));
  if (value.kind === 'index' && provablyNonNegative(value.index) && provablyBelow(value.index, size)) return value.index;
  const low = build.apply('maximum', 'i32', [value, build.constant('i32', 0)]);
  const last = build.index(sub(sizeIndex(size), sizeIndex(1)));
  return { kind: 'value', value: build.apply('minimum', 'i32', [low, last]) };
}

/** Calls `visit` once for every sub-expression, gathered indices included, arguments first. */
export function visitScalar(expr: ScalarExpr, visit: (expr: ScalarExpr) => void, seen: Set<ScalarExpr> = new Set()): void {
  if (seen.has(expr)) return;
  seen.add(expr);
  const index = (inner: IndexExpr): void => visitIndexValues(inner, (value) => visitScalar(value, visit, seen));
  switch (expr.kind) {
    case 'load':
    case 'index':
      index(expr.index);
      break;
    case 'random':
      index(expr.stream);
      index(expr.index);
      break;
    case 'apply':
      for (const arg of expr.args) visitScalar(arg, visit, seen);
      break;
    case 'guard':
      for (const condition of expr.conditions) for (const inner of conditionIndices(condition)) index(inner);
      visitScalar(expr.value, visit, seen);
      visitScalar(expr.otherwise, visit, seen);
      break;
    default:
      break;
  }
  visit(expr);
}

/** The operations that are computed whenever the expression is: all but those that a guard holds. */
export function sharedParts(expr: ScalarExpr, into: Set<ScalarExpr> = new Set()): Set<ScalarExpr> {
  if (expr.kind !== 'apply' || into.has(expr)) return into;
  into.add(expr);
  for (const arg of expr.args) sharedParts(arg, into);
  return into;
}

export function conditionIndices(condition: IndexCondition): readonly IndexExpr[] {
  return condition.kind === 'divisible' ? [condition.index] : [condition.low, condition.index, condition.high];
}

/** The gathered values in an index. */
export function visitIndexValues(index: IndexExpr, visit: (value: ScalarExpr) => void): void {
  if (index.kind === 'value') visit(index.value);
  else if ('left' in index) {
    visitIndexValues(index.left, visit);
    visitIndexValues(index.right, visit);
  }
}

/** The indices that an expression itself holds (not those of its arguments). */
export function ownIndices(expr: ScalarExpr): readonly IndexExpr[] {
  if (expr.kind === 'load' || expr.kind === 'index') return [expr.index];
  if (expr.kind === 'random') return [expr.stream, expr.index];
  return expr.kind === 'guard' ? expr.conditions.flatMap(conditionIndices) : [];
}
