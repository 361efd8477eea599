import * as messages from '../../diagnostics/messages.js';
import { isSymbolic, type SymbolicDim } from '../../ir/dim.js';
import { extremum, isHostSymbolic, negate, Refusal, roundSize, SizeRatio, symbolicComparison, TensorScalar } from '../symbolic.js';
import type { Callable } from '../values.js';

/** Computes a function of numbers that are values of tensors; undefined where it cannot. */
export type ScalarCall = (name: string, args: readonly unknown[]) => unknown;

type Entry = readonly [native: (...args: never[]) => unknown, symbolic: (args: readonly unknown[]) => unknown];

/** A function of JavaScript that also takes symbolic sizes, and values of tensors. */
function symbolicAware([native, symbolic]: Entry, call: ScalarCall): [unknown, Callable] {
  const substitute = (...args: unknown[]) => {
    if (!args.some(isHostSymbolic)) return Reflect.apply(native, undefined, args);
    if (!args.some((arg) => arg instanceof TensorScalar)) return symbolic(args);
    const result = call(native.name, args);
    if (result === undefined) throw new Refusal(messages.tensorCondition(native.name));
    return result;
  };
  Object.defineProperty(substitute, 'name', { value: native.name });
  Object.defineProperty(substitute, 'length', { value: native.length });
  return [native, substitute];
}

function rounding(native: (x: number) => number, direction: 'floor' | 'ceil' | 'trunc'): Entry {
  return [native, ([value]) => roundSize(value as SymbolicDim | SizeRatio, direction)];
}

function absolute([value]: readonly unknown[]): unknown {
  const sign = symbolicComparison('>=', value, 0);
  if (sign === undefined || !isSymbolic(value)) throw new Refusal(messages.sizeNotNumber(String(value), 'Math.abs'));
  return sign ? value : negate(value);
}

/** Functions of JavaScript that symbolic sizes may be given to, with what stands in for them. */
const sizeFunctions: readonly Entry[] = [
  rounding(Math.floor, 'floor'),
  rounding(Math.ceil, 'ceil'),
  rounding(Math.trunc, 'trunc'),
  [
    Math.round,
    ([value]) => {
      if (isSymbolic(value)) return value;
      throw new Refusal(messages.sizeNotNumber(String(value), 'Math.round'));
    },
  ],
  [Math.max, (args) => extremum(args, 'max')],
  [Math.min, (args) => extremum(args, 'min')],
  [Math.abs, absolute],
  [Number.isInteger, ([value]) => isSymbolic(value)],
  [Number.isSafeInteger, ([value]) => isSymbolic(value)],
  [Number.isFinite, ([value]) => isSymbolic(value) || value instanceof SizeRatio],
  [Number.isNaN, () => false],
];

/** Functions that take sizes as JavaScript takes objects: by asking for their number, which refuses. */
const otherFunctions: readonly Entry[] = [
  ...Object.getOwnPropertyNames(Math)
    .map((name) => Math[name as keyof Math] as unknown)
    .filter((member): member is Entry[0] => typeof member === 'function' && member !== Math.random)
    .filter((member) => sizeFunctions.every(([native]) => native !== member)),
].map((native) => [native, (args) => Reflect.apply(native, undefined, args as never[])]);

export function symbolicFunctions(call: ScalarCall): readonly [unknown, Callable][] {
  return [...sizeFunctions, ...otherFunctions].map((entry) => symbolicAware(entry, call));
}

function refuseLength(args: readonly unknown[]): never {
  throw new Refusal(messages.sizeNotNumber(String(args.find(isHostSymbolic)), 'the length of an array'));
}

/** Built-ins that would take a symbolic size for an object; keyed by the function itself, called with the arguments. */
export function sizeCalls(call: ScalarCall): ReadonlyMap<unknown, (args: readonly unknown[]) => unknown> {
  return new Map(
    sizeCallEntries.map(([native, symbolic]) => [
      native,
      (args: readonly unknown[]) => {
        const result = args[0] instanceof TensorScalar ? call(native.name, args) : undefined;
        return result === undefined ? symbolic(args) : result;
      },
    ]),
  );
}

const sizeCallEntries: readonly Entry[] = [
  [Number, ([value]) => value],
  [String, ([value]) => String(value)],
  [Boolean, () => refuseTruth()],
  // biome-ignore lint/suspicious/noGlobalIsNan: the function that programs may call
  [globalThis.isNaN, () => false],
  // biome-ignore lint/suspicious/noGlobalIsFinite: the function that programs may call
  [globalThis.isFinite, () => true],
  [parseInt, ([value]) => value],
  [parseFloat, ([value]) => value],
  [Object.is, ([a, b]) => a === b],
  [Array, (args) => (args.length === 1 ? refuseLength(args) : [...args])],
];

function refuseTruth(): never {
  throw new Refusal(messages.sizeUndecided('Boolean(size)', 'size'));
}
