/** Pooling over windows. https://pytorch.org/docs/stable/nn.html#pooling-layers */
import type { PerDim } from '../functional/convolution.js';
import { type AvgPoolOptions, avgPool1d, avgPool2d, avgPool3d, lpPool1d, lpPool2d } from '../functional/pooling.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { boolText, numberText, sizeText } from './python-text.js';

export function isStride(value: PerDim | object | undefined): value is PerDim {
  return typeof value === 'number' || Array.isArray(value);
}

abstract class AvgPool extends Module {
  readonly options: AvgPoolOptions & { readonly stride: PerDim };

  constructor(
    readonly kernelSize: PerDim,
    stride: PerDim | AvgPoolOptions | undefined,
    more: AvgPoolOptions,
  ) {
    super();
    const options = isStride(stride) ? { ...more, stride } : { ...stride, ...more };
    this.options = { ...options, stride: options.stride ?? kernelSize };
  }
}

/** The mean of each window. The stride (the kernel's size unless given) may stand among the options. */
export class AvgPool1d extends AvgPool {
  constructor(kernelSize: PerDim, stride?: PerDim | AvgPoolOptions, options: AvgPoolOptions = {}) {
    super(kernelSize, stride, options);
  }
  forward(x: Tensor): Tensor {
    return avgPool1d(x, this.kernelSize, this.options);
  }
  override extraRepr(): string {
    const tuple = (value: PerDim) => sizeText(typeof value === 'number' ? [value] : value);
    return `kernel_size=${tuple(this.kernelSize)}, stride=${tuple(this.options.stride)}, padding=${tuple(this.options.padding ?? 0)}`;
  }
}

/** The mean of each window. The stride (the kernel's size unless given) may stand among the options. */
export class AvgPool2d extends AvgPool {
  constructor(kernelSize: PerDim, stride?: PerDim | AvgPoolOptions, options: AvgPoolOptions = {}) {
    super(kernelSize, stride, options);
  }
  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options);
  }
  override extraRepr(): string {
    const { stride, padding } = this.options;
    return `kernel_size=${sizeText(this.kernelSize)}, stride=${sizeText(stride)}, padding=${sizeText(padding ?? 0)}`;
  }
}

/** The mean of each window. The stride (the kernel's size unless given) may stand among the options. */
export class AvgPool3d extends AvgPool {
  constructor(kernelSize: PerDim, stride?: PerDim | AvgPoolOptions, options: AvgPoolOptions = {}) {
    super(kernelSize, stride, options);
  }
  forward(x: Tensor): Tensor {
    return avgPool3d(x, this.kernelSize, this.options);
  }
  override extraRepr(): string {
    const { stride, padding } = this.options;
    return `kernel_size=${sizeText(this.kernelSize)}, stride=${sizeText(stride)}, padding=${sizeText(padding ?? 0)}`;
  }
}

export interface LpPoolOptions {
  readonly stride?: PerDim;
  readonly ceilMode?: boolean;
}

abstract class LpPool extends Module {
  constructor(
    readonly normType: number,
    readonly kernelSize: PerDim,
    readonly options: LpPoolOptions = {},
  ) {
    super();
  }
  override extraRepr(): string {
    const { stride, ceilMode = false } = this.options;
    return `norm_type=${numberText(this.normType)}, kernel_size=${sizeText(this.kernelSize)}, stride=${sizeText(stride ?? null)}, ceil_mode=${boolText(ceilMode)}`;
  }
}

/** The p-norm of each window. */
export class LPPool1d extends LpPool {
  forward(x: Tensor): Tensor {
    return lpPool1d(x, this.normType, { kernelSize: this.kernelSize, ...this.options });
  }
}

/** The p-norm of each window. */
export class LPPool2d extends LpPool {
  forward(x: Tensor): Tensor {
    return lpPool2d(x, this.normType, { kernelSize: this.kernelSize, ...this.options });
  }
}
