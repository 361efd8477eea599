import type { DType } from '../../ir/types.js';
import type { ScalarExpr } from '../../kernel/expr.js';
import type { ModuleWriter } from './module.js';
import { call, comparison, difference, floatText, Level, operand, primary, product, sum, type Text } from './text.js';

interface Operation {
  readonly module: ModuleWriter;
  readonly dtype: DType;
  /** The operands: their WGSL, and their expressions for rules that look at constants. */
  readonly args: readonly Text[];
  readonly exprs: readonly ScalarExpr[];
}

type Rule = (operation: Operation) => Text;

const builtin = (name: string): Rule => {
  return ({ args }) => call(name, ...args);
};

/** A function of `functions.ts`. */
const helper = (name: string): Rule => {
  return ({ module, args }) => call(module.function(name), ...args);
};

const byDtype = (rules: { float: Rule; int: Rule; bool?: Rule }): Rule => {
  return (operation) => {
    const dtype = operation.exprs[0]!.dtype;
    return (dtype === 'bool' ? (rules.bool ?? rules.int) : dtype === 'i32' ? rules.int : rules.float)(operation);
  };
};

const compare = (operator: string): Rule => {
  return ({ args }) => comparison(operator, args[0]!, args[1]!);
};

const binary = (operator: '*' | '/'): Rule => {
  return ({ args }) => product(operator, args[0]!, args[1]!);
};

/** Compilers take x * 0 for 0, whatever x is: infinities and NaN times 0 are NaN. */
const mul: Rule = (operation) => {
  const { module, args, exprs } = operation;
  for (const [i, expr] of exprs.entries()) {
    if (expr.kind !== 'constant' || expr.value !== 0 || expr.dtype !== 'f32') continue;
    const value = call(module.function('times_zero'), args[1 - i]!);
    return Object.is(expr.value, -0) ? { text: `-${value.text}`, level: Level.Unary } : value;
  }
  return binary('*')(operation);
};

const component = (name: string): Rule => {
  return ({ module, args }) => primary(`${call(module.function('sin_cos'), ...args).text}.${name}`);
};

/** Powers with a constant exponent that multiplications or a root give exactly. */
const pow: Rule = (operation) => {
  const { args, exprs } = operation;
  const exponent = exprs[1]!;
  const base = args[0]!;
  if (exponent.kind === 'constant' && base.level === Level.Primary) {
    if (exponent.value === 1) return base;
    if (exponent.value === 2) return product('*', base, base);
    if (exponent.value === 3) return product('*', product('*', base, base), base);
    if (exponent.value === -1 && exprs[0]!.dtype === 'f32') return product('/', primary('1.0'), base);
  }
  return helper(exprs[0]!.dtype === 'i32' ? 'power_int' : 'power')(operation);
};

const cast: Rule = ({ module, dtype, args, exprs }) => {
  const from = exprs[0]!.dtype;
  const x = args[0]!;
  if (from === dtype) return x;
  if (dtype === 'bool') return from === 'i32' ? comparison('!=', x, primary('0')) : negation(comparison('==', x, primary('0.0')));
  if (dtype === 'i32' && from === 'f32') return call(module.function('to_int'), x);
  return call(dtype === 'i32' ? 'i32' : 'f32', x);
};

function negation(condition: Text): Text {
  return { text: `!${operand(condition, Level.Primary)}`, level: Level.Unary };
}

/** Level.Compare with both sides in parentheses: comparisons of conditions (bool) do not chain. */
const compareConditions = (operator: string): Rule => {
  return ({ args }) => ({
    text: `${operand(args[0]!, Level.Unary)} ${operator} ${operand(args[1]!, Level.Unary)}`,
    level: Level.Compare,
  });
};

const logic = (operator: string): Rule => {
  return ({ args }) => ({
    text: `${operand(args[0]!, Level.Compare)} ${operator} ${operand(args[1]!, Level.Compare)}`,
    level: Level.Logic,
  });
};

const rules: Readonly<Record<string, Rule>> = {
  neg: ({ args }) => ({ text: `-${operand(args[0]!, Level.Primary)}`, level: Level.Unary }),
  abs: builtin('abs'),
  sign: byDtype({ float: helper('sign_of'), int: builtin('sign') }),
  exp: helper('exp_'),
  expm1: helper('expm1'),
  log: helper('log_'),
  log1p: helper('log1p'),
  sqrt: builtin('sqrt'),
  sin: component('x'),
  cos: component('y'),
  tan: ({ module, args }) => call(module.function('tan_'), ...args),
  asin: helper('asin_'),
  acos: helper('acos_'),
  atan: helper('atan_'),
  sinh: helper('sinh_'),
  cosh: helper('cosh_'),
  tanh: helper('tanh_'),
  asinh: helper('asinh_'),
  acosh: helper('acosh_'),
  atanh: helper('atanh_'),
  sigmoid: helper('sigmoid'),
  erf: helper('erf'),
  floor: builtin('floor'),
  ceil: builtin('ceil'),
  round: builtin('round'),
  trunc: builtin('trunc'),
  isNan: helper('is_nan'),
  not: ({ args }) => negation(args[0]!),
  add: ({ args }) => sum(args[0]!, args[1]!),
  sub: ({ args }) => difference(args[0]!, args[1]!),
  mul,
  div: binary('/'),
  pow,
  maximum: byDtype({ float: helper('maximum'), int: builtin('max') }),
  minimum: byDtype({ float: helper('minimum'), int: builtin('min') }),
  remainder: byDtype({ float: helper('remainder'), int: helper('remainder_int') }),
  fmod: byDtype({ float: helper('fmod'), int: helper('fmod_int') }),
  floorDivide: byDtype({ float: helper('floor_divide'), int: helper('floor_divide_int') }),
  atan2: helper('atan2_'),
  eq: byDtype({ float: compare('=='), int: compare('=='), bool: compareConditions('==') }),
  // WGSL's own != is false where an operand is NaN, on implementations that print it as an ordered comparison.
  ne: byDtype({ float: ({ args }) => negation(comparison('==', args[0]!, args[1]!)), int: compare('!='), bool: compareConditions('!=') }),
  lt: compare('<'),
  le: compare('<='),
  gt: compare('>'),
  ge: compare('>='),
  and: logic('&&'),
  or: logic('||'),
  xor: compareConditions('!='),
  select: ({ args }) => call('select', args[2]!, args[1]!, args[0]!),
  cast,
  stopGradient: ({ args }) => args[0]!,
};

/** An elementwise op of the op table on WGSL operands. Throws when the table has an op that is not known here. */
export function applyText(op: string, operation: Operation): Text {
  const rule = rules[op];
  if (!rule) throw new Error(`the wgsl backend does not know the elementwise op '${op}'`);
  return rule(operation);
}

/** Names of the elementwise ops that this backend prints. */
export const knownOperators: readonly string[] = Object.keys(rules);

/** A constant of any dtype; NaN and the infinities come from functions that hide them from constant evaluation. */
export function constantText(module: ModuleWriter, dtype: DType, value: number): Text {
  if (dtype === 'bool') return primary(value !== 0 ? 'true' : 'false');
  if (dtype === 'i32') return signed(String(value | 0));
  const rounded = Math.fround(value);
  if (Number.isNaN(rounded)) return primary(`${module.function('nan')}()`);
  if (!Number.isFinite(rounded)) return signed(`${rounded < 0 ? '-' : ''}${module.function('inf')}()`);
  return signed(floatText(rounded));
}

function signed(text: string): Text {
  return { text, level: text.startsWith('-') ? Level.Unary : Level.Primary };
}
