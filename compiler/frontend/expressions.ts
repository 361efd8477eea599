import { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import { getProperty } from './access.js';
import { compileAssignment, compileUpdate } from './assignments.js';
import { compileCall, compileNew, compileOptionalChain } from './calls.js';
import { compileCondition, compileConditional, compileLogical } from './conditions.js';
import { compileSubject, usingEither } from './either.js';
import type { Env, Run } from './env.js';
import { compileIdentifier, compileThis, readName } from './identifiers.js';
import { compileArray, compileObject, compileTaggedTemplate, compileTemplate } from './literals.js';
import { Conflict } from './merge.js';
import { binaryOperation, typeOf, unaryOperation } from './operators.js';
import { isHostSymbolic } from './symbolic.js';
import { isObject } from './values.js';

const { SyntaxKind } = ts;

/** Compiles an expression. Syntax that is not evaluated becomes a closure that says so when it is reached. */
export function compileExpression(node: ts.Expression, env: Env): Run {
  switch (node.kind) {
    case SyntaxKind.NumericLiteral: {
      const value = Number((node as ts.NumericLiteral).text);
      return () => value;
    }
    case SyntaxKind.BigIntLiteral: {
      const value = BigInt((node as ts.BigIntLiteral).text.replace(/n$/, ''));
      return () => value;
    }
    case SyntaxKind.StringLiteral:
    case SyntaxKind.NoSubstitutionTemplateLiteral: {
      const value = (node as ts.StringLiteralLike).text;
      return () => value;
    }
    case SyntaxKind.RegularExpressionLiteral:
      return compileRegExp(node as ts.RegularExpressionLiteral, env);
    case SyntaxKind.TrueKeyword:
      return () => true;
    case SyntaxKind.FalseKeyword:
      return () => false;
    case SyntaxKind.NullKeyword:
      return () => null;
    case SyntaxKind.Identifier:
      return compileIdentifier(node as ts.Identifier, env);
    case SyntaxKind.ThisKeyword:
      return compileThis(node, env);
    case SyntaxKind.ParenthesizedExpression:
    case SyntaxKind.AsExpression:
    case SyntaxKind.SatisfiesExpression:
    case SyntaxKind.TypeAssertionExpression:
    case SyntaxKind.ExpressionWithTypeArguments:
      return env.expression((node as ts.ParenthesizedExpression).expression);
    case SyntaxKind.NonNullExpression:
      return ts.isOptionalChain(node) ? compileOptionalChain(node, env) : env.expression((node as ts.NonNullExpression).expression);
    case SyntaxKind.PropertyAccessExpression:
    case SyntaxKind.ElementAccessExpression:
    case SyntaxKind.CallExpression:
      if (ts.isOptionalChain(node)) return compileOptionalChain(node, env);
      if (ts.isCallExpression(node)) return compileCall(node, env);
      return compileAccess(node as ts.PropertyAccessExpression | ts.ElementAccessExpression, env);
    case SyntaxKind.NewExpression:
      return compileNew(node as ts.NewExpression, env);
    case SyntaxKind.TemplateExpression:
      return compileTemplate(node as ts.TemplateExpression, env);
    case SyntaxKind.TaggedTemplateExpression:
      return compileTaggedTemplate(node as ts.TaggedTemplateExpression, env);
    case SyntaxKind.ArrayLiteralExpression:
      return compileArray(node as ts.ArrayLiteralExpression, env);
    case SyntaxKind.ObjectLiteralExpression:
      return compileObject(node as ts.ObjectLiteralExpression, env);
    case SyntaxKind.FunctionExpression:
    case SyntaxKind.ArrowFunction:
      return env.machine.compilers.closure(node as ts.FunctionExpression | ts.ArrowFunction, env);
    case SyntaxKind.ClassExpression:
      return env.machine.compilers.classValue(node as ts.ClassExpression, env);
    case SyntaxKind.ConditionalExpression:
      return compileConditional(node as ts.ConditionalExpression, env);
    case SyntaxKind.BinaryExpression:
      return compileBinary(node as ts.BinaryExpression, env);
    case SyntaxKind.PrefixUnaryExpression:
    case SyntaxKind.PostfixUnaryExpression:
      return compileUnary(node as ts.PrefixUnaryExpression | ts.PostfixUnaryExpression, env);
    case SyntaxKind.TypeOfExpression:
      return compileTypeOf(node as ts.TypeOfExpression, env);
    case SyntaxKind.VoidExpression: {
      const operand = env.expression((node as ts.VoidExpression).expression);
      return (scope) => void operand(scope);
    }
    case SyntaxKind.DeleteExpression:
      return compileDelete(node as ts.DeleteExpression, env);
    case SyntaxKind.MetaProperty:
      return compileMetaProperty(node as ts.MetaProperty, env);
    default:
      return refuse(node, env);
  }
}

const refused: Partial<Record<ts.SyntaxKind, readonly [string, string?]>> = {
  [SyntaxKind.AwaitExpression]: ["'await'", 'models are built synchronously; load data outside of the model'],
  [SyntaxKind.YieldExpression]: [
    "'yield' within a larger expression",
    'yield in a statement of its own, or as the value of a declaration, an assignment or a return',
  ],
  [SyntaxKind.ImportKeyword]: ["a dynamic 'import()'", 'import at the top of the file'],
  [SyntaxKind.SuperKeyword]: ["'super' here", "'super' works in the methods and constructors of classes"],
  [SyntaxKind.JsxElement]: ['JSX'],
  [SyntaxKind.JsxSelfClosingElement]: ['JSX'],
  [SyntaxKind.JsxFragment]: ['JSX'],
};

/** A closure that reports syntax outside of the language when it is reached. */
export function refuse(node: ts.Node, env: Env, what?: string, instead?: string): () => never {
  const known = refused[node.kind];
  const name = what ?? known?.[0] ?? `this syntax (${SyntaxKind[node.kind]})`;
  return () => {
    throw env.machine.abort(messages.unsupportedSyntax(name, instead ?? known?.[1]), node);
  };
}

function compileRegExp(node: ts.RegularExpressionLiteral, env: Env): Run {
  const { machine } = env;
  const end = node.text.lastIndexOf('/');
  const [pattern, flags] = [node.text.slice(1, end), node.text.slice(end + 1)];
  return () => machine.guard(node, () => new RegExp(pattern, flags));
}

function compileAccess(node: ts.PropertyAccessExpression | ts.ElementAccessExpression, env: Env): Run {
  const { machine } = env;
  if (node.expression.kind === SyntaxKind.SuperKeyword) {
    const owner = superOwner(node, env);
    const self = compileThis(node, env);
    const key = accessKey(node, env);
    return (scope) => machine.guard(node, () => Reflect.get(owner(scope), key(scope) as PropertyKey, self(scope)));
  }
  if (ts.isPropertyAccessExpression(node) && !ts.isPrivateIdentifier(node.name)) {
    const subject = compileSubject(node.expression, env);
    const key = node.name.text;
    return (scope) => {
      const value = subject(scope);
      if (!(value instanceof Conflict)) return getProperty(machine, value, key, node);
      return usingEither(machine, value, node, (each) => getProperty(machine, each, key, node));
    };
  }
  const object = env.expression(node.expression);
  if (ts.isPropertyAccessExpression(node)) {
    const slot = privateSlot(node.name as ts.PrivateIdentifier, env);
    return (scope) => slot(scope).get(object(scope), node);
  }
  const key = env.expression(node.argumentExpression);
  return (scope) => {
    const target = object(scope);
    return getProperty(machine, target, key(scope), node);
  };
}

/** The key of a member access as a closure. */
export function accessKey(node: ts.PropertyAccessExpression | ts.ElementAccessExpression, env: Env): Run {
  if (ts.isElementAccessExpression(node)) return env.expression(node.argumentExpression);
  const key = node.name.text;
  return () => key;
}

/** Where `super.x` looks for x: the prototype of the home object of the method. */
export function superOwner(node: ts.Node, env: Env): (scope: Parameters<Run>[0]) => object {
  const isStatic = homeIsStatic(node);
  const home = isStatic === undefined ? undefined : readName(isStatic ? '%class' : '%prototype', env);
  if (home === undefined) return refuse(node, env, "'super' here", "'super' works in the methods and constructors of classes");
  return (scope) => Object.getPrototypeOf(home(scope)) as object;
}

function homeIsStatic(node: ts.Node): boolean | undefined {
  for (let at = node; at !== undefined; at = at.parent) {
    if (ts.isClassElement(at)) return ts.isClassStaticBlockDeclaration(at) || hasModifier(at, SyntaxKind.StaticKeyword);
    if (ts.isFunctionDeclaration(at) || ts.isFunctionExpression(at)) return undefined;
  }
  return undefined;
}

export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false);
}

/** What a class keeps under one private name. */
export interface PrivateSlot {
  get(object: unknown, node: ts.Node): unknown;
  set(object: unknown, value: unknown, node: ts.Node): void;
  has(object: unknown): boolean;
}

export function privateSlot(name: ts.PrivateIdentifier, env: Env): (scope: Parameters<Run>[0]) => PrivateSlot {
  const read = readName(name.text, env);
  if (read === undefined) return refuse(name, env, `the private name '${name.text}' outside of its class`);
  return (scope) => read(scope) as PrivateSlot;
}

function compileBinary(node: ts.BinaryExpression, env: Env): Run {
  const { machine } = env;
  const kind = node.operatorToken.kind;
  if (kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment) return compileAssignment(node, env);
  if (kind === SyntaxKind.InKeyword && ts.isPrivateIdentifier(node.left)) {
    const slot = privateSlot(node.left, env);
    const object = env.expression(node.right);
    return (scope) => slot(scope).has(object(scope));
  }
  const left = env.expression(node.left);
  const right = env.expression(node.right);
  switch (kind) {
    case SyntaxKind.CommaToken:
      return (scope) => {
        left(scope);
        return right(scope);
      };
    case SyntaxKind.AmpersandAmpersandToken:
    case SyntaxKind.BarBarToken:
      return compileLogical(node, env);
    case SyntaxKind.QuestionQuestionToken:
      return (scope) => left(scope) ?? right(scope);
  }
  const apply = binaryOperation(machine, kind, node);
  if (apply === undefined) return refuse(node, env, `the operator '${node.operatorToken.getText()}'`);
  return (scope) => {
    const a = left(scope);
    return apply(a, right(scope));
  };
}

function compileUnary(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression, env: Env): Run {
  const { machine } = env;
  if (node.operator === SyntaxKind.PlusPlusToken || node.operator === SyntaxKind.MinusMinusToken) return compileUpdate(node, env);
  if (node.operator === SyntaxKind.ExclamationToken) return compileCondition(node, env);
  const operand = env.expression(node.operand);
  const apply = unaryOperation(machine, node.operator, node);
  return (scope) => apply(operand(scope));
}

function compileTypeOf(node: ts.TypeOfExpression, env: Env): Run {
  // A name that does not exist has a type too: 'undefined'.
  if (ts.isIdentifier(node.expression) && readName(node.expression.text, env) === undefined) {
    const { globals } = env.machine.builtins;
    const name = node.expression.text;
    return () => typeof globals.get(name);
  }
  const operand = env.expression(node.expression);
  return (scope) => typeOf(operand(scope));
}

function compileDelete(node: ts.DeleteExpression, env: Env): Run {
  const { machine } = env;
  const target = ts.skipPartiallyEmittedExpressions(node.expression);
  if (!ts.isPropertyAccessExpression(target) && !ts.isElementAccessExpression(target))
    return refuse(node, env, "'delete' of something other than a property");
  const object = env.expression(target.expression);
  const key = accessKey(target, env);
  const optional = target.questionDotToken !== undefined;
  return (scope) => {
    const owner = object(scope);
    if (optional && (owner === undefined || owner === null)) return true;
    if (owner === undefined || owner === null) return getProperty(machine, owner, key(scope), target);
    if (isHostSymbolic(owner) || (isObject(owner) && machine.builtins.intrinsic.has(owner)))
      throw machine.abort(messages.builtinChanged(), node);
    machine.journal.touch(owner as object, undefined, machine.site(node));
    return machine.guard(node, () => delete (owner as Record<PropertyKey, unknown>)[key(scope) as PropertyKey]);
  };
}

function compileMetaProperty(node: ts.MetaProperty, env: Env): Run {
  if (node.keywordToken === SyntaxKind.ImportKeyword) return refuse(node, env, "'import.meta'");
  return readName('new.target', env) ?? refuse(node, env, "'new.target' outside of a function");
}
