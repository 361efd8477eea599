import { ts } from 'ts-morph';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import * as messages from '../diagnostics/messages.js';
import { GraphBuilder } from '../ir/build.js';
import type { Graph, Value } from '../ir/graph.js';
import { isFloat, typeText } from '../ir/types.js';
import { type Contract, compareResult, type ResultTypes, readContract } from './contract.js';
import type { Entry, ResultTree, Writes } from './evaluated-model.js';
import { hasModifier } from './expressions.js';
import { spanOf } from './machine.js';
import type { ModelClass } from './model.js';
import type { Session } from './session.js';
import { readState, type StateSlot } from './state.js';
import { orderInputs, Trace } from './tensors.js';
import { describe, isObject } from './values.js';

/** What the built class has besides the entries (runtime/model.ts). */
export const reservedNames: ReadonlySet<string> = new Set([
  'constructor',
  'create',
  'device',
  'dispose',
  'gradients',
  'loadStateDict',
  'namedParameters',
  'optimizer',
  'parameter',
  'schedule',
  'setParameter',
  'stateDict',
  'then',
  'threads',
  'to',
  'train',
]);

/** A method that becomes part of the built module. */
export interface EntryMethod {
  readonly name: string;
  readonly kind: 'method' | 'loss';
  readonly node: ts.MethodDeclaration;
}

/** `forward` and what `@entry` or `@loss` marks, inherited methods included, `forward` first. */
export function findEntries(session: Session, model: ModelClass): EntryMethod[] {
  const found = new Map<string, EntryMethod>();
  const { machine } = session;
  for (let at: unknown = model.value.prototype; isObject(at) && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      const node = machine.declarationOf(value);
      if (node === undefined || !ts.isMethodDeclaration(node)) continue;
      const mark = machine.decorations.get(node)?.kind;
      const known = found.get(name);
      // A method that overrides a marked one is marked too.
      if (known !== undefined) {
        if (mark === 'loss') found.set(name, { ...known, kind: 'loss' });
      } else if (name === 'forward' || mark !== undefined) found.set(name, { name, kind: mark === 'loss' ? 'loss' : 'method', node });
      else if (isMarkedAbove(session, at, name)) found.set(name, { name, kind: 'method', node });
    }
  }
  return [...found.values()].sort((a, b) => Number(b.name === 'forward') - Number(a.name === 'forward'));
}

function isMarkedAbove(session: Session, prototype: object, name: string): boolean {
  for (let at: unknown = Object.getPrototypeOf(prototype); isObject(at) && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    const node = session.machine.declarationOf(Object.getOwnPropertyDescriptor(at, name)?.value);
    if (node !== undefined && session.machine.decorations.has(node)) return true;
  }
  return false;
}

/** The mode that `@entry({ mode })` or `@loss({ mode })` gives. */
function modeOf(session: Session, node: ts.MethodDeclaration): 'train' | 'eval' | undefined {
  const decoration = session.machine.decorations.get(node);
  const options = decoration?.options && session.atTopLevel(decoration.options);
  const mode = isObject(options) ? (options as { mode?: unknown }).mode : options;
  if (mode === undefined || mode === 'train' || mode === 'eval') return mode;
  throw session.machine.abort(messages.wrongMode(describe(mode)), decoration!.node);
}

/** The arguments that `@loss({ inputs })` names. */
function inputsOf(session: Session, node: ts.MethodDeclaration, contract: Contract): readonly string[] {
  const decoration = session.machine.decorations.get(node);
  const options = decoration?.options && session.atTopLevel(decoration.options);
  const inputs = isObject(options) ? (options as { inputs?: unknown }).inputs : undefined;
  if (inputs === undefined) return [];
  const known = contract.arguments.filter(({ type }) => isFloat(type.dtype)).map(({ name }) => name);
  const found = Array.isArray(inputs) ? inputs.find((name) => !known.includes(name as string)) : inputs;
  if (found !== undefined) throw session.machine.abort(messages.wrongInputs(describe(found), known), decoration!.node);
  return [...new Set(inputs as string[])];
}

/** Evaluates a method in eval mode unless it asks for the other, and a loss in training mode too. Pushes diagnostics; undefined when it fails. */
export function evaluateEntry(session: Session, model: ModelClass, method: EntryMethod, diagnostics: Diagnostic[]): Entry | undefined {
  const { name, kind, node } = method;
  if (hasModifier(node, ts.SyntaxKind.PrivateKeyword) || hasModifier(node, ts.SyntaxKind.ProtectedKeyword)) {
    diagnostics.push({ ...messages.entryNotPublic(name), span: spanOf(node.name), notes: [] });
    return undefined;
  }
  if (reservedNames.has(name)) {
    diagnostics.push({ ...messages.reservedEntry(name), span: spanOf(node.name), notes: [] });
    return undefined;
  }
  const contract = readContract(session.project, model.node, name, diagnostics);
  if (contract === undefined) return undefined;
  const mode = session.attempt(diagnostics, () => ({ given: modeOf(session, node), inputs: inputsOf(session, node, contract) }));
  if (mode === undefined) return undefined;
  const inTraining = kind === 'method' && mode.given === 'train';
  const evaluated = session.attempt(diagnostics, () => evaluateMethod(session, model, method, contract, inTraining, diagnostics));
  if (evaluated === undefined) return undefined;
  const entry = { name, kind, span: spanOf(node.name), arguments: contract.arguments, result: evaluated.result, graph: evaluated.graph };
  if (kind === 'method') return entry;
  // What is wrong in both modes is said once.
  const again: Diagnostic[] = [];
  const training = session.attempt(again, () => evaluateMethod(session, model, method, contract, mode.given !== 'eval', again));
  diagnostics.push(...again);
  return training && { ...entry, training: training.graph, writes: training.writes, differentiated: mode.inputs };
}

interface Evaluated {
  readonly graph: Graph;
  readonly writes: Writes;
  readonly result: ResultTree;
}

/** Diagnostics are those of the evaluation that counts. */
function evaluateMethod(
  session: Session,
  model: ModelClass,
  method: EntryMethod,
  contract: Contract,
  training: boolean,
  diagnostics: Diagnostic[],
): Evaluated {
  const before = diagnostics.length;
  return session.trackingAlternatives(() => {
    diagnostics.length = before;
    return evaluateOnce(session, model, method, contract, training, diagnostics);
  });
}

function evaluateOnce(
  session: Session,
  model: ModelClass,
  { name, kind, node }: EntryMethod,
  contract: Contract,
  training: boolean,
  diagnostics: Diagnostic[],
): Evaluated {
  const { machine, tensors } = session;
  const site = node.name;
  machine.restart();
  // Each evaluation has an instance of its own: what one method does to its fields is not seen by another.
  const instance = tensors.within(new Trace(new GraphBuilder('init'), 'in the constructor'), () => model.create());
  const state = readState(session, instance, site);
  const builder = new GraphBuilder(name);
  const trace = new Trace(builder, `in '${name}'`);
  const bound = bindState(session, trace, state.slots);
  trace.registered = new Set(state.slots.map((slot) => slot.tensor));
  trace.trained = new Set(state.slots.filter((slot) => slot.requiresGrad).map((slot) => slot.tensor));
  session.unregistered = state.unregistered;
  const taken = new Set(['rng', ...state.slots.map((slot) => slot.name)]);
  const args = contract.arguments.map((argument) => {
    if (taken.has(argument.name)) throw machine.abort(messages.argumentNamedLikeState(argument.name, name), node.name);
    return tensors.wrap(trace, builder.input(argument.name, 'argument', argument.type));
  });
  return tensors.within(trace, () => {
    session.invoke(instance, 'train', [training], site);
    const returned = watchingFields(session, name, diagnostics, () =>
      session.noteOutputs(state.paths, () => session.invoke(instance, name, args, site)),
    );
    const leaves: Leaf[] = [];
    const result = readResult(session, returned, '', leaves, method(name, node));
    checkResult(session, contract, result.types, diagnostics, training);
    const outputs = kind === 'loss' ? lossFirst(session, leaves, node) : leaves;
    for (const leaf of outputs) builder.output(leaf.output, 'result', leaf.value);
    reportChanges(session, { name, node, training, builder, trace }, bound, diagnostics);
    const tree = nameTree(result.tree, new Map(leaves.map((leaf) => [leaf.path, leaf.output])));
    return {
      graph: orderInputs(
        builder.finish(),
        state.slots.map((slot) => slot.name),
      ),
      result: tree,
      writes: { overwritten: trace.overwritten, rootOf: trace.rootOf },
    };
  });
}

/** Warns of fields of modules that a method assigns: each call of a built method starts from the state alone. */
function watchingFields<T>(session: Session, entry: string, diagnostics: Diagnostic[], action: () => T): T {
  const { machine } = session;
  machine.onAssignment = (object, key, node) => {
    if (!(object instanceof session.library.Module) || session.project.isLibrary(node.getSourceFile().fileName)) return;
    diagnostics.push(machine.diagnostic(messages.stateLost(String(key), entry), node, machine.frame));
  };
  try {
    return action();
  } finally {
    machine.onAssignment = undefined;
  }
}

function method(name: string, node: ts.MethodDeclaration) {
  return { name, node };
}

interface Bound {
  readonly slot: StateSlot;
  readonly handle: object;
}

/** Lets the tensors of the state stand for inputs of the trace's graph. */
function bindState(session: Session, trace: Trace, slots: readonly StateSlot[]): Bound[] {
  return slots
    .filter((slot) => slot.alias === undefined)
    .map((slot) => {
      const handle = session.tensors.stateHandle(trace, slot.name, slot.kind, slot.type);
      slot.tensor.handle = handle;
      return { slot, handle };
    });
}

/** Buffers that have another value now are outputs of a training graph. */
function reportChanges(
  session: Session,
  {
    name,
    node,
    training,
    builder,
    trace,
  }: { name: string; node: ts.MethodDeclaration; training: boolean; builder: GraphBuilder; trace: Trace },
  bound: readonly Bound[],
  diagnostics: Diagnostic[],
): void {
  for (const { slot, handle } of bound) {
    if (training && slot.kind === 'parameter' && !slot.requiresGrad && slot.tensor.requiresGrad === true) {
      diagnostics.push({ ...messages.thawed(slot.name, name), span: spanOf(node.name), notes: [] });
    }
    if (slot.tensor.handle === handle) continue;
    const before = builder.findInput(slot.name)?.value;
    const write = trace.overwritten.find(({ value }) => value === before);
    const place = { span: write?.span ?? spanOf(node.name), notes: [] };
    if (slot.kind === 'parameter') diagnostics.push({ ...messages.parameterReplaced(slot.name, name), ...place });
    else if (training) builder.output(slot.name, 'buffer', session.tensors.valueOf(slot.tensor));
    else diagnostics.push({ ...messages.bufferChangedInEval(slot.name, name), ...place });
  }
}

interface Leaf {
  readonly path: string;
  output: string;
  readonly value: Value;
}

/** A tree whose leaves are paths, and the same tree of types. */
interface ReadResult {
  readonly tree: ResultTree;
  readonly types: ResultTypes;
}

/** Takes a returned value apart into tensors. */
function readResult(
  session: Session,
  value: unknown,
  path: string,
  leaves: Leaf[],
  entry: { name: string; node: ts.MethodDeclaration },
): ReadResult {
  const { tensors, machine } = session;
  machine.checkUse(value);
  if (tensors.isTensor(value)) {
    const found = machine.guard(entry.node.name, () => tensors.valueOf(value));
    leaves.push({ path, output: path === '' ? 'result' : path, value: found });
    return { tree: path, types: found.type };
  }
  const below = (key: string | number, item: unknown) =>
    readResult(session, item, path === '' ? String(key) : `${path}.${key}`, leaves, entry);
  if (Array.isArray(value) && value.length > 0) {
    const items = value.map((item, index) => below(index, item));
    return { tree: items.map((item) => item.tree), types: items.map((item) => item.types) };
  }
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype && Object.keys(value).length > 0) {
    const members = Object.entries(value).map(([key, item]) => [key, below(key, item)] as const);
    return {
      tree: Object.fromEntries(members.map(([key, { tree }]) => [key, tree])),
      types: Object.fromEntries(members.map(([key, { types }]) => [key, types])),
    };
  }
  const where = path === '' ? '' : ` at '${path}'`;
  throw machine.abort(messages.resultNotTensor(entry.name, `${describe(value)}${where}`), entry.node.name);
}

function nameTree(tree: ResultTree, outputs: ReadonlyMap<string, string>): ResultTree {
  if (typeof tree === 'string') return outputs.get(tree)!;
  if (Array.isArray(tree)) return (tree as readonly ResultTree[]).map((item) => nameTree(item, outputs));
  return Object.fromEntries(Object.entries(tree).map(([key, item]) => [key, nameTree(item, outputs)]));
}

function checkResult(session: Session, { result }: Contract, types: ResultTypes, diagnostics: Diagnostic[], training: boolean): void {
  if (result === undefined || training) return;
  const message = compareResult(result.type, types);
  if (message !== undefined) diagnostics.push(session.machine.diagnostic(message, result.node, undefined));
}

/** The loss is the output named so, or the first one: it comes first and is named `loss`. */
function lossFirst(session: Session, leaves: Leaf[], node: ts.MethodDeclaration): Leaf[] {
  const loss = leaves.find((leaf) => leaf.path === 'loss') ?? leaves[0]!;
  const { type } = loss.value;
  if (type.shape.length > 0 || !isFloat(type.dtype)) throw session.machine.abort(messages.lossNotScalar(typeText(type)), node.name);
  loss.output = 'loss';
  return [loss, ...leaves.filter((leaf) => leaf !== loss)];
}
