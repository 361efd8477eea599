import { ts } from 'ts-morph';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import * as messages from '../diagnostics/messages.js';
import { GraphBuilder } from '../ir/build.js';
import type { TensorType } from '../ir/types.js';
import type { Decoration } from './decorators.js';
import { evaluateEntry, findEntries } from './entries.js';
import type { EvaluatedModel, ModuleNode } from './evaluated-model.js';
import { spanOf } from './machine.js';
import type { ModuleRecord } from './modules.js';
import { evaluateOptimizer } from './optimizer.js';
import type { Session } from './session.js';
import { readState } from './state.js';
import { orderInputs, Trace } from './tensors.js';
import { type Callable, describe, isObject } from './values.js';

/** A class marked `@model`, evaluated. */
export interface ModelClass {
  readonly name: string;
  readonly node: ts.ClassDeclaration;
  readonly value: Callable;
  readonly decoration: Decoration;
  /** `new Model()`. */
  create(): object;
}

/** The classes marked `@model` that a file exports, in the order of its text. */
export function findModels(session: Session, record: ModuleRecord, diagnostics: Diagnostic[]): ModelClass[] {
  const { machine } = session;
  const exported = new Map<ts.Node, Callable>();
  for (const read of record.exports.values()) {
    const value = session.atTopLevel(read);
    const node = machine.declarationOf(value);
    if (node !== undefined) exported.set(node, value as Callable);
  }
  const models: ModelClass[] = [];
  for (const node of record.source.statements) {
    if (!ts.isClassDeclaration(node)) continue;
    const decoration = machine.decorations.get(node);
    if (decoration?.kind !== 'model') continue;
    const place = node.name ?? node;
    const name = node.name?.text ?? 'Model';
    const report = (message: messages.Message) => diagnostics.push({ ...message, span: spanOf(place), notes: [] });
    const value = exported.get(node);
    if (value === undefined) report(messages.notExported(name));
    else if (!(value.prototype instanceof session.library.Module)) report(messages.notModule(name));
    else {
      const missing = requiredParameter(session, value);
      if (missing !== undefined) report(messages.constructorNeedsArguments(name, missing));
      else models.push({ name, node, value, decoration, create: () => machine.enter(place, () => Reflect.construct(value, []) as object) });
    }
  }
  return models;
}

/** The first parameter of the constructor that has no default. */
function requiredParameter(session: Session, value: Callable): string | undefined {
  for (let at: unknown = value; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    const node = session.machine.declarationOf(at);
    if (node === undefined || !ts.isClassLike(node)) return undefined;
    const declared = node.members.find((member) => ts.isConstructorDeclaration(member) && member.body !== undefined);
    if (declared === undefined || !ts.isConstructorDeclaration(declared)) continue;
    return declared.parameters
      .find(
        (parameter) =>
          parameter.initializer === undefined && parameter.questionToken === undefined && parameter.dotDotDotToken === undefined,
      )
      ?.name.getText();
  }
  return undefined;
}

/** Evaluates a model: its constructor, its state, its entries, its optimizer. Undefined when any of it is wrong. */
export function evaluateModel(session: Session, model: ModelClass, diagnostics: Diagnostic[]): EvaluatedModel | undefined {
  const { machine, tensors } = session;
  const place = model.node.name ?? model.node;
  const found: Diagnostic[] = [];
  machine.restart();
  machine.control.loops.limit = session.attempt(found, () => readLoopLimit(session, model));
  session.moduleOutputs.clear();
  const builder = new GraphBuilder('init');
  const trace = new Trace(builder, 'in the constructor');
  const built = session.attempt(found, () =>
    tensors.within(trace, () => {
      const instance = model.create();
      const state = readState(session, instance, place);
      for (const slot of state.slots) {
        if (slot.alias === undefined) builder.output(slot.name, slot.kind, tensors.valueOf(slot.tensor));
      }
      return { ...state, instance };
    }),
  );
  if (built !== undefined) {
    found.push(...built.diagnostics);
    const methods = findEntries(session, model);
    if (methods.length === 0) found.push({ ...messages.noEntry(model.name), span: spanOf(place), notes: [] });
    const entries = methods.flatMap((method) => evaluateEntry(session, model, method, found) ?? []);
    const state = built.slots.map(({ tensor: _, ...entry }) => entry);
    const optimizer = session.attempt(found, () => evaluateOptimizer(session, model, built));
    diagnostics.push(...found);
    if (found.some(({ severity }) => severity === 'error')) return undefined;
    const init = orderInputs(builder.finish(), []);
    return {
      name: model.name,
      span: spanOf(place),
      modules: withOutputs(built.modules, session.moduleOutputs),
      state,
      init,
      entries,
      ...(optimizer && { optimizer }),
    };
  }
  diagnostics.push(...found);
  return undefined;
}

/** `@model({ loopLimit })` */
function readLoopLimit(session: Session, { decoration }: ModelClass): number | undefined {
  const options = decoration.options && session.atTopLevel(decoration.options);
  const limit = isObject(options) ? (options as { loopLimit?: unknown }).loopLimit : undefined;
  if (limit === undefined) return undefined;
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1)
    throw session.machine.abort(messages.wrongLoopLimit(describe(limit)), decoration.node);
  return limit;
}

function withOutputs(node: ModuleNode, outputs: ReadonlyMap<string, TensorType>): ModuleNode {
  const output = outputs.get(node.path);
  return { ...node, children: node.children.map((child) => withOutputs(child, outputs)), ...(output && { output }) };
}
