/** Windows of images as columns, and the way back. https://pytorch.org/docs/stable/generated/torch.nn.Unfold.html */
import { shapeError } from '../errors.js';
import { op } from '../op.js';
import { permute, reshape, unsqueeze } from '../ops/movement.js';
import { numel, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type PerDim, perDim } from './convolution.js';
import { padConstant } from './pad.js';

export interface WindowOptions {
  readonly dilation?: PerDim;
  readonly padding?: PerDim;
  readonly stride?: PerDim;
}

function settings(kernelSize: PerDim, options: WindowOptions) {
  return {
    kernel: perDim('kernelSize', kernelSize, 2),
    dilation: perDim('dilation', options.dilation ?? 1, 2),
    padding: perDim('padding', options.padding ?? 0, 2),
    stride: perDim('stride', options.stride ?? 1, 2),
  };
}

/** `[N, C, H, W] -> [N, C * kernel elements, windows]`; the batch may be absent. */
export function unfold(x: Tensor, kernelSize: PerDim, options: WindowOptions = {}): Tensor {
  if (x.shape.length === 3) {
    const columns = unfold(unsqueeze(x, 0), kernelSize, options);
    return reshape(columns, columns.shape.slice(1));
  }
  if (x.shape.length !== 4)
    throw shapeError(`unfold: the input must have 4 dims (or 3 without a batch), but its shape is ${shapeText(x.shape)}`);
  const { kernel, dilation, padding, stride } = settings(kernelSize, options);
  const padded = padConstant(x, { low: [0, 0, ...padding], high: [0, 0, ...padding], value: 0 });
  const windows = op('unfold', [padded], { dims: [2, 3], kernel, stride, dilation });
  const [n, c, h, w, kh, kw] = windows.shape as [number, number, number, number, number, number];
  return reshape(permute(windows, [0, 1, 4, 5, 2, 3]), [n, c * kh * kw, h * w]);
}

/** The transpose of unfold: `[N, C * kernel elements, windows] -> [N, C, ...outputSize]`, sums where windows overlap; the batch may be absent. */
export function fold(x: Tensor, outputSize: PerDim, options: WindowOptions & { readonly kernelSize: PerDim }): Tensor {
  if (x.shape.length === 2) {
    const folded = fold(unsqueeze(x, 0), outputSize, options);
    return reshape(folded, folded.shape.slice(1));
  }
  const { kernel, dilation, padding, stride } = settings(options.kernelSize, options);
  const sizes = perDim('outputSize', outputSize, 2).map((size, at) => size + 2 * padding[at]!);
  const counts = sizes.map((size, at) => Math.floor((size - dilation[at]! * (kernel[at]! - 1) - 1) / stride[at]!) + 1);
  const columns = kernel[0]! * kernel[1]!;
  const channels = Math.floor((x.shape[1] ?? 0) / columns);
  if (x.shape.length !== 3 || channels * columns !== x.shape[1] || x.shape[2] !== numel(counts)) {
    throw shapeError(
      `fold: an output of ${sizes.join(' x ')} has ${numel(counts)} windows of ${columns} elements, which an input of shape ${shapeText(x.shape)} does not fill`,
    );
  }
  const apart = reshape(x, [x.shape[0]!, channels, ...kernel, ...counts]);
  const folded = op('fold', [permute(apart, [0, 1, 4, 5, 2, 3])], { dims: [2, 3], kernel, stride, dilation, sizes });
  return padConstant(folded, {
    low: [0, 0, ...padding.map((amount) => -amount)],
    high: [0, 0, ...padding.map((amount) => -amount)],
    value: 0,
  });
}
