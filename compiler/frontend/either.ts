/**
 * Objects and functions of which a branch has chosen one: `const layer = c ? this.a : this.b; layer.forward(x)`. They cannot be merged,
 * but what is done with them can be done on both ways: a call and the reading of a member are branches on the same condition.
 */
import { ts } from 'ts-morph';
import { readProperty } from './access.js';
import type { Env, Run } from './env.js';
import { readName } from './identifiers.js';
import type { Machine } from './machine.js';
import { Conflict } from './merge.js';

/** A callee or the object of a member, which may be one of two. */
export function compileSubject(node: ts.Expression, env: Env): Run {
  if (ts.isParenthesizedExpression(node)) return compileSubject(node.expression, env);
  if (ts.isPropertyAccessExpression(node)) return compileMemberSubject(node, env);
  if (!ts.isIdentifier(node)) return env.expression(node);
  const read = readName(node.text, env);
  const usual = env.expression(node);
  if (read === undefined) return usual;
  return (scope) => {
    const value = read(scope);
    return value instanceof Conflict ? value : usual(scope);
  };
}

function compileMemberSubject(node: ts.PropertyAccessExpression, env: Env): Run {
  const { machine } = env;
  const isPlain = !ts.isPrivateIdentifier(node.name) && !ts.isOptionalChain(node) && node.expression.kind !== ts.SyntaxKind.SuperKeyword;
  if (!isPlain) return env.expression(node);
  const object = compileSubject(node.expression, env);
  const key = node.name.text;
  return (scope) => {
    const value = object(scope);
    if (!(value instanceof Conflict)) return readProperty(machine, value, key, node);
    return usingEither(machine, value, node, (each) => readProperty(machine, each, key, node));
  };
}

/** What `use` makes of a value; of one of two values, what it makes of each, on its way. */
export function usingEither(machine: Machine, value: unknown, node: ts.Node, use: (value: unknown) => unknown): unknown {
  if (!(value instanceof Conflict)) return use(value);
  const { either } = value;
  const { regions } = machine.control;
  if (either === undefined || !regions.tensors.isVisible(either.condition.handle)) return value.refuse();
  const [first, second] = either.values;
  return regions.value(
    either.condition,
    node,
    () => usingEither(machine, first, node, use),
    () => usingEither(machine, second, node, use),
  );
}
