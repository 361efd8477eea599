/** Layers that change the shape only. */
import { flatten, unflatten } from '../ops/views.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';

/** The dims from `startDim` to `endDim` as one: by default all but the first. */
export class Flatten extends Module {
  constructor(
    readonly startDim = 1,
    readonly endDim = -1,
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}

/** The inverse of Flatten: `dim` becomes dims of the given sizes. */
export class Unflatten extends Module {
  constructor(
    readonly dimension: number,
    readonly unflattenedSize: readonly number[],
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return unflatten(x, this.dimension, this.unflattenedSize);
  }

  override extraRepr(): string {
    return `dim=${this.dimension}, unflattened_size=(${this.unflattenedSize.join(', ')}${this.unflattenedSize.length === 1 ? ',' : ''})`;
  }
}

/** The input as it is, whatever the arguments. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}
