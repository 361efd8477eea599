/** Layers that change the size of images. https://pytorch.org/docs/stable/nn.html#vision-layers */
import { pad } from '../functional/pad.js';
import { type InterpolateOptions, interpolate, pixelShuffle } from '../functional/resize.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { floatText, sizeText, tupleText } from './python-text.js';

export class PixelShuffle extends Module {
  constructor(readonly upscaleFactor: number) {
    super();
  }
  forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }
  override extraRepr(): string {
    return `upscale_factor=${this.upscaleFactor}`;
  }
}

export class Upsample extends Module {
  constructor(readonly options: InterpolateOptions) {
    super();
  }
  forward(x: Tensor): Tensor {
    return interpolate(x, this.options);
  }
  override extraRepr(): string {
    const { size, scaleFactor, mode = 'nearest' } = this.options;
    if (scaleFactor === undefined || scaleFactor === null) return `size=${sizeText(size ?? null)}, mode=${mode}`;
    const text = typeof scaleFactor === 'number' ? floatText(scaleFactor) : `(${scaleFactor.map(floatText).join(', ')})`;
    return `scale_factor=${text}, mode=${mode}`;
  }
}

/** Zeros around images: one number, or [left, right, top, bottom]. */
export class ZeroPad2d extends Module {
  readonly padding: readonly number[];

  constructor(padding: number | readonly number[]) {
    super();
    this.padding = typeof padding === 'number' ? [padding, padding, padding, padding] : padding;
  }
  forward(x: Tensor): Tensor {
    return pad(x, this.padding);
  }
  override extraRepr(): string {
    return tupleText(this.padding);
  }
}
