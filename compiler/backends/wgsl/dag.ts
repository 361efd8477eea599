import type { Axis, IndexCondition, IndexExpr, ScalarExpr } from '../../kernel/expr.js';
import { indexKey } from '../../kernel/index-math.js';

/** What a node's value depends on besides constants: loop variables and locals. */
export type Variable = Axis | string;

/** One value of a function: equal expressions are one node. */
export interface Value {
  readonly id: number;
  readonly of: ScalarExpr | IndexExpr | IndexCondition;
  readonly args: readonly Value[];
  /** In how many places other nodes and statements use it. */
  uses: number;
  readonly symbols: ReadonlySet<Variable>;
  /** Tensors that it reads. */
  readonly reads: ReadonlySet<number>;
  /** Number of operations below it, itself included, each counted once per path (and capped). */
  readonly cost: number;
}

const none: ReadonlySet<never> = new Set();

/** Finds equal expressions. All expressions of a function are entered before the first is printed, so that uses are known. */
export class ExpressionDag {
  private readonly byKey = new Map<string, Value>();
  private readonly byObject = new Map<object, Value>();

  scalar(expr: ScalarExpr): Value {
    const known = this.byObject.get(expr);
    if (known) return known;
    const value = this.internScalar(expr);
    this.byObject.set(expr, value);
    return value;
  }

  index(expr: IndexExpr): Value {
    const known = this.byObject.get(expr);
    if (known) return known;
    const value = this.internIndex(expr);
    this.byObject.set(expr, value);
    return value;
  }

  private internScalar(expr: ScalarExpr): Value {
    switch (expr.kind) {
      case 'constant':
        return this.node(`constant ${expr.dtype} ${Object.is(expr.value, -0) ? '-0' : expr.value}`, expr, []);
      case 'load':
        return this.node(`load ${expr.tensor}`, expr, [this.index(expr.index)], { reads: expr.tensor });
      case 'index':
        return this.index(expr.index);
      case 'apply':
        return this.node(
          `apply ${expr.dtype} ${expr.op}`,
          expr,
          expr.args.map((arg) => this.scalar(arg)),
        );
      case 'guard': {
        const conditions = expr.conditions.map((condition) => this.condition(condition));
        return this.node('guard', expr, [...conditions, this.scalar(expr.value), this.scalar(expr.otherwise)]);
      }
      case 'local':
        return this.node(`local ${expr.name}`, expr, [], { symbol: expr.name });
      case 'random':
        return this.node(`random ${expr.rng}`, expr, [this.index(expr.index), this.index(expr.stream)], { reads: expr.rng });
    }
  }

  private internIndex(expr: IndexExpr): Value {
    switch (expr.kind) {
      case 'number':
      case 'size':
        return this.node(`index ${indexKey(expr)}`, expr, []);
      case 'axis':
        return this.node(`axis ${indexKey(expr)}`, expr, [], { symbol: expr.axis });
      case 'value':
        return this.scalar(expr.value);
      default:
        return this.node(expr.kind, expr, [this.index(expr.left), this.index(expr.right)]);
    }
  }

  private condition(condition: IndexCondition): Value {
    if (condition.kind === 'divisible') return this.node(`divisible ${condition.by}`, condition, [this.index(condition.index)]);
    const { index, low, high } = condition;
    return this.node('inRange', condition, [this.index(index), this.index(low), this.index(high)]);
  }

  private node(label: string, of: Value['of'], args: readonly Value[], own: { symbol?: Variable; reads?: number } = {}): Value {
    const key = `${label} ${args.map((arg) => arg.id).join(' ')}`;
    const known = this.byKey.get(key);
    if (known) return known;
    for (const arg of args) arg.uses++;
    const symbols = union<Variable>(
      args.map((arg) => arg.symbols),
      own.symbol,
    );
    const reads = union<number>(
      args.map((arg) => arg.reads),
      own.reads,
    );
    const cost = Math.min(
      1000,
      args.reduce((total, arg) => total + arg.cost, 1),
    );
    const value: Value = { id: this.byKey.size, of, args, uses: 0, symbols, reads, cost };
    this.byKey.set(key, value);
    return value;
  }
}

function union<T>(sets: readonly ReadonlySet<T>[], own: T | undefined): ReadonlySet<T> {
  const filled = sets.filter((set) => set.size > 0);
  if (own === undefined) {
    if (filled.length === 0) return none;
    if (filled.length === 1) return filled[0]!;
  }
  const all = new Set<T>();
  for (const set of filled) for (const item of set) all.add(item);
  if (own !== undefined) all.add(own);
  return all;
}
