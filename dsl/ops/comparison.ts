/** Comparisons, logic and choice. Shapes broadcast, dtypes promote; comparisons give booleans and have no gradient. */
import { dtypeError } from '../errors.js';
import { op } from '../op.js';
import { alike, broadcastTo, cast, type Operand, resultType } from '../promotion.js';
import { broadcastShapes } from '../shape.js';
import { Tensor } from '../tensor.js';

function compare(name: string, a: Operand, b: Operand): Tensor {
  const dtype = resultType([a, b]);
  // Booleans compare as the numbers 0 and 1.
  return op(name, alike([a, b], dtype === 'bool' ? 'i32' : dtype));
}

export function eq(a: Operand, b: Operand): Tensor {
  return compare('eq', a, b);
}

export function ne(a: Operand, b: Operand): Tensor {
  return compare('ne', a, b);
}

export function lt(a: Operand, b: Operand): Tensor {
  return compare('lt', a, b);
}

export function le(a: Operand, b: Operand): Tensor {
  return compare('le', a, b);
}

export function gt(a: Operand, b: Operand): Tensor {
  return compare('gt', a, b);
}

export function ge(a: Operand, b: Operand): Tensor {
  return compare('ge', a, b);
}

function logical(name: string, a: Operand, b: Operand): Tensor {
  return op(name, alike([toBool(a), toBool(b)], 'bool'));
}

function toBool(x: Operand): Operand {
  return x instanceof Tensor ? cast(x, 'bool') : x !== 0 && x !== false;
}

export function logicalAnd(a: Operand, b: Operand): Tensor {
  return logical('and', a, b);
}

export function logicalOr(a: Operand, b: Operand): Tensor {
  return logical('or', a, b);
}

export function logicalXor(a: Operand, b: Operand): Tensor {
  return logical('xor', a, b);
}

export function logicalNot(x: Tensor): Tensor {
  return op('not', [cast(x, 'bool')]);
}

/** `a` where the condition holds, else `b`. Nothing of the branch not taken reaches the gradient, NaN neither. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  if (condition.dtype !== 'bool') {
    throw dtypeError(`where: the condition is ${condition.dtype}, not bool`, "compare first, or cast with x.to('bool')");
  }
  const shapes = [condition.shape];
  for (const operand of [a, b]) if (operand instanceof Tensor) shapes.push(operand.shape);
  const shape = broadcastShapes(shapes);
  const dtype = resultType([a, b]);
  const [x, y] = alike([a, b], dtype) as [Tensor, Tensor];
  return op('select', [broadcastTo(condition, shape), broadcastTo(x, shape), broadcastTo(y, shape)]);
}

/** `x` with `value` where the mask holds. */
export function maskedFill(x: Tensor, mask: Tensor, value: number | Tensor): Tensor {
  const fill = value instanceof Tensor ? cast(value, x.dtype) : value;
  return cast(where(mask, fill, x), x.dtype);
}
