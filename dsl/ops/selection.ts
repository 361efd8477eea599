/**
 * Results whose size depends on values: eager use only. While a model is compiled they end the build with a message.
 * https://pytorch.org/docs/stable/generated/torch.masked_select.html
 */
import { dtypeError, rangeError } from '../errors.js';
import { op } from '../op.js';
import { broadcastTo, filled } from '../promotion.js';
import { broadcastShapes } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { indexSelect, stack } from './indexing.js';
import { knownElements, maskPositions, positionsOf } from './mask.js';
import { flatten, reshape } from './movement.js';

/** The elements where the mask holds, as a vector; the two broadcast. */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  if (mask.dtype !== 'bool')
    throw dtypeError(`maskedSelect: the mask is ${mask.dtype}, not bool`, "compare first, or cast with x.to('bool')");
  const shape = broadcastShapes([x.shape, mask.shape], 'maskedSelect');
  const positions = maskPositions('maskedSelect', flatten(broadcastTo(mask, shape)))[0]!;
  return indexSelect(flatten(broadcastTo(x, shape)), 0, positions);
}

/** The positions of the elements that are not zero, one in each row: `[count, rank]` (i32). */
export function nonzero(x: Tensor): Tensor {
  const columns = maskPositions('nonzero', x);
  if (columns.length > 0) return stack(columns, 1);
  return filled(0, [knownElements('nonzero', x)[0] === 0 ? 0 : 1, 0], 'i32');
}

export function argwhere(x: Tensor): Tensor {
  return nonzero(x);
}

export interface Unique {
  readonly output: Tensor;
  /** For each element of the input, in its shape, which of the output it is. */
  readonly inverseIndices: Tensor;
  /** How often each element of the output occurs. */
  readonly counts: Tensor;
}

/** The distinct elements of the flattened tensor in ascending order (a NaN differs from every other), which each element is, and how often each occurs. */
export function uniqueWithCounts(x: Tensor): Unique {
  const elements = Array.from(knownElements('unique', x));
  const order = elements.map((_, at) => at);
  const rank = (value: number) => (Number.isNaN(value) ? 1 : 0);
  order.sort((i, j) => {
    const a = elements[i]!;
    const b = elements[j]!;
    return a < b ? -1 : a > b ? 1 : rank(a) - rank(b);
  });
  return grouped(x, elements, order);
}

/** Elements that are equal to their neighbour in `order` are one. */
function grouped(x: Tensor, elements: readonly number[], order: readonly number[]): Unique {
  const firsts: number[] = [];
  const counts: number[] = [];
  const inverse = elements.map(() => 0);
  for (const at of order) {
    const last = firsts.length - 1;
    if (last >= 0 && elements[firsts[last]!] === elements[at]) counts[last] = counts[last]! + 1;
    else {
      firsts.push(at);
      counts.push(1);
    }
    inverse[at] = firsts.length - 1;
  }
  return {
    output: indexSelect(flatten(x), 0, positionsOf(firsts)),
    inverseIndices: reshape(positionsOf(inverse), x.shape),
    counts: positionsOf(counts),
  };
}

/** The distinct elements of the flattened tensor in ascending order. */
export function unique(x: Tensor): Tensor {
  return uniqueWithCounts(x).output;
}

/** The flattened tensor with runs of equal elements as one, as torch.unique_consecutive. */
export function uniqueConsecutive(x: Tensor): Unique {
  const elements = Array.from(knownElements('uniqueConsecutive', x));
  return grouped(
    x,
    elements,
    elements.map((_, at) => at),
  );
}

/** How often each number from 0 on occurs in a vector of integers, or the sums of their weights; at least `minlength` numbers. */
export function bincount(x: Tensor, weights?: Tensor | null, options: { minlength?: number } = {}): Tensor {
  if (x.dtype !== 'i32' || x.shape.length !== 1) throw dtypeError('bincount: the input must be a vector of i32');
  const elements = knownElements('bincount', x);
  let size = options.minlength ?? 0;
  for (let at = 0; at < elements.length; at++) {
    if (elements[at]! < 0) throw rangeError(`bincount: the numbers must be at least 0, but one is ${elements[at]}`);
    size = Math.max(size, elements[at]! + 1);
  }
  const terms = weights ?? filled(1, x.shape, 'i32');
  return op('scatterAdd', [filled(0, [size], terms.dtype), x, terms], { dim: 0 });
}
