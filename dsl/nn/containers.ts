/** Modules that hold modules. */
import { moduleError, rangeError } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';

/** A module whose forward takes one tensor and gives one. */
export type Layer = Module & { forward(x: Tensor): Tensor };

/** Layers by name, in order. */
export type NamedLayers = ReadonlyMap<string, Layer> | Readonly<Record<string, Layer>>;

/** Keeps the order in which modules were added: the order of an object's own keys differs where names are numbers. */
abstract class Container<M extends Module> extends Module {
  private childNames: string[] = [];

  protected override fieldNames(): string[] {
    const names = this.childNames;
    return [...names, ...Object.keys(this).filter((name) => !names.includes(name))];
  }

  override addModule(name: string, module: Module): void {
    super.addModule(name, module);
    if (!this.childNames.includes(name)) this.childNames.push(name);
  }

  /** Takes all modules out. */
  protected removeAll(): void {
    for (const name of this.childNames) delete (this as unknown as Record<string, Module>)[name];
    this.childNames = [];
  }

  protected remove(name: string): void {
    delete (this as unknown as Record<string, Module>)[name];
    this.childNames = this.childNames.filter((other) => other !== name);
  }

  /** Names and modules in order, a module once for each of its names. */
  entries(): [string, M][] {
    return this.registeredChildren() as [string, M][];
  }

  values(): M[] {
    return this.entries().map(([, module]) => module);
  }

  keys(): string[] {
    return this.entries().map(([name]) => name);
  }

  get length(): number {
    return this.entries().length;
  }
}

function position(index: number, length: number): number {
  if (index < -length || index >= length) throw rangeError(`index ${index} is out of range for ${length} modules`);
  return index < 0 ? index + length : index;
}

/** Layers applied one after the other: given one by one (named '0', '1', ...), or by name in a Map or an object. */
export class Sequential extends Container<Layer> {
  [index: number]: Layer;

  constructor(...layers: readonly Layer[] | readonly [NamedLayers]) {
    super();
    const first = layers[0];
    if (layers.length === 1 && first !== undefined && !(first instanceof Module)) {
      const named = first instanceof Map ? [...first.entries()] : Object.entries(first as Readonly<Record<string, Layer>>);
      for (const [name, layer] of named) this.addModule(name, layer);
    } else {
      layers.forEach((layer, at) => {
        this.addModule(String(at), layer as Layer);
      });
    }
  }

  forward(x: Tensor): Tensor {
    let result = x;
    for (const layer of this.values()) result = layer.forward(result);
    return result;
  }

  /** The layer at a position, from the end if negative. */
  at(index: number): Layer {
    const layers = this.values();
    return layers[position(index, layers.length)]!;
  }

  /** The layers from `start` up to `end` (not included) as a Sequential of their own, under their names. */
  slice(start?: number, end?: number): Sequential {
    return new Sequential(new Map(this.entries().slice(start, end)));
  }

  append(layer: Layer): this {
    this.addModule(String(this.length), layer);
    return this;
  }

  extend(layers: Iterable<Layer>): this {
    for (const layer of layers) this.append(layer);
    return this;
  }

  /** Puts a layer before the one at `index`; the names of all layers become their positions. */
  insert(index: number, layer: Layer): this {
    const layers = this.values();
    layers.splice(index < 0 ? Math.max(0, index + layers.length) : index, 0, layer);
    this.removeAll();
    layers.forEach((each, at) => {
      this.addModule(String(at), each);
    });
    return this;
  }

  [Symbol.iterator](): IterableIterator<Layer> {
    return this.values()[Symbol.iterator]();
  }
}

/** A list whose modules are registered. It has no forward: go through the modules. */
export class ModuleList<M extends Module = Layer> extends Container<M> {
  [index: number]: M;

  constructor(modules: readonly M[] = []) {
    super();
    modules.forEach((module) => {
      this.append(module);
    });
  }

  at(index: number): M {
    const modules = this.values();
    return modules[position(index, modules.length)]!;
  }

  /** Puts another module in the place of one. */
  set(index: number, module: M): void {
    this.addModule(String(position(index, this.length)), module);
  }

  append(module: M): this {
    this.addModule(String(this.length), module);
    return this;
  }

  extend(modules: Iterable<M>): this {
    for (const module of modules) this.append(module);
    return this;
  }

  insert(index: number, module: M): void {
    const modules = this.values();
    modules.splice(index < 0 ? Math.max(0, index + modules.length) : index, 0, module);
    this.removeAll();
    for (const each of modules) this.append(each);
  }

  slice(start?: number, end?: number): ModuleList<M> {
    return new ModuleList(this.values().slice(start, end));
  }

  map<T>(compute: (module: M, index: number) => T): T[] {
    return this.values().map(compute);
  }

  forEach(visit: (module: M, index: number) => void): void {
    this.values().forEach(visit);
  }

  [Symbol.iterator](): IterableIterator<M> {
    return this.values()[Symbol.iterator]();
  }
}

/** A dictionary whose modules are registered, in the order of insertion. It has no forward: choose a module. */
export class ModuleDict<M extends Module = Layer> extends Container<M> {
  constructor(modules: ReadonlyMap<string, M> | Readonly<Record<string, M>> = {}) {
    super();
    this.update(modules);
  }

  get(key: string): M {
    const found = this.entries().find(([name]) => name === key);
    if (found === undefined) throw moduleError(`the ModuleDict has no module '${key}'`, `its keys are ${this.keys().join(', ')}`);
    return found[1];
  }

  set(key: string, module: M): this {
    this.addModule(key, module);
    return this;
  }

  has(key: string): boolean {
    return this.keys().includes(key);
  }

  update(modules: ReadonlyMap<string, M> | Readonly<Record<string, M>>): void {
    const named =
      modules instanceof Map ? [...(modules as ReadonlyMap<string, M>).entries()] : Object.entries(modules as Readonly<Record<string, M>>);
    for (const [name, module] of named) this.set(name, module);
  }

  /** Takes a module out and returns it. */
  pop(key: string): M {
    const module = this.get(key);
    this.remove(key);
    return module;
  }

  clear(): void {
    this.removeAll();
  }
}
