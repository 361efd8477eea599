/** What only values can tell: known in eager use, and not while a model is compiled. */
import { dtypeError } from '../errors.js';
import { eagerExecutor, isKnown, op } from '../op.js';
import { filled } from '../promotion.js';
import type { Tensor } from '../tensor.js';
import { currentHandle } from '../views.js';

/** The elements of a tensor on which the size of a result depends. Throws while a model is compiled: its shapes are known before its values. */
export function knownElements(name: string, x: Tensor): ArrayLike<number> {
  if (!isKnown(eagerExecutor().read(filled(0, [], 'i32').handle)[0]!)) {
    throw dtypeError(
      `${name}: how many elements the result has depends on values, which are known at run time only`,
      'where and maskedFill keep the size; sums over a mask count it. In eager use this works',
    );
  }
  return eagerExecutor().read(currentHandle(x));
}

/** A vector of the given integers. */
export function positionsOf(values: readonly number[]): Tensor {
  if (values.length === 0) return filled(0, [0], 'i32');
  return op('literal', [], { values, dtype: 'i32', shape: [values.length] });
}

/** For each dim of the mask the positions of the elements that are not zero, in row-major order (eager use). */
export function maskPositions(name: string, mask: Tensor): Tensor[] {
  const elements = knownElements(name, mask);
  const found: number[] = [];
  for (let at = 0; at < elements.length; at++) if (elements[at] !== 0) found.push(at);
  let stride = elements.length;
  return mask.shape.map((size) => {
    if (size === 0) return positionsOf([]);
    stride = stride / size;
    const step = stride;
    return positionsOf(found.map((at) => Math.floor(at / step) % size));
  });
}
