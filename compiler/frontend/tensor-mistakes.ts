/** Mistakes with tensors that TypeScript lets pass, found in the types of the user's files. */
import { ts } from 'ts-morph';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import * as messages from '../diagnostics/messages.js';
import { shorten } from './access.js';
import { spanOf } from './machine.js';
import type { SourceProject } from './project.js';

/** Signs, which TypeScript allows before any object. */
const signs: readonly ts.SyntaxKind[] = [ts.SyntaxKind.MinusToken, ts.SyntaxKind.PlusToken, ts.SyntaxKind.TildeToken];

type Types = Pick<SourceProject, 'checker' | 'isLibrary'>;

/** Tensors as conditions, which are always true, negated by an operator, which gives NaN, and plain tensors in the places of parameters, which are then registered no more. */
export function tensorMistakes(project: Types, file: ts.SourceFile): Diagnostic[] {
  const found: Diagnostic[] = [];
  const report = (message: messages.Message, node: ts.Node) => found.push({ ...message, span: spanOf(node), notes: [] });
  const checkCondition = (node: ts.Expression) => {
    const bare = withoutParentheses(node);
    if (isTensor(project, project.checker.getTypeAtLocation(bare))) report(messages.tensorAlwaysTrue(shorten(bare.getText())), bare);
  };
  const checkSigned = (node: ts.PrefixUnaryExpression) => {
    if (!isTensor(project, project.checker.getTypeAtLocation(node.operand))) return;
    report(messages.tensorSigned(shorten(node.getText()), shorten(node.operand.getText())), node);
  };
  const checkAssigned = (target: ts.Node, name: string, value: ts.Expression) => {
    const { checker } = project;
    const wanted = checker.getNonNullableType(checker.getTypeAtLocation(target));
    if (classOf(project, wanted) !== 'Parameter' || classOf(project, checker.getTypeAtLocation(value)) !== 'Tensor') return;
    report(messages.plainParameter(name), value);
  };
  const visit = (node: ts.Node): void => {
    for (const condition of conditionsOf(node)) checkCondition(condition);
    if (ts.isPrefixUnaryExpression(node) && signs.includes(node.operator)) checkSigned(node);
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isPropertyAccessExpression(node.left))
      checkAssigned(node.left, node.left.name.text, node.right);
    if (ts.isPropertyDeclaration(node) && node.type !== undefined && node.initializer !== undefined)
      checkAssigned(node, node.name.getText(), node.initializer);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The expressions of a node of which only the truth counts. */
function conditionsOf(node: ts.Node): ts.Expression[] {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) return [node.expression];
  if (ts.isForStatement(node)) return node.condition === undefined ? [] : [node.condition];
  if (ts.isConditionalExpression(node)) return [node.condition];
  if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.ExclamationToken ? [node.operand] : [];
  const { AmpersandAmpersandToken, BarBarToken } = ts.SyntaxKind;
  const chooses = ts.isBinaryExpression(node) && [AmpersandAmpersandToken, BarBarToken].some((kind) => kind === node.operatorToken.kind);
  return chooses ? [(node as ts.BinaryExpression).left] : [];
}

function withoutParentheses(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) ? withoutParentheses(node.expression) : node;
}

/** A tensor for certain: what may also be undefined or null may well be asked for. */
function isTensor(project: Types, type: ts.Type): boolean {
  if (type.isUnion()) return type.types.every((member) => isTensor(project, member));
  return classOf(project, type) !== undefined;
}

function classOf({ isLibrary }: Types, type: ts.Type): 'Tensor' | 'Parameter' | 'Buffer' | undefined {
  const declaration = type.getSymbol()?.declarations?.[0];
  if (declaration === undefined || !ts.isClassDeclaration(declaration) || !isLibrary(declaration.getSourceFile().fileName))
    return undefined;
  const name = declaration.name?.text;
  return name === 'Tensor' || name === 'Parameter' || name === 'Buffer' ? name : undefined;
}
