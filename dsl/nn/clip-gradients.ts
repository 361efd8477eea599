/** Limits on gradients: of all together by their norm, or element by element. */
import { valueError } from '../errors.js';
import { noGrad } from '../gradient-mode.js';
import { stack } from '../ops/indexing.js';
import type { Tensor } from '../tensor.js';

/** Gradients under the names of their parameters. */
export type Gradients = Readonly<Record<string, Tensor>>;

/**
 * The gradients times `maxNorm / (norm + 1e-6)` where the norm of all of them together is above `maxNorm`, else as they are. For
 * `@model({ gradients })`, and for those who update by hand.
 * https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
 */
export function clipGradNorm(gradients: Gradients, maxNorm: number, options: { normType?: number } = {}): Gradients {
  const factor = clipFactor(totalNorm(gradients, options.normType), maxNorm);
  return mapGradients(gradients, (gradient) => gradient.mul(factor));
}

/** The gradients with every element cut off at `clipValue` and its negative. */
export function clipGradValue(gradients: Gradients, clipValue: number): Gradients {
  checkClipValue(clipValue);
  return mapGradients(gradients, (gradient) => gradient.clamp(-clipValue, clipValue));
}

/** The norm of the gradients' norms, a tensor of shape []; `normType` (2) may be infinite. */
export function totalNorm(gradients: Gradients | readonly Tensor[], normType = 2): Tensor {
  if (!(normType > 0)) throw valueError(`normType must be above 0, but it is ${normType}`, 'use Infinity for the largest element');
  return stack(Object.values(gradients).map((gradient) => gradient.norm(normType))).norm(normType);
}

function clipFactor(norm: Tensor, maxNorm: number): Tensor {
  if (!(maxNorm >= 0)) throw valueError(`maxNorm must be at least 0, but it is ${maxNorm}`);
  return norm.add(1e-6).reciprocal().mul(maxNorm).clamp(undefined, 1);
}

function checkClipValue(clipValue: number): void {
  if (!(clipValue >= 0)) throw valueError(`clipValue must be at least 0, but it is ${clipValue}`);
}

function mapGradients(gradients: Gradients, change: (gradient: Tensor) => Tensor): Gradients {
  return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, change(gradient)]));
}

/**
 * Scales the gradients that `backward` has left in `grad` so that the norm of all of them together is at most `maxNorm`, and
 * returns what it was (eager use).
 */
export function clipGradNorm_(parameters: Iterable<Tensor>, maxNorm: number, options: { normType?: number } = {}): Tensor {
  const held = [...parameters].filter(({ grad }) => grad !== undefined);
  if (held.length === 0)
    throw valueError(
      'none of the parameters has a gradient',
      'call backward() on the loss first; gradients by name, as @model({ gradients }) has them, are clipped by clipGradNorm',
    );
  return noGrad(() => {
    const total = totalNorm(
      held.map(({ grad }) => grad!),
      options.normType,
    );
    const factor = clipFactor(total, maxNorm);
    for (const parameter of held) parameter.grad = parameter.grad!.mul(factor);
    return total;
  });
}

/** Cuts every element of the gradients in `grad` off at `clipValue` and its negative (eager use). */
export function clipGradValue_(parameters: Iterable<Tensor>, clipValue: number): void {
  checkClipValue(clipValue);
  noGrad(() => {
    for (const parameter of parameters) parameter.grad = parameter.grad?.clamp(-clipValue, clipValue);
  });
}
