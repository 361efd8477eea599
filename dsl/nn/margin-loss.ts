/** Losses of margins and likelihoods, as modules. https://pytorch.org/docs/stable/nn.html#loss-functions */
import { type GaussianNllOptions, gaussianNllLoss, type PoissonNllOptions, poissonNllLoss } from '../functional/likelihood-losses.js';
import type { LossOptions } from '../functional/losses.js';
import {
  type MultiMarginOptions,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  softMarginLoss,
  type TripletDistanceOptions,
  tripletMarginWithDistanceLoss,
} from '../functional/margin-losses.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { Buffer } from './parameter.js';

function fixed(tensor: Tensor | null | undefined): Buffer | null {
  return tensor === undefined || tensor === null ? null : new Buffer(tensor);
}

export class SoftMarginLoss extends Module {
  constructor(readonly options: LossOptions = {}) {
    super();
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return softMarginLoss(input, target, this.options);
  }
}

export class MultiMarginLoss extends Module {
  weight: Buffer | null;
  constructor(readonly options: MultiMarginOptions = {}) {
    super();
    this.weight = fixed(options.weight);
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return multiMarginLoss(input, target, { ...this.options, weight: this.weight });
  }
}

export class MultiLabelMarginLoss extends Module {
  constructor(readonly options: LossOptions = {}) {
    super();
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return multilabelMarginLoss(input, target, this.options);
  }
}

export class MultiLabelSoftMarginLoss extends Module {
  weight: Buffer | null;
  constructor(readonly options: LossOptions & { readonly weight?: Tensor | null } = {}) {
    super();
    this.weight = fixed(options.weight);
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return multilabelSoftMarginLoss(input, target, { ...this.options, weight: this.weight });
  }
}

export class TripletMarginWithDistanceLoss extends Module {
  constructor(readonly options: Omit<TripletDistanceOptions, 'negative'> = {}) {
    super();
  }
  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginWithDistanceLoss(anchor, positive, { ...this.options, negative });
  }
}

export class PoissonNLLLoss extends Module {
  constructor(readonly options: PoissonNllOptions = {}) {
    super();
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return poissonNllLoss(input, target, this.options);
  }
}

export class GaussianNLLLoss extends Module {
  constructor(readonly options: Omit<GaussianNllOptions, 'variance'> = {}) {
    super();
  }
  forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    return gaussianNllLoss(input, target, { ...this.options, variance });
  }
}
