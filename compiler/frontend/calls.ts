import { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import { callValue, constructValue, getProperty, readProperty } from './access.js';
import { compileSubject, usingEither } from './either.js';
import type { Env, Run } from './env.js';
import { privateSlot, refuse } from './expressions.js';
import { compileThis, readName } from './identifiers.js';
import { Conflict } from './merge.js';
import { iterate } from './patterns.js';
import type { Scope } from './scope.js';

const { SyntaxKind } = ts;

export type Arguments = (scope: Scope) => unknown[];

/** The values of an argument or element list, spread included. */
export function compileArguments(nodes: readonly ts.Expression[], env: Env): Arguments {
  const runs = nodes.map((node) => env.expression(ts.isSpreadElement(node) ? node.expression : node));
  if (!nodes.some(ts.isSpreadElement)) {
    const [first, second] = runs;
    if (runs.length === 0) return () => [];
    if (runs.length === 1) return (scope) => [first!(scope)];
    if (runs.length === 2) return (scope) => [first!(scope), second!(scope)];
    return (scope) => runs.map((run) => run(scope));
  }
  return (scope) => {
    const values: unknown[] = [];
    for (const [index, run] of runs.entries()) {
      const node = nodes[index]!;
      const value = run(scope);
      if (ts.isSpreadElement(node)) spreadInto(values, value, node.expression, env);
      else values.push(value);
    }
    return values;
  };
}

function spreadInto(values: unknown[], iterable: unknown, node: ts.Node, env: Env): void {
  const { machine } = env;
  const iterator = iterate(env, iterable, node);
  for (let result = machine.guard(node, () => iterator.next()); !result.done; result = machine.guard(node, () => iterator.next())) {
    machine.step(node);
    values.push(result.value);
  }
}

export function compileCall(node: ts.CallExpression, env: Env): Run {
  const { machine } = env;
  const callee = node.expression;
  if (callee.kind === SyntaxKind.ImportKeyword) return refuse(callee, env);
  const args = compileArguments(node.arguments, env);
  if (callee.kind === SyntaxKind.SuperKeyword) return compileSuperCall(node, args, env);
  const target = unparenthesised(callee);
  if (isMember(target) && !ts.isOptionalChain(target) && target.expression.kind !== SyntaxKind.SuperKeyword) {
    const object = compileSubject(target.expression, env);
    const member = compileMember(target, env, readProperty);
    return (scope) => {
      const self = object(scope);
      const value = self instanceof Conflict ? self : member(scope, self);
      if (!(value instanceof Conflict)) return callValue(machine, value, self, args(scope), callee, node);
      return usingEither(machine, self, node, (each) =>
        usingEither(machine, self === each ? value : member(scope, each), node, (method) =>
          callValue(machine, method, each, args(scope), callee, node),
        ),
      );
    };
  }
  const method = compileMethod(target, env);
  if (method !== undefined) {
    return (scope) => {
      const { self, value } = method(scope);
      return callValue(machine, value, self, args(scope), callee, node);
    };
  }
  const value = compileSubject(target, env);
  return (scope) => {
    const called = value(scope);
    if (!(called instanceof Conflict)) return callValue(machine, called, undefined, args(scope), callee, node);
    return usingEither(machine, called, node, (each) => callValue(machine, each, undefined, args(scope), callee, node));
  };
}

function unparenthesised(node: ts.Expression): ts.Expression {
  let at = node;
  while (ts.isParenthesizedExpression(at) || ts.isNonNullExpression(at)) at = at.expression;
  return at;
}

function isMember(node: ts.Expression): node is ts.PropertyAccessExpression | ts.ElementAccessExpression {
  return ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
}

type Method = (scope: Scope) => { readonly self: unknown; readonly value: unknown };

/** A member that is called: its object becomes `this`. Undefined when the callee is no member. */
export function compileMethod(callee: ts.Expression, env: Env): Method | undefined {
  if (!isMember(callee)) return undefined;
  if (ts.isOptionalChain(callee)) {
    // `(a?.b)()`: the parentheses end the chain, and a is still `this`.
    const link = compileLink(callee, env);
    return (scope) => {
      const { self, value } = link(scope);
      return { self, value: value === SHORT ? undefined : value };
    };
  }
  if (callee.expression.kind === SyntaxKind.SuperKeyword) {
    const self = compileThis(callee, env);
    const value = env.expression(callee);
    return (scope) => ({ self: self(scope), value: value(scope) });
  }
  const object = env.expression(callee.expression);
  const member = compileMember(callee, env);
  return (scope) => {
    const self = object(scope);
    return { self, value: member(scope, self) };
  };
}

type Member = (scope: Scope, object: unknown) => unknown;

/** Reads the member that an access names, of an object that is there already. */
function compileMember(node: ts.PropertyAccessExpression | ts.ElementAccessExpression, env: Env, get = getProperty): Member {
  const { machine } = env;
  if (ts.isElementAccessExpression(node)) {
    const key = env.expression(node.argumentExpression);
    return (scope, object) => get(machine, object, key(scope), node);
  }
  if (ts.isPrivateIdentifier(node.name)) {
    const slot = privateSlot(node.name, env);
    return (scope, object) => slot(scope).get(object, node);
  }
  const key = node.name.text;
  return (_scope, object) => get(machine, object, key, node);
}

export function compileNew(node: ts.NewExpression, env: Env): Run {
  const { machine } = env;
  const callee = env.expression(node.expression);
  const args = compileArguments(node.arguments ?? [], env);
  return (scope) => {
    const value = callee(scope);
    return constructValue(machine, value, args(scope), node);
  };
}

function compileSuperCall(node: ts.CallExpression, args: Arguments, env: Env): Run {
  const { machine } = env;
  const superCall = readName('%super', env);
  if (superCall === undefined) return refuse(node, env, "'super()' here", "call 'super(...)' in the constructor of a derived class");
  return (scope) => {
    const construct = superCall(scope) as (values: readonly unknown[]) => unknown;
    const values = args(scope);
    return machine.enter(node, () => construct(values));
  };
}

/** Ends an optional chain early. */
const SHORT: unique symbol = Symbol('short circuit');

/** `a?.b.c()`: the whole chain is undefined when a is null or undefined. */
export function compileOptionalChain(node: ts.Expression, env: Env): Run {
  const run = compileLink(node, env);
  return (scope) => {
    const value = run(scope).value;
    return value === SHORT ? undefined : value;
  };
}

interface Link {
  /** What `value` was read from: `this` when it is called. */
  readonly self: unknown;
  readonly value: unknown;
}

const NOTHING: Link = { self: undefined, value: SHORT };

function compileLink(node: ts.Expression, env: Env): (scope: Scope) => Link {
  const { machine } = env;
  if (ts.isNonNullExpression(node) && ts.isOptionalChain(node)) return compileLink(node.expression, env);
  if (!ts.isOptionalChain(node)) {
    const method = compileMethod(node, env);
    if (method !== undefined) return method;
    const value = env.expression(node);
    return (scope) => ({ self: undefined, value: value(scope) });
  }
  const inner = compileLink(node.expression, env);
  const optional = !ts.isNonNullExpression(node) && node.questionDotToken !== undefined;
  const stops = (value: unknown) => value === SHORT || (optional && (value === undefined || value === null));
  if (ts.isCallExpression(node)) {
    const args = compileArguments(node.arguments, env);
    return (scope) => {
      const { self, value } = inner(scope);
      return stops(value) ? NOTHING : { self: undefined, value: callValue(machine, value, self, args(scope), node.expression, node) };
    };
  }
  if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node))
    throw machine.abort(messages.unsupportedSyntax('this optional chain'), node);
  const member = compileMember(node, env);
  return (scope) => {
    const { value } = inner(scope);
    return stops(value) ? NOTHING : { self: value, value: member(scope, value) };
  };
}
