import { type Dim, evaluateDim } from '../ir/dim.js';
import type { Axis, IndexCondition, IndexExpr, ScalarExpr } from './expr.js';

/** What an expression is evaluated under: the turn of every axis, the named dims, and what a gathered value is. */
export interface IndexEnvironment {
  readonly axes: ReadonlyMap<Axis, number>;
  readonly dims: ReadonlyMap<string, number>;
  value(expr: ScalarExpr): number;
}

/** The plain value of an index expression; floor division rounds down and the remainder has the divisor's sign. */
export function evaluateIndex(expr: IndexExpr, environment: IndexEnvironment): number {
  switch (expr.kind) {
    case 'number':
      return expr.value;
    case 'size':
      return evaluateDim(expr.dim, environment.dims);
    case 'axis': {
      const turn = environment.axes.get(expr.axis);
      if (turn === undefined) throw new Error(`the axis ${expr.axis.name} is not running here`);
      return turn;
    }
    case 'value':
      return environment.value(expr.value);
    default: {
      const a = evaluateIndex(expr.left, environment);
      const b = evaluateIndex(expr.right, environment);
      if (expr.kind === 'add') return a + b;
      if (expr.kind === 'mul') return a * b;
      return expr.kind === 'floorDiv' ? Math.floor(a / b) : a - b * Math.floor(a / b);
    }
  }
}

export function conditionHolds(condition: IndexCondition, environment: IndexEnvironment): boolean {
  const index = evaluateIndex(condition.index, environment);
  if (condition.kind === 'divisible') return index % condition.by === 0;
  return index >= evaluateIndex(condition.low, environment) && index < evaluateIndex(condition.high, environment);
}

/** Number of turns of an axis. */
export function axisSize(axis: Axis, dims: ReadonlyMap<string, number>): number {
  return evaluateDim(axis.size as Dim, dims);
}
