import { ts } from 'ts-morph';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import * as messages from '../diagnostics/messages.js';
import type { ModuleNode, StateEntry } from './evaluated-model.js';
import { spanOf } from './machine.js';
import type { Session } from './session.js';
import type { TensorInstance } from './tensors.js';
import { isObject } from './values.js';

/** A state entry and the tensor that holds it in one instance of the model. */
export interface StateSlot extends StateEntry {
  readonly tensor: TensorInstance;
}

/** What the constructor has built. */
export interface ModelState {
  readonly modules: ModuleNode;
  readonly slots: readonly StateSlot[];
  /** Parameters and buffers in plain arrays, objects and maps, which no module registers, with the expression that leads there. */
  readonly unregistered: ReadonlyMap<object, string>;
  /** The path of every module; the first one of a module that is shared. */
  readonly paths: ReadonlyMap<object, string>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads modules, parameters and buffers of an instance in PyTorch's order. The library's own methods say what is registered. */
export function readState(session: Session, model: object, site: ts.Node): ModelState {
  const diagnostics: Diagnostic[] = [];
  const slots: StateSlot[] = [];
  const firstNames = new Map<object, string>();
  const unregistered = new Map<object, string>();
  const ancestors: object[] = [];
  const paths = new Map<object, string>();
  const report = (message: messages.Message, node: ts.Node = site) => diagnostics.push({ ...message, span: spanOf(node), notes: [] });

  const addSlots = (kind: 'parameter' | 'buffer', pairs: readonly (readonly [string, TensorInstance])[], path: string) => {
    for (const [name, tensor] of pairs) {
      checkName(name);
      const full = join(path, name);
      const alias = firstNames.get(tensor);
      if (alias === undefined) firstNames.set(tensor, full);
      const type = session.tensors.typeOf(tensor.handle);
      if (type === undefined) throw new TypeError(`'${full}' was not made by an operation`);
      const requiresGrad = kind === 'parameter' && tensor.requiresGrad !== false;
      slots.push({
        name: full,
        kind,
        type,
        requiresGrad,
        persistent: tensor.persistent !== false,
        ...(alias !== undefined && { alias }),
        tensor,
      });
    }
  };
  const checkName = (name: string) => {
    if (name.includes('.')) report(messages.dotInName(name));
  };
  const walk = (module: object, name: string, path: string): ModuleNode => {
    const call = <T>(method: string) => session.invoke(module, method, [], site) as T;
    const parameters = call<[string, TensorInstance][]>('ownParameters');
    const buffers = call<[string, TensorInstance][]>('ownBuffers');
    addSlots('parameter', parameters, path);
    addSlots('buffer', buffers, path);
    if (!session.project.isLibrary(session.machine.declarationOf(module.constructor)?.getSourceFile().fileName ?? '')) {
      findPlainContainers(session, module, path, unregistered, report);
    }
    ancestors.push(module);
    if (!paths.has(module)) paths.set(module, path);
    const children: ModuleNode[] = [];
    for (const [key, child] of call<[string, object][]>('registeredChildren')) {
      checkName(key);
      if (ancestors.includes(child)) report(messages.cyclicModule(join(path, key)));
      else children.push(walk(child, key, join(path, key)));
    }
    ancestors.pop();
    return {
      name,
      path,
      className: module.constructor.name,
      extraRepr: String(call('extraRepr')),
      children,
      parameters: parameters.map(([key]) => key),
      buffers: buffers.map(([key]) => key),
    };
  };
  return { modules: walk(model, '', ''), slots, unregistered, paths, diagnostics };
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** Warns of fields that hold modules or parameters inside arrays, maps or plain objects. */
function findPlainContainers(
  session: Session,
  module: object,
  path: string,
  unregistered: Map<object, string>,
  report: (message: messages.Message, node?: ts.Node) => void,
): void {
  const { Module, Parameter } = session.library;
  const isModule = (value: unknown): value is object => value instanceof Module;
  const note = (value: unknown, at: string, depth: number): boolean => {
    if (value instanceof Parameter) {
      unregistered.set(value, at);
      return true;
    }
    if (isModule(value)) {
      for (const [name, parameter] of parametersBelow(value)) unregistered.set(parameter, `${at}.${name}`);
      return true;
    }
    const items = depth < 4 ? itemsOf(value) : [];
    return items.filter(([key, item]) => note(item, `${at}${key}`, depth + 1)).length > 0;
  };
  for (const [name, value] of Object.entries(module)) {
    if (isModule(value) || value instanceof Parameter) continue;
    const items = itemsOf(value);
    const found = items.filter(([key, item]) => note(item, `${join(path, name)}${key}`, 0));
    if (found.length > 0) report(messages.plainContainer(join(path, name), kindOf(value)), fieldOf(session, module, name));
  }
  function parametersBelow(value: object): (readonly [string, object])[] {
    return (value as { namedParameters(): [string, object][] }).namedParameters();
  }
}

/** The declaration of a field in the module's class or one that it extends. */
function fieldOf(session: Session, module: object, name: string): ts.Node | undefined {
  for (let at: unknown = module.constructor; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    const node = session.machine.declarationOf(at);
    if (node === undefined || !ts.isClassLike(node)) return undefined;
    const field = node.members.find((member) => ts.isPropertyDeclaration(member) && member.name.getText() === name);
    if (field !== undefined) return field;
  }
  return undefined;
}

function itemsOf(value: unknown): (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.map((item, index) => [`[${index}]`, item]);
  if (value instanceof Map) return [...value].map(([key, item]) => [`.get(${JSON.stringify(key) ?? String(key)})`, item]);
  if (value instanceof Set) return [...value].map((item, index) => [`[${index}]`, item]);
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype)
    return Object.entries(value).map(([key, item]) => [`.${key}`, item]);
  return [];
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a plain array';
  if (value instanceof Map) return 'a Map';
  return value instanceof Set ? 'a Set' : 'a plain object';
}
