/** Dropout. https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html */
import { checkProbability, dropout, dropout2d } from '../functional/regularization.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { floatText } from './python-text.js';

/** In training, elements are zero with probability p and the others 1 / (1 - p) times as large. */
export class Dropout extends Module {
  constructor(readonly p = 0.5) {
    super();
    checkProbability(p);
  }
  forward(x: Tensor): Tensor {
    return dropout(x, this.p, { training: this.training });
  }
  override extraRepr(): string {
    return `p=${floatText(this.p)}, inplace=False`;
  }
}

/** As Dropout, for whole channels of an input `[N, C, H, W]`. */
export class Dropout2d extends Module {
  constructor(readonly p = 0.5) {
    super();
    checkProbability(p);
  }
  forward(x: Tensor): Tensor {
    return dropout2d(x, this.p, { training: this.training });
  }
  override extraRepr(): string {
    return `p=${floatText(this.p)}, inplace=False`;
  }
}
