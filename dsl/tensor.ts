/** The tensor: a value that ops make. Its methods are the functions of `ops/`, named as in PyTorch. */
import { gradientError, shapeError, valueError } from './errors.js';
import { InPlaceMethods } from './in-place-methods.js';
import { type BackwardOptions, eagerExecutor, type Handle } from './op.js';
import * as indexing from './ops/indexing.js';
import * as matmul from './ops/matmul.js';
import * as movement from './ops/movement.js';
import * as reduction from './ops/reduction.js';
import * as views from './ops/views.js';
import { assign, cast, filled, type Operand } from './promotion.js';
import { normalizeDim, numel, type Shape, shapeText } from './shape.js';
import { type Alias, checkWritable, copyOf, currentHandle, detach, isContiguous, layoutOf, variableData } from './views.js';

export type { Shape } from './shape.js';

/** Element types. `f64` exists in eager use only. */
export type DType = 'f32' | 'f64' | 'i32' | 'bool';

/** Sizes given one by one or as a list. */
type Sizes = readonly number[] | readonly [readonly number[]];

function sizesOf(sizes: Sizes): readonly number[] {
  const first = sizes[0];
  return typeof first === 'object' ? first : (sizes as readonly number[]);
}

type Keep = { readonly keepdim?: boolean };

/**
 * `S` and `D` describe shape and dtype for the compiler, which checks them; TypeScript itself lets any tensor pass for any
 * other. While a model is compiled, `shape` may hold symbolic integers for named dims.
 */
export class Tensor<_S extends Shape = Shape, _D extends DType = 'f32'> extends InPlaceMethods {
  /** Whether `backward` leaves a gradient in `grad` (eager use). */
  requiresGrad = false;
  /** The gradient that `backward` has added up here (eager use). */
  grad: Tensor | undefined = undefined;
  /** What it shows of another tensor's memory, if it is a view. `handle` is what it showed when it was made: `currentHandle` tells the rest. */
  alias: Alias | undefined = undefined;

  constructor(
    public handle: Handle,
    readonly shape: readonly number[],
    readonly dtype: DType,
  ) {
    super();
  }

  get ndim(): number {
    return this.shape.length;
  }

  /** The transpose: the dims in reverse order. */
  get T(): Tensor {
    return views.permute(
      this,
      this.shape.map((_, axis) => this.shape.length - 1 - axis),
    );
  }

  dim(): number {
    return this.shape.length;
  }

  numel(): number {
    return numel(this.shape);
  }

  size(): readonly number[];
  size(dim: number): number;
  size(dim?: number): number | readonly number[] {
    return dim === undefined ? this.shape : this.shape[normalizeDim(dim, this.shape.length)]!;
  }

  // Products.
  matmul(other: Tensor): Tensor {
    return matmul.matmul(this, other);
  }
  mm(other: Tensor): Tensor {
    return matmul.mm(this, other);
  }
  inner(other: Tensor): Tensor {
    return matmul.inner(this, other);
  }
  cross(other: Tensor, options?: { dim?: number }): Tensor {
    return matmul.cross(this, other, options);
  }
  bmm(other: Tensor): Tensor {
    return matmul.bmm(this, other);
  }
  mv(other: Tensor): Tensor {
    return matmul.mv(this, other);
  }
  dot(other: Tensor): Tensor {
    return matmul.dot(this, other);
  }
  outer(other: Tensor): Tensor {
    return matmul.outer(this, other);
  }
  baddbmm(a: Tensor, b: Tensor, options: { beta?: number; alpha?: number } = {}): Tensor {
    return matmul.baddbmm(this, a, { batch2: b, ...options });
  }
  addmv(a: Tensor, v: Tensor, options: { beta?: number; alpha?: number } = {}): Tensor {
    return matmul.addmv(this, a, { vec: v, ...options });
  }
  addmm(a: Tensor, b: Tensor, options: { beta?: number; alpha?: number } = {}): Tensor {
    return matmul.addmm(this, a, { mat2: b, ...options });
  }

  // Reductions.
  sum(dim?: reduction.Dims, options?: reduction.ReduceOptions): Tensor {
    return reduction.sum(this, dim, options);
  }
  mean(dim?: reduction.Dims, options?: reduction.ReduceOptions): Tensor {
    return reduction.mean(this, dim, options);
  }
  prod(dim?: reduction.Dims, options?: reduction.ReduceOptions): Tensor {
    return reduction.prod(this, dim, options);
  }
  var(dim?: reduction.Dims, options?: Keep & { correction?: number; unbiased?: boolean }): Tensor {
    return reduction.variance(this, dim, options);
  }
  std(dim?: reduction.Dims, options?: Keep & { correction?: number; unbiased?: boolean }): Tensor {
    return reduction.std(this, dim, options);
  }
  amax(dim?: reduction.Dims, options?: Keep): Tensor {
    return reduction.amax(this, dim, options);
  }
  amin(dim?: reduction.Dims, options?: Keep): Tensor {
    return reduction.amin(this, dim, options);
  }
  max(): Tensor;
  max(dim: number, options?: Keep): reduction.ValuesAndIndices;
  max(dim?: number, options?: Keep): Tensor | reduction.ValuesAndIndices {
    return dim === undefined ? reduction.max(this) : reduction.max(this, dim, options);
  }
  min(): Tensor;
  min(dim: number, options?: Keep): reduction.ValuesAndIndices;
  min(dim?: number, options?: Keep): Tensor | reduction.ValuesAndIndices {
    return dim === undefined ? reduction.min(this) : reduction.min(this, dim, options);
  }
  argmax(dim?: number, options?: Keep): Tensor<Shape, 'i32'> {
    return reduction.argmax(this, dim, options);
  }
  argmin(dim?: number, options?: Keep): Tensor<Shape, 'i32'> {
    return reduction.argmin(this, dim, options);
  }
  all(dim?: reduction.Dims, options?: Keep): Tensor<Shape, 'bool'> {
    return reduction.all(this, dim, options);
  }
  any(dim?: reduction.Dims, options?: Keep): Tensor<Shape, 'bool'> {
    return reduction.any(this, dim, options);
  }
  norm(p?: number, options?: { dim?: reduction.Dims; keepdim?: boolean }): Tensor {
    return reduction.norm(this, p, options);
  }
  logsumexp(dim: reduction.Dims, options?: Keep): Tensor {
    return reduction.logsumexp(this, dim, options);
  }
  softmax(dim: number): Tensor {
    return reduction.softmax(this, dim);
  }
  logSoftmax(dim: number): Tensor {
    return reduction.logSoftmax(this, dim);
  }
  cumsum(dim: number): Tensor {
    return reduction.cumsum(this, dim);
  }
  cumprod(dim: number): Tensor {
    return reduction.cumprod(this, dim);
  }

  // Shapes and orders.
  reshape(...shape: Sizes): Tensor {
    return views.reshape(this, sizesOf(shape));
  }
  /** The same memory under another shape: an error where the elements do not lie so, as after a transpose. */
  view(...shape: Sizes): Tensor {
    return views.view(this, sizesOf(shape));
  }
  flatten(startDim?: number, endDim?: number): Tensor {
    return views.flatten(this, startDim, endDim);
  }
  unflatten(dim: number, sizes: readonly number[]): Tensor {
    return views.unflatten(this, dim, sizes);
  }
  squeeze(dim?: number | readonly number[]): Tensor {
    return views.squeeze(this, dim);
  }
  unsqueeze(dim: number): Tensor {
    return views.unsqueeze(this, dim);
  }
  transpose(dim0: number, dim1: number): Tensor {
    return views.transpose(this, dim0, dim1);
  }
  t(): Tensor {
    return views.t(this);
  }
  permute(...dims: Sizes): Tensor {
    return views.permute(this, sizesOf(dims));
  }
  movedim(source: number | readonly number[], destination: number | readonly number[]): Tensor {
    return views.movedim(this, source, destination);
  }
  expand(...shape: Sizes): Tensor {
    return views.expand(this, sizesOf(shape));
  }
  expandAs(other: Tensor): Tensor {
    return views.expand(this, other.shape);
  }
  repeat(...counts: Sizes): Tensor {
    return movement.repeat(this, sizesOf(counts));
  }
  tile(...counts: Sizes): Tensor {
    return movement.tile(this, sizesOf(counts));
  }
  repeatInterleave(count: number | Tensor, dim?: number): Tensor {
    return movement.repeatInterleave(this, count, dim);
  }
  flip(...dims: Sizes): Tensor {
    return movement.flip(this, sizesOf(dims));
  }
  roll(shifts: number | readonly number[], dims?: number | readonly number[]): Tensor {
    return movement.roll(this, shifts, dims);
  }
  diagonal(offset?: number, options?: { dim1?: number; dim2?: number }): Tensor {
    return views.diagonal(this, offset, options);
  }
  tril(diagonal?: number): Tensor {
    return movement.tril(this, diagonal);
  }
  triu(diagonal?: number): Tensor {
    return movement.triu(this, diagonal);
  }
  /** Windows of `size` elements along `dim`, `step` apart, as a new last dim. */
  unfold(dim: number, size: number, options: { step?: number } = {}): Tensor {
    return views.unfold(this, dim, { size, step: options.step ?? 1 });
  }

  // Parts.
  /** Python's `x[i, a:b, :]`: numbers, `{ start, end, step }`, `null` for everything, index tensors. */
  index(...indices: readonly indexing.Index[]): Tensor {
    return views.index(this, indices);
  }
  select(dim: number, position: number): Tensor {
    return views.select(this, dim, position);
  }
  slice(dim: number, range: indexing.SliceRange = {}): Tensor {
    return views.slice(this, dim, range);
  }
  narrow(dim: number, start: number, length: number): Tensor {
    return views.narrow(this, dim, { start, length });
  }
  split(size: number | readonly number[], dim?: number): Tensor[] {
    return views.split(this, size, dim);
  }
  chunk(chunks: number, dim?: number): Tensor[] {
    return views.chunk(this, chunks, dim);
  }
  unbind(dim?: number): Tensor[] {
    return views.unbind(this, dim);
  }
  gather(dim: number, index: Tensor): Tensor {
    return indexing.gather(this, dim, index);
  }
  indexSelect(dim: number, index: Tensor): Tensor {
    return indexing.indexSelect(this, dim, index);
  }
  takeAlongDim(index: Tensor, dim: number): Tensor {
    return indexing.takeAlongDim(this, index, dim);
  }
  take(index: Tensor): Tensor {
    return indexing.take(this, index);
  }

  // Conversion.
  to<D extends DType>(dtype: D): Tensor<Shape, D> {
    return cast(this, dtype);
  }
  float(): Tensor {
    return cast(this, 'f32');
  }
  double(): Tensor<Shape, 'f64'> {
    return cast(this, 'f64');
  }
  int(): Tensor<Shape, 'i32'> {
    return cast(this, 'i32');
  }
  bool(): Tensor<Shape, 'bool'> {
    return cast(this, 'bool');
  }
  /** The same memory, outside the gradient. What is written to it is seen here, and gradients pass by it. */
  detach(): Tensor {
    return detach(this);
  }
  /**
   * As detach, but what is written to it counts as no change: a gradient that needs the value of before takes the one of now, as with
   * PyTorch's `.data`. Eagerly; a build refuses that.
   */
  variableData(): Tensor {
    return variableData(this);
  }
  /** A tensor of zeros, ones, or `value` with this tensor's dtype. */
  newZeros(...shape: Sizes): Tensor {
    return filled(0, sizesOf(shape), this.dtype);
  }
  newOnes(...shape: Sizes): Tensor {
    return filled(1, sizesOf(shape), this.dtype);
  }
  newEmpty(...shape: Sizes): Tensor {
    return filled(0, sizesOf(shape), this.dtype);
  }
  newFull(shape: readonly number[], value: number | boolean): Tensor {
    return filled(value, shape, this.dtype);
  }
  typeAs(other: Tensor): Tensor {
    return cast(this, other.dtype);
  }
  /** Whole numbers have 32 bits here: PyTorch's int64 is i32. */
  long(): Tensor<Shape, 'i32'> {
    return cast(this, 'i32');
  }
  /** A tensor of its own with the same values, which later in-place changes of this one do not reach. */
  clone(): Tensor {
    return copyOf(this);
  }
  /** The tensor itself where its elements lie in row-major order, else a copy of it. */
  contiguous(): Tensor {
    return isContiguous(this) ? this : copyOf(this);
  }
  /** Whether the elements lie in row-major order, one after the other. */
  isContiguous(): boolean {
    return isContiguous(this);
  }
  /** How far apart in memory neighbours along each dim lie, or along one, in elements. */
  stride(): readonly number[];
  stride(dim: number): number;
  stride(dim?: number): number | readonly number[] {
    const { strides } = layoutOf(this);
    return dim === undefined ? strides : strides[normalizeDim(dim, strides.length)]!;
  }
  /** Where the first element lies in the memory that the tensor shows, in elements. */
  storageOffset(): number {
    return layoutOf(this).offset;
  }

  // In place: the tensor becomes the result.
  /** Takes the values of `source`, which broadcast to this shape and are converted to this dtype. */
  copy_(source: Operand): this {
    checkWritable(this);
    assign(this, source);
    return this;
  }
  requiresGrad_(on = true): this {
    if (on && this.dtype !== 'f32' && this.dtype !== 'f64') {
      throw gradientError(`only float tensors can require gradients, not ${this.dtype}`);
    }
    this.requiresGrad = on;
    return this;
  }

  // Eager use only: values are known there.
  /** The value of a tensor with one element. */
  item(): number {
    if (numel(this.shape) !== 1) {
      throw shapeError(`item() is for tensors of one element, but the shape is ${shapeText(this.shape)}`, 'use tolist() or data()');
    }
    return eagerExecutor().read(currentHandle(this))[0]!;
  }
  /** The elements in row-major order; booleans are 0 and 1. */
  data(): ArrayLike<number> {
    return eagerExecutor().read(currentHandle(this));
  }
  /** The elements as nested lists. */
  tolist(): NestedList {
    const elements = eagerExecutor().read(currentHandle(this));
    const dtype = this.dtype;
    const shape = this.shape;
    const build = (depth: number, offset: number, count: number): NestedList => {
      if (depth === shape.length) return dtype === 'bool' ? elements[offset] !== 0 : elements[offset]!;
      const items: NestedList[] = [];
      const inner = shape[depth] === 0 ? 0 : count / shape[depth]!;
      for (let i = 0; i < shape[depth]!; i++) items.push(build(depth + 1, offset + i * inner, inner));
      return items;
    };
    return build(0, 0, numel(shape));
  }
  /**
   * Adds the gradient of this scalar to `grad` of every leaf that requires it; other shapes need the cotangent. As in PyTorch, the values
   * that gradients need are given up, unless the graph is retained for another time.
   */
  backward(cotangent?: Tensor, options: Omit<BackwardOptions, 'cotangent'> = {}): void {
    eagerExecutor().backward(this, cotangent === undefined ? options : { cotangent, ...options });
  }
  /** Operators of numbers do not compute with tensors: an error instead of NaN. Texts are as toString gives them. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint !== 'number') return this.toString();
    throw valueError(
      'a tensor is not a number: operators do not compute with tensors',
      'use its methods, x.neg(), x.mul(2), x.lt(3); x.item() is the number of a tensor of one element',
    );
  }
  /** The text that PyTorch prints. */
  override toString(): string {
    return eagerExecutor().text(this);
  }
}

export type NestedList = number | boolean | NestedList[];
