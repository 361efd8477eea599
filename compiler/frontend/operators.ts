import { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import { isSymbolic } from '../ir/dim.js';
import { conditionText, shorten } from './access.js';
import type { Machine } from './machine.js';
import {
  type ArithmeticOperator,
  type ComparisonOperator,
  isHostSymbolic,
  negate,
  SizeRatio,
  symbolicArithmetic,
  symbolicComparison,
  TensorScalar,
} from './symbolic.js';
import { isObject } from './values.js';

export type BinaryOperation = (a: unknown, b: unknown) => unknown;

const { SyntaxKind } = ts;

/** JavaScript's own operators, on any values. */
const native: Readonly<Record<string, (a: never, b: never) => unknown>> = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  '%': (a: number, b: number) => a % b,
  '**': (a: number, b: number) => a ** b,
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '&': (a: number, b: number) => a & b,
  '|': (a: number, b: number) => a | b,
  '^': (a: number, b: number) => a ^ b,
  '<<': (a: number, b: number) => a << b,
  '>>': (a: number, b: number) => a >> b,
  '>>>': (a: number, b: number) => a >>> b,
  // biome-ignore lint/suspicious/noDoubleEquals: the operator itself
  '==': (a: unknown, b: unknown) => a == b,
  // biome-ignore lint/suspicious/noDoubleEquals: the operator itself
  '!=': (a: unknown, b: unknown) => a != b,
  '===': (a: unknown, b: unknown) => a === b,
  '!==': (a: unknown, b: unknown) => a !== b,
  instanceof: (a: object, b: new () => unknown) => a instanceof b,
  in: (a: PropertyKey, b: object) => a in b,
};

/** The binary operator of a token (also of its assignment form), as a function of two host values. */
export function binaryOperation(machine: Machine, kind: ts.SyntaxKind, node: ts.Node): BinaryOperation | undefined {
  const symbol = ts.tokenToString(kind)?.replace(/^(\*\*|<<|>>|>>>|[-+*/%&|^])=$/, '$1');
  const apply = symbol === undefined ? undefined : (native[symbol] as BinaryOperation | undefined);
  if (symbol === undefined || apply === undefined) return undefined;
  const slow = (a: unknown, b: unknown): unknown => {
    if (isHostSymbolic(a) || isHostSymbolic(b)) return machine.guard(node, () => onSymbolic(machine, symbol, a, b, node));
    // An object's own code may say what number it is.
    return isObject(a) || isObject(b) ? machine.enter(node, () => apply(a, b)) : machine.guard(node, () => apply(a, b));
  };
  return fast(symbol, slow) ?? slow;
}

/** The operators that programs spend their time in, with numbers tried first. */
function fast(symbol: string, slow: BinaryOperation): BinaryOperation | undefined {
  switch (symbol) {
    case '+':
      return (a, b) => (typeof a === 'number' && typeof b === 'number' ? a + b : slow(a, b));
    case '-':
      return (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : slow(a, b));
    case '*':
      return (a, b) => (typeof a === 'number' && typeof b === 'number' ? a * b : slow(a, b));
    case '/':
      return (a, b) => (typeof a === 'number' && typeof b === 'number' ? a / b : slow(a, b));
    case '<':
      return (a, b) => (typeof a === 'number' && typeof b === 'number' ? a < b : slow(a, b));
    case '>':
      return (a, b) => (typeof a === 'number' && typeof b === 'number' ? a > b : slow(a, b));
    case '<=':
      return (a, b) => (typeof a === 'number' && typeof b === 'number' ? a <= b : slow(a, b));
    case '>=':
      return (a, b) => (typeof a === 'number' && typeof b === 'number' ? a >= b : slow(a, b));
    default:
      return undefined;
  }
}

function onSymbolic(machine: Machine, symbol: string, a: unknown, b: unknown, node: ts.Node): unknown {
  if (symbol === 'instanceof' && isHostSymbolic(a)) return false;
  if (a instanceof TensorScalar || b instanceof TensorScalar) {
    const result = machine.control.scalars.binary(symbol, a, b);
    if (result !== undefined) return result;
    throw machine.abort(messages.tensorCondition(shorten(conditionText(node))), node);
  }
  switch (symbol) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '**': {
      const result = symbolicArithmetic(symbol satisfies ArithmeticOperator, a, b);
      return isSymbolic(result) ? machine.intern(result) : result;
    }
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const holds = symbolicComparison(symbol satisfies ComparisonOperator, a, b);
      if (holds !== undefined) return holds;
      if (!machine.options.isLibrary(node.getSourceFile().fileName)) return machine.control.scalars.binary(symbol, a, b);
      const dim = isHostSymbolic(a) ? a : b;
      throw machine.abort(messages.sizeUndecided(shorten(node.getText()), String(dim)), node);
    }
    // The library takes sizes for equal when they are equal for every binding; they are interned, so identity says it.
    case '===':
    case '==':
    case '!==':
    case '!=': {
      const equal = sameRatio(a, b) || a === b;
      if (!equal && mayBeEqual(a, b) && !machine.options.isLibrary(node.getSourceFile().fileName))
        return machine.control.scalars.binary(symbol, a, b);
      return symbol.startsWith('!') ? !equal : equal;
    }
    default:
      throw machine.abort(messages.sizeNotNumber(String(isHostSymbolic(a) ? a : b), `'${symbol}'`), node);
  }
}

/** Whether there may be sizes of the named dims for which the two are equal. */
function mayBeEqual(a: unknown, b: unknown): boolean {
  const isNumber = (value: unknown) => typeof value === 'number' || isSymbolic(value) || value instanceof SizeRatio;
  if (!isNumber(a) || !isNumber(b)) return false;
  const isFraction = (value: unknown) => typeof value === 'number' && !Number.isInteger(value);
  if ((isFraction(a) && isSymbolic(b)) || (isFraction(b) && isSymbolic(a))) return false;
  return symbolicComparison('<', a, b) !== true && symbolicComparison('>', a, b) !== true;
}

function sameRatio(a: unknown, b: unknown): boolean {
  return a instanceof SizeRatio && b instanceof SizeRatio && a.toString() === b.toString();
}

/** `+x`, `-x`, `~x`, as functions of a host value; `!` needs the truth of its operand and is compiled apart. */
export function unaryOperation(machine: Machine, kind: ts.PrefixUnaryOperator, node: ts.Node): (value: unknown) => unknown {
  const symbolic = (value: unknown): unknown => {
    if (value instanceof TensorScalar) return machine.control.scalars.unary(ts.tokenToString(kind)!, value);
    if (kind === SyntaxKind.PlusToken) return value;
    if (kind === SyntaxKind.MinusToken && isSymbolic(value)) return machine.intern(negate(value));
    throw machine.abort(messages.sizeNotNumber(String(value), `'${ts.tokenToString(kind)}'`), node);
  };
  const apply = (value: never): unknown => {
    if (kind === SyntaxKind.MinusToken) return -value;
    return kind === SyntaxKind.PlusToken ? +value : ~value;
  };
  return (value) => {
    if (typeof value === 'number') return apply(value as never);
    if (isHostSymbolic(value)) return symbolic(value);
    return isObject(value) ? machine.enter(node, () => apply(value as never)) : machine.guard(node, () => apply(value as never));
  };
}

/** `typeof`: a size is a number to the program, as it will be when it runs. */
export function typeOf(value: unknown): string {
  if (value instanceof TensorScalar) return value.type;
  return isHostSymbolic(value) ? 'number' : typeof value;
}
