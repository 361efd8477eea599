/** Other sizes of images. https://pytorch.org/docs/stable/nn.functional.html#vision-functions */
import { shapeError, valueError } from '../errors.js';
import { op } from '../op.js';
import { add, mul } from '../ops/arithmetic.js';
import { indexSelect } from '../ops/indexing.js';
import { permute, repeatInterleave, reshape } from '../ops/movement.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';

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

export interface InterpolateOptions {
  readonly size?: number | readonly number[] | null;
  readonly scaleFactor?: number | readonly number[] | null;
  readonly mode?: 'nearest' | 'linear' | 'bilinear' | 'trilinear';
  /** Whether the outermost elements stay where they are ('linear' and its like). */
  readonly alignCorners?: boolean | null;
}

/** `[N, C, ...spatial]` in another size: `size`, or the old one times `scaleFactor` rounded down. */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  const spatial = x.shape.length - 2;
  if (spatial < 1) throw shapeError(`interpolate: the input must have at least 3 dims, but its shape is ${shapeText(x.shape)}`);
  const { mode = 'nearest' } = options;
  const linear = { nearest: 0, linear: 1, bilinear: 2, trilinear: 3 }[mode];
  if (linear === undefined) throw valueError(`interpolate: there is no mode '${mode}'`, 'it is nearest, linear, bilinear or trilinear');
  if (linear !== 0 && linear !== spatial) throw shapeError(`interpolate: '${mode}' is for ${linear} spatial dims, not ${spatial}`);
  let result = x;
  for (let axis = 2; axis < x.shape.length; axis++) {
    const wanted = along(options.size, axis - 2);
    const scale = along(options.scaleFactor, axis - 2);
    if ((wanted === undefined) === (scale === undefined)) throw valueError('interpolate: give either size or scaleFactor');
    if (linear === 0 && scale !== undefined && Number.isInteger(scale)) result = repeatInterleave(result, scale, axis);
    else {
      const size = result.shape[axis]!;
      const next = wanted ?? Math.floor(size * scale!);
      const ratio = scale === undefined ? size / next : 1 / scale;
      result =
        linear === 0
          ? pick(result, axis, nearest(size, next, ratio))
          : blend(result, axis, { next, ratio, align: options.alignCorners === true });
    }
  }
  return result;
}

function along(value: number | readonly number[] | null | undefined, at: number): number | undefined {
  return typeof value === 'object' ? value?.[at] : value;
}

function nearest(size: number, next: number, ratio: number): number[] {
  const positions: number[] = [];
  for (let i = 0; i < next; i++) positions.push(Math.min(Math.floor(i * ratio), size - 1));
  return positions;
}

function literal(values: readonly number[], dtype: 'f32' | 'i32', shape: readonly number[] = [values.length]): Tensor {
  return op('literal', [], { values, dtype, shape });
}

function pick(x: Tensor, axis: number, positions: readonly number[]): Tensor {
  return indexSelect(x, axis, literal(positions, 'i32'));
}

/** Each new element lies between two old ones and takes of each by its nearness. */
function blend(x: Tensor, axis: number, options: { next: number; ratio: number; align: boolean }): Tensor {
  const { next, ratio, align } = options;
  const size = x.shape[axis]!;
  const lower: number[] = [];
  const upper: number[] = [];
  const share: number[] = [];
  for (let i = 0; i < next; i++) {
    const at = align ? (next > 1 ? (i * (size - 1)) / (next - 1) : 0) : Math.max((i + 0.5) * ratio - 0.5, 0);
    const first = Math.min(Math.floor(at), size - 1);
    lower.push(first);
    upper.push(Math.min(first + 1, size - 1));
    share.push(at - first);
  }
  const shape = x.shape.map((_, dim) => (dim === axis ? next : 1));
  const weight = literal(share, 'f32', shape);
  const rest = literal(
    share.map((value) => 1 - value),
    'f32',
    shape,
  );
  return add(mul(pick(x, axis, lower), rest), mul(pick(x, axis, upper), weight));
}
