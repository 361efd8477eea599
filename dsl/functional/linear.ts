/** Linear maps. */
import { dtypeError, shapeError } from '../errors.js';
import { op } from '../op.js';
import { add } from '../ops/arithmetic.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';

const letters = 'abcdefghijlmnpqrstuvwxyz';

/** `x W^T + b`: x `[..., in]`, weight `[out, in]` (or `[in]`), bias `[out]`. */
export function linear(x: Tensor, weight: Tensor, options: { bias?: Tensor | null } = {}): Tensor {
  const rank = x.shape.length;
  if (rank === 0) throw shapeError('linear: the input is a scalar; it needs at least one dim');
  const size = x.shape[rank - 1]!;
  const features = weight.shape[weight.shape.length - 1]!;
  if (size !== features) {
    throw shapeError(
      `linear: the input's last dim has size ${size} (shape ${shapeText(x.shape)}), but the layer takes ${features} features (weight ${shapeText(weight.shape)})`,
      `give an input of shape [..., ${features}]; nn.Flatten or reshape may help`,
    );
  }
  if (x.dtype !== weight.dtype) {
    throw dtypeError(`linear: the input is ${x.dtype}, but the weight is ${weight.dtype}`, `cast the input: x.to('${weight.dtype}')`);
  }
  const stack = letters.slice(0, rank - 1);
  const product = op('contract', [x, weight], {
    equation: weight.shape.length === 1 ? `${stack}k,k->${stack}` : `${stack}k,ok->${stack}o`,
  });
  const bias = options.bias;
  return bias === undefined || bias === null ? product : add(product, bias);
}
