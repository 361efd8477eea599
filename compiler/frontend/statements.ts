import { ts } from 'ts-morph';
import { condition } from './access.js';
import { compileIf, sequence } from './conditions.js';
import { declareList, hoistStatements, isTypeOnly } from './declarations.js';
import { compileEnum } from './enums.js';
import type { Env, Execute, Run } from './env.js';
import { mapExits } from './exits.js';
import { refuse } from './expressions.js';
import { compileFor, compileForIn, compileForOf, compileWhile } from './loops.js';
import { nameOfAnonymous } from './names.js';
import { binaryOperation } from './operators.js';
import { bindingTarget } from './patterns.js';
import { type Scope, StaticScope } from './scope.js';
import { compileTry } from './try.js';
import { BREAK, CONTINUE, type Completion } from './values.js';

const { SyntaxKind } = ts;

/** Compiles a statement whose names the enclosing scope has declared already. */
export function compileStatement(node: ts.Statement, env: Env): Execute {
  if (isTypeOnly(node)) return nothing;
  switch (node.kind) {
    case SyntaxKind.ExpressionStatement:
      return run(env.expression((node as ts.ExpressionStatement).expression));
    case SyntaxKind.VariableStatement:
      return compileVariables((node as ts.VariableStatement).declarationList, env);
    case SyntaxKind.ReturnStatement:
      return compileReturn(node as ts.ReturnStatement, env);
    case SyntaxKind.IfStatement:
      return compileIf(node as ts.IfStatement, env);
    case SyntaxKind.Block:
      return compileBlock((node as ts.Block).statements, env);
    case SyntaxKind.ForStatement:
      return compileFor(node as ts.ForStatement, env);
    case SyntaxKind.ForOfStatement:
      return compileForOf(node as ts.ForOfStatement, env);
    case SyntaxKind.ForInStatement:
      return compileForIn(node as ts.ForInStatement, env);
    case SyntaxKind.WhileStatement:
    case SyntaxKind.DoStatement:
      return compileWhile(node as ts.WhileStatement | ts.DoStatement, env);
    case SyntaxKind.BreakStatement:
    case SyntaxKind.ContinueStatement:
      return compileJump(node as ts.BreakOrContinueStatement);
    case SyntaxKind.LabeledStatement:
      return compileLabeled(node as ts.LabeledStatement, env);
    case SyntaxKind.SwitchStatement:
      return compileSwitch(node as ts.SwitchStatement, env);
    case SyntaxKind.ThrowStatement:
      return compileThrow(node as ts.ThrowStatement, env);
    case SyntaxKind.TryStatement:
      return compileTry(node as ts.TryStatement, env);
    case SyntaxKind.ClassDeclaration:
      return compileClassDeclaration(node as ts.ClassDeclaration, env);
    case SyntaxKind.EnumDeclaration:
      return compileEnum(node as ts.EnumDeclaration, env);
    case SyntaxKind.ExportAssignment:
      return compileDefault(node as ts.ExportAssignment, env);
    case SyntaxKind.FunctionDeclaration:
    case SyntaxKind.EmptyStatement:
    case SyntaxKind.DebuggerStatement:
    case SyntaxKind.ImportDeclaration:
    case SyntaxKind.ExportDeclaration:
      return nothing;
    case SyntaxKind.ModuleDeclaration:
      return refuse(node, env, 'a namespace', 'write a module (a file of its own) or an object');
    case SyntaxKind.ImportEqualsDeclaration:
      return refuse(node, env, "'import x = ...'", "write: import * as x from '...'");
    case SyntaxKind.WithStatement:
      return refuse(node, env, "'with'");
    default:
      return refuse(node, env);
  }
}

const nothing: Execute = () => undefined;

function run(expression: Run): Execute {
  return (scope) => {
    expression(scope);
    return undefined;
  };
}

export function compileVariables(list: ts.VariableDeclarationList, env: Env): Execute {
  if ((list.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using) return refuse(list, env, "'using'", 'write const');
  const parts = list.declarations.flatMap((declaration): Execute[] => {
    const { name, initializer } = declaration;
    // `var x;` keeps what x has; `let x;` makes it undefined.
    if (initializer === undefined && (list.flags & ts.NodeFlags.BlockScoped) === 0) return [];
    const value: Run =
      initializer === undefined
        ? () => undefined
        : ts.isIdentifier(name)
          ? nameOfAnonymous(initializer, name.text, env)
          : env.expression(initializer);
    const store = bindingTarget(name, env);
    return [(scope) => store(scope, value(scope)) as undefined];
  });
  if (parts.length === 1) return parts[0]!;
  return (scope) => {
    for (const part of parts) part(scope);
    return undefined;
  };
}

/** Compiles the body of a loop: its end is the end of a turn, as `continue` is. */
export function compileTurn(node: ts.Statement, env: Env): Execute {
  return ts.isBlock(node) ? compileBlock(node.statements, env, CONTINUE) : env.statement(node);
}

export function compileBlock(statements: readonly ts.Statement[], env: Env, end?: Completion): Execute {
  const scope = new StaticScope(env.scope);
  const inner = env.within(scope);
  const hoist = hoistStatements(statements, inner);
  // A block that declares nothing needs no scope of its own.
  if (scope.isEmpty) return compileList(statements, env, end);
  const body = compileList(statements, inner, end);
  return (outer) => {
    const frame = scope.create(outer);
    hoist(frame);
    return body(frame);
  };
}

function compileReturn(node: ts.ReturnStatement, env: Env): Execute {
  if (node.expression === undefined) return () => ({ kind: 'return', value: undefined });
  const value = env.expression(node.expression);
  return (scope) => ({ kind: 'return', value: value(scope) });
}

/** Compiles statements whose names the scope has declared already. */
export function compileList(statements: readonly ts.Statement[], env: Env, end?: Completion): Execute {
  const parts = statements.map((statement) => env.statement(statement));
  return sequence({ parts, statements, env, end });
}

export function compileJump(node: ts.BreakOrContinueStatement): Execute {
  const kind = ts.isBreakStatement(node) ? 'break' : 'continue';
  const completion: Completion = node.label === undefined ? (kind === 'break' ? BREAK : CONTINUE) : { kind, label: node.label.text };
  return () => completion;
}

/** The labels that stand before a statement: `continue` of any of them goes on with the loop. */
export function labelsOf(node: ts.Statement): readonly string[] {
  const labels: string[] = [];
  for (let at: ts.Node = node.parent; ts.isLabeledStatement(at); at = at.parent) labels.push(at.label.text);
  return labels;
}

function compileLabeled(node: ts.LabeledStatement, env: Env): Execute {
  const label = node.label.text;
  const body = env.statement(node.statement);
  return (scope) => mapExits(body(scope), (way) => (way?.kind === 'break' && way.label === label ? undefined : way));
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function compileSwitch(node: ts.SwitchStatement, env: Env): Execute {
  const { machine } = env;
  const value = env.expression(node.expression);
  const scope = new StaticScope(env.scope);
  const inner = env.within(scope);
  const { clauses } = node.caseBlock;
  const hoist = hoistStatements(
    clauses.flatMap((clause) => [...clause.statements]),
    inner,
  );
  const tests = clauses.map((clause) => (ts.isCaseClause(clause) ? inner.expression(clause.expression) : undefined));
  // Each clause with those that it falls through to.
  const bodies = clauses.map((_, index) => {
    const statements = clauses.slice(index).flatMap((clause) => [...clause.statements]);
    return lazily(() => compileList(statements, inner));
  });
  const fallback = tests.indexOf(undefined);
  const equals = binaryOperation(machine, SyntaxKind.EqualsEqualsEqualsToken, node)!;
  const run = (index: number, frame: Scope): Completion | undefined => {
    const completion = bodies[index]?.()(frame);
    return mapExits(completion, (way) => (way?.kind === 'break' && way.label === undefined ? undefined : way));
  };
  const choose = (from: number, subject: unknown, frame: Scope): Completion | undefined => {
    for (let index = from; index < tests.length; index++) {
      const test = tests[index];
      const matches = test === undefined ? false : condition(machine, equals(subject, test(frame)), clauses[index]!);
      if (matches === true) return run(index, frame);
      if (matches === false) continue;
      return machine.control.regions.branch(
        matches,
        (clauses[index] as ts.CaseClause).expression,
        () => run(index, frame),
        () => choose(index + 1, subject, frame),
      );
    }
    return run(fallback, frame);
  };
  return (outer) => {
    const subject = value(outer);
    const frame = scope.create(outer);
    hoist(frame);
    return choose(0, subject, frame);
  };
}

function compileThrow(node: ts.ThrowStatement, env: Env): Execute {
  const value = env.expression(node.expression);
  return (scope) => {
    throw env.machine.thrown(value(scope), node);
  };
}

function compileClassDeclaration(node: ts.ClassDeclaration, env: Env): Execute {
  const { slot } = env.scope.own(node.name?.text ?? '*default*')!;
  const value = env.machine.compilers.classValue(node, env, node.name === undefined ? 'default' : undefined);
  return (scope) => {
    scope.values[slot] = value(scope);
    return undefined;
  };
}

function compileDefault(node: ts.ExportAssignment, env: Env): Execute {
  if (node.isExportEquals === true) return refuse(node, env, "'export ='", 'write: export default ...');
  const { slot } = env.scope.own('*default*')!;
  const value = nameOfAnonymous(node.expression, 'default', env);
  return (scope: Scope) => {
    scope.values[slot] = value(scope);
    return undefined;
  };
}

/** A scope for the names that a loop's head declares. */
export function loopScope(list: ts.Node | undefined, env: Env): StaticScope {
  const scope = new StaticScope(env.scope);
  if (list !== undefined && ts.isVariableDeclarationList(list)) declareList(list, scope);
  return scope;
}
