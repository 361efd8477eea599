/** Single steps of recurrent layers, as modules. https://pytorch.org/docs/stable/generated/torch.nn.RNNCell.html */
import { linear } from '../functional/linear.js';
import { gruStep, lstmStep, type RecurrentWeights, rnnStep } from '../functional/recurrent.js';
import { uniform_ } from '../init.js';
import { empty, zeros } from '../ops/creation.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { boolText } from './python-text.js';

abstract class Cell extends Module {
  weight_ih: Parameter;
  weight_hh: Parameter;
  bias_ih: Parameter | null;
  bias_hh: Parameter | null;

  constructor(
    readonly inputSize: number,
    readonly hiddenSize: number,
    options: { gates: number; bias: boolean | undefined },
  ) {
    super();
    const rows = options.gates * hiddenSize;
    const bound = hiddenSize > 0 ? 1 / Math.sqrt(hiddenSize) : 0;
    const uniform = (shape: readonly number[]) => uniform_(new Parameter(empty(shape)), -bound, bound);
    this.weight_ih = uniform([rows, inputSize]);
    this.weight_hh = uniform([rows, hiddenSize]);
    this.bias_ih = options.bias === false ? null : uniform([rows]);
    this.bias_hh = options.bias === false ? null : uniform([rows]);
  }

  /** The part of the gates that comes from the input. */
  protected gates(x: Tensor): Tensor {
    return linear(x, this.weight_ih, { bias: this.bias_ih });
  }

  protected get recurrent(): RecurrentWeights {
    return { hidden: this.weight_hh, hiddenBias: this.bias_hh };
  }

  protected zeroState(x: Tensor): Tensor {
    return zeros([...x.shape.slice(0, -1), this.hiddenSize]);
  }

  override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.bias_ih === null ? `, bias=${boolText(false)}` : ''}`;
  }
}

/** h' = tanh(W_ih x + b_ih + W_hh h + b_hh): `[N, inputSize]` and `[N, hiddenSize] -> [N, hiddenSize]`; h is 0 unless given. */
export class RNNCell extends Cell {
  readonly nonlinearity: 'tanh' | 'relu';

  constructor(inputSize: number, hiddenSize: number, options: { bias?: boolean; nonlinearity?: 'tanh' | 'relu' } = {}) {
    super(inputSize, hiddenSize, { gates: 1, bias: options.bias });
    this.nonlinearity = options.nonlinearity ?? 'tanh';
  }
  forward(x: Tensor, h?: Tensor): Tensor {
    return rnnStep(this.gates(x), h ?? this.zeroState(x), { ...this.recurrent, nonlinearity: this.nonlinearity });
  }
  override extraRepr(): string {
    return super.extraRepr() + (this.nonlinearity === 'tanh' ? '' : `, nonlinearity=${this.nonlinearity}`);
  }
}

/** `forward(x, [h, c])` gives `[h', c']`, each `[N, hiddenSize]`; both are 0 unless given. */
export class LSTMCell extends Cell {
  constructor(inputSize: number, hiddenSize: number, options: { bias?: boolean } = {}) {
    super(inputSize, hiddenSize, { gates: 4, bias: options.bias });
  }
  forward(x: Tensor, state?: readonly [Tensor, Tensor]): [Tensor, Tensor] {
    return lstmStep(this.gates(x), state ?? [this.zeroState(x), this.zeroState(x)], this.recurrent);
  }
}

/** `[N, inputSize]` and `[N, hiddenSize] -> [N, hiddenSize]`; h is 0 unless given. */
export class GRUCell extends Cell {
  constructor(inputSize: number, hiddenSize: number, options: { bias?: boolean } = {}) {
    super(inputSize, hiddenSize, { gates: 3, bias: options.bias });
  }
  forward(x: Tensor, h?: Tensor): Tensor {
    return gruStep(this.gates(x), h ?? this.zeroState(x), this.recurrent);
  }
}
