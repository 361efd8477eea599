/** `x1^T W x2 + b` */

import { shapeError } from '../errors.js';
import { op } from '../op.js';
import { add } from '../ops/arithmetic.js';
import { flatten, reshape } from '../ops/movement.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';

/** `[..., in1], [..., in2] -> [..., out]` with weight `[out, in1, in2]` and bias `[out]`. */
export function bilinear(x1: Tensor, x2: Tensor, options: { weight: Tensor; bias?: Tensor | null }): Tensor {
  const { weight, bias } = options;
  const last1 = x1.shape[x1.shape.length - 1];
  const last2 = x2.shape[x2.shape.length - 1];
  if (last1 !== weight.shape[1] || last2 !== weight.shape[2]) {
    throw shapeError(
      `bilinear: inputs of shapes ${shapeText(x1.shape)} and ${shapeText(x2.shape)} do not fit the weight ${shapeText(weight.shape)}`,
    );
  }
  const stack = x1.shape.slice(0, -1);
  const a = stack.length === 1 ? x1 : flatten(reshape(x1, [1, ...x1.shape]), 0, -2);
  const b = stack.length === 1 ? x2 : flatten(reshape(x2, [1, ...x2.shape]), 0, -2);
  const half = op('contract', [a, weight], { equation: 'ni,oij->noj' });
  const product = op('contract', [half, b], { equation: 'noj,nj->no' });
  const result = reshape(product, [...stack, weight.shape[0]!]);
  return bias === undefined || bias === null ? result : add(result, bias);
}
