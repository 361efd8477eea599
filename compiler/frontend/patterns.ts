import { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import { getProperty, shorten } from './access.js';
import { assignTo } from './assignments.js';
import type { Env, Run, Store } from './env.js';
import { nameOfAnonymous, propertyKey } from './names.js';
import type { Scope } from './scope.js';
import { Thrown } from './values.js';

/** Destructuring: how the parts of a value reach the names or places of a pattern. */
interface Part {
  readonly store: Store;
  readonly initialiser: Run | undefined;
}

interface ElementPart extends Part {
  readonly rest: boolean;
}

interface PropertyPart extends Part {
  /** Absent for a rest element. */
  readonly key: Run | undefined;
  readonly node: ts.Node;
}

/** Initialises the names of a binding: `const [a, { b = 1 }] = value`. */
export function bindingTarget(name: ts.BindingName, env: Env): Store {
  if (ts.isIdentifier(name)) {
    const { depth, binding } = env.scope.resolve(name.text)!;
    const { machine } = env;
    return (scope, value) => {
      let at = scope;
      for (let step = 0; step < depth; step++) at = at.parent!;
      if (machine.journal.active) machine.journal.touch(at, binding.slot, machine.site(name));
      at.values[binding.slot] = value;
    };
  }
  if (ts.isArrayBindingPattern(name)) {
    const parts = name.elements.map((element): ElementPart | undefined =>
      ts.isOmittedExpression(element)
        ? undefined
        : {
            store: bindingTarget(element.name, env),
            initialiser: bindingInitialiser(element, env),
            rest: element.dotDotDotToken !== undefined,
          },
    );
    return destructureArray(parts, name, env);
  }
  const parts = name.elements.map((element): PropertyPart => {
    const store = bindingTarget(element.name, env);
    const key =
      element.dotDotDotToken !== undefined ? undefined : propertyKey(element.propertyName ?? (element.name as ts.Identifier), env);
    return { store, initialiser: bindingInitialiser(element, env), key, node: element };
  });
  return destructureObject(parts, name, env);
}

function bindingInitialiser(element: ts.BindingElement, env: Env): Run | undefined {
  if (element.initializer === undefined) return undefined;
  return ts.isIdentifier(element.name) ? nameOfAnonymous(element.initializer, element.name.text, env) : env.expression(element.initializer);
}

/** Assigns to the places of a pattern: `[a, this.b] = value`. */
export function assignmentPattern(node: ts.ArrayLiteralExpression | ts.ObjectLiteralExpression, env: Env): Store {
  if (ts.isArrayLiteralExpression(node)) {
    const parts = node.elements.map((element): ElementPart | undefined => {
      if (ts.isOmittedExpression(element)) return undefined;
      if (ts.isSpreadElement(element)) return { store: assignTo(element.expression, env), initialiser: undefined, rest: true };
      return { ...defaulted(element, env), rest: false };
    });
    return destructureArray(parts, node, env);
  }
  const parts = node.properties.map((property): PropertyPart => {
    if (ts.isSpreadAssignment(property))
      return { store: assignTo(property.expression, env), initialiser: undefined, key: undefined, node: property };
    if (ts.isShorthandPropertyAssignment(property)) {
      const initialiser =
        property.objectAssignmentInitializer && nameOfAnonymous(property.objectAssignmentInitializer, property.name.text, env);
      return { store: assignTo(property.name, env), initialiser, key: propertyKey(property.name, env), node: property };
    }
    if (ts.isPropertyAssignment(property))
      return { ...defaulted(property.initializer, env), key: propertyKey(property.name, env), node: property };
    throw env.machine.abort(messages.unsupportedSyntax('a method in a destructuring pattern'), property);
  });
  return destructureObject(parts, node, env);
}

function defaulted(element: ts.Expression, env: Env): Part {
  if (!ts.isBinaryExpression(element) || element.operatorToken.kind !== ts.SyntaxKind.EqualsToken) {
    return { store: assignTo(element, env), initialiser: undefined };
  }
  const initialiser = ts.isIdentifier(element.left)
    ? nameOfAnonymous(element.right, element.left.text, env)
    : env.expression(element.right);
  return { store: assignTo(element.left, env), initialiser };
}

function give(part: Part, scope: Scope, value: unknown): void {
  part.store(scope, value === undefined && part.initialiser !== undefined ? part.initialiser(scope) : value);
}

function destructureArray(parts: readonly (ElementPart | undefined)[], node: ts.Node, env: Env): Store {
  const { machine } = env;
  return (scope, value) => {
    const iterator = iterate(env, value, node);
    let done = false;
    const next = (): unknown => {
      if (done) return undefined;
      // An iterator that throws is not asked to close.
      done = true;
      const result = machine.guard(node, () => iterator.next());
      done = result.done === true;
      return done ? undefined : result.value;
    };
    try {
      for (const part of parts) {
        if (part === undefined) next();
        else if (part.rest) {
          const rest: unknown[] = [];
          machine.journal.made(rest);
          for (let item = next(); !done; item = next()) rest.push(item);
          part.store(scope, rest);
        } else give(part, scope, next());
      }
    } catch (error) {
      if (!done && error instanceof Thrown) closeQuietly(iterator);
      throw error;
    }
    if (!done) machine.guard(node, () => iterator.return?.());
  };
}

/** Closes an iterator after an error, which outweighs any error of closing. */
export function closeQuietly(iterator: Iterator<unknown>): void {
  try {
    iterator.return?.();
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
  }
}

/** The iterator of a value; the user's error when it has none. */
export function iterate(env: Env, value: unknown, node: ts.Node): Iterator<unknown> {
  const { machine } = env;
  machine.checkUse(value);
  return machine.guard(node, () => {
    const method = (value as Iterable<unknown>)?.[Symbol.iterator];
    if (typeof method !== 'function') {
      const text = shorten(node.getText());
      const error = new TypeError(
        value === undefined || value === null ? `${text} is ${value}: it cannot be iterated` : `${text} is not iterable`,
      );
      throw machine.thrown(error, node);
    }
    const iterator = method.call(value) as Iterator<unknown>;
    return iterator === value && machine.declarationOf(iterator.next) === undefined ? watched(env, iterator, node) : iterator;
  });
}

/** An iterator of JavaScript's own that the program may go on with afterwards. */
function watched(env: Env, iterator: Iterator<unknown>, node: ts.Node): Iterator<unknown> {
  const move = () => env.machine.moveOn(iterator, node);
  const { return: close, throw: raise } = iterator;
  return {
    next(...args) {
      move();
      return iterator.next(...args);
    },
    ...(close && { return: (value) => close.call(iterator, value) }),
    ...(raise && { throw: (error) => raise.call(iterator, error) }),
  };
}

function destructureObject(parts: readonly PropertyPart[], node: ts.Node, env: Env): Store {
  const { machine } = env;
  return (scope, value) => {
    if (value === undefined || value === null) {
      throw machine.thrown(new TypeError(`Cannot destructure '${shorten(node.getText())}' as it is ${value}.`), node);
    }
    const taken = new Set<PropertyKey>();
    for (const part of parts) {
      if (part.key === undefined) {
        const rest: Record<PropertyKey, unknown> = {};
        machine.journal.made(rest);
        for (const key of Reflect.ownKeys(Object(value))) {
          if (!taken.has(key) && Object.prototype.propertyIsEnumerable.call(value, key))
            rest[key] = getProperty(machine, value, key, part.node);
        }
        part.store(scope, rest);
      } else {
        const key = part.key(scope) as PropertyKey;
        taken.add(key);
        give(part, scope, getProperty(machine, value, key, part.node));
      }
    }
  };
}
