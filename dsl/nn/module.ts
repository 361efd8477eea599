/**
 * The base of all layers and nets. Fields that hold a Module, a Parameter or a Buffer are registered by being there: names
 * and order are those of the fields. Plain arrays and maps are not looked into, as in PyTorch.
 */
import { moduleError, stateError } from '../errors.js';
import { assign } from '../promotion.js';
import { sameShape, shapeText } from '../shape.js';
import { Tensor } from '../tensor.js';
import { Buffer, clearGradient, Parameter } from './parameter.js';

/** State dictionary: the tensors of a module under their dotted names. */
export type StateDict = Record<string, Tensor>;

export class Module {
  /** Whether layers such as dropout behave as in training. */
  training = true;

  /** Names of the fields that may be registered, in order. Containers say what their order is. */
  protected fieldNames(): string[] {
    return Object.keys(this);
  }

  /** The modules among the fields. One that is held under several names appears once, under the first. */
  namedChildren(): [string, Module][] {
    const seen: Module[] = [];
    const children: [string, Module][] = [];
    for (const [name, child] of this.registeredChildren()) {
      if (seen.includes(child)) continue;
      seen.push(child);
      children.push([name, child]);
    }
    return children;
  }

  /** The modules among the fields, under each of their names. */
  registeredChildren(): [string, Module][] {
    const children: [string, Module][] = [];
    for (const name of this.fieldNames()) {
      const value = fieldOf(this, name);
      if (value instanceof Module) children.push([name, value]);
    }
    return children;
  }

  /** The parameters among this module's own fields, under each of their names. */
  ownParameters(): [string, Parameter][] {
    const parameters: [string, Parameter][] = [];
    for (const name of this.fieldNames()) {
      const value = fieldOf(this, name);
      if (value instanceof Parameter) parameters.push([name, value]);
    }
    return parameters;
  }

  /** The buffers among this module's own fields, under each of their names. */
  ownBuffers(): [string, Buffer][] {
    const buffers: [string, Buffer][] = [];
    for (const name of this.fieldNames()) {
      const value = fieldOf(this, name);
      if (value instanceof Buffer) buffers.push([name, value]);
    }
    return buffers;
  }

  children(): Module[] {
    return this.namedChildren().map(([, child]) => child);
  }

  /** This module under the name '' and all below it, each module once, parents before children. */
  namedModules(): [string, Module][] {
    const found: [string, Module][] = [];
    collectModules(this, '', found);
    return found;
  }

  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** Every parameter once, under its first name: a module's own before those of its children. */
  namedParameters(): [string, Parameter][] {
    const seen: Parameter[] = [];
    const parameters: [string, Parameter][] = [];
    for (const [path, module] of this.namedModules()) {
      for (const [name, parameter] of module.ownParameters()) {
        if (seen.includes(parameter)) continue;
        seen.push(parameter);
        parameters.push([join(path, name), parameter]);
      }
    }
    return parameters;
  }

  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** Every buffer once, under its first name. */
  namedBuffers(): [string, Buffer][] {
    const seen: Buffer[] = [];
    const buffers: [string, Buffer][] = [];
    for (const [path, module] of this.namedModules()) {
      for (const [name, buffer] of module.ownBuffers()) {
        if (seen.includes(buffer)) continue;
        seen.push(buffer);
        buffers.push([join(path, name), buffer]);
      }
    }
    return buffers;
  }

  buffers(): Buffer[] {
    return this.namedBuffers().map(([, buffer]) => buffer);
  }

  /** Parameters and persistent buffers in PyTorch's order; shared ones under each of their names. The tensors are the module's own. */
  stateDict(): StateDict {
    checkNames(this, '', []);
    const state: StateDict = {};
    collectState(this, '', state);
    return state;
  }

  /**
   * Takes the values of a state dictionary. Entries that are missing, unexpected, no tensors or of another shape or dtype are all
   * reported at once, and nothing changes then; `strict: false` passes over the missing and the unexpected, and returns their names.
   * Of the names of a shared tensor the last one counts, as in PyTorch.
   */
  loadStateDict(state: Readonly<StateDict>, options: { strict?: boolean } = {}): { missingKeys: string[]; unexpectedKeys: string[] } {
    const own = this.stateDict();
    const missingKeys = Object.keys(own).filter((name) => !Object.hasOwn(state, name));
    const unexpectedKeys = Object.keys(state).filter((name) => !Object.hasOwn(own, name));
    const problems: string[] = [];
    if (options.strict !== false) {
      for (const name of missingKeys) problems.push(`missing: ${name} (${describe(own[name]!)})`);
      for (const name of unexpectedKeys) problems.push(`unexpected: ${name}`);
    }
    for (const [name, tensor] of Object.entries(own)) {
      if (!Object.hasOwn(state, name)) continue;
      const given: unknown = state[name];
      if (!(given instanceof Tensor)) problems.push(`not a tensor: ${name}, expected ${describe(tensor)}`);
      else if (given.dtype !== tensor.dtype) problems.push(`wrong dtype: ${name} is ${describe(given)}, expected ${describe(tensor)}`);
      else if (!sameShape(given.shape, tensor.shape))
        problems.push(`wrong shape: ${name} is ${describe(given)}, expected ${describe(tensor)}`);
    }
    if (problems.length > 0) {
      throw stateError(
        `the state dictionary does not fit ${this.constructor.name}; nothing was loaded\n  ${problems.join('\n  ')}`,
        'compare its names with stateDict() of the module',
      );
    }
    for (const [name, tensor] of Object.entries(own)) if (Object.hasOwn(state, name)) assign(tensor, state[name]!);
    return { missingKeys, unexpectedKeys };
  }

  /** Calls `visit` with every module below this one, children before parents, and with this one last. */
  apply(visit: (module: Module) => void): this {
    checkNames(this, '', []);
    for (const child of this.children()) child.apply(visit);
    visit(this);
    return this;
  }

  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  eval(): this {
    return this.train(false);
  }

  /** Whether training changes the parameters. */
  requiresGrad_(on = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad_(on);
    return this;
  }

  /** Forgets the gradients that `backward` has left, or sets them to 0 with `setToNone: false` (eager use). */
  zeroGrad(options: { setToNone?: boolean } = {}): void {
    for (const parameter of this.parameters()) clearGradient(parameter, options.setToNone ?? true);
  }

  /** Registers a child under a name that need not be an identifier. */
  addModule(name: string, module: Module): void {
    checkName(name, 'module');
    checkFree(this, name, Module);
    if (!(module instanceof Module)) throw moduleError(`'${name}' is not a Module`);
    setField(this, name, module);
  }

  registerModule(name: string, module: Module): void {
    this.addModule(name, module);
  }

  registerParameter(name: string, parameter: Parameter | null): void {
    checkName(name, 'parameter');
    checkFree(this, name, Parameter);
    setField(this, name, parameter);
  }

  /** Registers a tensor that is part of the state but not trained. One that is not persistent stays out of the state dictionary. */
  registerBuffer(name: string, tensor: Tensor | null, options: { persistent?: boolean } = {}): void {
    checkName(name, 'buffer');
    checkFree(this, name, Buffer);
    setField(this, name, tensor === null ? null : new Buffer(tensor, options));
  }

  /** The module at a dotted path; '' is this one. */
  getSubmodule(path: string): Module {
    let module: Module = this;
    for (const name of path === '' ? [] : path.split('.')) {
      const child = fieldOf(module, name);
      if (!(child instanceof Module)) throw moduleError(`${module.constructor.name} has no module '${name}' (looking for '${path}')`);
      module = child;
    }
    return module;
  }

  /** The parameter at a dotted path. */
  getParameter(path: string): Parameter {
    const at = path.lastIndexOf('.');
    const module = this.getSubmodule(at < 0 ? '' : path.slice(0, at));
    const parameter = fieldOf(module, path.slice(at + 1));
    if (!(parameter instanceof Parameter)) throw moduleError(`${this.constructor.name} has no parameter '${path}'`);
    return parameter;
  }

  /** The buffer at a dotted path. */
  getBuffer(path: string): Buffer {
    const at = path.lastIndexOf('.');
    const module = this.getSubmodule(at < 0 ? '' : path.slice(0, at));
    const buffer = fieldOf(module, path.slice(at + 1));
    if (!(buffer instanceof Buffer)) throw moduleError(`${this.constructor.name} has no buffer '${path}'`);
    return buffer;
  }

  /** What stands in parentheses when the module is printed: `in_features=784, out_features=10, bias=True`. */
  extraRepr(): string {
    return '';
  }

  /** PyTorch's text: children indented under their names. */
  toString(): string {
    checkNames(this, '', []);
    const extra = this.extraRepr();
    const lines: string[] = [];
    for (const [key, child] of this.registeredChildren()) lines.push(`(${key}): ${indent(child.toString())}`);
    const name = this.constructor.name;
    if (lines.length === 0) return extra.includes('\n') ? `${name}(\n  ${indent(extra)}\n)` : `${name}(${extra})`;
    if (extra !== '') lines.unshift(indent(extra));
    return `${name}(\n  ${lines.join('\n  ')}\n)`;
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function indent(text: string): string {
  return text.split('\n').join('\n  ');
}

function describe(tensor: Tensor): string {
  return `${tensor.dtype}${shapeText(tensor.shape)}`;
}

/** A module may be shared; one that is below itself would have endless names. Nor may names hold the dot that parts them. */
function checkNames(module: Module, path: string, above: readonly Module[]): void {
  if (above.includes(module)) {
    throw moduleError(`the module '${path}' contains itself`, 'a module may be shared, but not be its own ancestor');
  }
  const names = [...module.ownParameters(), ...module.ownBuffers()].map(([name]) => name);
  for (const [name, child] of module.registeredChildren()) {
    names.push(name);
    checkNames(child, join(path, name), [...above, module]);
  }
  const dotted = names.find((name) => name.includes('.'));
  if (dotted !== undefined) {
    throw moduleError(`the name '${dotted}' in ${module.constructor.name} holds a dot`, 'dots separate the names of nested modules');
  }
}

function collectModules(module: Module, path: string, found: [string, Module][]): void {
  if (found.some(([, known]) => known === module)) return;
  found.push([path, module]);
  for (const [name, child] of module.registeredChildren()) collectModules(child, join(path, name), found);
}

function collectState(module: Module, path: string, state: StateDict): void {
  for (const [name, parameter] of module.ownParameters()) state[join(path, name)] = parameter;
  for (const [name, buffer] of module.ownBuffers()) if (buffer.persistent) state[join(path, name)] = buffer;
  for (const [name, child] of module.registeredChildren()) collectState(child, join(path, name), state);
}

// What a Module has itself are names that no field of a user's module can have: what is not for users is outside of it.

function fieldOf(module: Module, name: string): unknown {
  return (module as unknown as Record<string, unknown>)[name];
}

function setField(module: Module, name: string, value: unknown): void {
  (module as unknown as Record<string, unknown>)[name] = value;
}

/** A name may be given again to what is of the same kind, and to nothing that a module has besides. */
function checkFree(module: Module, name: string, kind: typeof Module | typeof Parameter | typeof Buffer): void {
  if (!(name in module)) return;
  const known = Object.hasOwn(module, name) ? fieldOf(module, name) : undefined;
  if (!(known instanceof kind) && !(Object.hasOwn(module, name) && (known === null || known === undefined))) {
    throw moduleError(
      `the attribute '${name}' exists already`,
      `a ${module.constructor.name} has a method or field of that name: choose another`,
    );
  }
}

function checkName(name: string, what: string): void {
  if (typeof name !== 'string')
    throw moduleError(`the name of a ${what} is a string, not ${typeof name === 'object' ? 'an object' : String(name)}`);
  if (name === '') throw moduleError(`the name of a ${what} is empty`);
  if (name.includes('.')) throw moduleError(`the name '${name}' of a ${what} holds a dot`, 'dots separate the names of nested modules');
}
