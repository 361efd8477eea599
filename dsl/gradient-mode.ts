/** Computing outside the gradient. */
import { eagerExecutor } from './op.js';

/** Whether computations are followed for gradients: not within `noGrad`. */
export function gradientsOn(): boolean {
  return eagerExecutor().gradientMode();
}

/**
 * Runs `compute` outside the gradient: no gradient flows through what is computed within it, wherever it is kept. Tensors
 * that require gradients may be changed in place there.
 */
export function noGrad<T>(compute: () => T): T {
  const executor = eagerExecutor();
  const before = executor.gradientMode(false);
  try {
    return compute();
  } finally {
    executor.gradientMode(before);
  }
}
