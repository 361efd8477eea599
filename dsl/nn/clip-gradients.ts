/** Limits on the gradients that `backward` has left in `grad` (eager use). */
import { valueError } from '../errors.js';
import { noGrad } from '../gradient-mode.js';
import { stack } from '../ops/indexing.js';
import type { Tensor } from '../tensor.js';

/**
 * Scales the gradients so that the norm of all of them together is at most `maxNorm`, and returns what it was.
 * https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
 */
export function clipGradNorm_(parameters: Iterable<Tensor>, maxNorm: number, options: { normType?: number } = {}): Tensor {
  const held = [...parameters].filter(({ grad }) => grad !== undefined);
  if (held.length === 0) throw valueError('none of the parameters has a gradient', 'call backward() on the loss first');
  return noGrad(() => {
    const total = stack(held.map(({ grad }) => grad!.norm(options.normType ?? 2))).norm(options.normType ?? 2);
    const factor = total.add(1e-6).reciprocal().mul(maxNorm).clamp(undefined, 1);
    for (const parameter of held) parameter.grad = parameter.grad!.mul(factor);
    return total;
  });
}

/** Cuts every element of the gradients off at `clipValue` and its negative. */
export function clipGradValue_(parameters: Iterable<Tensor>, clipValue: number): void {
  if (!(clipValue >= 0)) throw valueError(`clipValue must be at least 0, but it is ${clipValue}`);
  noGrad(() => {
    for (const parameter of parameters) parameter.grad = parameter.grad?.clamp(-clipValue, clipValue);
  });
}
