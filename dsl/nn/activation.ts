/**
 * Activations as modules. `inplace` is taken and printed as in PyTorch, where it saves memory; here memory is planned anyway, and the
 * input keeps its values.
 */

import { shapeError, valueError } from '../errors.js';
import * as F from '../functional/activation.js';
import { full } from '../ops/creation.js';
import { logSoftmax, softmax } from '../ops/reduction.js';
import { tanh } from '../ops/unary.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { floatText, numberText } from './python-text.js';

/** The option of PyTorch's activations that may write over their input. */
export interface InplaceOption {
  readonly inplace?: boolean;
}

/** An activation that prints whether it was asked to work in place. The field is optional, so that any layer may stand for another. */
abstract class Activation extends Module {
  readonly inplace?: boolean;

  constructor(options: InplaceOption) {
    super();
    if (options.inplace === true) this.inplace = true;
  }
  override extraRepr(): string {
    return withInplace('', this.inplace);
  }
}

function withInplace(text: string, inplace: boolean | undefined): string {
  if (inplace !== true) return text;
  return text === '' ? 'inplace=True' : `${text}, inplace=True`;
}

export class ReLU extends Activation {
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  forward(x: Tensor): Tensor {
    return F.relu(x);
  }
}

export class ReLU6 extends Activation {
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  forward(x: Tensor): Tensor {
    return F.relu6(x);
  }
}

export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return F.sigmoid(x);
  }
}

export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

export class LeakyReLU extends Activation {
  constructor(
    readonly negativeSlope = 0.01,
    options: InplaceOption = {},
  ) {
    super(options);
  }
  forward(x: Tensor): Tensor {
    return F.leakyRelu(x, this.negativeSlope);
  }
  override extraRepr(): string {
    return withInplace(`negative_slope=${numberText(this.negativeSlope)}`, this.inplace);
  }
}

/** leakyRelu with learned slopes: one, or one for each channel. */
export class PReLU extends Module {
  weight: Parameter;
  constructor(
    readonly numParameters = 1,
    options: { init?: number } = {},
  ) {
    super();
    this.weight = new Parameter(full([numParameters], options.init ?? 0.25));
  }
  forward(x: Tensor): Tensor {
    return F.prelu(x, this.weight);
  }
  override extraRepr(): string {
    return `num_parameters=${this.numParameters}`;
  }
}

export class ELU extends Activation {
  constructor(
    readonly alpha = 1,
    options: InplaceOption = {},
  ) {
    super(options);
  }
  forward(x: Tensor): Tensor {
    return F.elu(x, this.alpha);
  }
  override extraRepr(): string {
    return withInplace(`alpha=${floatText(this.alpha)}`, this.inplace);
  }
}

export class CELU extends Activation {
  constructor(
    readonly alpha = 1,
    options: InplaceOption = {},
  ) {
    super(options);
  }
  forward(x: Tensor): Tensor {
    return F.celu(x, this.alpha);
  }
  override extraRepr(): string {
    return withInplace(`alpha=${floatText(this.alpha)}`, this.inplace);
  }
}

export class SELU extends Activation {
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  forward(x: Tensor): Tensor {
    return F.selu(x);
  }
}

export class GELU extends Module {
  readonly approximate: 'none' | 'tanh';
  constructor(options: { approximate?: 'none' | 'tanh' } = {}) {
    super();
    this.approximate = options.approximate ?? 'none';
  }
  forward(x: Tensor): Tensor {
    return F.gelu(x, { approximate: this.approximate });
  }
  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

export class SiLU extends Activation {
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  forward(x: Tensor): Tensor {
    return F.silu(x);
  }
}

export class Mish extends Activation {
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  forward(x: Tensor): Tensor {
    return F.mish(x);
  }
}

export class Softplus extends Module {
  constructor(
    readonly beta = 1,
    readonly threshold = 20,
  ) {
    super();
  }
  forward(x: Tensor): Tensor {
    return F.softplus(x, { beta: this.beta, threshold: this.threshold });
  }
  override extraRepr(): string {
    return `beta=${numberText(this.beta)}, threshold=${numberText(this.threshold)}`;
  }
}

export class LogSigmoid extends Module {
  forward(x: Tensor): Tensor {
    return F.logsigmoid(x);
  }
}

/** leakyRelu with slopes drawn from U(lower, upper) in training, their mean otherwise. */
export class RReLU extends Activation {
  readonly lower: number;
  readonly upper: number;
  constructor(options: InplaceOption & { lower?: number; upper?: number } = {}) {
    super(options);
    this.lower = options.lower ?? 1 / 8;
    this.upper = options.upper ?? 1 / 3;
  }
  forward(x: Tensor): Tensor {
    return F.rrelu(x, { lower: this.lower, upper: this.upper, training: this.training });
  }
  override extraRepr(): string {
    return withInplace(`lower=${floatText(this.lower)}, upper=${floatText(this.upper)}`, this.inplace);
  }
}

export class Hardshrink extends Module {
  constructor(readonly lambd = 0.5) {
    super();
  }
  forward(x: Tensor): Tensor {
    return F.hardshrink(x, this.lambd);
  }
  override extraRepr(): string {
    return numberText(this.lambd);
  }
}

export class Softshrink extends Module {
  constructor(readonly lambd = 0.5) {
    super();
    if (lambd < 0) throw valueError(`Softshrink: lambd must be at least 0, but it is ${lambd}`);
  }
  forward(x: Tensor): Tensor {
    return F.softshrink(x, this.lambd);
  }
  override extraRepr(): string {
    return numberText(this.lambd);
  }
}

export class Softsign extends Module {
  forward(x: Tensor): Tensor {
    return F.softsign(x);
  }
}

export class Tanhshrink extends Module {
  forward(x: Tensor): Tensor {
    return F.tanhshrink(x);
  }
}

export class Hardtanh extends Activation {
  constructor(
    readonly minVal = -1,
    readonly maxVal = 1,
    options: InplaceOption = {},
  ) {
    super(options);
    if (!(maxVal > minVal)) throw valueError(`Hardtanh: maxVal ${maxVal} must be above minVal ${minVal}`);
  }
  forward(x: Tensor): Tensor {
    return F.hardtanh(x, this.minVal, { maxVal: this.maxVal });
  }
  override extraRepr(): string {
    return withInplace(`min_val=${floatText(this.minVal)}, max_val=${floatText(this.maxVal)}`, this.inplace);
  }
}

export class Hardsigmoid extends Activation {
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  override extraRepr(): string {
    return '';
  }
  forward(x: Tensor): Tensor {
    return F.hardsigmoid(x);
  }
}

export class Hardswish extends Activation {
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  override extraRepr(): string {
    return '';
  }
  forward(x: Tensor): Tensor {
    return F.hardswish(x);
  }
}

export class Threshold extends Activation {
  constructor(
    readonly threshold: number,
    readonly value: number,
    options: InplaceOption = {},
  ) {
    super(options);
  }
  forward(x: Tensor): Tensor {
    return F.threshold(x, this.threshold, { value: this.value });
  }
  override extraRepr(): string {
    return withInplace(`threshold=${numberText(this.threshold)}, value=${numberText(this.value)}`, this.inplace);
  }
}

/** Normalises along one dim. */
abstract class AlongDim extends Module {
  constructor(readonly dim?: number) {
    super();
  }
  /** PyTorch's rule where no dim is given: 0 for rank 0, 1 and 3, else 1. */
  protected dimFor(x: Tensor): number {
    if (this.dim !== undefined) return this.dim;
    return x.shape.length === 0 || x.shape.length === 1 || x.shape.length === 3 ? 0 : 1;
  }
}

export class Softmax extends AlongDim {
  forward(x: Tensor): Tensor {
    return softmax(x, this.dimFor(x));
  }
  override extraRepr(): string {
    return `dim=${this.dim ?? 'None'}`;
  }
}

export class LogSoftmax extends AlongDim {
  forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dimFor(x));
  }
  override extraRepr(): string {
    return `dim=${this.dim ?? 'None'}`;
  }
}

/** Softmax over the channels of an image: `[N, C, H, W]` or `[C, H, W]`. */
export class Softmax2d extends Module {
  forward(x: Tensor): Tensor {
    if (x.shape.length !== 3 && x.shape.length !== 4) {
      throw shapeError(`Softmax2d: the input must have 3 or 4 dims, but its shape is ${shapeText(x.shape)}`);
    }
    return softmax(x, -3);
  }
}

export class Softmin extends AlongDim {
  forward(x: Tensor): Tensor {
    return F.softmin(x, this.dimFor(x));
  }
  override extraRepr(): string {
    return `dim=${this.dim ?? 'None'}`;
  }
}

export class GLU extends Module {
  constructor(readonly dim = -1) {
    super();
  }
  forward(x: Tensor): Tensor {
    return F.glu(x, this.dim);
  }
  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}
