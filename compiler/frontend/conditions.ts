/** Conditions: of `if`, loops and the logical operators. What depends on the values of tensors becomes branches of the graph. */
import { ts } from 'ts-morph';
import { condition } from './access.js';
import type { Env, Execute, Run } from './env.js';
import type { Scope } from './scope.js';
import type { TensorScalar } from './symbolic.js';
import type { Completion } from './values.js';

const { SyntaxKind } = ts;

/** A compiled condition. */
export type Holds = (scope: Scope) => boolean | TensorScalar;

/** The statement that an `if` leads to is chosen when it is reached. */
export interface Choice {
  readonly node: ts.IfStatement;
  readonly holds: Holds;
  readonly whenTrue: Execute;
  readonly whenFalse: Execute;
}

/** Compiles an expression of which only the truth counts. */
export function compileCondition(node: ts.Expression, env: Env): Holds {
  const { machine } = env;
  if (ts.isParenthesizedExpression(node)) return compileCondition(node.expression, env);
  if (ts.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken) {
    const operand = compileCondition(node.operand, env);
    return (scope) => {
      const holds = operand(scope);
      return typeof holds === 'boolean' ? !holds : machine.control.scalars.not(holds);
    };
  }
  if (ts.isBinaryExpression(node)) {
    const kind = node.operatorToken.kind;
    if (kind === SyntaxKind.AmpersandAmpersandToken || kind === SyntaxKind.BarBarToken) {
      const left = compileCondition(node.left, env);
      const right = compileCondition(node.right, env);
      const and = kind === SyntaxKind.AmpersandAmpersandToken;
      return (scope) => {
        const holds = left(scope);
        if (typeof holds === 'boolean') return holds === and ? right(scope) : holds;
        const both = machine.control.regions.logical(and ? 'and' : 'or', { value: holds, truth: holds }, node, () => right(scope));
        return condition(machine, both, node);
      };
    }
  }
  const value = env.expression(node);
  return (scope) => condition(machine, value(scope), node);
}

/** `a && b` and `a || b` as values. */
export function compileLogical(node: ts.BinaryExpression, env: Env): Run {
  const { machine } = env;
  const left = env.expression(node.left);
  const right = env.expression(node.right);
  const and = node.operatorToken.kind === SyntaxKind.AmpersandAmpersandToken;
  return (scope) => {
    const value = left(scope);
    const holds = condition(machine, value, node.left);
    if (typeof holds === 'boolean') return holds === and ? right(scope) : value;
    return machine.control.regions.logical(and ? 'and' : 'or', { value, truth: holds }, node, () => right(scope));
  };
}

export function compileConditional(node: ts.ConditionalExpression, env: Env): Run {
  const { machine } = env;
  const test = compileCondition(node.condition, env);
  const whenTrue = env.expression(node.whenTrue);
  const whenFalse = env.expression(node.whenFalse);
  return (scope) => {
    const holds = test(scope);
    if (typeof holds === 'boolean') return holds ? whenTrue(scope) : whenFalse(scope);
    return machine.control.regions.value(
      holds,
      node.condition,
      () => whenTrue(scope),
      () => whenFalse(scope),
    );
  };
}

export function compileIf(node: ts.IfStatement, env: Env): Execute {
  const { machine } = env;
  const choice: Choice = {
    node,
    holds: compileCondition(node.expression, env),
    whenTrue: env.statement(node.thenStatement),
    whenFalse: node.elseStatement === undefined ? () => undefined : env.statement(node.elseStatement),
  };
  const execute = (scope: Scope): Completion | undefined => {
    const holds = choice.holds(scope);
    if (typeof holds === 'boolean') return holds ? choice.whenTrue(scope) : choice.whenFalse(scope);
    return machine.control.regions.branch(
      holds,
      node.expression,
      () => choice.whenTrue(scope),
      () => choice.whenFalse(scope),
    );
  };
  return Object.assign(execute, { choice });
}

/** Statements that follow each other. */
interface Statements {
  readonly parts: readonly Execute[];
  readonly statements: readonly ts.Statement[];
  readonly env: Env;
  /** How they end normally. */
  readonly end: Completion | undefined;
}

/** Runs statements in order until one does not end normally. */
export function sequence(list: Statements): Execute {
  const { parts, end } = list;
  if (parts.length === 0) return () => end;
  return parts.length === 1 && end === undefined ? parts[0]! : (scope) => runFrom(0, list, scope);
}

function runFrom(start: number, list: Statements, scope: Scope): Completion | undefined {
  const { parts, statements, env, end } = list;
  for (let index = start; index < parts.length; index++) {
    const rest = () => runFrom(index + 1, list, scope);
    let part = parts[index]!;
    // Which statement follows is decided here, so that what comes after an `if` that returns can be part of its other branch.
    while (part.choice !== undefined) {
      const holds = part.choice.holds(scope);
      if (typeof holds !== 'boolean') return branchThenRest(holds, part.choice, env, scope, rest);
      part = holds ? part.choice.whenTrue : part.choice.whenFalse;
    }
    const completion = part(scope);
    if (completion === undefined) continue;
    return completion.kind === 'mixed' ? env.machine.control.regions.goOn(completion, statements[index]!, rest) : completion;
  }
  return end;
}

function branchThenRest(
  holds: TensorScalar,
  { node, whenTrue, whenFalse }: Choice,
  env: Env,
  scope: Scope,
  rest: () => Completion | undefined,
): Completion | undefined {
  const way = (execute: Execute) => ({
    alone: () => execute(scope),
    thenRest: () => runThen(execute, env, scope, rest),
  });
  const endsFirst = node.elseStatement !== undefined && endsAlways(node.elseStatement) && !endsAlways(node.thenStatement) ? 1 : 0;
  return env.machine.control.regions.branchThenRest(holds, node.expression, [way(whenTrue), way(whenFalse)], rest, endsFirst);
}

/** Runs a statement and, where it ends normally, what follows it. */
function runThen(execute: Execute, env: Env, scope: Scope, rest: () => Completion | undefined): Completion | undefined {
  const { choice } = execute;
  if (choice !== undefined) {
    const holds = choice.holds(scope);
    if (typeof holds !== 'boolean') return branchThenRest(holds, choice, env, scope, rest);
    return runThen(holds ? choice.whenTrue : choice.whenFalse, env, scope, rest);
  }
  const completion = execute(scope);
  if (completion === undefined) return rest();
  return completion.kind === 'mixed' ? env.machine.control.regions.goOn(completion, env.module.source, rest) : completion;
}

/** Whether a statement shows that it does not end normally. */
function endsAlways(node: ts.Statement): boolean {
  if (ts.isReturnStatement(node) || ts.isBreakOrContinueStatement(node) || ts.isThrowStatement(node)) return true;
  const last = ts.isBlock(node) ? node.statements.at(-1) : undefined;
  return last !== undefined && endsAlways(last);
}

/** Whether evaluating an expression changes nothing, as its text shows. */
export function isPure(node: ts.Node): boolean {
  if (ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isTaggedTemplateExpression(node) || ts.isDeleteExpression(node))
    return false;
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const { operator } = node;
    if (operator === SyntaxKind.PlusPlusToken || operator === SyntaxKind.MinusMinusToken) return false;
  }
  if (ts.isBinaryExpression(node)) {
    const kind = node.operatorToken.kind;
    if (kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment) return false;
  }
  return !ts.forEachChild(node, (child) => !isPure(child) || undefined);
}
