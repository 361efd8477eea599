/** Rows of a table by number. */
import { dtypeError, shapeError } from '../errors.js';
import { op } from '../op.js';
import { eq, where } from '../ops/comparison.js';
import { indexSelect } from '../ops/indexing.js';
import { reshape, unsqueeze } from '../ops/movement.js';
import { numel, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';

/** `[...] (i32) -> [..., D]`: rows of the weight `[N, D]`. The row `paddingIdx` gets no gradient. */
export function embedding(index: Tensor, weight: Tensor, options: { paddingIdx?: number } = {}): Tensor {
  if (index.dtype !== 'i32') throw dtypeError(`embedding: the index must be i32, but it is ${index.dtype}`, "cast it: x.to('i32')");
  if (weight.shape.length !== 2) throw shapeError(`embedding: the weight must be a matrix, but its shape is ${shapeText(weight.shape)}`);
  const rows = indexSelect(weight, 0, reshape(index, [numel(index.shape)]));
  const found = reshape(rows, [...index.shape, weight.shape[1]!]);
  if (options.paddingIdx === undefined) return found;
  const own = options.paddingIdx < 0 ? options.paddingIdx + weight.shape[0]! : options.paddingIdx;
  return where(unsqueeze(eq(index, own), -1), op('stopGradient', [found]), found);
}
