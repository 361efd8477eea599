import { ts } from 'ts-morph';
import * as messages from '../diagnostics/messages.js';
import { truth } from './access.js';
import { assignTo } from './assignments.js';
import { hoistStatements } from './declarations.js';
import type { Env, Resume, ResumeValue } from './env.js';
import { refuse } from './expressions.js';
import { afterTurn, compileEachHead, compileForHead, enumerableKeys, nextItem } from './loops.js';
import { bindingTarget, closeQuietly, iterate } from './patterns.js';
import { StaticScope } from './scope.js';
import { labelsOf } from './statements.js';
import { compileHandler } from './try.js';
import { type Definite, Thrown } from './values.js';

const { SyntaxKind } = ts;

/** Whether `yield` occurs in a node, outside of nested functions. */
function containsYield(node: ts.Node): boolean {
  if (ts.isYieldExpression(node)) return true;
  if (ts.isFunctionLike(node) || ts.isClassLike(node)) return false;
  return ts.forEachChild(node, containsYield) ?? false;
}

/**
 * Compiles a statement of a generator function: the generators of the implementation carry those of the program. What
 * contains no `yield` is compiled like any other code.
 */
export function compileResumable(node: ts.Statement, env: Env): Resume {
  if (!containsYield(node)) {
    const execute = env.statement(node);
    // biome-ignore lint/correctness/useYield: runs through without a stop
    return function* (scope) {
      const completion = execute(scope);
      if (completion?.kind === 'mixed') throw env.machine.abort(messages.tensorCondition('how this ends in a generator'), node);
      return completion;
    };
  }
  switch (node.kind) {
    case SyntaxKind.ExpressionStatement: {
      const value = compileResumableValue((node as ts.ExpressionStatement).expression, env);
      return function* (scope) {
        yield* value(scope);
        return undefined;
      };
    }
    case SyntaxKind.VariableStatement:
      return resumableVariables(node as ts.VariableStatement, env);
    case SyntaxKind.ReturnStatement: {
      const value = compileResumableValue((node as ts.ReturnStatement).expression!, env);
      return function* (scope) {
        return { kind: 'return', value: yield* value(scope) };
      };
    }
    case SyntaxKind.IfStatement:
      return resumableIf(node as ts.IfStatement, env);
    case SyntaxKind.Block:
      return resumableBlock(node as ts.Block, env);
    case SyntaxKind.ForStatement:
      return resumableFor(node as ts.ForStatement, env);
    case SyntaxKind.ForOfStatement:
    case SyntaxKind.ForInStatement:
      return resumableForEach(node as ts.ForOfStatement | ts.ForInStatement, env);
    case SyntaxKind.WhileStatement:
    case SyntaxKind.DoStatement:
      return resumableWhile(node as ts.WhileStatement | ts.DoStatement, env);
    case SyntaxKind.LabeledStatement:
      return resumableLabeled(node as ts.LabeledStatement, env);
    case SyntaxKind.TryStatement:
      return resumableTry(node as ts.TryStatement, env);
    case SyntaxKind.SwitchStatement:
      return refuse(node, env, "'yield' within 'switch'", 'write if and else');
    default:
      return refuse(node, env, "'yield' here");
  }
}

/** `yield` as a whole expression, as the right side of an assignment, or alone in parentheses. */
function compileResumableValue(node: ts.Expression, env: Env): ResumeValue {
  if (!containsYield(node)) {
    const run = env.expression(node);
    // biome-ignore lint/correctness/useYield: runs through without a stop
    return function* (scope) {
      return run(scope);
    };
  }
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node))
    return compileResumableValue(node.expression, env);
  if (ts.isYieldExpression(node)) return compileYield(node, env);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === SyntaxKind.EqualsToken && !containsYield(node.left)) {
    const store = assignTo(node.left, env);
    const value = compileResumableValue(node.right, env);
    return function* (scope) {
      const result = yield* value(scope);
      store(scope, result);
      return result;
    };
  }
  return refuse(
    node,
    env,
    "'yield' within a larger expression",
    'yield in a statement of its own, or as the value of a declaration, an assignment or a return',
  );
}

function compileYield(node: ts.YieldExpression, env: Env): ResumeValue {
  const operand: ResumeValue =
    node.expression === undefined
      ? // biome-ignore lint/correctness/useYield: there is nothing to evaluate
        function* () {
          return undefined;
        }
      : compileResumableValue(node.expression, env);
  if (node.asteriskToken === undefined) {
    return function* (scope) {
      return yield yield* operand(scope);
    };
  }
  return function* (scope) {
    const iterable = yield* operand(scope);
    const iterator = iterate(env, iterable, node.expression!);
    return yield* { [Symbol.iterator]: () => iterator };
  };
}

function resumableVariables(node: ts.VariableStatement, env: Env): Resume {
  const parts = node.declarationList.declarations.map((declaration) => ({
    store: bindingTarget(declaration.name, env),
    value: declaration.initializer && compileResumableValue(declaration.initializer, env),
  }));
  return function* (scope) {
    for (const { store, value } of parts) store(scope, value === undefined ? undefined : yield* value(scope));
    return undefined;
  };
}

function resumableIf(node: ts.IfStatement, env: Env): Resume {
  const condition = compileResumableValue(node.expression, env);
  const whenTrue = compileResumable(node.thenStatement, env);
  const whenFalse = node.elseStatement && compileResumable(node.elseStatement, env);
  return function* (scope) {
    if (truth(env.machine, yield* condition(scope), node.expression)) return yield* whenTrue(scope);
    return whenFalse === undefined ? undefined : yield* whenFalse(scope);
  };
}

function resumableBlock(node: ts.Block, env: Env): Resume {
  const scope = new StaticScope(env.scope);
  const inner = env.within(scope);
  const hoist = hoistStatements(node.statements, inner);
  const statements = node.statements.map((statement) => compileResumable(statement, inner));
  return function* (outer) {
    const frame = scope.create(outer);
    hoist(frame);
    for (const statement of statements) {
      const completion = yield* statement(frame);
      if (completion !== undefined) return completion;
    }
    return undefined;
  };
}

function resumableFor(node: ts.ForStatement, env: Env): Resume {
  const head = compileForHead(node, env);
  const body = compileResumable(node.statement, head.inner);
  const labels = labelsOf(node);
  return function* (outer) {
    for (let frame = head.begin(outer); head.holds(frame); frame = head.advance(frame)) {
      env.machine.step(node);
      const completion = yield* body(frame);
      const after = afterTurn(completion, labels);
      if (after !== 'next') return after === 'stop' ? undefined : completion;
    }
    return undefined;
  };
}

function resumableForEach(node: ts.ForOfStatement | ts.ForInStatement, env: Env): Resume {
  const head = compileEachHead(node, env);
  const body = compileResumable(node.statement, head.inner);
  const labels = labelsOf(node);
  return function* (outer) {
    const source = head.iterable(outer);
    const iterator = ts.isForOfStatement(node) ? iterate(env, source, node.expression) : enumerableKeys(source).values();
    const step = () => (ts.isForOfStatement(node) ? nextItem(env, iterator, node) : iterator.next());
    // A generator that is closed while it waits in the body closes the iterator too.
    let open = true;
    try {
      for (let result = step(); ; result = step()) {
        if (result.done === true) {
          open = false;
          return undefined;
        }
        const completion = yield* body(head.begin(outer, result.value));
        const after = afterTurn(completion, labels);
        if (after !== 'next') return after === 'stop' ? undefined : completion;
      }
    } finally {
      if (open) closeQuietly(iterator);
    }
  };
}

function resumableWhile(node: ts.WhileStatement | ts.DoStatement, env: Env): Resume {
  const condition = compileResumableValue(node.expression, env);
  const body = compileResumable(node.statement, env);
  const labels = labelsOf(node);
  return function* (scope) {
    for (let first = ts.isDoStatement(node); first || truth(env.machine, yield* condition(scope), node.expression); first = false) {
      env.machine.step(node);
      const completion = yield* body(scope);
      const after = afterTurn(completion, labels);
      if (after !== 'next') return after === 'stop' ? undefined : completion;
    }
    return undefined;
  };
}

function resumableLabeled(node: ts.LabeledStatement, env: Env): Resume {
  const body = compileResumable(node.statement, env);
  return function* (scope) {
    const completion = yield* body(scope);
    return completion?.kind === 'break' && completion.label === node.label.text ? undefined : completion;
  };
}

function resumableTry(node: ts.TryStatement, env: Env): Resume {
  const block = compileResumable(node.tryBlock, env);
  const handler = node.catchClause && compileHandler(node.catchClause, env);
  const handle = node.catchClause && handler && compileResumable(node.catchClause.block, handler.inner);
  const finish = node.finallyBlock && compileResumable(node.finallyBlock, env);
  const guarded: Resume = function* (scope) {
    if (handler === undefined || handle === undefined) return yield* block(scope);
    try {
      return yield* block(scope);
    } catch (error) {
      // `generator.throw(value)` of the program arrives as the bare value.
      const thrown = error instanceof Thrown ? error : env.machine.convert(error, node);
      if (!(thrown instanceof Thrown)) throw thrown;
      return yield* handle(handler.begin(scope, thrown));
    }
  };
  if (finish === undefined) return guarded;
  return function* (scope) {
    let completion: Definite | undefined;
    let override: Definite | undefined;
    try {
      completion = yield* guarded(scope);
    } finally {
      override = yield* finish(scope);
    }
    return override ?? completion;
  };
}
