import { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import { nearest } from '../diagnostics/suggest.js';
import { isSymbolic } from '../ir/dim.js';
import type { Machine } from './machine.js';
import { Conflict } from './merge.js';
import { isHostSymbolic, SizeRatio, symbolicTruth, TensorScalar } from './symbolic.js';
import { type Callable, describe, isCallable, isObject } from './values.js';

type Indexable = Record<PropertyKey, unknown>;

/** `object[key]`, with all that JavaScript does for it; `node` is the whole access. */
export function getProperty(machine: Machine, object: unknown, key: unknown, node: ts.Node): unknown {
  const value = readProperty(machine, object, key, node);
  if (value instanceof Conflict) value.refuse();
  return value;
}

/** The same for places that can do with one of two values (either.ts). */
export function readProperty(machine: Machine, object: unknown, key: unknown, node: ts.Node): unknown {
  if (object === undefined || object === null) throw ofNothing(machine, object, key, node);
  if (isHostSymbolic(object)) return propertyOfSymbolic(machine, object, key, node);
  const { growth } = machine.control;
  const grown = growth.has(object) ? growth.property(object, key) : undefined;
  if (grown !== undefined) return grown.value;
  machine.checkUse(object);
  if (typeof key !== 'string' && typeof key !== 'number' && isHostSymbolic(key)) throw symbolicKey(machine, key, node);
  const value = machine.guard(node, () => (object as Indexable)[key as PropertyKey]);
  return isObject(value) ? admitted(machine, value, key, node) : value;
}

function symbolicKey(machine: Machine, key: unknown, node: ts.Node) {
  if (!(key instanceof TensorScalar)) return machine.abort(messages.sizeNotNumber(String(key), 'an index'), node);
  return machine.abort(
    messages.indexByTensor(shorten(ts.isElementAccessExpression(node) ? node.argumentExpression.getText() : node.getText())),
    node,
  );
}

/** Keeps the language's own machinery out of interpreted code. */
function admitted(machine: Machine, value: object, key: unknown, node: ts.Node): unknown {
  if (typeof value !== 'function') {
    if (key !== 'prototype' && key !== '__proto__') return value;
    if (machine.builtins.intrinsic.has(value)) throw machine.abort(messages.notAvailable('the prototype of a built-in class'), node);
    return value;
  }
  const substitute = machine.builtins.substitutes.get(value);
  if (substitute !== undefined) return substitute;
  if (!machine.mayHold(value)) throw machine.abort(machine.builtins.refusal(value)!, node);
  return value;
}

export function setProperty(machine: Machine, object: unknown, key: unknown, value: unknown, node: ts.Node): void {
  if (object === undefined || object === null) throw ofNothing(machine, object, key, node);
  if (isHostSymbolic(object)) throw machine.thrown(new TypeError(`cannot set a property of the size '${object}'`), node);
  machine.checkUse(object);
  if (isHostSymbolic(key)) throw symbolicKey(machine, key, node);
  if (isObject(object)) {
    if (machine.journal.active) machine.journal.touch(object, keyOf(key), machine.site(node));
    machine.changing(object, node);
  }
  if (isObject(object) && machine.builtins.intrinsic.has(object)) throw machine.abort(messages.builtinChanged(), node);
  if (machine.onAssignment !== undefined && isObject(object)) machine.onAssignment(object, key as PropertyKey, node);
  machine.guard(node, () => {
    (object as Indexable)[key as PropertyKey] = value;
  });
}

/** A key as `Reflect.ownKeys` lists it. */
function keyOf(key: unknown): unknown {
  return typeof key === 'symbol' ? key : String(key);
}

function propertyOfSymbolic(machine: Machine, object: unknown, key: unknown, node: ts.Node): unknown {
  if (object instanceof TensorScalar) throw machine.abort(messages.tensorCondition(node.getText()), node);
  if (key === 'toString') return textOf(machine, object);
  throw machine.abort(messages.sizeNotNumber(String(object), `'${String(key)}'`), node);
}

function textOf(machine: Machine, object: unknown): Callable {
  const text = () => String(object);
  machine.builtins.allowed.add(text);
  return text;
}

function ofNothing(machine: Machine, object: undefined | null, key: unknown, node: ts.Node) {
  const text = String(object) as 'undefined' | 'null';
  const name = typeof key === 'symbol' ? key.toString() : String(key);
  const expression = ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) ? node.expression.getText() : node.getText();
  const value = new TypeError(`Cannot read properties of ${text} (reading '${name}')`);
  return machine.thrown(value, node, messages.propertyOfNothing(text, name, shorten(expression)));
}

/** Calls `callee`, the value of the expression `expression`, on behalf of `node`. */
export function callValue(
  machine: Machine,
  callee: unknown,
  self: unknown,
  args: readonly unknown[],
  expression: ts.Expression,
  node: ts.Node,
): unknown {
  if (!isCallable(callee)) throw notCallable(machine, callee, self, expression, node);
  const sized = machine.builtins.sizeCalls.get(callee);
  if (sized !== undefined && args.some(isHostSymbolic)) return machine.enter(node, () => sized(args));
  if (machine.declarationOf(callee) === undefined) return callNative(machine, callee, self, args, node);
  return machine.call(callee, self, args, node);
}

/** Calls a function of JavaScript's, which may change the object that it is called on, or its first argument. */
function callNative(machine: Machine, callee: Callable, self: unknown, args: readonly unknown[], node: ts.Node): unknown {
  const { journal } = machine;
  const { growth } = machine.control;
  const grown = growth.has(self) ? callOfRows(machine, callee, self, args, node) : undefined;
  if (grown !== undefined) return grown.value;
  machine.checkUse(self);
  for (const arg of args) if (!growth.reads(callee)) machine.checkUse(arg);
  if (isIterator(self) && movers.has(callee.name)) machine.moveOn(self as object, node);
  if (Array.isArray(self) && changers.has(callee.name)) machine.changing(self, node);
  if (!journal.active) return machine.call(callee, self, args, node);
  for (const object of [self, args[0]]) {
    if (typeof object === 'object' && object !== null) journal.touch(object, undefined, machine.site(node));
  }
  const result = machine.call(callee, self, args, node);
  if (Array.isArray(result) ? !accessors.has(callee.name) : isIterator(result)) journal.made(result as object);
  return result;
}

/** Calls a method of an array that a loop of the graph adds to; undefined where it is called as that of any other. */
function callOfRows(machine: Machine, callee: Callable, self: unknown[], args: readonly unknown[], node: ts.Node) {
  for (const arg of args) machine.checkUse(arg);
  if (callee === Array.prototype.push) {
    if (machine.journal.active) machine.journal.touch(self, undefined, machine.site(node));
    machine.changing(self, node);
  }
  return machine.enter(node, () => machine.control.growth.method(self, callee, args));
}

/** Names of methods that change an array. */
const changers: ReadonlySet<string> = new Set('push pop shift unshift splice sort reverse fill copyWithin'.split(' '));

/** Names of functions whose result may be an array that was there before. */
const accessors: ReadonlySet<string> = new Set(
  'at pop shift find findLast reduce reduceRight reverse sort fill copyWithin get call apply assign freeze seal'.split(' '),
);

/** Names of methods by which an iterator moves on. */
const movers: ReadonlySet<string> = new Set(['next', 'return', 'throw']);

export function isIterator(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'next' in value && Symbol.iterator in value;
}

/** `new callee(...args)`. */
export function constructValue(machine: Machine, callee: unknown, args: readonly unknown[], node: ts.NewExpression): unknown {
  const text = shorten(node.expression.getText());
  if (!isCallable(callee)) {
    throw machine.thrown(new TypeError(`${text} is not a constructor`), node, messages.notConstructor(text));
  }
  const sized = callee === Array ? machine.builtins.sizeCalls.get(callee) : undefined;
  if (sized !== undefined && args.some(isHostSymbolic)) return machine.enter(node, () => sized(args));
  const made = machine.enter(node, () => Reflect.construct(callee as unknown as new () => unknown, args) as object);
  machine.journal.made(made);
  return made;
}

function notCallable(machine: Machine, callee: unknown, self: unknown, expression: ts.Expression, node: ts.Node) {
  const text = shorten(expression.getText());
  const suggestion =
    ts.isPropertyAccessExpression(expression) && isObject(self) ? nearest(expression.name.text, methodNames(self)) : undefined;
  return machine.thrown(new TypeError(`${text} is not a function`), node, messages.notCallable(text, describe(callee), suggestion));
}

function methodNames(object: object): string[] {
  const names: string[] = [];
  for (let at: object | null = object; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) if (typeof value === 'function') names.push(name);
  }
  return names;
}

/** One line of source text for a message. */
export function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}

/** Whether a host value counts as true, where that has to be known now; `node` is the condition. */
export function truth(machine: Machine, value: unknown, node: ts.Node): boolean {
  if (typeof value === 'boolean') return value;
  const holds = condition(machine, value, node);
  if (typeof holds === 'boolean') return holds;
  throw machine.abort(messages.tensorCondition(shorten(conditionText(node))), node);
}

/** Whether a host value counts as true: known, or known at run time only. */
export function condition(machine: Machine, value: unknown, node: ts.Node): boolean | TensorScalar {
  if (typeof value === 'boolean') return value;
  if (!isHostSymbolic(value)) {
    machine.checkUse(value);
    return Boolean(value);
  }
  if (value instanceof TensorScalar) return machine.control.scalars.truth(value);
  if (isSymbolic(value)) {
    const positive = symbolicTruth(value);
    if (positive !== undefined) return positive;
    if (!machine.options.isLibrary(node.getSourceFile().fileName)) return machine.control.scalars.sizeTruth(value);
  }
  const dim = value instanceof SizeRatio ? value.toString() : String(value);
  throw machine.abort(messages.sizeUndecided(shorten(conditionText(node)), dim), node);
}

/** The whole condition that an expression is part of. */
export function conditionText(node: ts.Node): string {
  let at = node;
  while (ts.isBinaryExpression(at.parent) || ts.isPrefixUnaryExpression(at.parent) || ts.isParenthesizedExpression(at.parent))
    at = at.parent;
  return at.getText();
}
