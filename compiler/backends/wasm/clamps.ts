import type { ScalarExpr } from '../../kernel/expr.js';
import { valueKey } from '../../kernel/expressions.js';

const clamps: Readonly<Record<string, string>> = { lt: 'f32x4.pmax', le: 'f32x4.pmax', gt: 'f32x4.pmin' };

/**
 * Which instruction `x < bound ? bound : x` is, if it is that: one that gives its first operand where that is NaN, or of equal ones. Of zeros, where
 * `x <= 0`, it gives x, so that a zero has to be added: `isZero`.
 */
export function clampOf({
  op,
  args,
}: Extract<ScalarExpr, { kind: 'apply' }>): { readonly name: string; readonly isZero: boolean } | undefined {
  const [test, bound, x] = args;
  const name = op === 'select' && test?.kind === 'apply' && bound!.dtype === 'f32' && clamps[test.op];
  if (!name || valueKey(test.args[0]!) !== valueKey(x!) || valueKey(test.args[1]!) !== valueKey(bound!)) return undefined;
  const isZero = bound!.kind === 'constant' && Object.is(bound!.value, 0);
  if (test.op === 'le' && !(bound!.kind === 'constant' && (isZero || Math.abs(bound!.value) > 0))) return undefined;
  return { name, isZero: isZero && test.op === 'le' };
}
