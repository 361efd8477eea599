import type { DType } from '../../ir/types.js';
import { asNumber, binary, call, conditional, numberText, prefix, type Text } from './text.js';

/** What the text of an op may ask for: a shared helper, by name. */
export type UseHelper = (name: string) => string;

type Print = (args: readonly Text[], dtypes: readonly DType[], helper: UseHelper) => Text;

const isInt = (dtypes: readonly DType[]): boolean => dtypes[0] === 'i32';

/** Wraps to 32 bits. */
function wrap(text: Text): Text {
  return binary(text, '|', numberText(0));
}

/** The built-in function of that name. */
const builtin =
  (name: string): Print =>
  (args) =>
    call(`Math.${name}`, ...args.map(asNumber));

const shared =
  (name: string): Print =>
  (args, _dtypes, helper) =>
    call(helper(name), ...args);

const sharedByType =
  (float: string, int: string): Print =>
  (args, dtypes, helper) =>
    call(helper(isInt(dtypes) ? int : float), ...args);

const arithmetic =
  (operator: string): Print =>
  ([a, b], dtypes) =>
    isInt(dtypes) ? wrap(binary(a!, operator, b!)) : binary(a!, operator, b!);

const comparison =
  (operator: string): Print =>
  ([a, b]) =>
    binary(asNumber(a!), operator, asNumber(b!));

const logical =
  (operator: string): Print =>
  ([a, b]) => ({ ...binary(a!, operator, b!), truth: true, code: binary(truthful(a!), operator, truthful(b!)).code });

/** A bool from memory is 0 or 1: compared, it is a JavaScript boolean. */
function truthful(text: Text): Text {
  return text.truth ? text : binary(text, '!==', numberText(0));
}

/** How each elementwise op of the op table reads in JavaScript; the arguments' dtypes decide between float and integer forms. */
export const scalarOps: Readonly<Record<string, Print>> = {
  neg: ([x], dtypes) => (isInt(dtypes) ? wrap(prefix('-', x!)) : prefix('-', x!)),
  abs: ([x], dtypes) => (isInt(dtypes) ? wrap(call('Math.abs', x!)) : call('Math.abs', x!)),
  sign: shared('sign'),
  exp: shared('exp'),
  expm1: builtin('expm1'),
  log: builtin('log'),
  log1p: builtin('log1p'),
  sqrt: builtin('sqrt'),
  sin: builtin('sin'),
  cos: builtin('cos'),
  tan: builtin('tan'),
  asin: builtin('asin'),
  acos: builtin('acos'),
  atan: builtin('atan'),
  sinh: builtin('sinh'),
  cosh: builtin('cosh'),
  asinh: builtin('asinh'),
  acosh: builtin('acosh'),
  atanh: builtin('atanh'),
  tanh: shared('tanh'),
  sigmoid: shared('sigmoid'),
  erf: shared('erf'),
  floor: builtin('floor'),
  ceil: builtin('ceil'),
  trunc: builtin('trunc'),
  round: shared('round'),
  isNan: ([x]) => ({ ...call('Number.isNaN', x!), truth: true }),
  not: ([x]) => prefix('!', x!),
  add: arithmetic('+'),
  sub: arithmetic('-'),
  mul: ([a, b], dtypes) => (isInt(dtypes) ? call('Math.imul', a!, b!) : binary(a!, '*', b!)),
  div: ([a, b]) => binary(a!, '/', b!),
  pow: sharedByType('pow', 'intPow'),
  maximum: builtin('max'),
  minimum: builtin('min'),
  remainder: sharedByType('remainder', 'intRemainder'),
  fmod: ([a, b], dtypes, helper) => (isInt(dtypes) ? call(helper('intFmod'), a!, b!) : binary(a!, '%', b!)),
  floorDivide: sharedByType('floorDivide', 'intFloorDivide'),
  atan2: builtin('atan2'),
  eq: comparison('==='),
  ne: comparison('!=='),
  lt: comparison('<'),
  le: comparison('<='),
  gt: comparison('>'),
  ge: comparison('>='),
  and: logical('&&'),
  or: logical('||'),
  xor: comparison('!=='),
  select: ([condition, a, b]) => {
    const mixed = a!.truth !== b!.truth;
    return conditional(condition!, mixed ? asNumber(a!) : a!, mixed ? asNumber(b!) : b!);
  },
  stopGradient: ([x]) => x!,
};

/** `x` of dtype `from` as `to`. */
export function castText(x: Text, from: DType, to: DType, helper: UseHelper): Text {
  if (from === to) return x;
  if (to === 'bool') return binary(asNumber(x), '!==', numberText(0));
  if (from === 'bool') return asNumber(x);
  return to === 'i32' ? call(helper('toInt'), x) : x;
}
