import type { DType } from '../../ir/types.js';
import { f32, i32, maskOf, operation, type Text, type ValueType } from './text.js';

type Print = (...args: readonly Text[]) => Text;

/** The forms of an op: on one number and on four; `i32` forms of bools are those of their numbers 0 and 1. */
interface Forms {
  readonly f32?: Print;
  readonly i32?: Print;
  readonly f32x4?: Print;
  readonly i32x4?: Print;
}

const plain =
  (type: ValueType, name: string): Print =>
  (...args) =>
    operation(type, name, ...args);

const truths =
  (name: string): Print =>
  (...args) =>
    maskOf(operation('v128', name, ...args));

const zeros = operation('v128', 'i32x4.splat', i32(0));

/** The forms of an instruction that floats have, named alike on lanes. */
const floatOnly = (name: string): Forms => ({ f32: plain('f32', `f32.${name}`), f32x4: plain('v128', `f32x4.${name}`) });

const arithmetic = (name: string): Forms => ({
  ...floatOnly(name),
  i32: plain('i32', `i32.${name}`),
  i32x4: plain('v128', `i32x4.${name}`),
});

/** `name`: what it is called on floats; integers and their lanes are compared with signs. */
const comparison = (name: string): Forms => {
  const signed = name === 'eq' || name === 'ne' ? name : `${name}_s`;
  return {
    f32: plain('i32', `f32.${name}`),
    i32: plain('i32', `i32.${signed}`),
    f32x4: truths(`f32x4.${name}`),
    i32x4: truths(`i32x4.${signed}`),
  };
};

/** Of bools: 0 or 1 alone, masks in lanes. */
const logical = (scalar: string, lanes: string): Forms => ({ i32: plain('i32', `i32.${scalar}`), i32x4: truths(`v128.${lanes}`) });

const choose = (a: Text, b: Text, test: Text): Text => operation(a.type, 'select', a, b, test);

/** 1, -1 or 0, which is also the sign of NaN. */
const signs: Forms = {
  f32: (x) =>
    operation(
      'f32',
      'f32.convert_i32_s',
      operation('i32', 'i32.sub', operation('i32', 'f32.gt', x!, f32(0)), operation('i32', 'f32.lt', x!, f32(0))),
    ),
  f32x4: (x) =>
    operation(
      'v128',
      'f32x4.convert_i32x4_s',
      operation('v128', 'i32x4.sub', operation('v128', 'f32x4.lt', x!, zeros), operation('v128', 'f32x4.gt', x!, zeros)),
    ),
  i32: (x) => operation('i32', 'i32.sub', operation('i32', 'i32.gt_s', x!, i32(0)), operation('i32', 'i32.lt_s', x!, i32(0))),
  i32x4: (x) => operation('v128', 'i32x4.sub', operation('v128', 'i32x4.lt_s', x!, zeros), operation('v128', 'i32x4.gt_s', x!, zeros)),
};

const isNan: Forms = {
  f32: (x) => operation('i32', 'f32.ne', x!, x!),
  f32x4: (x) => maskOf(operation('v128', 'f32x4.ne', x!, x!)),
};

/** How the elementwise ops read that are a few instructions; all others are functions. */
const table: Readonly<Record<string, Forms>> = {
  neg: { ...floatOnly('neg'), i32: (x) => operation('i32', 'i32.sub', i32(0), x!), i32x4: plain('v128', 'i32x4.neg') },
  abs: {
    ...floatOnly('abs'),
    i32: (x) => choose(x!, operation('i32', 'i32.sub', i32(0), x!), operation('i32', 'i32.ge_s', x!, i32(0))),
    i32x4: plain('v128', 'i32x4.abs'),
  },
  sign: signs,
  sqrt: floatOnly('sqrt'),
  floor: floatOnly('floor'),
  ceil: floatOnly('ceil'),
  trunc: floatOnly('trunc'),
  round: floatOnly('nearest'),
  isNan,
  not: { i32: plain('i32', 'i32.eqz'), i32x4: truths('v128.not') },
  add: arithmetic('add'),
  sub: arithmetic('sub'),
  mul: arithmetic('mul'),
  div: floatOnly('div'),
  maximum: {
    ...floatOnly('max'),
    i32: (a, b) => choose(a!, b!, operation('i32', 'i32.gt_s', a!, b!)),
    i32x4: plain('v128', 'i32x4.max_s'),
  },
  minimum: {
    ...floatOnly('min'),
    i32: (a, b) => choose(a!, b!, operation('i32', 'i32.lt_s', a!, b!)),
    i32x4: plain('v128', 'i32x4.min_s'),
  },
  eq: comparison('eq'),
  ne: comparison('ne'),
  lt: comparison('lt'),
  le: comparison('le'),
  gt: comparison('gt'),
  ge: comparison('ge'),
  and: logical('and', 'and'),
  or: logical('or', 'or'),
  xor: logical('ne', 'xor'),
};

/** Ops that print an argument twice: it should have a name. */
export const usesTwice: ReadonlySet<string> = new Set(['sign', 'isNan', 'abs', 'maximum', 'minimum']);

/** Ops whose arguments are truths, which lanes hold as masks. */
const ofTruths: ReadonlySet<string> = new Set(['not', 'and', 'or', 'xor']);

/** The op on one number each, of dtype `dtype` (that of the arguments); undefined when it is no instruction. */
export function scalarOp(op: string, dtype: DType, args: readonly Text[]): Text | undefined {
  if (op === 'select') return choose(args[1]!, args[2]!, args[0]!);
  const forms = table[op];
  return (dtype === 'f32' || dtype === 'f64' ? forms?.f32 : forms?.i32)?.(...args);
}

/** The op on four lanes; all arguments are v128. */
export function lanesOp(op: string, dtype: DType, args: readonly Text[]): Text | undefined {
  if (op === 'select') {
    const [test, a, b] = args as readonly [Text, Text, Text];
    const isMask = a.mask === true && b.mask === true;
    const chosen = operation('v128', 'v128.bitselect', isMask ? a : numbers(a), isMask ? b : numbers(b), mask(test));
    return isMask ? maskOf(chosen) : chosen;
  }
  const forms = table[op];
  if (ofTruths.has(op)) return forms!.i32x4!(...args.map(mask));
  return (dtype === 'f32' || dtype === 'f64' ? forms?.f32x4 : forms?.i32x4)?.(...args.map(numbers));
}

/** Truths as masks: 1 becomes -1, all bits. */
export function mask(text: Text): Text {
  return text.mask ? text : maskOf(operation('v128', 'i32x4.neg', text));
}

/** Truths as the numbers 0 and 1; anything else as it is. */
export function numbers(text: Text): Text {
  return text.mask ? operation('v128', 'i32x4.neg', { code: text.code, type: 'v128' }) : text;
}

/** One number of dtype `from` as `to`. */
export function scalarCast(x: Text, from: DType, to: DType): Text {
  if (from === to) return x;
  if (to === 'bool') return from === 'i32' ? operation('i32', 'i32.ne', x, i32(0)) : operation('i32', 'f32.ne', x, f32(0));
  if (to === 'i32') return from === 'bool' ? x : operation('i32', 'i32.trunc_sat_f32_s', x);
  return from === 'f32' || from === 'f64' ? x : operation('f32', 'f32.convert_i32_s', x);
}

/** Four lanes of dtype `from` as `to`. */
export function lanesCast(x: Text, from: DType, to: DType): Text {
  if (from === to) return x;
  if (to === 'bool') return maskOf(operation('v128', from === 'i32' ? 'i32x4.ne' : 'f32x4.ne', numbers(x), zeros));
  if (to === 'i32') return from === 'bool' ? numbers(x) : operation('v128', 'i32x4.trunc_sat_f32x4_s', x);
  return from === 'f32' || from === 'f64' ? x : operation('v128', 'f32x4.convert_i32x4_s', numbers(x));
}
