/** Initial values: each function fills a tensor and returns it. Formulas: https://pytorch.org/docs/stable/nn.init.html */
import { KilnnError, shapeError, valueError } from './errors.js';
import { add, mul } from './ops/arithmetic.js';
import { eye, rand, randn } from './ops/creation.js';
import { numel, shapeText } from './shape.js';
import type { Tensor } from './tensor.js';

/** U(low, high). */
export function uniform_(x: Tensor, low = 0, high = 1): Tensor {
  return x.copy_(add(mul(rand(x.shape), high - low), low));
}

/** N(mean, std^2). */
export function normal_(x: Tensor, mean = 0, std = 1): Tensor {
  return x.copy_(add(mul(randn(x.shape), std), mean));
}

export function constant_(x: Tensor, value: number): Tensor {
  return x.copy_(value);
}

export function ones_(x: Tensor): Tensor {
  return x.copy_(1);
}

export function zeros_(x: Tensor): Tensor {
  return x.copy_(0);
}

/** How many inputs and outputs an element of the weight `[out, in, ...kernel]` connects. */
function fans(x: Tensor): { fanIn: number; fanOut: number } {
  if (x.shape.length < 2) {
    throw shapeError(
      `fan in and fan out need a tensor of at least two dims, but the shape is ${shapeText(x.shape)}`,
      'for a bias use uniform_ or zeros_',
    );
  }
  const field = numel(x.shape.slice(2));
  return { fanIn: x.shape[1]! * field, fanOut: x.shape[0]! * field };
}

/** Names of activations that a gain is known for. */
export type Nonlinearity =
  | 'linear'
  | 'conv1d'
  | 'conv2d'
  | 'conv3d'
  | 'convTranspose1d'
  | 'convTranspose2d'
  | 'convTranspose3d'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leakyRelu'
  | 'selu';

/** The factor that keeps the variance through an activation. */
export function calculateGain(nonlinearity: Nonlinearity, parameter?: number): number {
  if (nonlinearity === 'tanh') return 5 / 3;
  if (nonlinearity === 'relu') return Math.sqrt(2);
  if (nonlinearity === 'selu') return 3 / 4;
  if (nonlinearity === 'leakyRelu') {
    const slope = parameter ?? 0.01;
    return Math.sqrt(2 / (1 + slope * slope));
  }
  if (nonlinearity === 'sigmoid' || nonlinearity === 'linear' || nonlinearity.startsWith('conv')) return 1;
  throw valueError(
    `no gain is known for '${String(nonlinearity)}'`,
    'known: linear, conv1d to conv3d, sigmoid, tanh, relu, leakyRelu, selu',
  );
}

/** U(-a, a) with a = gain * sqrt(6 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export function xavierUniform_(x: Tensor, gain = 1): Tensor {
  const { fanIn, fanOut } = fans(x);
  const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
  return uniform_(x, -bound, bound);
}

/** N(0, s^2) with s = gain * sqrt(2 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export function xavierNormal_(x: Tensor, gain = 1): Tensor {
  const { fanIn, fanOut } = fans(x);
  return normal_(x, 0, gain * Math.sqrt(2 / (fanIn + fanOut)));
}

export interface KaimingOptions {
  /** The negative slope of leakyRelu. */
  readonly a?: number;
  readonly mode?: 'fanIn' | 'fanOut';
  readonly nonlinearity?: Nonlinearity;
}

function kaimingStd(x: Tensor, options: KaimingOptions): number {
  const mode = options.mode ?? 'fanIn';
  if (mode !== 'fanIn' && mode !== 'fanOut') throw new KilnnError('KN3004', `mode is 'fanIn' or 'fanOut', not '${String(mode)}'`);
  const { fanIn, fanOut } = fans(x);
  return calculateGain(options.nonlinearity ?? 'leakyRelu', options.a ?? 0) / Math.sqrt(mode === 'fanIn' ? fanIn : fanOut);
}

/** U(-b, b) with b = gain * sqrt(3 / fan) (He et al. 2015). */
export function kaimingUniform_(x: Tensor, options: KaimingOptions = {}): Tensor {
  if (numel(x.shape) === 0) return x;
  const bound = Math.sqrt(3) * kaimingStd(x, options);
  return uniform_(x, -bound, bound);
}

/** N(0, s^2) with s = gain / sqrt(fan) (He et al. 2015). */
export function kaimingNormal_(x: Tensor, options: KaimingOptions = {}): Tensor {
  if (numel(x.shape) === 0) return x;
  return normal_(x, 0, kaimingStd(x, options));
}

/** The identity matrix. */
export function eye_(x: Tensor): Tensor {
  if (x.shape.length !== 2) throw shapeError(`eye_ is for matrices, but the shape is ${shapeText(x.shape)}`);
  return x.copy_(eye(x.shape[0]!, x.shape[1]!));
}
