/** A table of vectors. https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html */
import { rangeError } from '../errors.js';
import { embedding } from '../functional/embedding.js';
import { eq, where } from '../ops/comparison.js';
import { arange, randn } from '../ops/creation.js';
import { unsqueeze } from '../ops/movement.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/** `[...] (i32) -> [..., embeddingDim]`. Vectors start as N(0, 1); that of `paddingIdx` starts at 0 and stays. */
export class Embedding extends Module {
  weight: Parameter;
  readonly paddingIdx: number | undefined;

  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    options: { paddingIdx?: number } = {},
  ) {
    super();
    const { paddingIdx } = options;
    if (paddingIdx !== undefined && (paddingIdx >= numEmbeddings || paddingIdx < -numEmbeddings)) {
      throw rangeError(`Embedding: paddingIdx ${paddingIdx} is not one of ${numEmbeddings} rows`);
    }
    this.paddingIdx = paddingIdx !== undefined && paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx;
    const table = randn([numEmbeddings, embeddingDim]);
    this.weight = new Parameter(
      this.paddingIdx === undefined ? table : where(unsqueeze(eq(arange(numEmbeddings), this.paddingIdx), 1), 0, table),
    );
  }

  forward(x: Tensor): Tensor {
    return embedding(x, this.weight, this.paddingIdx === undefined ? {} : { paddingIdx: this.paddingIdx });
  }

  override extraRepr(): string {
    const padding = this.paddingIdx === undefined ? '' : `, padding_idx=${this.paddingIdx}`;
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}`;
  }
}
