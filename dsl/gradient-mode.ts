/** Computing outside the gradient. */
import { Tensor } from './tensor.js';

let depth = 0;

/** Whether computations are followed for gradients: not within `noGrad`. */
export function gradientsOn(): boolean {
  return depth === 0;
}

/**
 * What `compute` returns, as constants: no gradient flows through tensors in it (alone, in lists or in plain objects).
 * Within it, tensors that require gradients may be changed in place.
 */
export function noGrad<T>(compute: () => T): T {
  depth++;
  try {
    return detached(compute()) as T;
  } finally {
    depth--;
  }
}

function detached(value: unknown): unknown {
  if (value instanceof Tensor) return value.detach();
  if (Array.isArray(value)) return value.map(detached);
  if (typeof value === 'object' && value !== null && value.constructor === Object) {
    const copy: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(value)) copy[name] = detached(item);
    return copy;
  }
  return value;
}
