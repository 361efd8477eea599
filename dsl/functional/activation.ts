/**
 * Activations, element by element. Formulas and values at kinks:
 * https://pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions
 */
import { valueError } from '../errors.js';
import { op } from '../op.js';
import { add, div, mul, sub } from '../ops/arithmetic.js';
import { eq, gt, where } from '../ops/comparison.js';
import { rand, zerosLike } from '../ops/creation.js';
import { reshape } from '../ops/movement.js';
import { argmax, softmax } from '../ops/reduction.js';
import { abs, clamp, erf, exp, expm1, log, log1p, neg, relu, sigmoid, tanh } from '../ops/unary.js';
import { alike, filled, toFloat } from '../promotion.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';

export { relu, sigmoid, tanh };

/** x above 0, `negativeSlope` times x elsewhere. */
export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  return where(gt(x, 0), x, mul(x, negativeSlope));
}

/** As leakyRelu with a learned slope: one, or one for each channel (dim 1). */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  const count = weight.shape.length === 0 ? 1 : weight.shape[0]!;
  let slope = weight;
  if (count === 1) slope = reshape(weight, []);
  else {
    const channel = x.shape.length > 1 ? 1 : 0;
    if (x.shape[channel] !== count) {
      throw valueError(
        `prelu: ${count} slopes for an input of shape ${shapeText(x.shape)}`,
        'give one slope, or one for each channel (dim 1)',
      );
    }
    slope = reshape(
      weight,
      x.shape.map((_, axis) => (axis === channel ? count : 1)),
    );
  }
  return where(gt(x, 0), x, mul(x, slope));
}

/** leakyRelu with a slope drawn from U(lower, upper) for each element in training, and their mean otherwise. */
export function rrelu(x: Tensor, options: { lower?: number; upper?: number; training?: boolean } = {}): Tensor {
  const { lower = 1 / 8, upper = 1 / 3, training = false } = options;
  if (lower > upper) throw valueError(`rrelu: the lower bound ${lower} is above the upper ${upper}`);
  if (!training) return leakyRelu(x, (lower + upper) / 2);
  return where(gt(x, 0), x, mul(x, add(mul(rand(x.shape), upper - lower), lower)));
}

/** `min(max(0, x), 6)` */
export function relu6(x: Tensor): Tensor {
  return hardtanh(x, 0, { maxVal: 6 });
}

/** x between the bounds, which it does not leave; the gradient at the bounds is 0. */
export function hardtanh(x: Tensor, minVal = -1, options: { maxVal?: number } = {}): Tensor {
  const maxVal = options.maxVal ?? 1;
  const low = filled(minVal, x.shape, x.dtype);
  const high = filled(maxVal, x.shape, x.dtype);
  return op('select', [op('le', [x, low]), low, op('select', [op('ge', [x, high]), high, x])]);
}

/** x above 0, `alpha (exp(x) - 1)` elsewhere. */
export function elu(x: Tensor, alpha = 1): Tensor {
  return where(gt(x, 0), x, mul(expm1(belowZero(x)), alpha));
}

/** x where it is at most 0, else 0: keeps exp of the branch that is not taken finite. A NaN stays. */
function belowZero(x: Tensor): Tensor {
  return where(gt(x, 0), 0, x);
}

const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

/** `scale * elu(x, alpha)` with the constants of Klambauer et al. 2017. */
export function selu(x: Tensor): Tensor {
  return mul(elu(x, seluAlpha), seluScale);
}

/** `max(0, x) + min(0, alpha (exp(x / alpha) - 1))` */
export function celu(x: Tensor, alpha = 1): Tensor {
  return where(gt(x, 0), x, mul(expm1(div(belowZero(x), alpha)), alpha));
}

/** `x * P(X <= x)` for a normal X; `approximate: 'tanh'` for the approximation of Hendrycks and Gimpel 2016. */
export function gelu(x: Tensor, options: { approximate?: 'none' | 'tanh' } = {}): Tensor {
  if (options.approximate === 'tanh') {
    const inner = mul(add(x, mul(mul(mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
    return mul(mul(x, 0.5), add(tanh(inner), 1));
  }
  if (options.approximate !== undefined && options.approximate !== 'none') {
    throw valueError(`gelu: approximate is 'none' or 'tanh', not '${String(options.approximate)}'`);
  }
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
}

/** `x * sigmoid(x)` */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** `x * tanh(softplus(x))` */
export function mish(x: Tensor): Tensor {
  return mul(x, tanh(softplus(x)));
}

/** `log(1 + exp(beta x)) / beta`, and x itself where `beta x` is above the threshold. */
export function softplus(x: Tensor, options: { beta?: number; threshold?: number } = {}): Tensor {
  const beta = options.beta ?? 1;
  const scaled = beta === 1 ? toFloat(x) : mul(x, beta);
  const linear = gt(scaled, options.threshold ?? 20);
  const curve = log1p(exp(where(linear, 0, scaled)));
  return where(linear, x, beta === 1 ? curve : div(curve, beta));
}

/** `log(sigmoid(x))`: `-log(1 + exp(-x))` above 0 and `x - log(1 + exp(x))` elsewhere, neither of which overflows. */
export function logsigmoid(x: Tensor): Tensor {
  const value = toFloat(x);
  const positive = gt(value, 0);
  const curve = log1p(exp(where(positive, neg(value), value)));
  return sub(where(positive, 0, value), curve);
}

/** `x / (1 + |x|)` */
export function softsign(x: Tensor): Tensor {
  return div(x, add(abs(x), 1));
}

/** `x - tanh(x)` */
export function tanhshrink(x: Tensor): Tensor {
  return sub(x, tanh(x));
}

/** `relu6(x + 3) / 6` */
export function hardsigmoid(x: Tensor): Tensor {
  const low = filled(0, x.shape, x.dtype);
  const high = filled(1, x.shape, x.dtype);
  const line = div(add(x, 3), 6);
  return where(op('le', [x, filled(-3, x.shape, x.dtype)]), low, where(op('ge', [x, filled(3, x.shape, x.dtype)]), high, line));
}

/** `x * relu6(x + 3) / 6`; the gradient is that of the middle part at both ends of it. */
export function hardswish(x: Tensor): Tensor {
  const middle = op('le', [abs(x), filled(3, x.shape, x.dtype)]);
  const inner = where(middle, x, 0);
  const curve = div(mul(inner, add(inner, 3)), 6);
  return where(op('lt', [x, filled(-3, x.shape, x.dtype)]), mul(x, 0), where(middle, curve, x));
}

/** x above the threshold, `value` elsewhere. */
export function threshold(x: Tensor, limit: number, options: { value: number }): Tensor {
  return where(op('le', alike([x, limit], x.dtype)), options.value, x);
}

/** x outside [-lambda, lambda], else 0. */
export function hardshrink(x: Tensor, lambda = 0.5): Tensor {
  return where(op('le', [abs(x), filled(lambda, x.shape, x.dtype)]), 0, x);
}

/** x moved towards 0 by lambda, 0 within it. */
export function softshrink(x: Tensor, lambda = 0.5): Tensor {
  return where(gt(x, lambda), sub(x, lambda), where(op('lt', [x, filled(-lambda, x.shape, x.dtype)]), add(x, lambda), 0));
}

/**
 * Samples of classes that can be differentiated (Jang et al. 2017): softmax of (logits + Gumbel noise) / tau along `dim`; with `hard`, one
 * class of it, whose gradient is that of the softmax.
 */
export function gumbelSoftmax(logits: Tensor, options: { tau?: number; hard?: boolean; dim?: number } = {}): Tensor {
  const { tau = 1, hard = false, dim = -1 } = options;
  // rand is below 1, so that 1 - rand is never 0; -log of it is an exponential number.
  const exponential = neg(log(sub(1, rand(logits.shape))));
  const noise = neg(log(clamp(exponential, 2 ** -126)));
  const soft = softmax(div(add(logits, noise), tau), dim);
  if (!hard) return soft;
  const axis = dim < 0 ? dim + logits.shape.length : dim;
  const winner = argmax(soft, axis, { keepdim: true });
  const numbers = op('iota', [], { shape: soft.shape, dim: axis, dtype: 'i32' });
  const oneHot = where(eq(numbers, winner), 1, zerosLike(soft));
  return add(sub(oneHot, soft.detach()), soft);
}

/** softmax of -x. */
export function softmin(x: Tensor, dim: number): Tensor {
  return softmax(neg(x), dim);
}

/** The first half of `dim` times the sigmoid of the second. */
export function glu(x: Tensor, dim = -1): Tensor {
  const axis = dim < 0 ? dim + x.shape.length : dim;
  const half = Math.floor(x.shape[axis]! / 2);
  if (half * 2 !== x.shape[axis]) throw valueError(`glu: dim ${dim} of size ${x.shape[axis]} has no halves`);
  const part = (from: number) =>
    op('slice', [x], {
      start: x.shape.map((_, at) => (at === axis ? from : 0)),
      size: x.shape.map((size, at) => (at === axis ? half : size)),
      step: x.shape.map(() => 1),
    });
  return mul(part(0), sigmoid(part(half)));
}
