/** Elements around an input. https://pytorch.org/docs/stable/nn.html#padding-layers */
import { shapeError, valueError } from '../errors.js';
import { type PaddingMode, pad } from '../functional/pad.js';
import { range, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { numberText, tupleText } from './python-text.js';

/** One number for all sides, or one for each: [left, right, top, bottom, front, back]. */
export type PaddingSizes = number | readonly number[];

abstract class Padding extends Module {
  readonly padding: readonly number[];

  constructor(
    private readonly spatial: number,
    padding: PaddingSizes,
  ) {
    super();
    this.padding = typeof padding === 'number' ? range(2 * spatial).map(() => padding) : padding;
    if (this.padding.length !== 2 * spatial) {
      throw valueError(`${this.constructor.name}: the padding has ${this.padding.length} numbers, not ${2 * spatial}`, 'two for each dim');
    }
  }

  protected padded(x: Tensor, mode: PaddingMode, value = 0): Tensor {
    if (mode !== 'constant' && x.shape.length !== this.spatial + 1 && x.shape.length !== this.spatial + 2) {
      throw shapeError(
        `${this.constructor.name}: the input must have ${this.spatial + 2} dims (or ${this.spatial + 1} without a batch), but its shape is ${shapeText(x.shape)}`,
      );
    }
    return pad(x, this.padding, mode === 'constant' ? { value } : { mode });
  }

  override extraRepr(): string {
    return tupleText(this.padding);
  }
}

abstract class ConstantPad extends Padding {
  constructor(
    spatial: number,
    padding: PaddingSizes,
    readonly value: number,
  ) {
    super(spatial, padding);
  }
  forward(x: Tensor): Tensor {
    return this.padded(x, 'constant', this.value);
  }
  override extraRepr(): string {
    return `padding=${tupleText(this.padding)}, value=${numberText(this.value)}`;
  }
}

export class ConstantPad1d extends ConstantPad {
  constructor(padding: PaddingSizes, value: number) {
    super(1, padding, value);
  }
}
export class ConstantPad2d extends ConstantPad {
  constructor(padding: PaddingSizes, value: number) {
    super(2, padding, value);
  }
}
export class ConstantPad3d extends ConstantPad {
  constructor(padding: PaddingSizes, value: number) {
    super(3, padding, value);
  }
}

/** Zeros around a sequence `[N, C, L]`; the batch may be absent. */
export class ZeroPad1d extends Padding {
  constructor(padding: PaddingSizes) {
    super(1, padding);
  }
  forward(x: Tensor): Tensor {
    return this.padded(x, 'constant');
  }
}

/** Zeros around an image `[N, C, H, W]`; the batch may be absent. */
export class ZeroPad2d extends Padding {
  constructor(padding: PaddingSizes) {
    super(2, padding);
  }
  forward(x: Tensor): Tensor {
    return this.padded(x, 'constant');
  }
}

/** Zeros around a volume `[N, C, D, H, W]`; the batch may be absent. */
export class ZeroPad3d extends Padding {
  constructor(padding: PaddingSizes) {
    super(3, padding);
  }
  forward(x: Tensor): Tensor {
    return this.padded(x, 'constant');
  }
}

/** The mirrored inside, without the outermost elements, around a sequence `[N, C, L]`; the batch may be absent. */
export class ReflectionPad1d extends Padding {
  constructor(padding: PaddingSizes) {
    super(1, padding);
  }
  forward(x: Tensor): Tensor {
    return this.padded(x, 'reflect');
  }
}

/** The mirrored inside, without the outermost elements, around an image `[N, C, H, W]`; the batch may be absent. */
export class ReflectionPad2d extends Padding {
  constructor(padding: PaddingSizes) {
    super(2, padding);
  }
  forward(x: Tensor): Tensor {
    return this.padded(x, 'reflect');
  }
}

/** The mirrored inside, without the outermost elements, around a volume `[N, C, D, H, W]`; the batch may be absent. */
export class ReflectionPad3d extends Padding {
  constructor(padding: PaddingSizes) {
    super(3, padding);
  }
  forward(x: Tensor): Tensor {
    return this.padded(x, 'reflect');
  }
}

/** The outermost elements around a sequence `[N, C, L]`; the batch may be absent. */
export class ReplicationPad1d extends Padding {
  constructor(padding: PaddingSizes) {
    super(1, padding);
  }
  forward(x: Tensor): Tensor {
    return this.padded(x, 'replicate');
  }
}

/** The outermost elements around an image `[N, C, H, W]`; the batch may be absent. */
export class ReplicationPad2d extends Padding {
  constructor(padding: PaddingSizes) {
    super(2, padding);
  }
  forward(x: Tensor): Tensor {
    return this.padded(x, 'replicate');
  }
}

/** The outermost elements around a volume `[N, C, D, H, W]`; the batch may be absent. */
export class ReplicationPad3d extends Padding {
  constructor(padding: PaddingSizes) {
    super(3, padding);
  }
  forward(x: Tensor): Tensor {
    return this.padded(x, 'replicate');
  }
}

/** The other end around a sequence `[N, C, L]`; the batch may be absent. */
export class CircularPad1d extends Padding {
  constructor(padding: PaddingSizes) {
    super(1, padding);
  }
  forward(x: Tensor): Tensor {
    return this.padded(x, 'circular');
  }
}

/** The other end around an image `[N, C, H, W]`; the batch may be absent. */
export class CircularPad2d extends Padding {
  constructor(padding: PaddingSizes) {
    super(2, padding);
  }
  forward(x: Tensor): Tensor {
    return this.padded(x, 'circular');
  }
}

/** The other end around a volume `[N, C, D, H, W]`; the batch may be absent. */
export class CircularPad3d extends Padding {
  constructor(padding: PaddingSizes) {
    super(3, padding);
  }
  forward(x: Tensor): Tensor {
    return this.padded(x, 'circular');
  }
}
