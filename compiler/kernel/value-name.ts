import type { ScalarExpr } from './expr.js';

const nameOfOp: Readonly<Record<string, string>> = {
  add: 'sum',
  sub: 'difference',
  mul: 'product',
  div: 'quotient',
  exp: 'power',
  select: 'chosen',
};

/** What a local that holds the value would be called in generated code; `tensors` are named as they are there. */
export function wantedName(expr: ScalarExpr, tensors: readonly { readonly name: string }[]): string {
  if (expr.kind === 'load') return `${tensors[expr.tensor]!.name}Value`;
  if (expr.kind === 'apply') return nameOfOp[expr.op] ?? expr.op;
  return expr.kind === 'local' ? expr.name : 'value';
}
