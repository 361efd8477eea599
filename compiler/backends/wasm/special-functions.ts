import type { ScalarExpr } from '../../kernel/expr.js';
import { Substitution, valueKey } from '../../kernel/expressions.js';
import type { RowStep } from '../../kernel/kernel.js';

const apply = (op: string, ...args: readonly ScalarExpr[]): ScalarExpr => ({ kind: 'apply', dtype: 'f32', op, args });

/**
 * Steps in which functions of functions are one function that costs less: ln(1 + e^x) is made of e^-|x|, which does not overflow, and the exponential of
 * a value less its maximum, as in a softmax, is that of numbers not above 0.
 */
export function specialFunctions<Step extends RowStep>(steps: readonly Step[]): readonly Step[] {
  const greatest = new Map<string, string>();
  for (const step of steps) {
    if (step.kind === 'reduce' && step.combine === 'max' && step.value.dtype === 'f32') greatest.set(step.name, valueKey(step.value));
  }
  const substitution: Substitution = new Substitution(new Map(), (expr) => {
    if (expr.kind !== 'apply') return undefined;
    const [arg] = expr.args;
    if (arg?.kind !== 'apply' || arg.dtype !== 'f32') return undefined;
    if (expr.op === 'log1p' && arg.op === 'exp') {
      const x = substitution.value(arg.args[0]!);
      return apply('softplus', x, apply('expNegative', apply('neg', apply('abs', x))));
    }
    if (expr.op === 'exp' && arg.op === 'sub' && isBelowMaximum(arg.args)) return apply('expNegative', substitution.value(arg));
    return undefined;
  });
  const isBelowMaximum = ([value, most]: readonly ScalarExpr[]): boolean =>
    most?.kind === 'local' && value!.kind !== 'local' && greatest.get(most.name) === valueKey(value!);
  return steps.map((step) => ({ ...step, value: substitution.value(step.value) }));
}
