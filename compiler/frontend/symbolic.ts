/** Arithmetic of host values that are known at run time only: sizes of named dims, and values of tensors. */

import type { Message } from '../diagnostics/messages.js';
import * as messages from '../diagnostics/messages.js';
import {
  addDims,
  type Dim,
  dimText,
  exactDiv,
  floorDivDims,
  isSymbolic,
  lowerBound,
  modDims,
  mulDims,
  SizeUnknownError,
  SymbolicDim,
  subDims,
} from '../ir/dim.js';

/** Thrown by built-ins for what cannot be evaluated; the machine gives it a place. Interpreted code does not catch it. */
export class Refusal {
  constructor(readonly content: Message) {}
}

/** `numerator / denominator` where the division is not known to be exact: waits for Math.floor, or becomes a tensor. */
export class SizeRatio {
  constructor(
    readonly numerator: Dim,
    readonly denominator: Dim,
  ) {}
  toString(): string {
    return `${operandText(this.numerator)} / ${operandText(this.denominator)}`;
  }
  [Symbol.toPrimitive](hint: 'number' | 'string' | 'default'): string {
    if (hint === 'number') throw new Refusal(messages.sizeNotWhole(this.toString()));
    return this.toString();
  }
}

/** A number or a boolean that is known at run time only: what `.item()` gives while a model is built, and what is computed of it. */
export class TensorScalar {
  constructor(
    /** The handle of a tensor of rank 0 that holds the value. */
    readonly handle: object,
    /** What `typeof` says of it. */
    readonly type: 'number' | 'boolean',
  ) {}
  [Symbol.toPrimitive](): string {
    throw new Refusal(messages.tensorCondition('this expression'));
  }
  toJSON(): never {
    throw new Refusal(messages.tensorCondition('JSON.stringify'));
  }
}

export type Symbolic = SymbolicDim | SizeRatio | TensorScalar;

export function isHostSymbolic(value: unknown): value is Symbolic {
  return value instanceof SymbolicDim || value instanceof SizeRatio || value instanceof TensorScalar;
}

export function isSize(value: unknown): value is Dim {
  return (typeof value === 'number' && Number.isInteger(value)) || isSymbolic(value);
}

function operandText(dim: Dim): string {
  return isSymbolic(dim) && dim.terms.length > 1 ? `(${dim.key})` : dimText(dim);
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '**';
export type ComparisonOperator = '<' | '<=' | '>' | '>=';

/** `a operator b` where a or b is a symbolic size. Throws Refusal when the result is not a size. */
export function symbolicArithmetic(operator: ArithmeticOperator, a: unknown, b: unknown): unknown {
  if (operator === '+' && (typeof a === 'string' || typeof b === 'string')) return `${String(a)}${String(b)}`;
  if (a instanceof SizeRatio || b instanceof SizeRatio) return ratioArithmetic(operator, a, b);
  if (!isSize(a) || !isSize(b)) {
    const other = isSymbolic(a) ? b : a;
    const dim = isSymbolic(a) ? a : b;
    // A size times 0.5 is a size divided by 2.
    if (operator === '*' && typeof other === 'number' && isSize(1 / other) && isSize(dim)) return symbolicArithmetic('/', dim, 1 / other);
    throw new Refusal(messages.sizeNotNumber(String(dim), `'${operator}' with ${String(other)}`));
  }
  switch (operator) {
    case '+':
      return addDims(a, b);
    case '-':
      return subDims(a, b);
    case '*':
      return mulDims(a, b);
    case '/':
      return exactDiv(a, b) ?? new SizeRatio(a, b);
    case '%':
      if (b === 0 || lowerBound(a) < 0 || lowerBound(b) < 0) throw new Refusal(messages.sizeNotNumber(`${a} % ${b}`, "the sign of '%'"));
      return modDims(a, b);
    case '**':
      if (typeof b === 'number' && b >= 0 && b <= 8) return Array.from({ length: b }, () => a).reduce<Dim>(mulDims, 1);
      throw new Refusal(messages.sizeNotNumber(`${a} ** ${b}`, 'this power'));
  }
}

/** Quotients may be multiplied and divided by sizes. */
function ratioArithmetic(operator: ArithmeticOperator, a: unknown, b: unknown): unknown {
  const left = asRatio(a);
  const right = asRatio(b);
  if (left !== undefined && right !== undefined && (operator === '*' || operator === '/')) {
    const [up, down] = operator === '*' ? [right.numerator, right.denominator] : [right.denominator, right.numerator];
    const numerator = mulDims(left.numerator, up);
    const denominator = mulDims(left.denominator, down);
    return exactDiv(numerator, denominator) ?? new SizeRatio(numerator, denominator);
  }
  throw new Refusal(messages.sizeNotWhole(String(a instanceof SizeRatio ? a : b)));
}

function asRatio(value: unknown): SizeRatio | undefined {
  if (value instanceof SizeRatio) return value;
  return isSize(value) ? new SizeRatio(value, 1) : undefined;
}

/** `a operator b` when it holds, or does not, for all sizes; undefined when that depends on the size. */
export function symbolicComparison(operator: ComparisonOperator, a: unknown, b: unknown): boolean | undefined {
  if (a === Number.POSITIVE_INFINITY || b === Number.NEGATIVE_INFINITY) return operator === '>' || operator === '>=';
  if (b === Number.POSITIVE_INFINITY || a === Number.NEGATIVE_INFINITY) return operator === '<' || operator === '<=';
  if (Number.isNaN(a) || Number.isNaN(b)) return false;
  switch (operator) {
    case '<':
      return isLess(a, b);
    case '>':
      return isLess(b, a);
    case '<=': {
      const greater = isLess(b, a);
      return greater === undefined ? undefined : !greater;
    }
    case '>=': {
      const less = isLess(a, b);
      return less === undefined ? undefined : !less;
    }
  }
}

function isLess(a: unknown, b: unknown): boolean | undefined {
  if (a instanceof SizeRatio || b instanceof SizeRatio) {
    const left = asRatio(a);
    const right = asRatio(b);
    const positive = left !== undefined && right !== undefined && lowerBound(left.denominator) > 0 && lowerBound(right.denominator) > 0;
    if (!positive) throw new Refusal(messages.sizeNotNumber(String(isHostSymbolic(a) ? a : b), 'this comparison'));
    return isLess(mulDims(left.numerator, right.denominator), mulDims(right.numerator, left.denominator));
  }
  // A fraction on the right rounds up: for whole n, n < 2.5 is n < 3; on the left, 2.5 < n is 2 < n.
  const left = typeof a === 'number' ? Math.floor(a) : a;
  const right = typeof b === 'number' ? Math.ceil(b) : b;
  if (!isSize(left) || !isSize(right)) throw new Refusal(messages.sizeNotNumber(String(isSymbolic(a) ? a : b), 'this comparison'));
  if (lowerBound(subDims(right, left)) > 0) return true;
  if (lowerBound(subDims(left, right)) >= 0) return false;
  return undefined;
}

/** Whether a size counts as true; undefined when it may be zero. */
export function symbolicTruth(value: SymbolicDim): boolean | undefined {
  return lowerBound(value) > 0 || lowerBound(mulDims(value, -1)) > 0 ? true : undefined;
}

export function negate(value: SymbolicDim): Dim {
  return mulDims(value, -1);
}

/** Math.floor and its kin of symbolic sizes. */
export function roundSize(value: SymbolicDim | SizeRatio, direction: 'floor' | 'ceil' | 'trunc'): Dim {
  if (value instanceof SymbolicDim) return value;
  const { numerator, denominator } = value;
  if (direction === 'ceil') return negateDim(floorDivDims(negateDim(numerator), denominator));
  if (direction === 'trunc' && (lowerBound(numerator) < 0 || lowerBound(denominator) < 0)) {
    throw new Refusal(messages.sizeNotNumber(String(value), 'Math.trunc'));
  }
  return floorDivDims(numerator, denominator);
}

function negateDim(dim: Dim): Dim {
  return mulDims(dim, -1);
}

/** The greatest or least of sizes, when the order does not depend on them. */
export function extremum(values: readonly unknown[], direction: 'max' | 'min'): unknown {
  return values.reduce((best, value) => {
    const greater = symbolicComparison('>=', value, best);
    const less = symbolicComparison('<=', value, best);
    if (greater === true) return direction === 'max' ? value : best;
    if (less === true) return direction === 'max' ? best : value;
    throw new Refusal(
      messages.sizeUndecided(`Math.${direction}(${values.map(String).join(', ')})`, String(isSymbolic(value) ? value : best)),
    );
  });
}

/** Refusal of the error that a symbolic size throws when JavaScript asks for its number. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  return error instanceof SizeUnknownError ? new Refusal(messages.sizeNotNumber(error.dim.key, 'this operation')) : undefined;
}
