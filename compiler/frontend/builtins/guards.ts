import * as messages from '../../diagnostics/messages.js';
import { Refusal } from '../symbolic.js';
import type { Callable } from '../values.js';

/**
 * Stand-ins for the functions by which a program could change the language's own objects, or get hold of them: a build must
 * leave the process that runs it as it was.
 */
export function guardedFunctions(intrinsic: WeakSet<object>, allowed: WeakSet<object>): readonly [unknown, Callable][] {
  const isIntrinsic = (value: unknown) =>
    (typeof value === 'object' || typeof value === 'function') && value !== null && intrinsic.has(value);
  const changing = (native: (...args: never[]) => unknown): [unknown, Callable] => [
    native,
    named(native, (...args) => {
      if (isIntrinsic(args[0])) throw new Refusal(messages.builtinChanged());
      return Reflect.apply(native, undefined, args);
    }),
  ];
  return [
    changing(Object.assign),
    changing(Object.defineProperty),
    changing(Object.defineProperties),
    changing(Object.setPrototypeOf),
    changing(Object.freeze),
    changing(Object.seal),
    changing(Object.preventExtensions),
    changing(Reflect.deleteProperty),
    changing(Reflect.preventExtensions),
    [
      Object.getPrototypeOf,
      named(Object.getPrototypeOf, (value) => {
        const prototype: unknown = Object.getPrototypeOf(value);
        if (isIntrinsic(prototype)) throw new Refusal(messages.notAvailable('the prototype of a built-in class'));
        return prototype;
      }),
    ],
    [
      Function.prototype.bind,
      namedMethod(Function.prototype.bind, function (this: unknown, ...args) {
        const bound: unknown = Reflect.apply(Function.prototype.bind, this, args);
        if (typeof bound === 'function') allowed.add(bound);
        return bound;
      }),
    ],
  ];
}

function named(native: { name: string; length: number }, substitute: (...args: unknown[]) => unknown): Callable {
  return namedMethod(native, substitute);
}

function namedMethod(native: { name: string; length: number }, substitute: (this: unknown, ...args: unknown[]) => unknown): Callable {
  Object.defineProperty(substitute, 'name', { value: native.name });
  Object.defineProperty(substitute, 'length', { value: native.length });
  return substitute;
}
