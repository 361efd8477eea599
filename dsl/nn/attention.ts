/** Attention (Vaswani et al. 2017). https://pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html */
import { valueError } from '../errors.js';
import { gelu } from '../functional/activation.js';
import { linear } from '../functional/linear.js';
import { dropout } from '../functional/regularization.js';
import { xavierNormal_, xavierUniform_, zeros_ } from '../init.js';
import { add, mul } from '../ops/arithmetic.js';
import { maskedFill } from '../ops/comparison.js';
import { empty } from '../ops/creation.js';
import { cat, chunk, select } from '../ops/indexing.js';
import { matmul } from '../ops/matmul.js';
import { reshape, transpose, unsqueeze } from '../ops/movement.js';
import { mean, softmax } from '../ops/reduction.js';
import { relu } from '../ops/unary.js';
import { broadcastTo, filled } from '../promotion.js';
import type { Tensor } from '../tensor.js';
import { Dropout } from './dropout.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
import { LayerNorm } from './normalization.js';
import { Parameter } from './parameter.js';

/** PyTorch prints the projection of attention under this name. */
class NonDynamicallyQuantizableLinear extends Linear {}

export interface MultiheadAttentionOptions {
  /** Of the attention weights, in training. */
  readonly dropout?: number;
  readonly bias?: boolean;
  /** Features of keys and values: embedDim unless given. */
  readonly kdim?: number;
  readonly vdim?: number;
  /** Whether one learned key and value follow those of the input. */
  readonly addBiasKv?: boolean;
  /** Whether a key and value of zeros follow. */
  readonly addZeroAttn?: boolean;
  readonly batchFirst?: boolean;
}

export interface AttentionOptions {
  /** True for keys that nobody attends to: `[N, S]`. */
  readonly keyPaddingMask?: Tensor | null;
  /** True where a query does not attend to a key, or floats that are added to the scores: `[L, S]` or `[N * heads, L, S]`. */
  readonly attnMask?: Tensor | null;
  /** Whether the weights are given too (default true). */
  readonly needWeights?: boolean;
  /** Whether they are the mean of those of the heads (default true). */
  readonly averageAttnWeights?: boolean;
}

/**
 * Queries `[L, N, E]`, keys and values `[S, N, ...]` (`[N, L, E]` with batchFirst; without N for a single one) give outputs like
 * the queries, and weights `[N, L, S]`, or `[N, heads, L, S]` of each head.
 */
export class MultiheadAttention extends Module {
  q_proj_weight: Parameter | null = null;
  k_proj_weight: Parameter | null = null;
  v_proj_weight: Parameter | null = null;
  in_proj_weight: Parameter | null = null;
  in_proj_bias: Parameter | null;
  bias_k: Parameter | null = null;
  bias_v: Parameter | null = null;
  out_proj: Linear;
  readonly dropout: number;
  readonly batchFirst: boolean;
  readonly addZeroAttn: boolean;

  constructor(
    readonly embedDim: number,
    readonly numHeads: number,
    options: MultiheadAttentionOptions = {},
  ) {
    super();
    if (embedDim % numHeads !== 0) throw valueError(`embedDim ${embedDim} is not a multiple of numHeads ${numHeads}`);
    this.dropout = options.dropout ?? 0;
    this.batchFirst = options.batchFirst ?? false;
    this.addZeroAttn = options.addZeroAttn ?? false;
    const { kdim = embedDim, vdim = embedDim, bias = true } = options;
    const weight = (rows: number, columns: number) => xavierUniform_(new Parameter(empty([rows, columns])));
    if (kdim === embedDim && vdim === embedDim) this.in_proj_weight = weight(3 * embedDim, embedDim);
    else {
      this.q_proj_weight = weight(embedDim, embedDim);
      this.k_proj_weight = weight(embedDim, kdim);
      this.v_proj_weight = weight(embedDim, vdim);
    }
    this.in_proj_bias = bias ? zeros_(new Parameter(empty([3 * embedDim]))) : null;
    this.out_proj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias });
    if (this.out_proj.bias !== null) zeros_(this.out_proj.bias);
    if (options.addBiasKv === true) {
      this.bias_k = xavierNormal_(new Parameter(empty([1, 1, embedDim])));
      this.bias_v = xavierNormal_(new Parameter(empty([1, 1, embedDim])));
    }
  }

  forward(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions = {}): [Tensor, Tensor | undefined] {
    const batched = query.shape.length === 3;
    const arrange = (x: Tensor) => (!batched ? unsqueeze(x, 0) : this.batchFirst ? x : transpose(x, 0, 1));
    const [q, k, v] = this.project(arrange(query), arrange(key), arrange(value));
    // Keys that every query may attend to, after those that masks name.
    const more = k.shape[2]! - (batched && !this.batchFirst ? key.shape[0]! : key.shape[batched ? 1 : 0]!);
    const scores = matmul(mul(q, 1 / Math.sqrt(this.embedDim / this.numHeads)), transpose(k, -2, -1));
    const padding = options.keyPaddingMask;
    const mask = padding && widened(batched ? padding : unsqueeze(padding, 0), more);
    const weights = softmax(this.masked(scores, options.attnMask && widened(options.attnMask, more), mask), -1);
    const kept = this.dropout > 0 ? dropout(weights, this.dropout, { training: this.training }) : weights;
    const heads = transpose(matmul(kept, v), 1, 2);
    const output = this.out_proj.forward(reshape(heads, [...heads.shape.slice(0, 2), this.embedDim]));
    const result = !batched ? select(output, 0, 0) : this.batchFirst ? output : transpose(output, 0, 1);
    if (options.needWeights === false) return [result, undefined];
    const shown = options.averageAttnWeights === false ? kept : mean(kept, 1);
    return [result, batched ? shown : select(shown, 0, 0)];
  }

  /** The three projections in heads: `[N, heads, length, E / heads]`. */
  private project(query: Tensor, key: Tensor, value: Tensor): [Tensor, Tensor, Tensor] {
    const weights = this.in_proj_weight === null ? undefined : chunk(this.in_proj_weight, 3);
    const [wq, wk, wv] = weights ?? [this.q_proj_weight!, this.k_proj_weight!, this.v_proj_weight!];
    const [bq, bk, bv] = this.in_proj_bias === null ? [] : chunk(this.in_proj_bias, 3);
    const size = this.embedDim / this.numHeads;
    const heads = (x: Tensor, weight: Tensor, bias: Tensor | undefined) => {
      return this.split(linear(x, weight, { bias }), size);
    };
    const [q, k, v] = [heads(query, wq!, bq), heads(key, wk!, bk), heads(value, wv!, bv)];
    return [q, this.followed(k, this.bias_k), this.followed(v, this.bias_v)];
  }

  /** `[N, length, E]` in heads. */
  private split(x: Tensor, size: number): Tensor {
    return transpose(reshape(x, [...x.shape.slice(0, 2), this.numHeads, size]), 1, 2);
  }

  /** Keys or values in heads, with the learned one and zeros after them. */
  private followed(x: Tensor, learned: Tensor | null): Tensor {
    const one = [x.shape[0]!, this.numHeads, 1, x.shape[3]!];
    const parts = [x];
    if (learned !== null) parts.push(broadcastTo(this.split(learned, x.shape[3]!), one));
    if (this.addZeroAttn) parts.push(filled(0, one, x.dtype));
    return parts.length === 1 ? x : cat(parts, 2);
  }

  private masked(scores: Tensor, attnMask: Tensor | null | undefined, padding: Tensor | null | undefined): Tensor {
    let result = scores;
    if (attnMask !== undefined && attnMask !== null) {
      const mask = attnMask.shape.length === 3 ? reshape(attnMask, scores.shape) : attnMask;
      result = mask.dtype === 'bool' ? maskedFill(result, mask, Number.NEGATIVE_INFINITY) : add(result, mask);
    }
    if (padding !== undefined && padding !== null) {
      result = maskedFill(result, unsqueeze(unsqueeze(padding, 1), 1), Number.NEGATIVE_INFINITY);
    }
    return result;
  }
}

/** A mask with `amount` more keys that it leaves alone. */
function widened(mask: Tensor, amount: number): Tensor {
  return amount === 0 ? mask : cat([mask, filled(0, [...mask.shape.slice(0, -1), amount], mask.dtype)], -1);
}

export interface TransformerEncoderLayerOptions {
  readonly dimFeedforward?: number;
  readonly dropout?: number;
  readonly activation?: 'relu' | 'gelu' | ((x: Tensor) => Tensor);
  readonly layerNormEps?: number;
  readonly batchFirst?: boolean;
  /** Whether the norms come before attention and feed-forward net, not after. */
  readonly normFirst?: boolean;
}

/** Self-attention and a feed-forward net. https://pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html */
export class TransformerEncoderLayer extends Module {
  self_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  norm1: LayerNorm;
  norm2: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  readonly normFirst: boolean;
  readonly activation: (x: Tensor) => Tensor;

  constructor(dModel: number, nhead: number, options: TransformerEncoderLayerOptions = {}) {
    super();
    const { dimFeedforward = 2048, dropout = 0.1, activation = 'relu', layerNormEps = 1e-5, batchFirst = false } = options;
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout, batchFirst });
    this.linear1 = new Linear(dModel, dimFeedforward);
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel);
    this.norm1 = new LayerNorm(dModel, { eps: layerNormEps });
    this.norm2 = new LayerNorm(dModel, { eps: layerNormEps });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.normFirst = options.normFirst ?? false;
    this.activation = activation === 'relu' ? relu : activation === 'gelu' ? (x) => gelu(x) : activation;
  }

  forward(src: Tensor, options: { srcMask?: Tensor | null; srcKeyPaddingMask?: Tensor | null } = {}): Tensor {
    if (this.normFirst) {
      const x = add(src, this.attend(this.norm1.forward(src), options));
      return add(x, this.feed(this.norm2.forward(x)));
    }
    const x = this.norm1.forward(add(src, this.attend(src, options)));
    return this.norm2.forward(add(x, this.feed(x)));
  }

  private attend(x: Tensor, options: { srcMask?: Tensor | null; srcKeyPaddingMask?: Tensor | null }): Tensor {
    const { srcMask: attnMask, srcKeyPaddingMask: keyPaddingMask } = options;
    return this.dropout1.forward(this.self_attn.forward(x, x, x, { attnMask, keyPaddingMask, needWeights: false })[0]);
  }

  private feed(x: Tensor): Tensor {
    const hidden = this.dropout.forward(this.activation(this.linear1.forward(x)));
    return this.dropout2.forward(this.linear2.forward(hidden));
  }
}
