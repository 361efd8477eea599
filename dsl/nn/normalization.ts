/** Normalisation layers. https://pytorch.org/docs/stable/nn.html#normalization-layers */
import { shapeError, valueError } from '../errors.js';
import { batchNorm, groupNorm, layerNorm } from '../functional/normalization.js';
import { reciprocal } from '../ops/arithmetic.js';
import { ones, zeros } from '../ops/creation.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { Buffer, Parameter } from './parameter.js';
import { boolText, numberText, tupleText } from './python-text.js';

/** Over the last dims, whose sizes are `normalizedShape`; scale and shift are learned for each element. */
export class LayerNorm extends Module {
  weight: Parameter | null = null;
  bias: Parameter | null = null;
  readonly normalizedShape: readonly number[];
  readonly eps: number;
  readonly elementwiseAffine: boolean;

  constructor(normalizedShape: number | readonly number[], options: { eps?: number; elementwiseAffine?: boolean } = {}) {
    super();
    this.normalizedShape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
    this.eps = options.eps ?? 1e-5;
    this.elementwiseAffine = options.elementwiseAffine ?? true;
    if (this.elementwiseAffine) {
      this.weight = new Parameter(ones(this.normalizedShape));
      this.bias = new Parameter(zeros(this.normalizedShape));
    }
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.normalizedShape, { weight: this.weight, bias: this.bias, eps: this.eps });
  }

  override extraRepr(): string {
    return `${tupleText(this.normalizedShape)}, eps=${numberText(this.eps)}, elementwise_affine=${boolText(this.elementwiseAffine)}`;
  }
}

/** Over groups of channels; scale and shift are learned for each channel. */
export class GroupNorm extends Module {
  weight: Parameter | null = null;
  bias: Parameter | null = null;
  readonly eps: number;
  readonly affine: boolean;

  constructor(
    readonly numGroups: number,
    readonly numChannels: number,
    options: { eps?: number; affine?: boolean } = {},
  ) {
    super();
    if (numChannels % numGroups !== 0) throw valueError(`GroupNorm: ${numChannels} channels do not divide into ${numGroups} groups`);
    this.eps = options.eps ?? 1e-5;
    this.affine = options.affine ?? true;
    if (this.affine) {
      this.weight = new Parameter(ones([numChannels]));
      this.bias = new Parameter(zeros([numChannels]));
    }
  }

  forward(x: Tensor): Tensor {
    return groupNorm(x, this.numGroups, { weight: this.weight, bias: this.bias, eps: this.eps });
  }

  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, eps=${numberText(this.eps)}, affine=${boolText(this.affine)}`;
  }
}

export interface BatchNormLayerOptions {
  readonly eps?: number;
  /** How far the running statistics move; null for the plain average over all batches. */
  readonly momentum?: number | null;
  readonly affine?: boolean;
  readonly trackRunningStats?: boolean;
}

/** Fields of the state have PyTorch's names, as the state dictionary does. */
export abstract class RunningNorm extends Module {
  weight: Parameter | null = null;
  bias: Parameter | null = null;
  running_mean: Buffer | null = null;
  running_var: Buffer | null = null;
  num_batches_tracked: Buffer | null = null;
  readonly eps: number;
  readonly momentum: number | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;

  constructor(
    readonly numFeatures: number,
    options: BatchNormLayerOptions = {},
  ) {
    super();
    this.eps = options.eps ?? 1e-5;
    this.momentum = options.momentum === undefined ? 0.1 : options.momentum;
    this.affine = options.affine ?? true;
    this.trackRunningStats = options.trackRunningStats ?? true;
    if (this.affine) {
      this.weight = new Parameter(ones([numFeatures]));
      this.bias = new Parameter(zeros([numFeatures]));
    }
    if (this.trackRunningStats) {
      this.running_mean = new Buffer(zeros([numFeatures]));
      this.running_var = new Buffer(ones([numFeatures]));
      this.num_batches_tracked = new Buffer(zeros([], { dtype: 'i32' }));
    }
  }

  /** The numbers of dims that an input may have. */
  protected abstract ranks(): readonly number[];

  protected checkInput(x: Tensor, channelDim = 1): void {
    const ranks = this.ranks();
    if (!ranks.includes(x.shape.length)) {
      throw shapeError(`${this.constructor.name}: the input must have ${ranks.join(' or ')} dims, but its shape is ${shapeText(x.shape)}`);
    }
    if (x.shape[channelDim] !== this.numFeatures) {
      throw shapeError(
        `${this.constructor.name}: the input of shape ${shapeText(x.shape)} has ${x.shape[channelDim]} channels, not ${this.numFeatures}`,
      );
    }
  }

  override extraRepr(): string {
    const momentum = this.momentum === null ? 'None' : numberText(this.momentum);
    const text = `${this.numFeatures}, eps=${numberText(this.eps)}, momentum=${momentum}`;
    return `${text}, affine=${boolText(this.affine)}, track_running_stats=${boolText(this.trackRunningStats)}`;
  }
}

abstract class BatchNorm extends RunningNorm {
  forward(x: Tensor): Tensor {
    this.checkInput(x);
    const { weight, bias, eps } = this;
    const { running_mean: mean, running_var: runningVar } = this;
    const own = this.training || mean === null;
    if (!own || !this.training || this.num_batches_tracked === null) {
      return batchNorm(x, own ? null : mean, { runningVar: own ? null : runningVar, weight, bias, eps, training: own });
    }
    this.num_batches_tracked.copy_(this.num_batches_tracked.add(1));
    const momentum = this.momentum ?? reciprocal(this.num_batches_tracked);
    return batchNorm(x, mean, { runningVar, weight, bias, eps, training: true, momentum });
  }
}

/** Over the batch: `[N, C]` or `[N, C, L]`. */
export class BatchNorm1d extends BatchNorm {
  protected override ranks(): readonly number[] {
    return [2, 3];
  }
}

/** Over the batch and the image: `[N, C, H, W]`. */
export class BatchNorm2d extends BatchNorm {
  protected override ranks(): readonly number[] {
    return [4];
  }
}

/** Over the batch and the volume: `[N, C, D, H, W]`. */
export class BatchNorm3d extends BatchNorm {
  protected override ranks(): readonly number[] {
    return [5];
  }
}
