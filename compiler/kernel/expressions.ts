import { dimNames } from '../ir/dim.js';
import type { Axis, IndexCondition, IndexExpr, ScalarExpr } from './expr.js';
import { add, affineForm, axisIndex, floorDiv, indexKey, linearForm, mod, mul } from './index-math.js';

/** What an expression needs to be in scope: axes, names of locals, names of dims. */
export type Needs = ReadonlySet<Axis | string>;

const needsOfIndex = new WeakMap<IndexExpr, Needs>();
const needsOfValue = new WeakMap<ScalarExpr, Needs>();

export function indexNeeds(expr: IndexExpr): Needs {
  let needs = needsOfIndex.get(expr);
  if (needs === undefined) {
    needs = computeIndexNeeds(expr);
    needsOfIndex.set(expr, needs);
  }
  return needs;
}

function computeIndexNeeds(expr: IndexExpr): Needs {
  switch (expr.kind) {
    case 'number':
      return new Set();
    case 'size':
      return dimNames(expr.dim);
    case 'axis':
      return new Set([expr.axis]);
    case 'value':
      return valueNeeds(expr.value);
    default:
      return union([indexNeeds(expr.left), indexNeeds(expr.right)]);
  }
}

export function valueNeeds(expr: ScalarExpr): Needs {
  let needs = needsOfValue.get(expr);
  if (needs === undefined) {
    const parts: Needs[] = [...valueIndices(expr).map(indexNeeds), ...children(expr).map(valueNeeds)];
    if (expr.kind === 'local') parts.push(new Set([`local ${expr.name}`]));
    needs = union(parts);
    needsOfValue.set(expr, needs);
  }
  return needs;
}

export function conditionNeeds(condition: IndexCondition): Needs {
  return union(conditionIndices(condition).map(indexNeeds));
}

function union(sets: readonly Needs[]): Needs {
  const all = new Set<Axis | string>();
  for (const set of sets) for (const need of set) all.add(need);
  return all;
}

export function conditionIndices(condition: IndexCondition): IndexExpr[] {
  return condition.kind === 'inRange' ? [condition.index, condition.low, condition.high] : [condition.index];
}

/** The index expressions that an expression itself holds, not those of its arguments. */
export function valueIndices(expr: ScalarExpr): IndexExpr[] {
  if (expr.kind === 'load' || expr.kind === 'index') return [expr.index];
  if (expr.kind === 'random') return [expr.stream, expr.index];
  return expr.kind === 'guard' ? expr.conditions.flatMap(conditionIndices) : [];
}

export function children(expr: ScalarExpr): readonly ScalarExpr[] {
  if (expr.kind === 'apply') return expr.args;
  return expr.kind === 'guard' ? [expr.value, expr.otherwise] : [];
}

/** The values inside an index (gathered positions). */
function gathered(index: IndexExpr): ScalarExpr[] {
  if (index.kind === 'value') return [index.value];
  if (index.kind === 'number' || index.kind === 'size' || index.kind === 'axis') return [];
  return [...gathered(index.left), ...gathered(index.right)];
}

/** Every expression below `roots` once per place where it is used, values of gathered indices included; shared ones are entered once. */
export function eachUse(
  roots: Iterable<ScalarExpr>,
  visitValue: (expr: ScalarExpr) => boolean,
  visitIndex: (expr: IndexExpr) => boolean,
): void {
  const visit = (expr: ScalarExpr): void => {
    if (!visitValue(expr)) return;
    for (const index of valueIndices(expr)) if (visitIndex(index)) for (const value of gathered(index)) visit(value);
    for (const child of children(expr)) visit(child);
  };
  for (const root of roots) visit(root);
}

/** All index expressions that occur in `roots`, each once. */
export function indicesOf(roots: Iterable<ScalarExpr>): IndexExpr[] {
  const seen = new Set<ScalarExpr>();
  const found = new Set<IndexExpr>();
  eachUse(
    roots,
    (expr) => !seen.has(expr) && seen.add(expr) !== undefined,
    (index) => !found.has(index) && found.add(index) !== undefined,
  );
  return [...found];
}

/** Number of operations; calls of helpers count as many. */
export function weight(expr: ScalarExpr): number {
  const own =
    expr.kind === 'apply' ? (['add', 'sub', 'mul', 'neg', 'maximum', 'minimum'].includes(expr.op) ? 1 : 8) : expr.kind === 'load' ? 1 : 4;
  return children(expr).reduce((sum, child) => sum + weight(child), own);
}

/** Whether evaluating the expression reads memory that only an enclosing guard may make valid. */
export function reads(expr: ScalarExpr): boolean {
  if (expr.kind === 'load' || expr.kind === 'random') return true;
  return children(expr).some(reads) || valueIndices(expr).some(indexReads);
}

export function indexReads(index: IndexExpr): boolean {
  return gathered(index).some(reads);
}

const keys = new WeakMap<ScalarExpr, string>();
const interned = new Map<string, string>();

/** A short text that is equal for equal computations. */
export function valueKey(expr: ScalarExpr): string {
  let key = keys.get(expr);
  if (key === undefined) {
    const long = longKey(expr);
    key = interned.get(long) ?? `#${interned.size}`;
    interned.set(long, key);
    keys.set(expr, key);
  }
  return key;
}

function longKey(expr: ScalarExpr): string {
  switch (expr.kind) {
    case 'constant':
      return `${expr.dtype} ${Object.is(expr.value, -0) ? '-0' : expr.value}`;
    case 'load':
      return `load ${expr.tensor} ${indexKey(expr.index)}`;
    case 'index':
      return `index ${indexKey(expr.index)}`;
    case 'apply':
      return `${expr.op} ${expr.dtype} ${expr.args.map(valueKey).join(' ')}`;
    case 'guard':
      return `guard ${expr.conditions.map(conditionKey).join(' ')} ${valueKey(expr.value)} ${valueKey(expr.otherwise)}`;
    case 'local':
      return `local ${expr.name}`;
    case 'random':
      return `random ${expr.rng} ${indexKey(expr.stream)} ${indexKey(expr.index)}`;
  }
}

export function conditionKey(condition: IndexCondition): string {
  const by = condition.kind === 'divisible' ? condition.by : '';
  return `${condition.kind} ${conditionIndices(condition).map(indexKey).join(' ')} ${by}`;
}

/** Replaces axes by index expressions and values by values; shared expressions stay shared. */
export class Substitution {
  private readonly values = new Map<ScalarExpr, ScalarExpr>();
  private readonly indices = new Map<IndexExpr, IndexExpr>();

  constructor(
    private readonly axes: ReadonlyMap<Axis, IndexExpr>,
    private readonly replace: (expr: ScalarExpr) => ScalarExpr | undefined = () => undefined,
  ) {}

  value(expr: ScalarExpr): ScalarExpr {
    let result = this.values.get(expr);
    if (result === undefined) {
      result = this.replace(expr) ?? this.rebuild(expr);
      this.values.set(expr, result);
    }
    return result;
  }

  index(expr: IndexExpr): IndexExpr {
    let result = this.indices.get(expr);
    if (result === undefined) {
      result = this.rebuildIndex(expr);
      this.indices.set(expr, result);
    }
    return result;
  }

  condition(condition: IndexCondition): IndexCondition {
    if (condition.kind === 'divisible') return { ...condition, index: this.index(condition.index) };
    return { kind: 'inRange', index: this.index(condition.index), low: this.index(condition.low), high: this.index(condition.high) };
  }

  private rebuild(expr: ScalarExpr): ScalarExpr {
    switch (expr.kind) {
      case 'load':
      case 'index':
        return { ...expr, index: this.index(expr.index) };
      case 'random':
        return { ...expr, stream: this.index(expr.stream), index: this.index(expr.index) };
      case 'apply':
        return { ...expr, args: expr.args.map((arg) => this.value(arg)) };
      case 'guard': {
        const conditions = expr.conditions.map((condition) => this.condition(condition));
        return { ...expr, conditions, value: this.value(expr.value), otherwise: this.value(expr.otherwise) };
      }
      default:
        return expr;
    }
  }

  private rebuildIndex(expr: IndexExpr): IndexExpr {
    switch (expr.kind) {
      case 'axis':
        return this.axes.get(expr.axis) ?? axisIndex(expr.axis);
      case 'value':
        return { kind: 'value', value: this.value(expr.value) };
      case 'number':
      case 'size':
        return expr;
      case 'add':
        return add(this.index(expr.left), this.index(expr.right));
      case 'mul': {
        const factor = linearForm(expr.right);
        if (factor.terms.length === 0) return mul(this.index(expr.left), factor.constant);
        return { kind: 'mul', left: this.index(expr.left), right: this.index(expr.right) };
      }
      case 'floorDiv':
        return floorDiv(this.index(expr.left), linearForm(expr.right).constant);
      case 'mod':
        return mod(this.index(expr.left), linearForm(expr.right).constant);
    }
  }
}

/** How far apart in memory neighbours along `axis` lie, when the index is linear in it. */
export function strideAlong(index: IndexExpr, axis: Axis): number {
  const stride = affineForm(index)?.strides.get(axis) ?? 0;
  return typeof stride === 'number' ? Math.abs(stride) : Number.POSITIVE_INFINITY;
}
