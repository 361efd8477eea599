import { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import { callValue, getProperty } from './access.js';
import { compileArguments, compileMethod } from './calls.js';
import type { Env, Run } from './env.js';
import { nameOfAnonymous, propertyKey } from './names.js';
import type { Scope } from './scope.js';
import { isHostSymbolic, TensorScalar } from './symbolic.js';
import { type Callable, isObject } from './values.js';

export function compileArray(node: ts.ArrayLiteralExpression, env: Env): Run {
  if (node.elements.some(ts.isOmittedExpression)) return compileSparseArray(node, env);
  const elements = compileArguments(node.elements, env);
  const { journal } = env.machine;
  return (scope) => {
    const array = elements(scope);
    journal.made(array);
    return array;
  };
}

/** `[a, , b]`: the holes stay holes. */
function compileSparseArray(node: ts.ArrayLiteralExpression, env: Env): Run {
  const parts = node.elements.map((element) => (ts.isOmittedExpression(element) ? undefined : compileArguments([element], env)));
  return (scope) => {
    const values: unknown[] = [];
    env.machine.journal.made(values);
    for (const part of parts) {
      if (part === undefined) values.length++;
      else values.push(...part(scope));
    }
    return values;
  };
}

type Define = (scope: Scope, object: object) => void;

export function compileObject(node: ts.ObjectLiteralExpression, env: Env): Run {
  const { journal } = env.machine;
  const definitions = node.properties.map((property) => compileProperty(property, env));
  return (scope) => {
    const object = {};
    journal.made(object);
    for (const define of definitions) define(scope, object);
    return object;
  };
}

function compileProperty(property: ts.ObjectLiteralElementLike, env: Env): Define {
  const { machine } = env;
  if (ts.isSpreadAssignment(property)) {
    const source = env.expression(property.expression);
    return (scope, object) => {
      const value = source(scope);
      if (value === undefined || value === null || isHostSymbolic(value)) return;
      for (const key of Reflect.ownKeys(Object(value))) {
        if (Object.prototype.propertyIsEnumerable.call(value, key)) define(object, key, getProperty(machine, value, key, property));
      }
    };
  }
  const key = propertyKey(property.name, env);
  if (ts.isPropertyAssignment(property) || ts.isShorthandPropertyAssignment(property)) {
    const initialiser = ts.isShorthandPropertyAssignment(property) ? property.name : property.initializer;
    const fixed = ts.isComputedPropertyName(property.name) ? undefined : propertyText(property.name);
    const value = fixed === undefined ? env.expression(initialiser) : nameOfAnonymous(initialiser, fixed, env);
    if (fixed === '__proto__' && ts.isPropertyAssignment(property)) {
      return (scope, object) => {
        const prototype = value(scope);
        if (prototype === null || isObject(prototype)) Object.setPrototypeOf(object, prototype);
      };
    }
    return (scope, object) => define(object, key(scope) as PropertyKey, value(scope));
  }
  const closure = machine.compilers.closure(property, env);
  return (scope, object) => {
    const name = key(scope) as PropertyKey;
    const method = closure(scope) as Callable;
    defineMethod(object, name, method, property, true);
  };
}

function propertyText(name: ts.PropertyName): string | undefined {
  return ts.isComputedPropertyName(name) ? undefined : name.text;
}

function define(object: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Adds a method or accessor to an object, prototype or class, and gives it its name. */
export function defineMethod(object: object, key: PropertyKey, method: Callable, node: ts.Node, enumerable: boolean): void {
  const text = typeof key === 'symbol' ? (key.description === undefined ? '' : `[${key.description}]`) : String(key);
  const before = Object.getOwnPropertyDescriptor(object, key);
  if (ts.isGetAccessor(node)) {
    Object.defineProperty(method, 'name', { value: `get ${text}`, configurable: true });
    Object.defineProperty(object, key, { get: method, set: before?.set, enumerable, configurable: true });
  } else if (ts.isSetAccessor(node)) {
    Object.defineProperty(method, 'name', { value: `set ${text}`, configurable: true });
    Object.defineProperty(object, key, { get: before?.get, set: method as (value: unknown) => void, enumerable, configurable: true });
  } else {
    Object.defineProperty(method, 'name', { value: text, configurable: true });
    Object.defineProperty(object, key, { value: method, writable: true, enumerable, configurable: true });
  }
}

export function compileTemplate(node: ts.TemplateExpression, env: Env): Run {
  const { machine } = env;
  const head = node.head.text;
  const spans = node.templateSpans.map((span) => ({
    run: env.expression(span.expression),
    text: span.literal.text,
    expression: span.expression,
  }));
  return (scope) => {
    let text = head;
    for (const { run, text: after, expression } of spans) {
      const value = run(scope);
      if (value instanceof TensorScalar) {
        const inLibrary = machine.options.isLibrary(expression.getSourceFile().fileName);
        throw machine.abort(messages.tensorCondition(inLibrary ? 'an argument of this call' : expression.getText()), expression);
      }
      text += (typeof value === 'string' ? value : machine.guard(expression, () => `${value as string}`)) + after;
    }
    return text;
  };
}

export function compileTaggedTemplate(node: ts.TaggedTemplateExpression, env: Env): Run {
  const { machine } = env;
  const { template, tag } = node;
  const parts = ts.isNoSubstitutionTemplateLiteral(template)
    ? [template]
    : [template.head, ...template.templateSpans.map((span) => span.literal)];
  const raw = parts.map((part) => part.rawText ?? part.text);
  const strings = Object.freeze(Object.defineProperty([...parts.map((part) => part.text)], 'raw', { value: Object.freeze(raw) }));
  const values = ts.isNoSubstitutionTemplateLiteral(template) ? [] : template.templateSpans.map((span) => env.expression(span.expression));
  const method = compileMethod(tag, env);
  const callee = env.expression(tag);
  return (scope) => {
    const { self, value } = method?.(scope) ?? { self: undefined, value: callee(scope) };
    const args = values.map((run) => run(scope));
    return callValue(machine, value, self, [strings, ...args], tag, node);
  };
}
