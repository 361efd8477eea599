/** Normalisation of each sample by itself, and of neighbouring channels. https://pytorch.org/docs/stable/nn.html#normalization-layers */
import { instanceNorm, type LocalResponseNormOptions, localResponseNorm, rmsNorm } from '../functional/normalization.js';
import { ones } from '../ops/creation.js';
import { select } from '../ops/indexing.js';
import { unsqueeze } from '../ops/movement.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { type BatchNormLayerOptions, RunningNorm } from './normalization.js';
import { Parameter } from './parameter.js';
import { boolText, floatText, numberText, tupleText } from './python-text.js';

/** Statistics are those of the sample, unless running ones are kept and the layer is in eval mode. */
abstract class InstanceNorm extends RunningNorm {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super(numFeatures, { ...options, affine: options.affine ?? false, trackRunningStats: options.trackRunningStats ?? false });
  }

  /** How many spatial dims the input has. */
  protected abstract spatial(): number;

  protected override ranks(): readonly number[] {
    return [this.spatial() + 1, this.spatial() + 2];
  }

  forward(x: Tensor): Tensor {
    const single = x.shape.length === this.spatial() + 1;
    this.checkInput(x, single ? 0 : 1);
    const { weight, bias, eps, momentum, running_mean: runningMean, running_var: runningVar } = this;
    const options = {
      weight,
      bias,
      eps,
      runningMean,
      runningVar,
      useInputStats: this.training || runningMean === null,
      momentum: momentum ?? 0,
    };
    const update = this.training && runningMean !== null;
    if (update && this.num_batches_tracked !== null) this.num_batches_tracked.copy_(this.num_batches_tracked.add(1));
    const own = update || !options.useInputStats ? options : { ...options, runningMean: null, runningVar: null };
    return single ? select(instanceNorm(unsqueeze(x, 0), own), 0, 0) : instanceNorm(x, own);
  }
}

/** Over the length of each channel of each sample: `[N, C, L]`; the batch may be absent. */
export class InstanceNorm1d extends InstanceNorm {
  protected override spatial(): number {
    return 1;
  }
}

/** Over the image of each channel of each sample: `[N, C, H, W]`; the batch may be absent. */
export class InstanceNorm2d extends InstanceNorm {
  protected override spatial(): number {
    return 2;
  }
}

/** Over the volume of each channel of each sample: `[N, C, D, H, W]`; the batch may be absent. */
export class InstanceNorm3d extends InstanceNorm {
  protected override spatial(): number {
    return 3;
  }
}

/** By the root of the mean square over the last dims, whose sizes are `normalizedShape`; a scale is learned for each element. */
export class RMSNorm extends Module {
  weight: Parameter | null = null;
  readonly normalizedShape: readonly number[];
  readonly eps: number | null;
  readonly elementwiseAffine: boolean;

  constructor(normalizedShape: number | readonly number[], options: { eps?: number | null; elementwiseAffine?: boolean } = {}) {
    super();
    this.normalizedShape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
    this.eps = options.eps ?? null;
    this.elementwiseAffine = options.elementwiseAffine ?? true;
    if (this.elementwiseAffine) this.weight = new Parameter(ones(this.normalizedShape));
  }
  forward(x: Tensor): Tensor {
    return rmsNorm(x, this.normalizedShape, { weight: this.weight, eps: this.eps });
  }
  override extraRepr(): string {
    const eps = this.eps === null ? 'None' : numberText(this.eps);
    return `${tupleText(this.normalizedShape)}, eps=${eps}, elementwise_affine=${boolText(this.elementwiseAffine)}`;
  }
}

/** By neighbouring channels, as F.localResponseNorm. */
export class LocalResponseNorm extends Module {
  constructor(
    readonly size: number,
    readonly options: LocalResponseNormOptions = {},
  ) {
    super();
  }
  forward(x: Tensor): Tensor {
    return localResponseNorm(x, this.size, this.options);
  }
  override extraRepr(): string {
    const { alpha = 1e-4, beta = 0.75, k = 1 } = this.options;
    return `${this.size}, alpha=${floatText(alpha)}, beta=${floatText(beta)}, k=${floatText(k)}`;
  }
}
