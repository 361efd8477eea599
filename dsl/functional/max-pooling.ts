/** The largest elements of windows, and the way back. https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html */
import { shapeError, valueError } from '../errors.js';
import { op } from '../op.js';
import { scatter } from '../ops/scatter.js';
import { broadcastTo, filled } from '../promotion.js';
import { numel, sameShape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type PerDim, perDim } from './convolution.js';
import { padConstant } from './pad.js';
import { around, type MaxPoolOptions, reduceWindows, type Window, windowOf, windows } from './pooling.js';

type WithIndices = MaxPoolOptions & { readonly returnIndices: true };
type WithoutIndices = MaxPoolOptions & { readonly returnIndices?: boolean };

function maxPool(name: string, spatial: number, x: Tensor, kernelSize: PerDim, options: WithoutIndices): Tensor | [Tensor, Tensor] {
  const window = windowOf(name, x, kernelSize, options, spatial);
  const values = reduceWindows('reduceMax', around(x, window, Number.NEGATIVE_INFINITY), window, { ties: 'first' });
  return options.returnIndices === true ? [values, positions(x, window)] : values;
}

/** Where each window's largest element stands among those of the input's last dims, counted in row-major order. i32. */
function positions(x: Tensor, window: Window): Tensor {
  const { kernel, padding, beyond } = window;
  const first = x.shape.length - kernel.length;
  const plane = x.shape.slice(first);
  const numbers = op('reshape', [op('iota', [], { shape: [numel(plane)], dim: 0, dtype: 'i32' })], { shape: plane });
  const low = padding;
  const high = padding.map((amount, at) => amount + beyond[at]!);
  const named = windows(padConstant(numbers, { low, high, value: 0 }), window);
  const candidates = windows(around(x, window, Number.NEGATIVE_INFINITY), window);
  const size = kernel.reduce((product, next) => product * next, 1);
  const outputs = candidates.shape.slice(0, x.shape.length);
  const winner = op('argmax', [op('reshape', [candidates], { shape: [...outputs, size] })], { dim: x.shape.length });
  const places = outputs.slice(first);
  const flat = op('reshape', [named], { shape: [...outputs.slice(0, first).map(() => 1), ...places, size] });
  const chosen = op('gather', [broadcastTo(flat, [...outputs, size]), op('reshape', [winner], { shape: [...outputs, 1] })], {
    dim: x.shape.length,
  });
  return op('reshape', [chosen], { shape: outputs });
}

/**
 * The largest element of each window: `[N, C, L] -> [N, C, L']`. The first of equal ones has the gradient. With `returnIndices` also where
 * it stands, for maxUnpool1d.
 */
export function maxPool1d(x: Tensor, kernelSize: PerDim, options: WithIndices): [Tensor, Tensor];
export function maxPool1d(x: Tensor, kernelSize: PerDim, options?: MaxPoolOptions): Tensor;
export function maxPool1d(x: Tensor, kernelSize: PerDim, options: WithoutIndices = {}): Tensor | [Tensor, Tensor] {
  return maxPool('maxPool1d', 1, x, kernelSize, options);
}

/** The largest element of each window: `[N, C, H, W] -> [N, C, H', W']`; as maxPool1d. */
export function maxPool2d(x: Tensor, kernelSize: PerDim, options: WithIndices): [Tensor, Tensor];
export function maxPool2d(x: Tensor, kernelSize: PerDim, options?: MaxPoolOptions): Tensor;
export function maxPool2d(x: Tensor, kernelSize: PerDim, options: WithoutIndices = {}): Tensor | [Tensor, Tensor] {
  return maxPool('maxPool2d', 2, x, kernelSize, options);
}

/** The largest element of each window: `[N, C, D, H, W] -> [N, C, D', H', W']`; as maxPool1d. */
export function maxPool3d(x: Tensor, kernelSize: PerDim, options: WithIndices): [Tensor, Tensor];
export function maxPool3d(x: Tensor, kernelSize: PerDim, options?: MaxPoolOptions): Tensor;
export function maxPool3d(x: Tensor, kernelSize: PerDim, options: WithoutIndices = {}): Tensor | [Tensor, Tensor] {
  return maxPool('maxPool3d', 3, x, kernelSize, options);
}

export interface MaxUnpoolOptions {
  readonly kernelSize: PerDim;
  readonly stride?: PerDim;
  readonly padding?: PerDim;
  /** The sizes of the last dims, where several would fit the windows. */
  readonly outputSize?: readonly number[];
}

function maxUnpool(name: string, spatial: number, x: Tensor, indices: Tensor, options: MaxUnpoolOptions): Tensor {
  if (!sameShape(x.shape, indices.shape)) {
    throw shapeError(`${name}: the input has shape ${shapeText(x.shape)}, but the indices ${shapeText(indices.shape)}`);
  }
  const first = x.shape.length - spatial;
  if (first !== 1 && first !== 2) {
    throw shapeError(
      `${name}: the input must have ${spatial + 2} dims (or ${spatial + 1} without a batch), but its shape is ${shapeText(x.shape)}`,
    );
  }
  const kernel = perDim('kernelSize', options.kernelSize, spatial);
  const stride = options.stride === undefined ? kernel : perDim('stride', options.stride, spatial);
  const padding = perDim('padding', options.padding ?? 0, spatial);
  const natural = kernel.map((size, at) => (x.shape[first + at]! - 1) * stride[at]! - 2 * padding[at]! + size);
  const plane = options.outputSize?.slice(-spatial) ?? natural;
  plane.forEach((size, at) => {
    if (plane.length !== spatial || Math.abs(size - natural[at]!) >= stride[at]!) {
      throw valueError(`${name}: outputSize [${plane.join(', ')}] is not within a stride of [${natural.join(', ')}]`);
    }
  });
  const outer = x.shape.slice(0, first);
  const flat = (value: Tensor) => op('reshape', [value], { shape: [...outer, numel(value.shape.slice(first))] });
  const empty = filled(0, [...outer, numel(plane)], x.dtype);
  return op('reshape', [scatter(empty, first, { index: flat(indices), source: flat(x) })], { shape: [...outer, ...plane] });
}

/** The inverse of maxPool1d: elements go where they came from, the rest is 0. */
export function maxUnpool1d(x: Tensor, indices: Tensor, options: MaxUnpoolOptions): Tensor {
  return maxUnpool('maxUnpool1d', 1, x, indices, options);
}

/** The inverse of maxPool2d: elements go where they came from, the rest is 0. */
export function maxUnpool2d(x: Tensor, indices: Tensor, options: MaxUnpoolOptions): Tensor {
  return maxUnpool('maxUnpool2d', 2, x, indices, options);
}

/** The inverse of maxPool3d: elements go where they came from, the rest is 0. */
export function maxUnpool3d(x: Tensor, indices: Tensor, options: MaxUnpoolOptions): Tensor {
  return maxUnpool('maxUnpool3d', 3, x, indices, options);
}
