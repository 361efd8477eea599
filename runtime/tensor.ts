import { dtypeOf, emptyArray, flattenNested, type NestedNumbers, nestArray, nestedShape } from './array.js';
import type { Device, DeviceKind } from './devices/device.js';
import { argumentError } from './errors.js';
import type { DType } from './program.js';
import { elementCount, shapeText } from './size.js';

/** Sizes of a tensor's axes as types know them: a number, or the name of a dim that is bound when an entry is called. */
export type Shape = readonly (number | string)[];

export interface ArrayOf {
  f32: Float32Array;
  i32: Int32Array;
  bool: Uint8Array;
}

declare const shapeOf: unique symbol;

/**
 * Elements on a device, in row-major order. `S` and `D` are what is known when types are checked: `Tensor<['batch', 10]>`;
 * `Tensor<never>` is a tensor of unknown shape and goes wherever a shape is asked for, to be checked at the call.
 */
export class Tensor<out S extends Shape = Shape, out D extends DType = 'f32'> {
  declare readonly [shapeOf]?: S;

  /** Built modules and `tensor(...)` make tensors; `memory` belongs to `home`, or is a typed array when there is none. */
  constructor(
    readonly shape: readonly number[],
    readonly dtype: D,
    readonly memory: object,
    readonly home?: Device,
  ) {}

  /** Where the elements are. Tensors on `js` are ordinary memory and are accepted by models on every device. */
  get device(): DeviceKind {
    return this.home?.kind ?? 'js';
  }

  /** Number of elements. */
  get size(): number {
    return elementCount(this.shape);
  }

  /** The elements in row-major order; bools are bytes 0 and 1. On `js` it is the tensor's own memory, elsewhere a copy. */
  async data(): Promise<ArrayOf[D]> {
    const data = this.home ? (await this.home.read([this.memory]))[0] : this.memory;
    return data as ArrayOf[D];
  }

  /** The only element. Throws KN5002 when there are more or none. */
  async item(): Promise<D extends 'bool' ? boolean : number> {
    if (this.size !== 1) throw argumentError(`item() is for tensors of one element, this one has shape ${shapeText(this.shape)}`);
    const value = (await this.data())[0]!;
    return (this.dtype === 'bool' ? value !== 0 : value) as D extends 'bool' ? boolean : number;
  }

  /** The elements as nested arrays; a number or boolean for the shape []. */
  async toArray(): Promise<NestedNumbers> {
    return nestArray(await this.data(), this.shape, this.dtype);
  }

  /** The same elements in ordinary memory; this tensor itself when it lies there already. */
  async cpu(): Promise<Tensor<S, D>> {
    return this.home ? new Tensor(this.shape, this.dtype, await this.data()) : this;
  }

  toString(): string {
    return `Tensor(${this.dtype}${shapeText(this.shape)} on ${this.device})`;
  }
}

/** Any tensor at all: of any shape and dtype. */
export type AnyTensor = Tensor<Shape, DType>;

/** A named dim goes with any size. */
type Loose<S extends Shape> = { readonly [K in keyof S]: S[K] extends number ? S[K] | string : number | string };

/** What an argument of that shape and dtype may be: a tensor, nested arrays, or a typed array if one size at most is unknown. */
export type TensorLike<S extends Shape = Shape, D extends DType = 'f32'> = Tensor<Loose<S>, D> | ArrayOf[D] | NestedNumbers;

export interface TensorOptions<D extends DType> {
  readonly shape?: readonly number[];
  readonly dtype?: D;
}

/**
 * A tensor in ordinary memory. From nested arrays of numbers (dtype `f32`) or booleans (`bool`), or from a typed array, which has one axis
 * unless `shape` says otherwise: Float32Array is f32, Int32Array i32 and Uint8Array bool, and these are not copied. Other typed arrays are:
 * floats to f32, integers to i32. With a `dtype` elements are converted: to i32 only what it holds, to bool what is not 0.
 * Throws KN5002, with the place, when arrays are ragged or elements do not fit the shape or the dtype.
 */
export function tensor(data: Float32Array | Float64Array, options?: TensorOptions<'f32'>): Tensor<never, 'f32'>;
export function tensor(data: IntegerArray, options?: TensorOptions<'i32'>): Tensor<never, 'i32'>;
export function tensor(data: Uint8Array, options?: TensorOptions<'bool'>): Tensor<never, 'bool'>;
export function tensor<D extends DType>(
  data: NumberArray | NestedNumbers,
  options: TensorOptions<D> & { readonly dtype: D },
): Tensor<never, D>;
export function tensor(data: NestedBooleans, options?: { readonly shape?: readonly number[] }): Tensor<never, 'bool'>;
export function tensor(data: NestedNumbers, options?: { readonly shape?: readonly number[] }): Tensor<never, 'f32'>;
export function tensor(data: NumberArray | NestedNumbers, options: TensorOptions<DType> = {}): Tensor<never, DType> {
  const typed = ArrayBuffer.isView(data) ? data : undefined;
  const natural = typed ? [typed.length] : nestedShape(data as NestedNumbers);
  const shape = options.shape ?? natural;
  const held = dtypeOf(data);
  const inferred = held ?? (typed ? typedDtype(typed) : isBoolean(data as NestedNumbers) ? 'bool' : 'f32');
  const dtype = options.dtype ?? inferred;
  if (!shape.every((size) => Number.isInteger(size) && size >= 0) || elementCount(shape) !== elementCount(natural))
    throw argumentError(`${elementCount(natural)} elements do not make the shape ${shapeText(shape)}`);
  if (held === dtype) return new Tensor([...shape], dtype, typed!);
  if (typed && !isBig(typed)) {
    // What needs no check, at once: images have millions of bytes.
    if (dtype === 'f32') return new Tensor([...shape], dtype, new Float32Array(typed));
    if (dtype === 'i32' && typed.BYTES_PER_ELEMENT < 4) return new Tensor([...shape], dtype, new Int32Array(typed));
  }
  const nested = typed ? Array.from<number | bigint, number>(typed, Number) : (data as NestedNumbers);
  if (!typed && !options.dtype && dtype === 'bool') checkBooleans(nested, 'tensor');
  return new Tensor([...shape], dtype, flattenNested(nested, natural, dtype, 'tensor'));
}

type IntegerArray = Int8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array;
type NumberArray = Float32Array | Float64Array | IntegerArray | Uint8Array;

function isBig(data: NumberArray): data is BigInt64Array | BigUint64Array {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

function typedDtype(data: NumberArray): DType {
  return data instanceof Float64Array ? 'f32' : 'i32';
}

/** Numbers among booleans would become booleans silently. */
function checkBooleans(value: NestedNumbers, path: string): void {
  if (Array.isArray(value)) value.forEach((item: NestedNumbers, i) => void checkBooleans(item, `${path}[${i}]`));
  else if (typeof value !== 'boolean')
    throw argumentError(`${path} is ${value} where other elements are booleans: give a dtype, or booleans only`);
}

/** A tensor of zeros in ordinary memory. */
export function zeros(shape: readonly number[]): Tensor<never, 'f32'>;
export function zeros<D extends DType>(shape: readonly number[], options: { readonly dtype: D }): Tensor<never, D>;
export function zeros(shape: readonly number[], { dtype = 'f32' }: { readonly dtype?: DType } = {}): Tensor<never, DType> {
  return new Tensor([...shape], dtype, emptyArray(dtype, elementCount(shape)));
}

type NestedBooleans = boolean | readonly NestedBooleans[];

function isBoolean(nested: NestedNumbers): boolean {
  return Array.isArray(nested) ? nested.length > 0 && isBoolean(nested[0]) : typeof nested === 'boolean';
}
