/** Rows of a table by number, one by one and in bags. https://pytorch.org/docs/stable/nn.functional.html#sparse-functions */
import { dtypeError, shapeError, valueError } from '../errors.js';
import { op } from '../op.js';
import { add, div, mul, sub } from '../ops/arithmetic.js';
import { eq, where } from '../ops/comparison.js';
import { gather, indexSelect } from '../ops/indexing.js';
import { flatten, reshape, unsqueeze } from '../ops/movement.js';
import { bucketize } from '../ops/sorting.js';
import { broadcastTo, cast, filled } from '../promotion.js';
import { numel, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';

export interface EmbeddingOptions {
  /** A row that gets no gradient. */
  readonly paddingIdx?: number;
  /** Whether the gradient of a row is divided by how often it is looked up. */
  readonly scaleGradByFreq?: boolean;
}

function checkTable(name: string, index: Tensor, weight: Tensor): void {
  if (index.dtype !== 'i32') throw dtypeError(`${name}: the index must be i32, but it is ${index.dtype}`, "cast it: x.to('i32')");
  if (weight.shape.length !== 2) throw shapeError(`${name}: the weight must be a matrix, but its shape is ${shapeText(weight.shape)}`);
}

/** The row that `paddingIdx` names, counted from the end if negative. */
function paddingRow(weight: Tensor, paddingIdx: number): number {
  return paddingIdx < 0 ? paddingIdx + weight.shape[0]! : paddingIdx;
}

/** `[...] (i32) -> [..., D]`: rows of the weight `[N, D]`. */
export function embedding(index: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor {
  checkTable('embedding', index, weight);
  const flat = reshape(index, [numel(index.shape)]);
  let rows = indexSelect(weight, 0, flat);
  if (options.scaleGradByFreq === true) {
    const ones = filled(1, flat.shape, weight.dtype);
    const counts = op('scatterAdd', [filled(0, [weight.shape[0]!], weight.dtype), flat, ones], { dim: 0 });
    const share = unsqueeze(div(ones, gather(counts, 0, flat)), 1);
    // The values stay exactly as they are: what is added is 0, and only its gradient counts.
    const fixed = op('stopGradient', [rows]);
    rows = add(fixed, mul(sub(rows, fixed), share));
  }
  const found = reshape(rows, [...index.shape, weight.shape[1]!]);
  if (options.paddingIdx === undefined) return found;
  const own = paddingRow(weight, options.paddingIdx);
  return where(unsqueeze(eq(index, own), -1), op('stopGradient', [found]), found);
}

export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** Where the bags of a vector of indices begin: `[B]` (i32), the first at 0. Without, every row of a matrix is a bag. */
  readonly offsets?: Tensor | null;
  readonly mode?: 'sum' | 'mean' | 'max';
  /** Factors of the rows, for mode 'sum': one for each index. */
  readonly perSampleWeights?: Tensor | null;
  /** Whether `offsets` has the end of the last bag, too. */
  readonly includeLastOffset?: boolean;
}

/** `[B, L]`, or a vector with offsets, of indices gives `[B, D]`: sums, means or maxima of the rows of each bag; 0 for an empty one. */
export function embeddingBag(index: Tensor, weight: Tensor, options: EmbeddingBagOptions = {}): Tensor {
  checkTable('embeddingBag', index, weight);
  const { offsets, mode = 'mean', perSampleWeights, paddingIdx } = options;
  if (mode !== 'sum' && mode !== 'mean' && mode !== 'max')
    throw valueError(`embeddingBag: mode is 'sum', 'mean' or 'max', not '${String(mode)}'`);
  if (perSampleWeights && mode !== 'sum') throw valueError(`embeddingBag: perSampleWeights are for mode 'sum', not '${mode}'`);
  const given = offsets !== undefined && offsets !== null;
  if (index.shape.length !== (given ? 1 : 2)) {
    throw shapeError(
      `embeddingBag: the index has shape ${shapeText(index.shape)}`,
      'give a matrix whose rows are bags, or a vector with offsets',
    );
  }
  const bags = given ? offsets.shape[0]! - (options.includeLastOffset === true ? 1 : 0) : index.shape[0]!;
  const flat = flatten(index);
  const size = weight.shape[1]!;
  const rows = embedding(flat, weight, paddingIdx === undefined ? options : { ...options, paddingIdx });
  const shape = [flat.shape[0]!, size];
  const counted = paddingIdx === undefined ? undefined : op('not', [eq(flat, paddingRow(weight, paddingIdx))]);
  const numbers = op('iota', [], { shape: flat.shape, dim: 0, dtype: 'i32' });
  const bag = given
    ? sub(bucketize(numbers, offsets, { right: true }), 1)
    : reshape(op('iota', [], { shape: index.shape, dim: 0, dtype: 'i32' }), flat.shape);
  const target = broadcastTo(unsqueeze(bag, 1), shape);
  const counting = (terms: Tensor, nothing: number) => (counted === undefined ? terms : where(unsqueeze(counted, 1), terms, nothing));
  if (mode === 'max') {
    const lowest = filled(Number.NEGATIVE_INFINITY, [bags, size], weight.dtype);
    const largest = op('scatterMax', [lowest, target, counting(rows, Number.NEGATIVE_INFINITY)], { dim: 0 });
    return where(eq(largest, Number.NEGATIVE_INFINITY), 0, largest);
  }
  const terms = perSampleWeights ? mul(rows, unsqueeze(flatten(perSampleWeights), 1)) : rows;
  const total = op('scatterAdd', [filled(0, [bags, size], weight.dtype), target, counting(terms, 0)], { dim: 0 });
  if (mode === 'sum') return total;
  const ones = counted === undefined ? filled(1, flat.shape, weight.dtype) : cast(counted, weight.dtype);
  const counts = op('scatterAdd', [filled(0, [bags], weight.dtype), bag, ones], { dim: 0 });
  return div(total, unsqueeze(op('maximum', [counts, filled(1, [bags], weight.dtype)]), 1));
}
