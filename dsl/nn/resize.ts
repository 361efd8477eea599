/** Layers that change the size of images. https://pytorch.org/docs/stable/nn.html#vision-layers */
import { channelShuffle, type InterpolateOptions, interpolate, pixelShuffle, pixelUnshuffle } from '../functional/resize.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { floatText, sizeText } from './python-text.js';

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

/** The inverse of PixelShuffle: `[..., C, H r, W r] -> [..., C r^2, H, W]`. */
export class PixelUnshuffle extends Module {
  constructor(readonly downscaleFactor: number) {
    super();
  }
  forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }
  override extraRepr(): string {
    return `downscale_factor=${this.downscaleFactor}`;
  }
}

/** The channels of `groups` groups, one of each in turn: `[N, C, ...]`. */
export class ChannelShuffle extends Module {
  constructor(readonly groups: number) {
    super();
  }
  forward(x: Tensor): Tensor {
    return channelShuffle(x, this.groups);
  }
  override extraRepr(): string {
    return `groups=${this.groups}`;
  }
}

type Size2d = { readonly size?: number | readonly number[]; readonly scaleFactor?: number | readonly number[] };

/** Upsample of images with mode 'nearest'. */
export class UpsamplingNearest2d extends Upsample {
  constructor(options: Size2d) {
    super({ ...options, mode: 'nearest' });
  }
}

/** Upsample of images with mode 'bilinear' and aligned corners. */
export class UpsamplingBilinear2d extends Upsample {
  constructor(options: Size2d) {
    super({ ...options, mode: 'bilinear', alignCorners: true });
  }
}
