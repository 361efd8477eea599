/** One step of the recurrent layers. https://pytorch.org/docs/stable/nn.html#recurrent-layers */
import { add, mul, sub } from '../ops/arithmetic.js';
import { chunk } from '../ops/indexing.js';
import { relu, sigmoid, tanh } from '../ops/unary.js';
import type { Tensor } from '../tensor.js';
import { linear } from './linear.js';

export interface RecurrentWeights {
  /** `[gates * hidden, hidden]` */
  readonly hidden: Tensor;
  readonly hiddenBias: Tensor | null;
  /** `[projected, hidden]`: what h is multiplied by in the end. */
  readonly projection?: Tensor | null;
}

/** The part of the gates that comes from the state. */
function fromState(h: Tensor, { hidden, hiddenBias }: RecurrentWeights): Tensor {
  return linear(h, hidden, { bias: hiddenBias });
}

/** tanh(gates + W h): `gates`, the part of the input, and the state are `[..., hidden]`. */
export function rnnStep(gates: Tensor, h: Tensor, weights: RecurrentWeights & { nonlinearity: 'tanh' | 'relu' }): Tensor {
  const sum = add(gates, fromState(h, weights));
  return weights.nonlinearity === 'relu' ? relu(sum) : tanh(sum);
}

/** Gates in the order input, forget, cell, output. Gives the next h and c. */
export function lstmStep(gates: Tensor, [h, c]: readonly [Tensor, Tensor], weights: RecurrentWeights): [Tensor, Tensor] {
  const [i, f, g, o] = chunk(add(gates, fromState(h, weights)), 4, -1) as [Tensor, Tensor, Tensor, Tensor];
  const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
  const output = mul(sigmoid(o), tanh(next));
  return [weights.projection ? linear(output, weights.projection) : output, next];
}

/** Gates in the order reset, update, new; the reset gate is applied after the product with the state. */
export function gruStep(gates: Tensor, h: Tensor, weights: RecurrentWeights): Tensor {
  const [inputReset, inputUpdate, inputNew] = chunk(gates, 3, -1) as [Tensor, Tensor, Tensor];
  const [reset, update, fresh] = chunk(fromState(h, weights), 3, -1) as [Tensor, Tensor, Tensor];
  const z = sigmoid(add(inputUpdate, update));
  const n = tanh(add(inputNew, mul(sigmoid(add(inputReset, reset)), fresh)));
  return add(mul(sub(1, z), n), mul(z, h));
}
