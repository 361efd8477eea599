/** Pooling over windows. https://pytorch.org/docs/stable/nn.functional.html#pooling-functions */
import { shapeError, valueError } from '../errors.js';
import { op, surelyLess } from '../op.js';
import { div, mul, pow } from '../ops/arithmetic.js';
import { slice } from '../ops/indexing.js';
import { reshape } from '../ops/movement.js';
import { abs, relu, sign } from '../ops/unary.js';
import { filled } from '../promotion.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type PerDim, perDim } from './convolution.js';
import { padConstant } from './pad.js';

export interface MaxPoolOptions {
  /** How far apart windows are: by default their size. */
  readonly stride?: PerDim;
  /** Elements around the input that never win. */
  readonly padding?: PerDim;
  readonly dilation?: PerDim;
  /** Whether a last window that reaches beyond the input counts. */
  readonly ceilMode?: boolean;
}

export interface AvgPoolOptions {
  readonly stride?: PerDim;
  /** Zeros around the input. */
  readonly padding?: PerDim;
  readonly ceilMode?: boolean;
  /** Whether those zeros count as elements (default true). */
  readonly countIncludePad?: boolean;
  /** Divides by this in place of the number of elements. */
  readonly divisorOverride?: number;
}

export interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  /** Elements after the padded input that a last window of ceilMode reaches over. */
  readonly beyond: readonly number[];
}

export function windowOf(name: string, x: Tensor, kernelSize: PerDim, options: MaxPoolOptions, spatial: number): Window {
  const kernel = perDim('kernelSize', kernelSize, spatial);
  const stride = options.stride === undefined ? kernel : perDim('stride', options.stride, spatial);
  const padding = perDim('padding', options.padding ?? 0, spatial);
  const dilation = perDim('dilation', options.dilation ?? 1, spatial);
  const first = x.shape.length - spatial;
  if (first !== 1 && first !== 2) {
    throw shapeError(
      `${name}: the input must have ${spatial + 2} dims (or ${spatial + 1} without a batch), but its shape is ${shapeText(x.shape)}`,
    );
  }
  const beyond = kernel.map((size, at) => {
    if (padding[at]! * 2 > size) throw valueError(`${name}: the padding ${padding[at]} is more than half of the kernel size ${size}`);
    const available = x.shape[first + at]! + 2 * padding[at]! - (dilation[at]! * (size - 1) + 1);
    const step = stride[at]!;
    if (surelyLess(options.ceilMode ? available + step - 1 : available, 0))
      throw shapeError(`${name}: a kernel of size ${size} does not fit into dim ${first + at} of an input of shape ${shapeText(x.shape)}`);
    if (!options.ceilMode) return 0;
    const windows = Math.floor((available + step - 1) / step) + 1;
    // The last window must start inside the input or the padding before it.
    const counted = (windows - 1) * step >= x.shape[first + at]! + padding[at]! ? windows - 1 : windows;
    return Math.max(0, (counted - 1) * step - available);
  });
  return { kernel, stride, padding, dilation, beyond };
}

/** The windows of a padded input: the kernel's dims are appended at the end. */
export function windows(x: Tensor, window: Window): Tensor {
  const first = x.shape.length - window.kernel.length;
  return op('unfold', [x], {
    dims: window.kernel.map((_, at) => first + at),
    kernel: window.kernel,
    stride: window.stride,
    dilation: window.dilation,
  });
}

/** Reduces each window. Windows that neither overlap nor leave gaps are a reshape away. */
export function reduceWindows(name: string, x: Tensor, window: Window, more: Record<string, string>): Tensor {
  const { kernel, stride, dilation } = window;
  const first = x.shape.length - kernel.length;
  const apart = kernel.every((size, at) => size === stride[at] && (size === 1 || dilation[at] === 1));
  if (!apart) {
    const unfolded = windows(x, window);
    return op(name, [unfolded], { dims: kernel.map((_, at) => x.shape.length + at), ...more });
  }
  let whole = x;
  const shape = x.shape.slice(0, first);
  const dims: number[] = [];
  kernel.forEach((size, at) => {
    const count = Math.floor(x.shape[first + at]! / size);
    if (count * size !== x.shape[first + at]) whole = slice(whole, first + at, { end: count * size });
    shape.push(count, size);
    dims.push(first + 2 * at + 1);
  });
  return op(name, [reshape(whole, shape)], { dims, ...more });
}

export function around(x: Tensor, window: Window, value: number): Tensor {
  const first = x.shape.length - window.kernel.length;
  const before = x.shape.map((_, axis) => (axis < first ? 0 : window.padding[axis - first]!));
  const after = before.map((amount, axis) => (axis < first ? 0 : amount + window.beyond[axis - first]!));
  return padConstant(x, { low: before, high: after, value });
}

function avgPool(name: string, spatial: number, x: Tensor, kernelSize: PerDim, options: AvgPoolOptions): Tensor {
  const window = windowOf(name, x, kernelSize, options, spatial);
  const total = reduceWindows('reduceSum', around(x, window, 0), window, {});
  if (options.divisorOverride !== undefined) {
    if (options.divisorOverride === 0) throw valueError(`${name}: divisorOverride is 0`);
    return mul(total, 1 / options.divisorOverride);
  }
  const size = window.kernel.reduce((product, next) => product * next, 1);
  const padded = window.padding.some((amount) => amount !== 0);
  const uneven = window.beyond.some((amount) => amount !== 0) || (padded && options.countIncludePad === false);
  if (!uneven) return mul(total, 1 / size);
  return div(total, counts(x, window, options.countIncludePad ?? true));
}

/** How many elements each window counts: sums of ones, with zeros where there is nothing to count. */
function counts(x: Tensor, window: Window, includePadding: boolean): Tensor {
  const first = x.shape.length - window.kernel.length;
  const sizes = x.shape.slice(first).map((size, at) => size + (includePadding ? 2 * window.padding[at]! : 0));
  const low = includePadding ? window.padding.map(() => 0) : window.padding;
  const high = low.map((amount, at) => amount + window.beyond[at]!);
  const ones = padConstant(filled(1, sizes, x.dtype), { low, high, value: 0 });
  return reduceWindows('reduceSum', ones, window, {});
}

/** The mean of each window: `[N, C, L] -> [N, C, L']`. */
export function avgPool1d(x: Tensor, kernelSize: PerDim, options: AvgPoolOptions = {}): Tensor {
  return avgPool('avgPool1d', 1, x, kernelSize, options);
}

/** The mean of each window: `[N, C, H, W] -> [N, C, H', W']`. */
export function avgPool2d(x: Tensor, kernelSize: PerDim, options: AvgPoolOptions = {}): Tensor {
  return avgPool('avgPool2d', 2, x, kernelSize, options);
}

/** The mean of each window: `[N, C, D, H, W] -> [N, C, D', H', W']`. */
export function avgPool3d(x: Tensor, kernelSize: PerDim, options: AvgPoolOptions = {}): Tensor {
  return avgPool('avgPool3d', 3, x, kernelSize, options);
}

type PowerOptions = { readonly kernelSize: PerDim; readonly stride?: PerDim; readonly ceilMode?: boolean };

/** The p-norm of each window, with the sign of the sum of p-th powers where that is negative: 0 then. */
function lpPool(name: string, spatial: number, x: Tensor, p: number, options: PowerOptions): Tensor {
  const { kernelSize, ...more } = options;
  const window = windowOf(name, x, kernelSize, more, spatial);
  const total = reduceWindows('reduceSum', around(pow(x, p), window, 0), window, {});
  const size = window.kernel.reduce((product, next) => product * next, 1);
  const uneven = window.beyond.some((amount) => amount !== 0);
  // PyTorch takes the mean of the elements that a window has, times its full size.
  const sums = uneven ? mul(div(total, counts(x, window, true)), size) : total;
  return pow(mul(sign(sums), relu(abs(sums))), 1 / p);
}

/** `(sum of x^p)^(1/p)` of each window: `[N, C, L] -> [N, C, L']`. */
export function lpPool1d(x: Tensor, p: number, options: PowerOptions): Tensor {
  return lpPool('lpPool1d', 1, x, p, options);
}

/** `(sum of x^p)^(1/p)` of each window: `[N, C, H, W] -> [N, C, H', W']`. */
export function lpPool2d(x: Tensor, p: number, options: PowerOptions): Tensor {
  return lpPool('lpPool2d', 2, x, p, options);
}
