/** What to write instead where TypeScript complains of Python's way to call modules and to compute with tensors. */
import { ts } from 'ts-morph';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { shorten } from './access.js';
import type { SourceProject } from './project.js';

type Types = Pick<SourceProject, 'checker' | 'isLibrary'>;

const notCallable = 'TS2349';
const wrongArguments: ReadonlySet<string> = new Set(['TS2345', 'TS2322']);
const wrongOperands: ReadonlySet<string> = new Set(['TS2362', 'TS2363', 'TS2365']);

const methods: Readonly<Record<string, string>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'remainder',
  '**': 'pow',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
};

/** The complaint with a hint, where it is of this kind. */
export function withHint(project: Types, file: ts.SourceFile, complaint: Diagnostic): Diagnostic {
  const { span, code } = complaint;
  const hinted = code === notCallable || wrongOperands.has(code) || wrongArguments.has(code);
  if (span === undefined || !hinted) return complaint;
  const node = nodeAt(file, span.start, span.end);
  const hint = code === notCallable ? callHint(project, node) : wrongOperands.has(code) ? operatorHint(project, node) : clipHint(node);
  return hint === undefined ? complaint : { ...complaint, hint };
}

function callHint(project: Types, node: ts.Node): string | undefined {
  if (!isA(project, project.checker.getTypeAtLocation(node), 'Module')) return undefined;
  const callee = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node ? node.parent : node;
  return `modules are called by their method: ${shorten(callee.getText())}.forward(...)`;
}

function operatorHint(project: Types, node: ts.Node): string | undefined {
  const operation = ts.isBinaryExpression(node) ? node : ts.findAncestor(node, ts.isBinaryExpression);
  if (operation === undefined) return undefined;
  const { left, right, operatorToken } = operation;
  if (![left, right].some((side) => isA(project, project.checker.getTypeAtLocation(side), 'Tensor'))) return undefined;
  const method = methods[operatorToken.getText().replace(/(?<=[^<>])=$/, '')];
  if (method === undefined) return undefined;
  const compared = /^[<>]/.test(operatorToken.getText());
  return `operators are methods of tensors: a ${operatorToken.getText()} b is a.${method}(b)${compared ? ', and a.item() is the number of a tensor of one element' : ''}`;
}

/** `clipGradNorm_` and `clipGradValue_` change what backward() has left in parameters: `gradients` of @model is given the gradients themselves. */
function clipHint(node: ts.Node): string | undefined {
  const inCall = ts.findAncestor(
    node,
    (at): at is ts.CallExpression => ts.isCallExpression(at) && /clipGrad(Norm|Value)_$/.test(at.expression.getText()),
  );
  const call =
    inCall ??
    ts.forEachChild(node.parent, (child) => (ts.isArrowFunction(child) && ts.isCallExpression(child.body) ? child.body : undefined));
  const name = call && /clipGrad(?:Norm|Value)(?=_$)/.exec(call.expression.getText())?.[0];
  return name && `gradients by name are clipped by ${name}, which gives the clipped ones: gradients: (g) => nn.utils.${name}(g, 1)`;
}

/** The outermost node of that place. */
function nodeAt(file: ts.SourceFile, start: number, end: number): ts.Node {
  let at: ts.Node = file;
  for (;;) {
    if (at.getStart(file) === start && at.getEnd() === end) return at;
    const child: ts.Node | undefined = ts.forEachChild(at, (inner) =>
      inner.getStart(file) <= start && inner.getEnd() >= end ? inner : undefined,
    );
    if (child === undefined) return at;
    at = child;
  }
}

/** Whether a type is that class of the library or one that extends it. */
function isA({ checker, isLibrary }: Types, type: ts.Type, name: 'Module' | 'Tensor'): boolean {
  const declaration = type.getSymbol()?.declarations?.[0];
  if (declaration === undefined || !ts.isClassDeclaration(declaration)) return false;
  if (declaration.name?.text === name && isLibrary(declaration.getSourceFile().fileName)) return true;
  // Of `Sequential<[ReLU]>` it is `Sequential` that extends something.
  const extending = (type as Partial<ts.TypeReference>).target ?? type;
  return extending.isClass() && checker.getBaseTypes(extending).some((base) => isA({ checker, isLibrary }, base, name));
}
