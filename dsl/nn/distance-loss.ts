/** Losses of how near two inputs are, as modules, and the distances themselves. */
import {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  marginRankingLoss,
  pairwiseDistance,
  type TripletMarginOptions,
  tripletMarginLoss,
} from '../functional/distance-losses.js';
import type { LossOptions } from '../functional/losses.js';
import { cosineSimilarity } from '../functional/normalization.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';

type MarginOptions = LossOptions & { readonly margin?: number };

export class CosineEmbeddingLoss extends Module {
  constructor(readonly options: MarginOptions = {}) {
    super();
  }
  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return cosineEmbeddingLoss(input1, input2, { ...this.options, target });
  }
}

export class HingeEmbeddingLoss extends Module {
  constructor(readonly options: MarginOptions = {}) {
    super();
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbeddingLoss(input, target, this.options);
  }
}

export class MarginRankingLoss extends Module {
  constructor(readonly options: MarginOptions = {}) {
    super();
  }
  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return marginRankingLoss(input1, input2, { ...this.options, target });
  }
}

export class TripletMarginLoss extends Module {
  constructor(readonly options: TripletMarginOptions = {}) {
    super();
  }
  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginLoss(anchor, positive, { ...this.options, negative });
  }
}

export class CosineSimilarity extends Module {
  constructor(readonly options: { readonly dim?: number; readonly eps?: number } = {}) {
    super();
  }
  forward(x1: Tensor, x2: Tensor): Tensor {
    return cosineSimilarity(x1, x2, this.options);
  }
}

export class PairwiseDistance extends Module {
  constructor(readonly options: { readonly p?: number; readonly eps?: number; readonly keepdim?: boolean } = {}) {
    super();
  }
  forward(x1: Tensor, x2: Tensor): Tensor {
    return pairwiseDistance(x1, x2, this.options);
  }
}
