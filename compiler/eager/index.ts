/**
 * Eager use under Node: importing this module makes the classes and functions of `kilnn` compute at once, so that a model's
 * own class runs as it is, and its values can be looked at.
 */

import { gradientsOf } from './backward.js';
import { type BackwardOptions, type DType, Module, setExecutor, shapeError, Tensor, valueError } from './dsl.js';
import { EagerValue, eagerValue } from './eager-value.js';
import { EagerExecutor } from './executor.js';

const executor = new EagerExecutor();
setExecutor(executor);

// The console of Node shows tensors and nets as `print` does, not what they are made of.
for (const { prototype } of [Tensor, Module]) {
  Object.defineProperty(prototype, Symbol.for('nodejs.util.inspect.custom'), {
    value(this: Tensor | Module) {
      return text(this);
    },
  });
}

/**
 * Makes the random numbers that follow those of this seed; the numbers are the same on every machine. Without a step they are
 * those of a built model's initial values, with step n those of its n-th call that draws, such as a training step with dropout.
 */
export function manualSeed(seed: number, { step = 0 }: { readonly step?: number } = {}): void {
  executor.generator.seed = seed | 0;
  executor.generator.step = step;
  executor.generator.draws = 0;
}

/** Numbers, and lists of them nested to any depth. */
export type NestedNumbers = number | boolean | readonly NestedNumbers[];

type Elements = Float32Array | Float64Array | Int32Array | Uint8Array;

export interface TensorOptions {
  readonly dtype?: DType;
  /** The shape of elements that are given as a flat array. */
  readonly shape?: readonly number[];
  readonly requiresGrad?: boolean;
}

/**
 * A tensor of the given numbers. A typed array says the dtype (a Uint8Array gives i32: pixels and labels); of nested lists,
 * booleans give bool and numbers f32, unless a dtype is given. Throws when lists are ragged or the shape does not fit.
 */
export function tensor(values: NestedNumbers | Elements, options: TensorOptions = {}): Tensor {
  const flat = ArrayBuffer.isView(values) ? { elements: values, shape: [values.length] } : flatten(values);
  const natural = ArrayBuffer.isView(values) ? elementType(values) : kindOf(values);
  const shape = options.shape ?? flat.shape;
  const size = shape.reduce((product, next) => product * next, 1);
  if (size !== flat.elements.length) {
    throw shapeError(`${flat.elements.length} numbers do not fill the shape [${shape.join(', ')}], which holds ${size}`);
  }
  const dtype = options.dtype ?? natural;
  const made = new Tensor(new EagerValue({ dtype, shape, data: elementsOf(dtype, flat.elements) }), shape, dtype);
  return options.requiresGrad ? made.requiresGrad_() : made;
}

function elementType(values: Elements): DType {
  if (values instanceof Float32Array) return 'f32';
  return values instanceof Float64Array ? 'f64' : 'i32';
}

function kindOf(values: NestedNumbers): DType {
  let first = values;
  while (typeof first === 'object') first = first[0] ?? 0;
  return typeof first === 'boolean' ? 'bool' : 'f32';
}

function elementsOf(dtype: DType, from: ArrayLike<number>): Elements {
  if (dtype === 'f32') return Float32Array.from(from);
  if (dtype === 'f64') return Float64Array.from(from);
  if (dtype === 'i32') return Int32Array.from(from);
  return Uint8Array.from(from, (value) => (value !== 0 ? 1 : 0));
}

function flatten(values: NestedNumbers): { elements: number[]; shape: number[] } {
  const shape: number[] = [];
  let level = values;
  while (typeof level === 'object') {
    shape.push(level.length);
    level = level[0] ?? 0;
    if (shape[shape.length - 1] === 0) break;
  }
  const elements: number[] = [];
  const visit = (value: NestedNumbers, depth: number): void => {
    if (typeof value !== 'object') {
      if (depth !== shape.length) throw valueError(`the nested lists are ragged: a number at depth ${depth}`);
      elements.push(Number(value));
    } else {
      if (value.length !== shape[depth]) throw valueError(`the nested lists are ragged: a list of ${value.length} at depth ${depth}`);
      for (const item of value) visit(item, depth + 1);
    }
  };
  visit(values, 0);
  return { elements, shape };
}

/** Writes tensors, nets and anything else to the console, tensors and nets as PyTorch prints them. */
export function print(...values: readonly unknown[]): void {
  console.log(values.map(text).join(' '));
}

/** The text that `print` writes for one value. */
export function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(', ')}]`;
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${quoted(key)}: ${text(item)}`).join(', ')}}`;
  if (isPlain(value)) {
    const entries = Object.entries(value).map(([key, item]) => `${quoted(key)}: ${text(item)}`);
    return `{${entries.join(', ')}}`;
  }
  return String(value);
}

function quoted(key: unknown): string {
  return typeof key === 'string' ? `'${key}'` : String(key);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * The loss that `compute` gives and its gradients by the parameters of a net, under their names. Parameters that the loss
 * does not depend on are left out. `grad` of the parameters stays as it is.
 */
export function gradients(net: Module, compute: () => Tensor): { loss: Tensor; gradients: Record<string, Tensor> } {
  const loss = compute();
  const found = gradientsOf(loss);
  const named: Record<string, Tensor> = {};
  for (const [name, parameter] of net.namedParameters()) {
    const gradient = found.get(parameter);
    if (gradient !== undefined) named[name] = gradient;
  }
  return { loss: loss.detach(), gradients: named };
}

export type GradOptions = BackwardOptions;

/** The gradients of `y` by the given tensors, as torch.autograd.grad: undefined where y does not depend on one. */
export function grad(y: Tensor, by: readonly Tensor[], options: GradOptions = {}): (Tensor | undefined)[] {
  const found = gradientsOf(y, options);
  return by.map((x) => found.get(x));
}

/** The elements of a tensor as a copy in a typed array of its dtype (Uint8Array for bool). */
export function toTypedArray(x: Tensor): Elements {
  return eagerValue(x).data.data.slice();
}
