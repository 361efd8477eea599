/** The part of JavaScript's standard library that interpreted code may use. Everything here is pure and deterministic. */

import type { Message } from '../../diagnostics/messages.js';
import * as messages from '../../diagnostics/messages.js';
import type { Callable } from '../values.js';
import { type MachineOf, symbolicCallbacks } from './callbacks.js';
import { guardedFunctions } from './guards.js';
import { sizeCalls, symbolicFunctions } from './sizes.js';

export interface Builtins {
  readonly globals: ReadonlyMap<string, unknown>;
  /** Function objects that interpreted code may hold and call. */
  readonly allowed: WeakSet<object>;
  /** Objects of the language itself, which interpreted code may neither change nor hold as prototypes. */
  readonly intrinsic: WeakSet<object>;
  /** What interpreted code gets in place of a function of JavaScript's. */
  readonly substitutes: ReadonlyMap<unknown, Callable>;
  /** Calls of built-ins with a symbolic size among the arguments. */
  readonly sizeCalls: ReadonlyMap<unknown, (args: readonly unknown[]) => unknown>;
  /** Why a name or a function is refused. */
  refusal(value: unknown): Message | undefined;
}

const errors = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError];
const arrays = [
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
];
const classes = [
  Object,
  Array,
  String,
  Number,
  Boolean,
  Symbol,
  BigInt,
  Map,
  Set,
  WeakMap,
  WeakSet,
  RegExp,
  ArrayBuffer,
  DataView,
  ...arrays,
  ...errors,
];
const namespaces = { Math, JSON, Reflect };
const functions = { parseInt, parseFloat, isNaN, isFinite, structuredClone, encodeURIComponent, decodeURIComponent, encodeURI, decodeURI };

/** Functions of allowed classes that would let interpreted code out of its confines, or make builds differ. */
const refusedFunctions: readonly (readonly [unknown, string])[] = [
  [Math.random, 'Math.random'],
  [Function, 'Function'],
  [Object.getOwnPropertyDescriptors, 'Object.getOwnPropertyDescriptors'],
  [Object.getOwnPropertyDescriptor, 'Object.getOwnPropertyDescriptor'],
  [Reflect.getOwnPropertyDescriptor, 'Reflect.getOwnPropertyDescriptor'],
  [Reflect.defineProperty, 'Reflect.defineProperty'],
  [Reflect.setPrototypeOf, 'Reflect.setPrototypeOf'],
  [Reflect.getPrototypeOf, 'Reflect.getPrototypeOf'],
  [Reflect.get, 'Reflect.get'],
  [Reflect.set, 'Reflect.set'],
  [Reflect.apply, 'Reflect.apply'],
  [Reflect.construct, 'Reflect.construct'],
  [Function.prototype.toString, 'Function.prototype.toString'],
];

const nondeterministic = ['Date', 'performance', 'crypto'];
const unavailable: Readonly<Record<string, string | undefined>> = {
  eval: undefined,
  Function: undefined,
  globalThis: undefined,
  window: undefined,
  process: undefined,
  require: 'write an import',
  Promise: 'models are built synchronously',
  setTimeout: undefined,
  setInterval: undefined,
  queueMicrotask: undefined,
  fetch: undefined,
  Proxy: 'write a class',
  document: undefined,
  Intl: undefined,
};

/** Prototypes that are reached through values: iterators of the built-in collections, generators. */
function hiddenPrototypes(): object[] {
  const iterators = [
    [][Symbol.iterator](),
    new Map()[Symbol.iterator](),
    new Set()[Symbol.iterator](),
    ''[Symbol.iterator](),
    'a'.matchAll(/a/g),
  ];
  const generators = (function* () {})();
  return [...iterators, generators].flatMap(prototypesOf);
}

function prototypesOf(value: object): object[] {
  const chain: object[] = [];
  for (let at: object | null = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) chain.push(at);
  return chain;
}

function functionsOf(owner: object): Callable[] {
  const found: Callable[] = [];
  for (const key of Reflect.ownKeys(owner)) {
    const { value, get, set } = Reflect.getOwnPropertyDescriptor(owner, key)!;
    for (const candidate of [value, get, set]) if (typeof candidate === 'function') found.push(candidate as Callable);
  }
  return found;
}

/** The functions of `console`: they write lines through `print`. */
export function consoleOf(print: (line: string) => void, show: (values: readonly unknown[]) => string): Readonly<Record<string, Callable>> {
  const write = (...values: unknown[]) => print(show(values));
  return Object.freeze({ log: write, info: write, debug: write, warn: write, error: write });
}

export function createBuiltins(consoleObject: Readonly<Record<string, Callable>>, machineOf: MachineOf): Builtins {
  const scalarCall = (name: string, args: readonly unknown[]) => machineOf().control.scalars.call(name, args);
  const allowed = new WeakSet<object>();
  const intrinsic = new WeakSet<object>();
  const substitutes = new Map<unknown, Callable>([
    ...guardedFunctions(intrinsic, allowed),
    ...symbolicFunctions(scalarCall),
    ...symbolicCallbacks(machineOf),
  ]);
  const refused = new Map<unknown, string>(refusedFunctions);
  const admit = (owner: object) => {
    intrinsic.add(owner);
    for (const member of functionsOf(owner)) if (!refused.has(member)) allowed.add(member);
  };
  for (const owner of classes) {
    allowed.add(owner);
    admit(owner);
    for (const prototype of [owner.prototype as object, ...prototypesOf(owner.prototype as object)]) admit(prototype);
  }
  // The abstract class of typed arrays, and the class of functions, whose `call`, `apply` and `bind` are useful.
  for (const owner of [
    Object.getPrototypeOf(Float32Array) as object,
    Function.prototype,
    ...hiddenPrototypes(),
    ...Object.values(namespaces),
  ])
    admit(owner);
  for (const value of [...Object.values(functions), ...substitutes.values(), ...Object.values(consoleObject)]) allowed.add(value);
  for (const value of refused.keys()) allowed.delete(value as object);
  const globals = new Map<string, unknown>([
    ...classes.map((owner) => [owner.name, owner] as const),
    ...Object.entries(namespaces),
    ...Object.entries(functions),
    ['undefined', undefined],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['console', consoleObject],
  ]);
  return {
    globals,
    allowed,
    intrinsic,
    substitutes,
    sizeCalls: sizeCalls(scalarCall),
    refusal(value) {
      if (value === Math.random) return messages.notDeterministic('Math.random');
      if (typeof value === 'string') {
        if (nondeterministic.includes(value)) return messages.notDeterministic(value);
        return Object.hasOwn(unavailable, value) ? messages.notAvailable(value, unavailable[value]) : undefined;
      }
      if (typeof value !== 'function') return undefined;
      return messages.notAvailable(refused.get(value) ?? (value.name === '' ? 'this function' : value.name));
    },
  };
}
