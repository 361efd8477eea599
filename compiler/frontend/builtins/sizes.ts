import * as messages from '../../diagnostics/messages.js';
import { isSymbolic } from '../../ir/dim.js';
import { extremum, isHostSymbolic, negate, Refusal, roundSize, SizeRatio, symbolicComparison } from '../symbolic.js';
import type { Callable } from '../values.js';

/** A function of JavaScript that also takes symbolic sizes. */
function sizeAware(native: (...args: never[]) => unknown, symbolic: (args: readonly unknown[]) => unknown): [unknown, Callable] {
  const substitute = (...args: unknown[]) => (args.some(isHostSymbolic) ? symbolic(args) : Reflect.apply(native, undefined, args));
  Object.defineProperty(substitute, 'name', { value: native.name });
  Object.defineProperty(substitute, 'length', { value: native.length });
  return [native, substitute];
}

function rounding(native: (x: number) => number, direction: 'floor' | 'ceil' | 'trunc'): [unknown, Callable] {
  return sizeAware(native, ([value]) => {
    if (isSymbolic(value) || value instanceof SizeRatio) return roundSize(value, direction);
    throw new Refusal(messages.tensorCondition(`Math.${direction}`));
  });
}

function absolute([value]: readonly unknown[]): unknown {
  const sign = symbolicComparison('>=', value, 0);
  if (sign === undefined || !isSymbolic(value)) throw new Refusal(messages.sizeNotNumber(String(value), 'Math.abs'));
  return sign ? value : negate(value);
}

/** Functions of JavaScript that symbolic sizes may be given to, with what stands in for them. */
export const sizeAwareFunctions: readonly [unknown, Callable][] = [
  rounding(Math.floor, 'floor'),
  rounding(Math.ceil, 'ceil'),
  rounding(Math.trunc, 'trunc'),
  sizeAware(Math.round, ([value]) => {
    if (isSymbolic(value)) return value;
    throw new Refusal(messages.sizeNotNumber(String(value), 'Math.round'));
  }),
  sizeAware(Math.max, (args) => extremum(args, 'max')),
  sizeAware(Math.min, (args) => extremum(args, 'min')),
  sizeAware(Math.abs, absolute),
  sizeAware(Number.isInteger, ([value]) => isSymbolic(value)),
  sizeAware(Number.isSafeInteger, ([value]) => isSymbolic(value)),
  sizeAware(Number.isFinite, ([value]) => isSymbolic(value) || value instanceof SizeRatio),
  sizeAware(Number.isNaN, () => false),
];

function refuseLength(args: readonly unknown[]): never {
  throw new Refusal(messages.sizeNotNumber(String(args.find(isHostSymbolic)), 'the length of an array'));
}

/** Built-ins that would take a symbolic size for an object; keyed by the function itself, called with the arguments. */
export const sizeCalls: ReadonlyMap<unknown, (args: readonly unknown[]) => unknown> = new Map<
  unknown,
  (args: readonly unknown[]) => unknown
>([
  [Number, ([value]) => value],
  [String, ([value]) => String(value)],
  [Boolean, () => refuseTruth()],
  // biome-ignore lint/suspicious/noGlobalIsNan: the function that programs may call
  [globalThis.isNaN, () => false],
  // biome-ignore lint/suspicious/noGlobalIsFinite: the function that programs may call
  [globalThis.isFinite, () => true],
  [parseInt, ([value]) => value],
  [Object.is, ([a, b]) => a === b],
  [Array, (args) => (args.length === 1 ? refuseLength(args) : [...args])],
]);

function refuseTruth(): never {
  throw new Refusal(messages.sizeUndecided('Boolean(size)', 'size'));
}
