/** Tables of vectors. https://pytorch.org/docs/stable/nn.html#sparse-layers */
import { rangeError, shapeError } from '../errors.js';
import { embedding, embeddingBag } from '../functional/embedding.js';
import { eq, where } from '../ops/comparison.js';
import { arange, randn } from '../ops/creation.js';
import { unsqueeze } from '../ops/movement.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { boolText } from './python-text.js';

export interface EmbeddingLayerOptions {
  readonly paddingIdx?: number;
  readonly scaleGradByFreq?: boolean;
}

/** A table whose rows are looked up. Vectors start as N(0, 1); that of `paddingIdx` starts at 0 and stays. */
abstract class Table extends Module {
  weight: Parameter;
  readonly paddingIdx: number | undefined;
  readonly scaleGradByFreq: boolean;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    options: EmbeddingLayerOptions,
  ) {
    super();
    const { paddingIdx } = options;
    if (paddingIdx !== undefined && (paddingIdx >= numEmbeddings || paddingIdx < -numEmbeddings)) {
      throw rangeError(`${this.constructor.name}: paddingIdx ${paddingIdx} is not one of ${numEmbeddings} rows`);
    }
    this.paddingIdx = paddingIdx !== undefined && paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx;
    this.scaleGradByFreq = options.scaleGradByFreq ?? false;
    const table = randn([numEmbeddings, embeddingDim]);
    this.weight = new Parameter(
      this.paddingIdx === undefined ? table : where(unsqueeze(eq(arange(numEmbeddings), this.paddingIdx), 1), 0, table),
    );
  }

  protected get lookUp(): EmbeddingLayerOptions {
    const { paddingIdx, scaleGradByFreq } = this;
    return paddingIdx === undefined ? { scaleGradByFreq } : { paddingIdx, scaleGradByFreq };
  }

  protected text(): string {
    const padding = this.paddingIdx === undefined ? '' : `, padding_idx=${this.paddingIdx}`;
    const scale = this.scaleGradByFreq ? `, scale_grad_by_freq=${boolText(true)}` : '';
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}${scale}`;
  }
}

/** `[...] (i32) -> [..., embeddingDim]`. */
export class Embedding extends Table {
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingLayerOptions = {}) {
    super(numEmbeddings, embeddingDim, options);
  }

  /** A table of the given vectors `[N, D]`, which training leaves as they are unless `freeze` is false. */
  static fromPretrained(embeddings: Tensor, options: EmbeddingLayerOptions & { readonly freeze?: boolean } = {}): Embedding {
    if (embeddings.shape.length !== 2) {
      throw shapeError(`Embedding.fromPretrained: the vectors must be a matrix, but its shape is ${shapeText(embeddings.shape)}`);
    }
    const made = new Embedding(embeddings.shape[0]!, embeddings.shape[1]!, options);
    made.weight = new Parameter(embeddings);
    made.weight.requiresGrad_(options.freeze === false);
    return made;
  }

  forward(x: Tensor): Tensor {
    return embedding(x, this.weight, this.lookUp);
  }

  override extraRepr(): string {
    return this.text();
  }
}

/** Sums, means or maxima of the vectors of bags of indices, as F.embeddingBag: `[B, L]`, or a vector with offsets, gives `[B, D]`. */
export class EmbeddingBag extends Table {
  readonly mode: 'sum' | 'mean' | 'max';
  readonly includeLastOffset: boolean;

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    options: EmbeddingLayerOptions & { readonly mode?: 'sum' | 'mean' | 'max'; readonly includeLastOffset?: boolean } = {},
  ) {
    super(numEmbeddings, embeddingDim, options);
    this.mode = options.mode ?? 'mean';
    this.includeLastOffset = options.includeLastOffset ?? false;
  }

  forward(x: Tensor, offsets?: Tensor | null, options: { readonly perSampleWeights?: Tensor | null } = {}): Tensor {
    const { mode, includeLastOffset } = this;
    return embeddingBag(x, this.weight, { ...this.lookUp, ...options, offsets: offsets ?? null, mode, includeLastOffset });
  }

  override extraRepr(): string {
    return `${this.text()}, mode=${this.mode}`;
  }
}
