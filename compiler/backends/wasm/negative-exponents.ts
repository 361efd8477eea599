import { Substitution, valueKey } from '../../kernel/expressions.js';
import type { RowStep } from '../../kernel/kernel.js';

/** Steps in which the exponential of a value less its maximum, as in a softmax, is that of numbers not above 0, which costs less. */
export function negativeExponents(steps: readonly RowStep[]): readonly RowStep[] {
  const greatest = new Map<string, string>();
  for (const step of steps) {
    if (step.kind === 'reduce' && step.combine === 'max' && step.value.dtype === 'f32') greatest.set(step.name, valueKey(step.value));
  }
  if (greatest.size === 0) return steps;
  const substitution = new Substitution(new Map(), (expr) => {
    if (expr.kind !== 'apply' || expr.op !== 'exp') return undefined;
    const [difference] = expr.args;
    if (difference?.kind !== 'apply' || difference.op !== 'sub') return undefined;
    const [value, most] = difference.args;
    if (most?.kind !== 'local' || value?.kind === 'local' || greatest.get(most.name) !== valueKey(value!)) return undefined;
    return { ...expr, op: 'expNegative' };
  });
  return steps.map((step) => ({ ...step, value: substitution.value(step.value) }));
}
