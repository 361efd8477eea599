import { ts } from 'ts-morph';
import type { Env, Run } from './env.js';
import { declareNames } from './functions.js';
import type { Scope, StaticScope } from './scope.js';

const { SyntaxKind } = ts;

/** Declares the `var`s of a function body or module in its scope, wherever they stand in it. */
export function hoistVariables(body: ts.Node, scope: StaticScope): void {
  let lists = variableLists.get(body);
  if (lists === undefined) {
    lists = findVariableLists(body);
    variableLists.set(body, lists);
  }
  for (const { declarations } of lists) for (const { name } of declarations) declareNames(name, scope, 'var');
}

/** The library's files are parsed once in a process: what a body declares is looked for once, too. */
const variableLists = new WeakMap<ts.Node, readonly ts.VariableDeclarationList[]>();

function findVariableLists(body: ts.Node): ts.VariableDeclarationList[] {
  const found: ts.VariableDeclarationList[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStatement(node) && isTypeOnly(node)) return;
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0) found.push(node);
    if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isTypeNode(node) || ts.isInterfaceDeclaration(node)) return;
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found;
}

/**
 * Declares what a list of statements declares in `env.scope`. The result makes the function declarations' values, before
 * the first statement runs.
 */
export function hoistStatements(statements: readonly ts.Statement[], env: Env): (scope: Scope) => void {
  const functions: ts.FunctionDeclaration[] = [];
  for (const statement of statements) {
    if (isTypeOnly(statement)) continue;
    if (ts.isFunctionDeclaration(statement)) functions.push(statement);
    else declareLexical(statement, env.scope);
  }
  const made = functions.map((node) => {
    const { slot } = env.scope.declare(node.name?.text ?? '*default*', 'function');
    return { slot, node };
  });
  if (made.length === 0) return () => {};
  // Compiled after every name of the list is declared.
  let closures: { slot: number; closure: Run }[] | undefined;
  return (scope) => {
    closures ??= made.map(({ slot, node }) => ({
      slot,
      closure: env.machine.compilers.closure(node, env, node.name === undefined ? 'default' : undefined),
    }));
    for (const { slot, closure } of closures) scope.values[slot] = closure(scope);
  };
}

function declareLexical(statement: ts.Statement, scope: StaticScope): void {
  if (ts.isVariableStatement(statement)) declareList(statement.declarationList, scope);
  else if (ts.isClassDeclaration(statement)) scope.declare(statement.name?.text ?? '*default*', 'class');
  else if (ts.isEnumDeclaration(statement)) scope.declare(statement.name.text, 'var');
  else if (ts.isExportAssignment(statement)) scope.declare('*default*', 'const');
}

/** Declares the names of a `let` or `const` list. */
export function declareList(list: ts.VariableDeclarationList, scope: StaticScope): void {
  if ((list.flags & ts.NodeFlags.BlockScoped) === 0) return;
  const kind = (list.flags & ts.NodeFlags.Const) !== 0 ? 'const' : 'let';
  for (const declaration of list.declarations) declareNames(declaration.name, scope, kind);
}

/** Whether a statement exists for the type checker only. */
export function isTypeOnly(statement: ts.Statement): boolean {
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return true;
  if (ts.isFunctionDeclaration(statement) && statement.body === undefined) return true;
  return (
    ts.canHaveModifiers(statement) && (ts.getModifiers(statement)?.some((modifier) => modifier.kind === SyntaxKind.DeclareKeyword) ?? false)
  );
}
