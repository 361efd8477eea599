/** https://pytorch.org/docs/stable/generated/torch.nn.Bilinear.html */
import { bilinear } from '../functional/bilinear.js';
import { uniform_ } from '../init.js';
import { empty } from '../ops/creation.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { boolText } from './python-text.js';

/** `y = x1^T W x2 + b`: `[..., in1], [..., in2] -> [..., out]`. */
export class Bilinear extends Module {
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    readonly in1Features: number,
    readonly in2Features: number,
    readonly outFeatures: number,
    options: { bias?: boolean } = {},
  ) {
    super();
    this.weight = new Parameter(empty([outFeatures, in1Features, in2Features]));
    this.bias = options.bias === false ? null : new Parameter(empty([outFeatures]));
    const bound = 1 / Math.sqrt(in1Features);
    uniform_(this.weight, -bound, bound);
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }

  forward(x1: Tensor, x2: Tensor): Tensor {
    return bilinear(x1, x2, { weight: this.weight, bias: this.bias });
  }

  override extraRepr(): string {
    const { in1Features, in2Features, outFeatures } = this;
    return `in1_features=${in1Features}, in2_features=${in2Features}, out_features=${outFeatures}, bias=${boolText(this.bias !== null)}`;
  }
}
