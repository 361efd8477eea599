/** Other sizes of images. https://pytorch.org/docs/stable/nn.functional.html#vision-functions */
import { shapeError, valueError } from '../errors.js';
import { op } from '../op.js';
import { add, mul } from '../ops/arithmetic.js';
import { indexSelect } from '../ops/indexing.js';
import { permute, repeatInterleave, reshape, transpose } from '../ops/movement.js';
import { mean } from '../ops/reduction.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { adaptAxis } from './adaptive-pooling.js';

/** `[..., C r^2, H, W] -> [..., C, H r, W r]`. https://pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html */
export function pixelShuffle(x: Tensor, upscaleFactor: number): Tensor {
  const r = upscaleFactor;
  const rank = x.shape.length;
  const [channels, h, w] = x.shape.slice(-3) as [number, number, number];
  if (rank < 3 || channels % (r * r) !== 0) {
    throw shapeError(`pixelShuffle: the channels of an input of shape ${shapeText(x.shape)} are not a multiple of ${r * r}`);
  }
  const outer = x.shape.slice(0, -3);
  const apart = reshape(x, [...outer, channels / (r * r), r, r, h, w]);
  const kept = outer.map((_, axis) => axis);
  const at = outer.length;
  return reshape(permute(apart, [...kept, at, at + 3, at + 1, at + 4, at + 2]), [...outer, channels / (r * r), h * r, w * r]);
}

/** The inverse of pixelShuffle: `[..., C, H r, W r] -> [..., C r^2, H, W]`. */
export function pixelUnshuffle(x: Tensor, downscaleFactor: number): Tensor {
  const r = downscaleFactor;
  const [channels, height, width] = x.shape.slice(-3) as [number, number, number];
  if (x.shape.length < 3 || height % r !== 0 || width % r !== 0) {
    throw shapeError(`pixelUnshuffle: the sizes of an input of shape ${shapeText(x.shape)} are not multiples of ${r}`);
  }
  const outer = x.shape.slice(0, -3);
  const [h, w] = [height / r, width / r];
  const apart = reshape(x, [...outer, channels, h, r, w, r]);
  const at = outer.length;
  return reshape(permute(apart, [...outer.map((_, axis) => axis), at, at + 2, at + 4, at + 1, at + 3]), [...outer, channels * r * r, h, w]);
}

/** The channels (dim 1) of `groups` groups, one of each in turn. */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  const channels = x.shape[1]!;
  if (x.shape.length < 3 || channels % groups !== 0) {
    throw shapeError(`channelShuffle: the channels of an input of shape ${shapeText(x.shape)} do not divide into ${groups} groups`);
  }
  const rest = x.shape.slice(2);
  const apart = reshape(x, [x.shape[0]!, groups, channels / groups, ...rest]);
  return reshape(transpose(apart, 1, 2), x.shape);
}

export interface InterpolateOptions {
  readonly size?: number | readonly number[] | null;
  readonly scaleFactor?: number | readonly number[] | null;
  readonly mode?: 'nearest' | 'nearest-exact' | 'linear' | 'bilinear' | 'bicubic' | 'trilinear' | 'area';
  /** Whether the outermost elements stay where they are ('linear' and its like). */
  readonly alignCorners?: boolean | null;
  /** Whether positions follow from the new size, as with \`size\`, and not from scaleFactor itself. */
  readonly recomputeScaleFactor?: boolean | null;
}

/** For how many spatial dims a mode is; 0 for any number. */
const dimsOfMode: Readonly<Record<string, number>> = {
  nearest: 0,
  'nearest-exact': 0,
  area: 0,
  linear: 1,
  bilinear: 2,
  bicubic: 2,
  trilinear: 3,
};

/** `[N, C, ...spatial]` in another size: `size`, or the old one times `scaleFactor` rounded down. */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  const spatial = x.shape.length - 2;
  if (spatial < 1) throw shapeError(`interpolate: the input must have at least 3 dims, but its shape is ${shapeText(x.shape)}`);
  const { mode = 'nearest' } = options;
  const dims = dimsOfMode[mode];
  if (dims === undefined) {
    throw valueError(`interpolate: there is no mode '${mode}'`, `it is ${Object.keys(dimsOfMode).join(', ')}`);
  }
  if (dims !== 0 && dims !== spatial) throw shapeError(`interpolate: '${mode}' is for ${dims} spatial dims, not ${spatial}`);
  let result = x;
  for (let axis = 2; axis < x.shape.length; axis++) {
    const wanted = along(options.size, axis - 2);
    const scale = along(options.scaleFactor, axis - 2);
    if ((wanted === undefined) === (scale === undefined)) throw valueError('interpolate: give either size or scaleFactor');
    if (mode === 'nearest' && scale !== undefined && Number.isInteger(scale)) {
      result = repeatInterleave(result, scale, axis);
      continue;
    }
    const size = result.shape[axis]!;
    const next = wanted ?? Math.floor(size * scale!);
    const ratio = scale === undefined || options.recomputeScaleFactor === true ? size / next : 1 / scale;
    if (mode === 'area') result = adaptAxis(result, axis, next, mean);
    else if (dims === 0) result = pick(result, axis, nearest(size, next, { ratio, shift: mode === 'nearest-exact' ? 0.5 : 0 }));
    else {
      const where = { next, ratio, align: options.alignCorners === true };
      result = blend(result, axis, mode === 'bicubic' ? cubicTaps(size, where) : linearTaps(size, where));
    }
  }
  return result;
}

function along(value: number | readonly number[] | null | undefined, at: number): number | undefined {
  return typeof value === 'object' ? value?.[at] : value;
}

function nearest(size: number, next: number, options: { ratio: number; shift: number }): number[] {
  const positions: number[] = [];
  for (let i = 0; i < next; i++) positions.push(Math.min(Math.floor((i + options.shift) * options.ratio), size - 1));
  return positions;
}

function literal(values: readonly number[], dtype: 'f32' | 'i32', shape: readonly number[] = [values.length]): Tensor {
  return op('literal', [], { values, dtype, shape });
}

function pick(x: Tensor, axis: number, positions: readonly number[]): Tensor {
  return indexSelect(x, axis, literal(positions, 'i32'));
}

/** Old elements and their shares in new ones: `positions[tap][i]` and `shares[tap][i]` for the new element i. */
interface Taps {
  readonly positions: number[][];
  readonly shares: number[][];
}

interface Target {
  readonly next: number;
  readonly ratio: number;
  readonly align: boolean;
}

/** Where the new element i lies among the old ones. */
function placeOf(i: number, size: number, { next, ratio, align }: Target): number {
  if (align) return next > 1 ? (i * (size - 1)) / (next - 1) : 0;
  return (i + 0.5) * ratio - 0.5;
}

/** Each new element lies between two old ones and takes of each by its nearness. */
function linearTaps(size: number, target: Target): Taps {
  const taps: Taps = { positions: [[], []], shares: [[], []] };
  for (let i = 0; i < target.next; i++) {
    const at = Math.max(placeOf(i, size, target), 0);
    const first = Math.min(Math.floor(at), size - 1);
    taps.positions[0]!.push(first);
    taps.positions[1]!.push(Math.min(first + 1, size - 1));
    taps.shares[0]!.push(1 - (at - first));
    taps.shares[1]!.push(at - first);
  }
  return taps;
}

/** Four neighbours by the cubic convolution kernel (Keys 1981) with a = -0.75; beyond the ends the outermost elements are taken. */
function cubicTaps(size: number, target: Target): Taps {
  const a = -0.75;
  const near = (t: number) => ((a + 2) * t - (a + 3)) * t * t + 1;
  const far = (t: number) => ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  const taps: Taps = { positions: [[], [], [], []], shares: [[], [], [], []] };
  for (let i = 0; i < target.next; i++) {
    const at = placeOf(i, size, target);
    const first = Math.floor(at);
    const t = at - first;
    const shares = [far(t + 1), near(t), near(1 - t), far(2 - t)];
    for (let tap = 0; tap < 4; tap++) {
      taps.positions[tap]!.push(Math.min(Math.max(first - 1 + tap, 0), size - 1));
      taps.shares[tap]!.push(shares[tap]!);
    }
  }
  return taps;
}

function blend(x: Tensor, axis: number, { positions, shares }: Taps): Tensor {
  const shape = x.shape.map((_, dim) => (dim === axis ? positions[0]!.length : 1));
  let sum: Tensor | undefined;
  positions.forEach((from, tap) => {
    const part = mul(pick(x, axis, from), literal(shares[tap]!, 'f32', shape));
    sum = sum === undefined ? part : add(sum, part);
  });
  return sum!;
}
