/** Convolutions, in the sense of cross-correlation. https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html */
import { dtypeError, shapeError, valueError } from '../errors.js';
import { op, surelyLess } from '../op.js';
import { add } from '../ops/arithmetic.js';
import { flip, permute, reshape, unsqueeze } from '../ops/movement.js';
import { range, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { padConstant } from './pad.js';

/** One number for all spatial dims, or one for each. */
export type PerDim = number | readonly number[];

export interface ConvOptions {
  readonly bias?: Tensor | null;
  readonly stride?: PerDim;
  /** Zeros around the input; 'same' keeps its size (stride 1), 'valid' adds none. */
  readonly padding?: PerDim | 'same' | 'valid';
  readonly dilation?: PerDim;
  readonly groups?: number;
}

/** A number for each of `count` spatial dims. */
export function perDim(name: string, value: PerDim, count: number): number[] {
  if (typeof value === 'number') return range(count).map(() => value);
  if (typeof value === 'string') throw valueError(`${name} cannot be '${String(value)}'`, `it is a number, or ${count} of them`);
  if (value.length === 1 && count > 1) return range(count).map(() => value[0]!);
  if (value.length !== count) throw valueError(`${name} has ${value.length} numbers [${value.join(', ')}] for ${count} spatial dims`);
  return [...value];
}

/** Zeros before and after each spatial dim: an odd total of 'same' puts one more after. */
export function paddingPairs(
  padding: PerDim | 'same' | 'valid',
  options: { kernel: readonly number[]; dilation: readonly number[]; stride: readonly number[] },
): [number, number][] {
  const { kernel, dilation, stride } = options;
  if (padding === 'valid') return kernel.map(() => [0, 0]);
  if (padding === 'same') {
    if (stride.some((step) => step !== 1)) throw valueError("padding 'same' needs a stride of 1");
    return kernel.map((size, at) => {
      const total = dilation[at]! * (size - 1);
      const before = Math.floor(total / 2);
      return [before, total - before];
    });
  }
  return perDim('padding', padding, kernel.length).map((amount) => [amount, amount]);
}

function convolve(name: string, spatial: number, x: Tensor, weight: Tensor, options: ConvOptions): Tensor {
  const groups = options.groups ?? 1;
  const unbatched = x.shape.length === spatial + 1;
  if (!unbatched && x.shape.length !== spatial + 2) {
    throw shapeError(
      `${name}: the input must have shape [batch, channels, ${sizesText(spatial)}] or [channels, ${sizesText(spatial)}], but it is ${shapeText(x.shape)}`,
    );
  }
  if (x.dtype !== weight.dtype) {
    throw dtypeError(`${name}: the input is ${x.dtype}, but the weight is ${weight.dtype}`, `cast the input: x.to('${weight.dtype}')`);
  }
  const input = unbatched ? unsqueeze(x, 0) : x;
  const channels = weight.shape[1]! * groups;
  if (input.shape[1] !== channels) {
    throw shapeError(
      `${name}: the input of shape ${shapeText(x.shape)} has ${input.shape[1]} channels, but the weight ${shapeText(weight.shape)} takes ${channels}`,
      'channels are the dim before the spatial ones',
    );
  }
  if (weight.shape[0]! % groups !== 0) throw valueError(`${name}: ${weight.shape[0]} output channels do not divide into ${groups} groups`);
  const kernel = weight.shape.slice(2);
  const stride = perDim('stride', options.stride ?? 1, spatial);
  const dilation = perDim('dilation', options.dilation ?? 1, spatial);
  const padding = paddingPairs(options.padding ?? 0, { kernel, dilation, stride });
  kernel.forEach((size, at) => {
    const reach = dilation[at]! * (size - 1) + 1;
    const available = input.shape[at + 2]! + padding[at]![0] + padding[at]![1];
    if (surelyLess(available, reach)) {
      throw shapeError(
        `${name}: a kernel that reaches over ${reach} elements does not fit into the padded size ${available} of dim ${at + 2} (input ${shapeText(x.shape)})`,
        'use a smaller kernel or more padding',
      );
    }
  });
  let y = op('conv', [input, weight], { stride, padding, dilation, groups });
  if (options.bias !== undefined && options.bias !== null) {
    y = add(y, reshape(options.bias, [1, weight.shape[0]!, ...kernel.map(() => 1)]));
  }
  return unbatched ? reshape(y, y.shape.slice(1)) : y;
}

function sizesText(spatial: number): string {
  return ['depth', 'height', 'width'].slice(3 - spatial).join(', ');
}

/** `[N, C, L] * [O, C/groups, K] -> [N, O, L']`; the batch dim may be absent. */
export function conv1d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  return convolve('conv1d', 1, x, weight, options);
}

/** `[N, C, H, W] * [O, C/groups, KH, KW] -> [N, O, H', W']`; the batch dim may be absent. */
export function conv2d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  return convolve('conv2d', 2, x, weight, options);
}

/** `[N, C, D, H, W] * [O, C/groups, KD, KH, KW] -> [N, O, D', H', W']`; the batch dim may be absent. */
export function conv3d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  return convolve('conv3d', 3, x, weight, options);
}

export interface ConvTransposeOptions {
  readonly bias?: Tensor | null;
  readonly stride?: PerDim;
  readonly padding?: PerDim;
  readonly outputPadding?: PerDim;
  readonly dilation?: PerDim;
  readonly groups?: number;
}

/** The transpose of a convolution: a convolution of the spread-out input with the mirrored kernel. */
function convolveTransposed(name: string, spatial: number, x: Tensor, weight: Tensor, options: ConvTransposeOptions): Tensor {
  const groups = options.groups ?? 1;
  const unbatched = x.shape.length === spatial + 1;
  const input = unbatched ? unsqueeze(x, 0) : x;
  const channels = weight.shape[0]!;
  if (input.shape.length !== spatial + 2 || input.shape[1] !== channels) {
    throw shapeError(
      `${name}: the input must have ${channels} channels before ${spatial} spatial dims, but its shape is ${shapeText(x.shape)}`,
    );
  }
  const kernel = weight.shape.slice(2);
  const stride = perDim('stride', options.stride ?? 1, spatial);
  const dilation = perDim('dilation', options.dilation ?? 1, spatial);
  const padding = perDim('padding', options.padding ?? 0, spatial);
  const extra = perDim('outputPadding', options.outputPadding ?? 0, spatial);
  extra.forEach((amount, at) => {
    if (amount >= stride[at]! && amount >= dilation[at]!) {
      throw valueError(`${name}: outputPadding ${amount} must be smaller than the stride ${stride[at]} or the dilation ${dilation[at]}`);
    }
  });
  const spread = op('pad', [input], {
    low: input.shape.map(() => 0),
    high: input.shape.map(() => 0),
    interior: [0, 0, ...stride.map((step) => step - 1)],
    value: 0,
  });
  const around = kernel.map((size, at) => dilation[at]! * (size - 1) - padding[at]!);
  const padded = padConstant(spread, {
    low: [0, 0, ...around],
    high: [0, 0, ...around.map((amount, at) => amount + extra[at]!)],
    value: 0,
  });
  // [in, out/groups, ...] becomes [out, in/groups, ...] with the kernel reversed.
  const perGroup = Math.floor(channels / groups);
  const outputs = weight.shape[1]!;
  const grouped = reshape(weight, [groups, perGroup, outputs, ...kernel]);
  const swapped = permute(grouped, [0, 2, 1, ...kernel.map((_, at) => at + 3)]);
  const mirrored = flip(
    reshape(swapped, [groups * outputs, perGroup, ...kernel]),
    kernel.map((_, at) => at + 2),
  );
  let y = op('conv', [padded, mirrored], { stride: kernel.map(() => 1), padding: kernel.map(() => [0, 0]), dilation, groups });
  if (options.bias !== undefined && options.bias !== null) {
    y = add(y, reshape(options.bias, [1, groups * outputs, ...kernel.map(() => 1)]));
  }
  return unbatched ? reshape(y, y.shape.slice(1)) : y;
}

/** `[N, C, L] -> [N, O, L']` with weight `[C, O/groups, K]`. */
export function convTranspose1d(x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  return convolveTransposed('convTranspose1d', 1, x, weight, options);
}

/** `[N, C, H, W] -> [N, O, H', W']` with weight `[C, O/groups, KH, KW]`. */
export function convTranspose2d(x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  return convolveTransposed('convTranspose2d', 2, x, weight, options);
}
