/** Recurrent layers over whole sequences. https://pytorch.org/docs/stable/nn.html#recurrent-layers */
import { shapeError, valueError } from '../errors.js';
import { linear } from '../functional/linear.js';
import { gruStep, lstmStep, type RecurrentWeights, rnnStep } from '../functional/recurrent.js';
import { dropout } from '../functional/regularization.js';
import { uniform_ } from '../init.js';
import { countedTurns } from '../op.js';
import { empty, zeros } from '../ops/creation.js';
import { cat, select, stack } from '../ops/indexing.js';
import { flip, squeeze, transpose, unsqueeze } from '../ops/movement.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { boolText, floatText } from './python-text.js';

export interface RecurrentOptions {
  readonly numLayers?: number;
  readonly bias?: boolean;
  /** Whether input and output are `[N, T, ...]`, not `[T, N, ...]`. The states are `[layers * directions, N, hidden]` anyway. */
  readonly batchFirst?: boolean;
  /** In training, dropout of the output of every layer but the last. */
  readonly dropout?: number;
  readonly bidirectional?: boolean;
}

abstract class Recurrent extends Module {
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;
  /** Features of the output and of h where they are projected; 0 where they are not. */
  readonly projSize: number;

  constructor(
    readonly inputSize: number,
    readonly hiddenSize: number,
    options: RecurrentOptions & { gates: number; projSize?: number },
  ) {
    super();
    this.numLayers = options.numLayers ?? 1;
    this.bias = options.bias ?? true;
    this.batchFirst = options.batchFirst ?? false;
    this.dropout = options.dropout ?? 0;
    this.bidirectional = options.bidirectional ?? false;
    this.projSize = options.projSize ?? 0;
    if (this.projSize < 0 || (this.projSize > 0 && this.projSize >= hiddenSize))
      throw valueError(`projSize must be below the hidden size ${hiddenSize}, but it is ${this.projSize}`);
    if (!(Number.isInteger(this.numLayers) && this.numLayers > 0))
      throw valueError(`numLayers must be an integer above 0, but it is ${this.numLayers}`);
    const rows = options.gates * hiddenSize;
    const bound = hiddenSize > 0 ? 1 / Math.sqrt(hiddenSize) : 0;
    for (let layer = 0; layer < this.numLayers; layer++) {
      const inputs = layer === 0 ? inputSize : this.outputSize * this.directions.length;
      for (const direction of this.directions) {
        const add = (name: string, shape: readonly number[]) =>
          this.registerParameter(`${name}_l${layer}${direction}`, uniform_(new Parameter(empty(shape)), -bound, bound));
        add('weight_ih', [rows, inputs]);
        add('weight_hh', [rows, this.outputSize]);
        if (this.bias) {
          add('bias_ih', [rows]);
          add('bias_hh', [rows]);
        }
        if (this.projSize > 0) add('weight_hr', [this.projSize, hiddenSize]);
      }
    }
  }

  /** Features of the output. */
  protected get outputSize(): number {
    return this.projSize > 0 ? this.projSize : this.hiddenSize;
  }

  /** What ends the names of the parameters of each direction. */
  protected get directions(): readonly string[] {
    return this.bidirectional ? ['', '_reverse'] : [''];
  }

  /** The state after a step, each of its tensors `[N, hidden]`; the first is the output. */
  protected abstract step(gates: Tensor, state: readonly Tensor[], weights: RecurrentWeights): readonly Tensor[];

  /** The output and the last states of all layers and directions, from the first ones (0 unless given). */
  protected run(input: Tensor, initial: readonly Tensor[] | undefined, states: number): { output: Tensor; last: Tensor[] } {
    const batched = input.shape.length === 3;
    if (!batched && input.shape.length !== 2) {
      throw shapeError(
        `${this.constructor.name}: the input must have 3 dims, or 2 without a batch, but its shape is ${shapeText(input.shape)}`,
      );
    }
    // From here on [T, N, features].
    const inTime = !batched ? unsqueeze(input, 1) : this.batchFirst ? transpose(input, 0, 1) : input;
    const first = initial?.map((state) => (batched ? state : unsqueeze(state, 1)));
    const ends: Tensor[][] = [];
    let sequence = inTime;
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0 && this.dropout > 0) sequence = dropout(sequence, this.dropout, { training: this.training });
      const outputs: Tensor[] = [];
      for (const direction of this.directions) {
        const at = ends.length;
        const begin = first?.map((state) => select(state, 0, at));
        const { output, end } = this.runDirection(sequence, `_l${layer}${direction}`, begin ?? this.zeroStates(inTime, states));
        outputs.push(output);
        ends.push([...end]);
      }
      sequence = outputs.length === 1 ? outputs[0]! : cat(outputs, -1);
    }
    const last: Tensor[] = [];
    for (let at = 0; at < states; at++) {
      const together = stack(ends.map((end) => end[at]!));
      last.push(batched ? together : squeeze(together, 1));
    }
    return { output: !batched ? squeeze(sequence, 1) : this.batchFirst ? transpose(sequence, 0, 1) : sequence, last };
  }

  private zeroStates(inTime: Tensor, count: number): Tensor[] {
    const states: Tensor[] = [];
    for (let at = 0; at < count; at++) states.push(zeros([inTime.shape[1]!, at === 0 ? this.outputSize : this.hiddenSize]));
    return states;
  }

  private runDirection(sequence: Tensor, suffix: string, begin: readonly Tensor[]): { output: Tensor; end: readonly Tensor[] } {
    const named = (name: string) => this.getParameter(name + suffix);
    // The part of the input is one product for all steps.
    const gates = linear(sequence, named('weight_ih'), { bias: this.bias ? named('bias_ih') : null });
    const weights: RecurrentWeights = {
      hidden: named('weight_hh'),
      hiddenBias: this.bias ? named('bias_hh') : null,
      projection: this.projSize > 0 ? named('weight_hr') : null,
    };
    const length = sequence.shape[0]!;
    if (length === 0) throw shapeError(`${this.constructor.name}: the sequence is empty`);
    const reverse = suffix.endsWith('_reverse');
    const outputs: Tensor[] = [];
    let state = begin;
    const steps = countedTurns(length);
    for (let t = 0; t < steps; t++) {
      state = this.step(select(gates, 0, reverse ? length - 1 - t : t), state, weights);
      outputs.push(state[0]!);
    }
    const output = stack(outputs);
    return { output: reverse ? flip(output, [0]) : output, end: state };
  }

  override extraRepr(): string {
    let text = `${this.inputSize}, ${this.hiddenSize}`;
    if (this.projSize !== 0) text += `, proj_size=${this.projSize}`;
    if (this.numLayers !== 1) text += `, num_layers=${this.numLayers}`;
    if (!this.bias) text += `, bias=${boolText(false)}`;
    if (this.batchFirst) text += `, batch_first=${boolText(true)}`;
    if (this.dropout !== 0) text += `, dropout=${floatText(this.dropout)}`;
    if (this.bidirectional) text += `, bidirectional=${boolText(true)}`;
    return text;
  }
}

/** `forward(x, h)` gives `[output, h']`: `[T, N, in] -> [T, N, directions * hidden]`, states `[layers * directions, N, hidden]`. */
export class RNN extends Recurrent {
  readonly nonlinearity: 'tanh' | 'relu';

  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions & { nonlinearity?: 'tanh' | 'relu' } = {}) {
    super(inputSize, hiddenSize, { ...options, gates: 1 });
    this.nonlinearity = options.nonlinearity ?? 'tanh';
  }
  protected override step(gates: Tensor, state: readonly Tensor[], weights: RecurrentWeights): readonly Tensor[] {
    return [rnnStep(gates, state[0]!, { ...weights, nonlinearity: this.nonlinearity })];
  }
  forward(x: Tensor, h?: Tensor): [Tensor, Tensor] {
    const { output, last } = this.run(x, h === undefined ? undefined : [h], 1);
    return [output, last[0]!];
  }
}

/** `forward(x, [h, c])` gives `[output, [h', c']]`; shapes as in RNN. With `projSize` h and the output have that many features. */
export class LSTM extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions & { projSize?: number } = {}) {
    super(inputSize, hiddenSize, { ...options, gates: 4 });
  }
  protected override step(gates: Tensor, state: readonly Tensor[], weights: RecurrentWeights): readonly Tensor[] {
    return lstmStep(gates, [state[0]!, state[1]!], weights);
  }
  forward(x: Tensor, state?: readonly [Tensor, Tensor]): [Tensor, [Tensor, Tensor]] {
    const { output, last } = this.run(x, state, 2);
    return [output, [last[0]!, last[1]!]];
  }
}

/** `forward(x, h)` gives `[output, h']`; shapes as in RNN. */
export class GRU extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(inputSize, hiddenSize, { ...options, gates: 3 });
  }
  protected override step(gates: Tensor, state: readonly Tensor[], weights: RecurrentWeights): readonly Tensor[] {
    return [gruStep(gates, state[0]!, weights)];
  }
  forward(x: Tensor, h?: Tensor): [Tensor, Tensor] {
    const { output, last } = this.run(x, h === undefined ? undefined : [h], 1);
    return [output, last[0]!];
  }
}
