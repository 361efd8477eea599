/** https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html */
import { add, mul } from '../ops/arithmetic.js';
import { where } from '../ops/comparison.js';
import { ones } from '../ops/creation.js';
import { matmul } from '../ops/matmul.js';
import { transpose, tril } from '../ops/movement.js';
import { softmax } from '../ops/reduction.js';
import { cast } from '../promotion.js';
import type { Tensor } from '../tensor.js';
import { dropout } from './regularization.js';

export interface ScaledAttentionOptions {
  readonly value: Tensor;
  /** True where a query attends to a key (unlike MultiheadAttention's), or floats that are added to the scores. */
  readonly attnMask?: Tensor | null;
  readonly dropoutP?: number;
  /** Whether a query attends to no key behind its own position. */
  readonly isCausal?: boolean;
  /** The factor of the scores: 1 / sqrt(E) unless given. */
  readonly scale?: number;
}

/** `softmax(query key^T * scale) value`: `[..., L, E]`, `[..., S, E]` and `[..., S, V]` give `[..., L, V]`. */
export function scaledDotProductAttention(query: Tensor, key: Tensor, options: ScaledAttentionOptions): Tensor {
  const { value, attnMask, dropoutP = 0, isCausal = false } = options;
  const scale = options.scale ?? 1 / Math.sqrt(query.shape[query.shape.length - 1]!);
  let scores = matmul(mul(query, scale), transpose(key, -2, -1));
  const masks = isCausal ? [cast(tril(ones(scores.shape.slice(-2))), 'bool')] : [];
  if (attnMask !== undefined && attnMask !== null) masks.push(attnMask);
  for (const mask of masks) scores = mask.dtype === 'bool' ? where(mask, scores, Number.NEGATIVE_INFINITY) : add(scores, mask);
  return matmul(dropout(softmax(scores, -1), dropoutP), value);
}
