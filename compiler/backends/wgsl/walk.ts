import type { IndexExpr, ScalarExpr } from '../../kernel/expr.js';

type Load = ScalarExpr & { kind: 'load' };

/** Every read of an expression, those inside gathered indices included. */
export function loadsOf(expr: ScalarExpr): Load[] {
  const loads: Load[] = [];
  const seen = new Set<object>();
  const index = (at: IndexExpr): void => {
    if (seen.has(at)) return;
    seen.add(at);
    if (at.kind === 'value') scalar(at.value);
    else if ('left' in at) {
      index(at.left);
      index(at.right);
    }
  };
  const scalar = (value: ScalarExpr): void => {
    if (seen.has(value)) return;
    seen.add(value);
    switch (value.kind) {
      case 'load':
        loads.push(value);
        index(value.index);
        break;
      case 'random':
        index(value.stream);
        index(value.index);
        break;
      case 'index':
        index(value.index);
        break;
      case 'apply':
        for (const arg of value.args) scalar(arg);
        break;
      case 'guard':
        for (const condition of value.conditions) {
          index(condition.index);
          if (condition.kind === 'inRange') {
            index(condition.low);
            index(condition.high);
          }
        }
        scalar(value.value);
        scalar(value.otherwise);
        break;
      default:
    }
  };
  scalar(expr);
  return loads;
}
