/** Modules that hold parameters. */
import { moduleError, rangeError } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

abstract class ParameterContainer extends Module {
  private parameterNames: string[] = [];

  protected override fieldNames(): string[] {
    const names = this.parameterNames;
    return [...names, ...Object.keys(this).filter((name) => !names.includes(name))];
  }

  override registerParameter(name: string, parameter: Parameter | null): void {
    super.registerParameter(name, parameter);
    if (!this.parameterNames.includes(name)) this.parameterNames.push(name);
  }

  entries(): [string, Parameter][] {
    return this.ownParameters();
  }

  values(): Parameter[] {
    return this.entries().map(([, parameter]) => parameter);
  }

  keys(): string[] {
    return this.entries().map(([name]) => name);
  }

  get length(): number {
    return this.entries().length;
  }

  protected describe(write: (parameter: Parameter) => string): string {
    return this.entries()
      .map(([name, parameter]) => `  (${name}): Parameter containing: [${write(parameter)} of size ${parameter.shape.join('x')}]`)
      .join('\n');
  }
}

/** Tensors become parameters. */
function asParameter(value: Tensor): Parameter {
  return value instanceof Parameter ? value : new Parameter(value);
}

/** A list whose parameters are registered. */
export class ParameterList extends ParameterContainer {
  [index: number]: Parameter;

  constructor(parameters: readonly Tensor[] = []) {
    super();
    this.extend(parameters);
  }

  /** The parameter at a position, from the end if negative. */
  at(index: number): Parameter {
    return this.values()[this.position(index)]!;
  }

  /** Puts another parameter in the place of one. */
  set(index: number, parameter: Tensor): void {
    this.registerParameter(String(this.position(index)), asParameter(parameter));
  }

  private position(index: number): number {
    const { length } = this;
    if (index < -length || index >= length) throw rangeError(`index ${index} is out of range for ${length} parameters`);
    return index < 0 ? index + length : index;
  }

  append(parameter: Tensor): this {
    this.registerParameter(String(this.length), asParameter(parameter));
    return this;
  }

  extend(parameters: Iterable<Tensor>): this {
    for (const parameter of parameters) this.append(parameter);
    return this;
  }

  map<T>(compute: (parameter: Parameter, index: number) => T): T[] {
    return this.values().map(compute);
  }

  forEach(visit: (parameter: Parameter, index: number) => void): void {
    this.values().forEach(visit);
  }

  [Symbol.iterator](): IterableIterator<Parameter> {
    return this.values()[Symbol.iterator]();
  }

  override extraRepr(): string {
    const names = { f32: 'torch.float32', f64: 'torch.float64', i32: 'torch.int64', bool: 'torch.bool' };
    return this.describe((parameter) => names[parameter.dtype]);
  }
}

/** A dictionary whose parameters are registered, in the order of insertion. */
export class ParameterDict extends ParameterContainer {
  constructor(parameters: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>> = {}) {
    super();
    this.update(parameters);
  }

  get(key: string): Parameter {
    const found = this.entries().find(([name]) => name === key);
    if (found === undefined) throw moduleError(`the ParameterDict has no parameter '${key}'`, `its keys are ${this.keys().join(', ')}`);
    return found[1];
  }

  set(key: string, parameter: Tensor): this {
    this.registerParameter(key, asParameter(parameter));
    return this;
  }

  has(key: string): boolean {
    return this.keys().includes(key);
  }

  update(parameters: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>): void {
    const named =
      parameters instanceof Map
        ? [...(parameters as ReadonlyMap<string, Tensor>).entries()]
        : Object.entries(parameters as Readonly<Record<string, Tensor>>);
    for (const [name, parameter] of named) this.set(name, parameter);
  }

  override extraRepr(): string {
    const names = { f32: 'torch.FloatTensor', f64: 'torch.DoubleTensor', i32: 'torch.LongTensor', bool: 'torch.BoolTensor' };
    return this.describe((parameter) => names[parameter.dtype]);
  }
}
