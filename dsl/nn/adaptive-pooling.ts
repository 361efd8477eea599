/** Pooling over as many windows as the output has elements. https://pytorch.org/docs/stable/nn.html#pooling-layers */
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from '../functional/adaptive-pooling.js';
import type { Tensor } from '../tensor.js';
import type { Pooled } from './max-pooling.js';
import { Module } from './module.js';
import { sizeText } from './python-text.js';

/** Means over as many windows as the output has elements. */
export class AdaptiveAvgPool1d extends Module {
  constructor(readonly outputSize: number) {
    super();
  }
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool1d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${this.outputSize}`;
  }
}

/** Means over as many windows as the output has elements; null keeps a size. */
export class AdaptiveAvgPool2d extends Module {
  constructor(readonly outputSize: number | readonly (number | null)[]) {
    super();
  }
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${sizeText(this.outputSize)}`;
  }
}

/** The largest elements of as many windows as the output has elements. With `returnIndices` also where each stands. */
export class AdaptiveMaxPool1d<Indices extends boolean = false> extends Module {
  constructor(
    readonly outputSize: number,
    readonly options: { readonly returnIndices?: Indices } = {},
  ) {
    super();
  }
  forward(x: Tensor): Pooled<Indices> {
    const { returnIndices } = this.options;
    const pooled =
      returnIndices === true ? adaptiveMaxPool1d(x, this.outputSize, { returnIndices }) : adaptiveMaxPool1d(x, this.outputSize);
    return pooled as Pooled<Indices>;
  }
  override extraRepr(): string {
    return `output_size=${this.outputSize}`;
  }
}

/** The largest elements of as many windows as the output has elements; null keeps a size. With `returnIndices` also where each stands. */
export class AdaptiveMaxPool2d<Indices extends boolean = false> extends Module {
  constructor(
    readonly outputSize: number | readonly (number | null)[],
    readonly options: { readonly returnIndices?: Indices } = {},
  ) {
    super();
  }
  forward(x: Tensor): Pooled<Indices> {
    const { returnIndices } = this.options;
    const pooled =
      returnIndices === true ? adaptiveMaxPool2d(x, this.outputSize, { returnIndices }) : adaptiveMaxPool2d(x, this.outputSize);
    return pooled as Pooled<Indices>;
  }
  override extraRepr(): string {
    return `output_size=${sizeText(this.outputSize)}`;
  }
}

/** Means over as many windows as the output has elements; null keeps a size. */
export class AdaptiveAvgPool3d extends Module {
  constructor(readonly outputSize: number | readonly (number | null)[]) {
    super();
  }
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool3d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${sizeText(this.outputSize)}`;
  }
}

/** The largest elements of as many windows as the output has elements; null keeps a size. With `returnIndices` also where each stands. */
export class AdaptiveMaxPool3d<Indices extends boolean = false> extends Module {
  constructor(
    readonly outputSize: number | readonly (number | null)[],
    readonly options: { readonly returnIndices?: Indices } = {},
  ) {
    super();
  }
  forward(x: Tensor): Pooled<Indices> {
    const { returnIndices } = this.options;
    const pooled =
      returnIndices === true ? adaptiveMaxPool3d(x, this.outputSize, { returnIndices }) : adaptiveMaxPool3d(x, this.outputSize);
    return pooled as Pooled<Indices>;
  }
  override extraRepr(): string {
    return `output_size=${sizeText(this.outputSize)}`;
  }
}
