/** Layers that behave differently in training. https://pytorch.org/docs/stable/nn.functional.html#dropout-functions */
import { valueError } from '../errors.js';
import { add, mul } from '../ops/arithmetic.js';
import { ge, where } from '../ops/comparison.js';
import { rand } from '../ops/creation.js';
import type { Tensor } from '../tensor.js';

interface TrainingOption {
  /** Whether elements are dropped (the default) or the input is given back. */
  readonly training?: boolean;
}

/** Elements are zero with probability p, and the others 1 / (1 - p) times as large. Without training, the input. */
export function dropout(x: Tensor, p = 0.5, options: TrainingOption = {}): Tensor {
  return dropped(x, p, options, x.shape);
}

/** The shape of one number for each channel of each sample, of an input with `spatial` dims behind the channels; the batch may be absent. */
function channels(x: Tensor, spatial: number): number[] {
  const kept = Math.min(2, Math.max(1, x.shape.length - spatial));
  return x.shape.map((size, axis) => (axis < kept ? size : 1));
}

function dropped(x: Tensor, p: number, options: TrainingOption, mask: readonly number[]): Tensor {
  checkProbability(p);
  if (options.training === false || p === 0) return x;
  if (p === 1) return mul(x, 0);
  return where(ge(rand(mask), p), mul(x, 1 / (1 - p)), 0);
}

/** As dropout, for whole channels of an input `[N, C, L]` or `[C, L]`. */
export function dropout1d(x: Tensor, p = 0.5, options: TrainingOption = {}): Tensor {
  return dropped(x, p, options, channels(x, 1));
}

/** As dropout, for whole channels (dim 1) of an input `[N, C, ...]`. */
export function dropout2d(x: Tensor, p = 0.5, options: TrainingOption = {}): Tensor {
  return dropped(x, p, options, channels(x, 0));
}

/** As dropout, for whole channels of an input `[N, C, D, H, W]` or `[C, D, H, W]`. */
export function dropout3d(x: Tensor, p = 0.5, options: TrainingOption = {}): Tensor {
  return dropped(x, p, options, channels(x, 3));
}

/** -scale * alpha of selu: what dropped elements become, before mean and variance are restored. */
const saturation = 1.7580993408473766;

/** Dropout that keeps mean 0 and variance 1 (Klambauer et al. 2017): for nets of selu. */
export function alphaDropout(x: Tensor, p = 0.5, options: TrainingOption = {}): Tensor {
  return alphaDropped(x, p, options, x.shape);
}

/** As alphaDropout, for whole channels (dim 1). */
export function featureAlphaDropout(x: Tensor, p = 0.5, options: TrainingOption = {}): Tensor {
  return alphaDropped(x, p, options, channels(x, 0));
}

function alphaDropped(x: Tensor, p: number, options: TrainingOption, mask: readonly number[]): Tensor {
  checkProbability(p);
  if (options.training === false || p === 0) return x;
  if (p === 1) return mul(x, 0);
  const scale = 1 / Math.sqrt((saturation * saturation * p + 1) * (1 - p));
  const shift = saturation * scale * p;
  return where(ge(rand(mask), p), add(mul(x, scale), shift), shift - saturation * scale);
}

export function checkProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw valueError(`the probability of dropout lies between 0 and 1, but it is ${p}`);
}
