/** Losses as modules: the options are given once. https://pytorch.org/docs/stable/nn.html#loss-functions */
import { type CrossEntropyOptions, crossEntropy, type NllOptions, nllLoss, type Reduction } from '../functional/cross-entropy.js';
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  huberLoss,
  klDiv,
  type LossOptions,
  l1Loss,
  mseLoss,
  smoothL1Loss,
} from '../functional/losses.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { Buffer } from './parameter.js';

/** A tensor that is given as an option is a buffer, as in PyTorch. */
function fixed(tensor: Tensor | null | undefined): Buffer | null {
  return tensor === undefined || tensor === null ? null : new Buffer(tensor);
}

export class CrossEntropyLoss extends Module {
  weight: Buffer | null;
  constructor(readonly options: CrossEntropyOptions = {}) {
    super();
    this.weight = fixed(options.weight);
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return crossEntropy(input, target, { ...this.options, weight: this.weight });
  }
}

export class NLLLoss extends Module {
  weight: Buffer | null;
  constructor(readonly options: NllOptions = {}) {
    super();
    this.weight = fixed(options.weight);
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return nllLoss(input, target, { ...this.options, weight: this.weight });
  }
}

export class MSELoss extends Module {
  constructor(readonly options: LossOptions = {}) {
    super();
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this.options);
  }
}

export class L1Loss extends Module {
  constructor(readonly options: LossOptions = {}) {
    super();
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, this.options);
  }
}

export class SmoothL1Loss extends Module {
  constructor(readonly options: LossOptions & { readonly beta?: number } = {}) {
    super();
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, this.options);
  }
}

export class HuberLoss extends Module {
  constructor(readonly options: LossOptions & { readonly delta?: number } = {}) {
    super();
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, this.options);
  }
}

export class BCELoss extends Module {
  weight: Buffer | null;
  constructor(readonly options: LossOptions & { readonly weight?: Tensor | null } = {}) {
    super();
    this.weight = fixed(options.weight);
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(input, target, { ...this.options, weight: this.weight });
  }
}

export class BCEWithLogitsLoss extends Module {
  weight: Buffer | null;
  pos_weight: Buffer | null;
  constructor(readonly options: LossOptions & { readonly weight?: Tensor | null; readonly posWeight?: Tensor | null } = {}) {
    super();
    this.weight = fixed(options.weight);
    this.pos_weight = fixed(options.posWeight);
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropyWithLogits(input, target, { ...this.options, weight: this.weight, posWeight: this.pos_weight });
  }
}

export class KLDivLoss extends Module {
  constructor(readonly options: { readonly reduction?: Reduction | 'batchmean'; readonly logTarget?: boolean } = {}) {
    super();
  }
  forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, this.options);
  }
}
