/** The largest elements of windows. https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html */
import type { PerDim } from '../functional/convolution.js';
import {
  type MaxUnpoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
} from '../functional/max-pooling.js';
import type { MaxPoolOptions } from '../functional/pooling.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { isStride } from './pooling.js';
import { boolText, sizeText, tupleText } from './python-text.js';

/** `Indices` says in the type whether `returnIndices` is on. */
type PoolOptions<Indices extends boolean> = MaxPoolOptions & { readonly returnIndices?: Indices };
/** The values, or values and the positions of each. */
export type Pooled<Indices extends boolean> = Indices extends true ? [Tensor, Tensor] : Tensor;

abstract class MaxPool<Indices extends boolean> extends Module {
  readonly options: PoolOptions<Indices> & { readonly stride: PerDim };

  constructor(
    readonly kernelSize: PerDim,
    stride: PerDim | PoolOptions<Indices> | undefined,
    more: PoolOptions<Indices>,
  ) {
    super();
    const options: PoolOptions<Indices> = isStride(stride) ? { ...more, stride } : { ...stride, ...more };
    this.options = { ...options, stride: options.stride ?? kernelSize };
  }

  override extraRepr(): string {
    const { stride, padding, dilation, ceilMode } = this.options;
    const text = `kernel_size=${sizeText(this.kernelSize)}, stride=${sizeText(stride)}, padding=${sizeText(padding ?? 0)}`;
    return `${text}, dilation=${sizeText(dilation ?? 1)}, ceil_mode=${boolText(ceilMode ?? false)}`;
  }
}

/** The largest element of each window; with `returnIndices` also where each stands. The stride (the kernel's size unless given) may stand among the options. */
export class MaxPool1d<Indices extends boolean = false> extends MaxPool<Indices> {
  constructor(kernelSize: PerDim, stride?: PerDim | PoolOptions<Indices>, options: PoolOptions<Indices> = {}) {
    super(kernelSize, stride, options);
  }
  forward(x: Tensor): Pooled<Indices> {
    return maxPool1d(x, this.kernelSize, this.options) as Pooled<Indices>;
  }
}

/** The largest element of each window; with `returnIndices` also where each stands. The stride (the kernel's size unless given) may stand among the options. */
export class MaxPool2d<Indices extends boolean = false> extends MaxPool<Indices> {
  constructor(kernelSize: PerDim, stride?: PerDim | PoolOptions<Indices>, options: PoolOptions<Indices> = {}) {
    super(kernelSize, stride, options);
  }
  forward(x: Tensor): Pooled<Indices> {
    return maxPool2d(x, this.kernelSize, this.options) as Pooled<Indices>;
  }
}

/** The largest element of each window; with `returnIndices` also where each stands. The stride (the kernel's size unless given) may stand among the options. */
export class MaxPool3d<Indices extends boolean = false> extends MaxPool<Indices> {
  constructor(kernelSize: PerDim, stride?: PerDim | PoolOptions<Indices>, options: PoolOptions<Indices> = {}) {
    super(kernelSize, stride, options);
  }
  forward(x: Tensor): Pooled<Indices> {
    return maxPool3d(x, this.kernelSize, this.options) as Pooled<Indices>;
  }
}

abstract class MaxUnpool extends Module {
  readonly kernelSize: PerDim;
  readonly stride: PerDim;
  readonly padding: PerDim;

  constructor(
    private readonly spatial: number,
    kernelSize: PerDim,
    stride: PerDim | undefined,
    options: { readonly padding?: PerDim },
  ) {
    super();
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = options.padding ?? 0;
  }
  protected settings(outputSize: readonly number[] | undefined): MaxUnpoolOptions {
    const { kernelSize, stride, padding } = this;
    return outputSize === undefined ? { kernelSize, stride, padding } : { kernelSize, stride, padding, outputSize };
  }
  override extraRepr(): string {
    const tuple = (value: PerDim) => tupleText(typeof value === 'number' ? new Array<number>(this.spatial).fill(value) : value);
    return `kernel_size=${tuple(this.kernelSize)}, stride=${tuple(this.stride)}, padding=${tuple(this.padding)}`;
  }
}

/** The inverse of MaxPool1d, from its values and indices. */
export class MaxUnpool1d extends MaxUnpool {
  constructor(kernelSize: PerDim, stride?: PerDim, options: { readonly padding?: PerDim } = {}) {
    super(1, kernelSize, stride, options);
  }
  forward(x: Tensor, indices: Tensor, options: { readonly outputSize?: readonly number[] } = {}): Tensor {
    return maxUnpool1d(x, indices, this.settings(options.outputSize));
  }
}

/** The inverse of MaxPool2d, from its values and indices. */
export class MaxUnpool2d extends MaxUnpool {
  constructor(kernelSize: PerDim, stride?: PerDim, options: { readonly padding?: PerDim } = {}) {
    super(2, kernelSize, stride, options);
  }
  forward(x: Tensor, indices: Tensor, options: { readonly outputSize?: readonly number[] } = {}): Tensor {
    return maxUnpool2d(x, indices, this.settings(options.outputSize));
  }
}

/** The inverse of MaxPool3d, from its values and indices. */
export class MaxUnpool3d extends MaxUnpool {
  constructor(kernelSize: PerDim, stride?: PerDim, options: { readonly padding?: PerDim } = {}) {
    super(3, kernelSize, stride, options);
  }
  forward(x: Tensor, indices: Tensor, options: { readonly outputSize?: readonly number[] } = {}): Tensor {
    return maxUnpool3d(x, indices, this.settings(options.outputSize));
  }
}
