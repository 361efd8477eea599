import { ts } from 'ts-morph';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import * as messages from '../diagnostics/messages.js';
import { type Dim, dimText, namedDim, sameDim } from '../ir/dim.js';
import { type DType, type TensorType, typeText } from '../ir/types.js';
import type { ArgumentContract } from './evaluated-model.js';
import { spanOf } from './machine.js';
import type { SourceProject } from './project.js';

/** What contracts are read with. */
export type ContractSource = Pick<SourceProject, 'checker' | 'isLibrary'>;

/** A tensor type as far as the source says it: `undefined` dims or shapes are left open. */
export interface DeclaredTensor {
  readonly dtype: DType | undefined;
  readonly shape: readonly (Dim | undefined)[] | undefined;
}

export type DeclaredResult =
  | { readonly kind: 'tensor'; readonly tensor: DeclaredTensor }
  | { readonly kind: 'tuple'; readonly items: readonly DeclaredResult[] }
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, DeclaredResult> }
  | { readonly kind: 'open' };

export interface Contract {
  readonly arguments: readonly ArgumentContract[];
  /** The declared result and where it is declared. */
  readonly result: { readonly type: DeclaredResult; readonly node: ts.Node } | undefined;
}

/** Reads the contract of a method of a class from its types. Pushes diagnostics and gives undefined when it has none. */
export function readContract(
  project: ContractSource,
  classNode: ts.ClassLikeDeclaration,
  method: string,
  diagnostics: Diagnostic[],
): Contract | undefined {
  const { checker } = project;
  const symbol = classNode.name === undefined ? undefined : checker.getSymbolAtLocation(classNode.name);
  const property = symbol && checker.getPropertyOfType(checker.getDeclaredTypeOfSymbol(symbol), method);
  const signature = property && checker.getTypeOfSymbolAtLocation(property, classNode).getCallSignatures().at(-1);
  if (signature === undefined) return undefined;
  const before = diagnostics.length;
  const args: ArgumentContract[] = [];
  const report = (message: messages.Message, node: ts.Node) => diagnostics.push({ ...message, span: spanOf(node), notes: [] });
  for (const parameter of signature.getParameters()) {
    const declaration = parameter.valueDeclaration;
    const node = declaration ?? classNode;
    if (declaration === undefined || !ts.isParameter(declaration)) continue;
    const name = declaration.name.getText();
    const type = checker.getTypeOfSymbolAtLocation(parameter, classNode);
    const mayBeMissing = declaration.initializer !== undefined || declaration.questionToken !== undefined;
    const tensor = readTensor(project, mayBeMissing ? checker.getNonNullableType(type) : type);
    if (tensor === undefined) {
      // A setting with a default is part of the method, not of its contract.
      if (mayBeMissing) continue;
      report(messages.notTensorParameter(method, name, checker.typeToString(type)), declaration.type ?? node);
    } else if (mayBeMissing) report(messages.optionalParameter(method, name), node);
    else if (!ts.isIdentifier(declaration.name) || declaration.dotDotDotToken !== undefined) {
      report(messages.notTensorParameter(method, name, checker.typeToString(type)), node);
    } else {
      const shape = completeShape(tensor.shape);
      if (shape === undefined || tensor.dtype === undefined) report(messages.noContract(method, name), declaration.type ?? node);
      else {
        const wrong = shape.find((dim) => typeof dim === 'number' && !(Number.isInteger(dim) && dim >= 0));
        if (wrong !== undefined) report(messages.wrongDim(dimText(wrong)), declaration.type ?? node);
        args.push({ name, type: { dtype: tensor.dtype, shape } });
      }
    }
  }
  if (diagnostics.length > before) return undefined;
  const returned = signature.getDeclaration()?.type;
  return {
    arguments: args,
    result: returned && { type: readResult(project, checker.getReturnTypeOfSignature(signature)), node: returned },
  };
}

function completeShape(shape: DeclaredTensor['shape']): readonly Dim[] | undefined {
  return shape?.every((dim) => dim !== undefined) === true ? (shape as readonly Dim[]) : undefined;
}

/** A type as a tensor type; undefined when it is something else. */
function readTensor(project: ContractSource, type: ts.Type): DeclaredTensor | undefined {
  const { checker } = project;
  const declaration = type.getSymbol()?.declarations?.[0];
  if (declaration === undefined || !ts.isClassDeclaration(declaration) || !project.isLibrary(declaration.getSourceFile().fileName))
    return undefined;
  if (!['Tensor', 'Parameter', 'Buffer'].includes(declaration.name?.text ?? '')) return undefined;
  const [shape, dtype] = checker.getTypeArguments(type as ts.TypeReference);
  return { shape: shape && readShape(checker, shape), dtype: dtype === undefined ? 'f32' : readDType(dtype) };
}

function readDType(type: ts.Type): DType | undefined {
  const text = type.isStringLiteral() ? type.value : undefined;
  return text === 'f32' || text === 'f64' || text === 'i32' || text === 'bool' ? text : undefined;
}

function readShape(checker: ts.TypeChecker, type: ts.Type): DeclaredTensor['shape'] {
  if (!isTuple(checker, type)) return undefined;
  const { elementFlags } = (type as ts.TupleTypeReference).target;
  if (elementFlags.some((flag) => (flag & ts.ElementFlags.Required) === 0)) return undefined;
  return checker.getTypeArguments(type as ts.TypeReference).map((item) => {
    if (item.isNumberLiteral()) return item.value;
    return item.isStringLiteral() && /^[A-Za-z_]\w*$/.test(item.value) ? namedDim(item.value) : undefined;
  });
}

function isTuple(checker: ts.TypeChecker, type: ts.Type): boolean {
  return checker.isTupleType(type);
}

function readResult(project: ContractSource, type: ts.Type): DeclaredResult {
  const { checker } = project;
  const tensor = readTensor(project, type);
  if (tensor !== undefined) return { kind: 'tensor', tensor };
  if (isTuple(checker, type)) {
    return { kind: 'tuple', items: checker.getTypeArguments(type as ts.TypeReference).map((item) => readResult(project, item)) };
  }
  if ((type.flags & ts.TypeFlags.Object) === 0 || checker.isArrayType(type)) return { kind: 'open' };
  const members = new Map<string, DeclaredResult>();
  for (const property of checker.getPropertiesOfType(type)) {
    const node = property.valueDeclaration;
    if (node !== undefined) members.set(property.name, readResult(project, checker.getTypeOfSymbolAtLocation(property, node)));
  }
  return { kind: 'object', members };
}

/** Where a computed result disagrees with the declared one: a message, or undefined. `result` is a tree of tensor types. */
export function compareResult(declared: DeclaredResult, result: ResultTypes, path = ''): messages.Message | undefined {
  const part = path === '' ? '' : `'${path}' `;
  switch (declared.kind) {
    case 'open':
      return undefined;
    case 'tensor': {
      if (!isTensorType(result)) return messages.resultMismatch(declaredText(declared.tensor), 'several tensors', part);
      return agrees(declared.tensor, result) ? undefined : messages.resultMismatch(declaredText(declared.tensor), typeText(result), part);
    }
    case 'tuple': {
      if (!Array.isArray(result) || result.length !== declared.items.length) {
        return messages.resultMismatch(`a tuple of ${declared.items.length}`, resultText(result), part);
      }
      for (const [index, item] of declared.items.entries()) {
        const message = compareResult(item, (result as readonly ResultTypes[])[index]!, path === '' ? String(index) : `${path}.${index}`);
        if (message !== undefined) return message;
      }
      return undefined;
    }
    case 'object': {
      if (isTensorType(result) || Array.isArray(result)) return messages.resultMismatch('an object', resultText(result), part);
      for (const [name, member] of declared.members) {
        const found = (result as { readonly [key: string]: ResultTypes })[name];
        const message = found && compareResult(member, found, path === '' ? name : `${path}.${name}`);
        if (message !== undefined) return message;
      }
      return undefined;
    }
  }
}

export type ResultTypes = TensorType | readonly ResultTypes[] | { readonly [key: string]: ResultTypes };

export function isTensorType(result: ResultTypes): result is TensorType {
  return !Array.isArray(result) && typeof (result as TensorType).dtype === 'string';
}

function resultText(result: ResultTypes): string {
  if (isTensorType(result)) return typeText(result);
  return Array.isArray(result) ? `a tuple of ${result.length}` : `an object of ${Object.keys(result).join(', ')}`;
}

function agrees(declared: DeclaredTensor, found: TensorType): boolean {
  if (declared.dtype !== undefined && declared.dtype !== found.dtype) return false;
  const { shape } = declared;
  if (shape === undefined) return true;
  return shape.length === found.shape.length && shape.every((dim, axis) => dim === undefined || sameDim(dim, found.shape[axis]!));
}

function declaredText({ dtype, shape }: DeclaredTensor): string {
  const dims = shape?.map((dim) => (dim === undefined ? 'number' : dimText(dim))).join(', ');
  return `${dtype ?? 'f32'}${dims === undefined ? '' : `[${dims}]`}`;
}
