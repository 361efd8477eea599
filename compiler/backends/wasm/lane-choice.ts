import type { Dim } from '../../ir/dim.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { children, conditionNeeds, indexNeeds, valueIndices } from '../../kernel/expressions.js';
import { linearForm } from '../../kernel/index-math.js';
import type { Store } from '../../kernel/kernel.js';
import type { Loop } from './loops.js';

/** Sizes that are known at run time only count as this many turns. */
const unknownSize = 64;

/** The loop whose turns are best taken four at a time; undefined where one by one is as good. */
export function bestLanes(loops: readonly Loop[], values: readonly ScalarExpr[], stores: readonly Store[]): Loop | undefined {
  let best: Loop | undefined;
  let least = costOf(undefined, values, stores);
  for (const loop of [...loops].reverse()) {
    const own = costOf(loop, values, stores);
    if (own < least) [best, least] = [loop, own];
  }
  return best;
}

/** About the operations of a point: `values` and `stores` on four lanes along `loop`, or one by one. */
export function costOf(loop: Loop | undefined, values: readonly ScalarExpr[], stores: readonly Store[]): number {
  const seen = new Set<ScalarExpr>();
  let total = values.length;
  let varying = 0;
  const visit = (expr: ScalarExpr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    total += ownCost(expr, loop);
    if (isVarying(expr, loop)) varying++;
    for (const child of children(expr)) visit(child);
    for (const index of valueIndices(expr)) for (const value of gathered(index)) visit(value);
  };
  for (const value of values) visit(value);
  for (const { index } of stores) total += accessCost(index, loop);
  if (loop === undefined) return total;
  // Each is printed for all lanes, and for some, with what lies in it.
  if (varying > mostVarying) total *= varying;
  const size = typeof loop.size === 'number' ? loop.size : unknownSize;
  return (total * Math.ceil(size / 4)) / Math.max(1, size);
}

/** Guards that may differ between lanes; more of them than this take too much text. */
const mostVarying = 6;

function isVarying(expr: ScalarExpr, loop: Loop | undefined): boolean {
  if (expr.kind !== 'guard' || loop === undefined) return false;
  return expr.conditions.some((condition) => loop.axes.some((axis) => conditionNeeds(condition).has(axis)));
}

function ownCost(expr: ScalarExpr, loop: Loop | undefined): number {
  switch (expr.kind) {
    case 'load':
      return accessCost(expr.index, loop);
    case 'guard':
      return isVarying(expr, loop) ? 6 : 2;
    case 'random':
      return 80;
    case 'apply':
      return isCall(expr.op) ? 20 : 1;
    default:
      return 0;
  }
}

const instructions = new Set('neg abs sign sqrt floor ceil trunc round isNan not add sub mul div maximum minimum'.split(' '));
for (const op of 'eq ne lt le gt ge and or xor select cast stopGradient'.split(' ')) instructions.add(op);

/** Whether the op is a function, on one number as costly as on four. */
export const isCall = (op: string): boolean => !instructions.has(op);

function accessCost(index: IndexExpr, loop: Loop | undefined): number {
  if (loop === undefined) return 1;
  const stride = strideOf(index, loop);
  if (stride === 1) return 1;
  if (stride === 0) return 0.25;
  return stride === 2 || stride === -1 ? 2.5 : 6;
}

/** What the loop's variable is multiplied by; undefined where the index is not linear in it. */
export function strideOf(index: IndexExpr, { axes }: Loop): Dim | undefined {
  let stride: Dim = 0;
  for (const { atom, coefficient } of linearForm(index).terms) {
    if (atom.kind === 'axis') {
      if (atom.axis === axes.at(-1)) stride = coefficient;
    } else if (dependsOn(atom, axes)) return undefined;
  }
  return stride;
}

function dependsOn(index: IndexExpr, axes: readonly Axis[]): boolean {
  const needs = indexNeeds(index);
  return axes.some((axis) => needs.has(axis));
}

function gathered(index: IndexExpr): ScalarExpr[] {
  if (index.kind === 'value') return [index.value];
  return 'left' in index ? [...gathered(index.left), ...gathered(index.right)] : [];
}
