import { ts } from 'ts-morph';
import { condition, getProperty, setProperty } from './access.js';
import type { Env, Run, Store } from './env.js';
import { privateSlot, refuse, superOwner } from './expressions.js';
import { compileThis, storeName } from './identifiers.js';
import { nameOfAnonymous } from './names.js';
import { binaryOperation } from './operators.js';
import { assignmentPattern } from './patterns.js';
import type { Scope } from './scope.js';
import { isHostSymbolic } from './symbolic.js';

const { SyntaxKind } = ts;

/** A place that can be read and written, with its object and key evaluated once. */
interface Place {
  read(): unknown;
  write(value: unknown): void;
}

type Locate = (scope: Scope) => Place;

export function compileAssignment(node: ts.BinaryExpression, env: Env): Run {
  const { machine } = env;
  const kind = node.operatorToken.kind;
  const left = unwrap(node.left);
  if (kind === SyntaxKind.EqualsToken) {
    if (ts.isIdentifier(left)) {
      const store = storeName(left, env);
      const right = nameOfAnonymous(node.right, left.text, env);
      return (scope) => {
        const value = right(scope);
        store(scope, value);
        return value;
      };
    }
    const right = env.expression(node.right);
    if (ts.isArrayLiteralExpression(left) || ts.isObjectLiteralExpression(left)) {
      const store = assignmentPattern(left, env);
      return (scope) => {
        const value = right(scope);
        store(scope, value);
        return value;
      };
    }
    const locate = place(left, env);
    return (scope) => {
      const target = locate(scope);
      const value = right(scope);
      target.write(value);
      return value;
    };
  }
  const locate = place(left, env);
  const right = ts.isIdentifier(left) ? nameOfAnonymous(node.right, left.text, env) : env.expression(node.right);
  const logical = logicalAssignment(kind);
  if (logical !== undefined) {
    return (scope) => {
      const target = locate(scope);
      const before = target.read();
      const assign = () => {
        const value = right(scope);
        target.write(value);
        return value;
      };
      if (logical === 'nullish') return before === undefined || before === null ? assign() : before;
      const holds = condition(machine, before, node.left);
      if (typeof holds === 'boolean') return holds === (logical === 'and') ? assign() : before;
      const { regions } = machine.control;
      return logical === 'and' ? regions.value(holds, node, assign, () => before) : regions.value(holds, node, () => before, assign);
    };
  }
  const apply = binaryOperation(machine, kind, node);
  if (apply === undefined) return refuse(node, env, `the operator '${node.operatorToken.getText()}'`);
  return (scope) => {
    const target = locate(scope);
    const before = target.read();
    const value = apply(before, right(scope));
    target.write(value);
    return value;
  };
}

function logicalAssignment(kind: ts.SyntaxKind): 'and' | 'or' | 'nullish' | undefined {
  if (kind === SyntaxKind.AmpersandAmpersandEqualsToken) return 'and';
  if (kind === SyntaxKind.BarBarEqualsToken) return 'or';
  return kind === SyntaxKind.QuestionQuestionEqualsToken ? 'nullish' : undefined;
}

/** `x++` and its kin. */
export function compileUpdate(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression, env: Env): Run {
  const { machine } = env;
  const locate = place(unwrap(node.operand), env);
  const increment = node.operator === SyntaxKind.PlusPlusToken;
  const add = binaryOperation(machine, increment ? SyntaxKind.PlusToken : SyntaxKind.MinusToken, node)!;
  const prefix = ts.isPrefixUnaryExpression(node);
  return (scope) => {
    const target = locate(scope);
    const found = target.read();
    const before = typeof found === 'bigint' || isHostSymbolic(found) ? found : machine.guard(node, () => Number(found));
    const after = add(before, typeof before === 'bigint' ? 1n : 1);
    target.write(after);
    return prefix ? after : before;
  };
}

/** Stores into a name, a member or a pattern. */
export function assignTo(target: ts.Expression, env: Env): Store {
  const left = unwrap(target);
  if (ts.isIdentifier(left)) return storeName(left, env);
  if (ts.isArrayLiteralExpression(left) || ts.isObjectLiteralExpression(left)) return assignmentPattern(left, env);
  const locate = place(left, env);
  return (scope, value) => locate(scope).write(value);
}

function unwrap(node: ts.Expression): ts.Expression {
  let at = node;
  while (ts.isParenthesizedExpression(at) || ts.isNonNullExpression(at) || ts.isAsExpression(at) || ts.isSatisfiesExpression(at))
    at = at.expression;
  return at;
}

function place(node: ts.Expression, env: Env): Locate {
  const { machine } = env;
  if (ts.isIdentifier(node)) {
    const read = env.expression(node);
    const store = storeName(node, env);
    return (scope) => ({ read: () => read(scope), write: (value) => store(scope, value) });
  }
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
    if (node.expression.kind === SyntaxKind.SuperKeyword) return superPlace(node, env);
    const object = env.expression(node.expression);
    if (ts.isPropertyAccessExpression(node) && ts.isPrivateIdentifier(node.name)) {
      const slot = privateSlot(node.name, env);
      return (scope) => {
        const owner = object(scope);
        return { read: () => slot(scope).get(owner, node), write: (value) => slot(scope).set(owner, value, node) };
      };
    }
    const keyOf = ts.isElementAccessExpression(node) ? env.expression(node.argumentExpression) : undefined;
    const name = ts.isPropertyAccessExpression(node) ? node.name.text : '';
    return (scope) => {
      const owner = object(scope);
      const key = keyOf === undefined ? name : keyOf(scope);
      return { read: () => getProperty(machine, owner, key, node), write: (value) => setProperty(machine, owner, key, value, node) };
    };
  }
  return refuse(node, env, 'an assignment to this expression');
}

function superPlace(node: ts.PropertyAccessExpression | ts.ElementAccessExpression, env: Env): Locate {
  const { machine } = env;
  const owner = superOwner(node, env);
  const self = compileThis(node, env);
  const read = env.expression(node);
  const key = ts.isElementAccessExpression(node)
    ? env.expression(node.argumentExpression)
    : () => (node as ts.PropertyAccessExpression).name.text;
  return (scope) => ({
    read: () => read(scope),
    write: (value) => machine.guard(node, () => void Reflect.set(owner(scope), key(scope) as PropertyKey, value, self(scope))),
  });
}
