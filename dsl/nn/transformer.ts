/** Encoders and decoders of attention (Vaswani et al. 2017). https://pytorch.org/docs/stable/nn.html#transformer-layers */
import { gelu } from '../functional/activation.js';
import { xavierUniform_ } from '../init.js';
import { add } from '../ops/arithmetic.js';
import { full } from '../ops/creation.js';
import { triu } from '../ops/movement.js';
import { relu } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { MultiheadAttention, TransformerEncoderLayer, type TransformerEncoderLayerOptions } from './attention.js';
import { ModuleList } from './containers.js';
import { copyModule } from './copy.js';
import { Dropout } from './dropout.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
import { LayerNorm } from './normalization.js';

function copies<M extends Module>(layer: M, count: number): ModuleList<M> {
  const layers: M[] = [];
  for (let at = 0; at < count; at++) layers.push(copyModule(layer));
  return new ModuleList(layers);
}

export interface EncoderMasks {
  /** As `attnMask` of MultiheadAttention, for every layer. */
  readonly mask?: Tensor | null;
  readonly srcKeyPaddingMask?: Tensor | null;
}

/** `numLayers` copies of a layer, which begin with the same values, and a norm after them if one is given. */
export class TransformerEncoder extends Module {
  layers: ModuleList<TransformerEncoderLayer>;
  norm: LayerNorm | null;

  constructor(
    encoderLayer: TransformerEncoderLayer,
    readonly numLayers: number,
    options: { readonly norm?: LayerNorm | null } = {},
  ) {
    super();
    this.layers = copies(encoderLayer, numLayers);
    this.norm = options.norm ?? null;
  }

  forward(src: Tensor, options: EncoderMasks = {}): Tensor {
    const { mask = null, srcKeyPaddingMask = null } = options;
    let output = src;
    for (const layer of this.layers.values()) output = layer.forward(output, { srcMask: mask, srcKeyPaddingMask });
    return this.norm === null ? output : this.norm.forward(output);
  }
}

export interface DecoderMasks {
  readonly tgtMask?: Tensor | null;
  readonly memoryMask?: Tensor | null;
  readonly tgtKeyPaddingMask?: Tensor | null;
  readonly memoryKeyPaddingMask?: Tensor | null;
}

/** Self-attention, attention to the memory, and a feed-forward net. */
export class TransformerDecoderLayer extends Module {
  self_attn: MultiheadAttention;
  multihead_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  norm1: LayerNorm;
  norm2: LayerNorm;
  norm3: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  dropout3: Dropout;
  readonly normFirst: boolean;
  readonly activation: (x: Tensor) => Tensor;

  constructor(dModel: number, nhead: number, options: TransformerEncoderLayerOptions = {}) {
    super();
    const { dimFeedforward = 2048, dropout = 0.1, activation = 'relu', layerNormEps = 1e-5, batchFirst = false } = options;
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout, batchFirst });
    this.multihead_attn = new MultiheadAttention(dModel, nhead, { dropout, batchFirst });
    this.linear1 = new Linear(dModel, dimFeedforward);
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel);
    this.norm1 = new LayerNorm(dModel, { eps: layerNormEps });
    this.norm2 = new LayerNorm(dModel, { eps: layerNormEps });
    this.norm3 = new LayerNorm(dModel, { eps: layerNormEps });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.dropout3 = new Dropout(dropout);
    this.normFirst = options.normFirst ?? false;
    this.activation = activation === 'relu' ? relu : activation === 'gelu' ? (x) => gelu(x) : activation;
  }

  forward(tgt: Tensor, memory: Tensor, options: DecoderMasks = {}): Tensor {
    if (this.normFirst) {
      const x = add(tgt, this.attend(this.norm1.forward(tgt), options));
      const y = add(x, this.remember(this.norm2.forward(x), memory, options));
      return add(y, this.feed(this.norm3.forward(y)));
    }
    const x = this.norm1.forward(add(tgt, this.attend(tgt, options)));
    const y = this.norm2.forward(add(x, this.remember(x, memory, options)));
    return this.norm3.forward(add(y, this.feed(y)));
  }

  private attend(x: Tensor, { tgtMask: attnMask, tgtKeyPaddingMask: keyPaddingMask }: DecoderMasks): Tensor {
    return this.dropout1.forward(this.self_attn.forward(x, x, x, { attnMask, keyPaddingMask, needWeights: false })[0]);
  }

  private remember(x: Tensor, memory: Tensor, { memoryMask: attnMask, memoryKeyPaddingMask: keyPaddingMask }: DecoderMasks): Tensor {
    return this.dropout2.forward(this.multihead_attn.forward(x, memory, memory, { attnMask, keyPaddingMask, needWeights: false })[0]);
  }

  private feed(x: Tensor): Tensor {
    const hidden = this.dropout.forward(this.activation(this.linear1.forward(x)));
    return this.dropout3.forward(this.linear2.forward(hidden));
  }
}

/** `numLayers` copies of a layer, which begin with the same values, and a norm after them if one is given. */
export class TransformerDecoder extends Module {
  layers: ModuleList<TransformerDecoderLayer>;
  norm: LayerNorm | null;

  constructor(
    decoderLayer: TransformerDecoderLayer,
    readonly numLayers: number,
    options: { readonly norm?: LayerNorm | null } = {},
  ) {
    super();
    this.layers = copies(decoderLayer, numLayers);
    this.norm = options.norm ?? null;
  }

  forward(tgt: Tensor, memory: Tensor, options: DecoderMasks = {}): Tensor {
    let output = tgt;
    for (const layer of this.layers.values()) output = layer.forward(output, memory, options);
    return this.norm === null ? output : this.norm.forward(output);
  }
}

export interface TransformerOptions extends TransformerEncoderLayerOptions {
  readonly dModel?: number;
  readonly nhead?: number;
  readonly numEncoderLayers?: number;
  readonly numDecoderLayers?: number;
}

export interface TransformerMasks extends DecoderMasks {
  readonly srcMask?: Tensor | null;
  readonly srcKeyPaddingMask?: Tensor | null;
}

/** An encoder of the source and a decoder of the target that attends to it. Weight matrices start as xavierUniform_. */
export class Transformer extends Module {
  encoder: TransformerEncoder;
  decoder: TransformerDecoder;

  constructor(options: TransformerOptions = {}) {
    super();
    const { dModel = 512, nhead = 8, numEncoderLayers = 6, numDecoderLayers = 6, ...layer } = options;
    const norm = () => new LayerNorm(dModel, { eps: layer.layerNormEps ?? 1e-5 });
    this.encoder = new TransformerEncoder(new TransformerEncoderLayer(dModel, nhead, layer), numEncoderLayers, { norm: norm() });
    this.decoder = new TransformerDecoder(new TransformerDecoderLayer(dModel, nhead, layer), numDecoderLayers, { norm: norm() });
    for (const parameter of this.parameters()) if (parameter.shape.length > 1) xavierUniform_(parameter);
  }

  forward(src: Tensor, tgt: Tensor, options: TransformerMasks = {}): Tensor {
    const { srcMask: mask = null, srcKeyPaddingMask = null } = options;
    return this.decoder.forward(tgt, this.encoder.forward(src, { mask, srcKeyPaddingMask }), options);
  }

  /** `[size, size]`: 0 where a position may look, -inf at later positions. */
  static generateSquareSubsequentMask(size: number): Tensor {
    return triu(full([size, size], Number.NEGATIVE_INFINITY), 1);
  }
}
