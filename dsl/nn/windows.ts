/** Windows of images as columns, and the way back, as modules. https://pytorch.org/docs/stable/generated/torch.nn.Unfold.html */
import type { PerDim } from '../functional/convolution.js';
import { fold, unfold, type WindowOptions } from '../functional/windows.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { sizeText } from './python-text.js';

function optionsText({ dilation = 1, padding = 0, stride = 1 }: WindowOptions): string {
  return `dilation=${sizeText(dilation)}, padding=${sizeText(padding)}, stride=${sizeText(stride)}`;
}

/** `[N, C, H, W] -> [N, C * kernel elements, windows]`. */
export class Unfold extends Module {
  constructor(
    readonly kernelSize: PerDim,
    readonly options: WindowOptions = {},
  ) {
    super();
  }
  forward(x: Tensor): Tensor {
    return unfold(x, this.kernelSize, this.options);
  }
  override extraRepr(): string {
    return `kernel_size=${sizeText(this.kernelSize)}, ${optionsText(this.options)}`;
  }
}

/** `[N, C * kernel elements, windows] -> [N, C, ...outputSize]`. */
export class Fold extends Module {
  constructor(
    readonly outputSize: PerDim,
    readonly kernelSize: PerDim,
    readonly options: WindowOptions = {},
  ) {
    super();
  }
  forward(x: Tensor): Tensor {
    return fold(x, this.outputSize, { kernelSize: this.kernelSize, ...this.options });
  }
  override extraRepr(): string {
    return `output_size=${sizeText(this.outputSize)}, kernel_size=${sizeText(this.kernelSize)}, ${optionsText(this.options)}`;
  }
}
