/** Ops that compute each line along an axis from the whole line: running results, and orders. */
import type { Value } from '../ir/graph.js';
import { isFloat, type TensorType, typeText } from '../ir/types.js';
import { axisAttribute, booleanAttribute } from './attributes.js';
import { checkArity } from './elementwise.js';
import { constantOf, div, keepWhere, mul, zerosOf } from './emit.js';
import { type Emitter, type Op, OpError, type TensorData } from './op.js';
import { allocate, offsetsOf, stridesOf } from './tensor-data.js';

function checkNumeric(op: string, type: TensorType): void {
  if (type.dtype === 'bool')
    throw new OpError(`${op} takes numbers, found ${typeText(type)}`, "Convert it first, for example with x.to('i32').");
}

/** Calls `line` once for each line of x along `dim`, with where it starts, how far apart its elements are and how many they are. */
function eachLine(x: TensorData, dim: number, line: (base: number, step: number, length: number) => void): void {
  const strides = stridesOf(x.shape);
  const without = <T>(list: readonly T[]): T[] => list.filter((_, axis) => axis !== dim);
  for (const base of offsetsOf(without(x.shape), without(strides))) line(base, strides[dim]!, x.shape[dim]!);
}

/** Element i is `combine` of the elements up to i. */
function running(name: string, start: number, combine: (integer: boolean) => (total: number, next: number) => number, vjp: Op['vjp']): Op {
  return {
    name,
    kind: 'line',
    arity: 1,
    type(inputs, attributes) {
      checkArity(name, inputs, 1);
      checkNumeric(name, inputs[0]!);
      axisAttribute(name, attributes, 'dim', inputs[0]!.shape.length);
      return inputs[0]!;
    },
    evaluate([x], attributes, type) {
      const result = allocate(type);
      const next = combine(type.dtype === 'i32');
      eachLine(x!, axisAttribute(name, attributes, 'dim', x!.shape.length), (base, step, length) => {
        let total = start;
        for (let i = 0; i < length; i++) {
          total = next(total, x!.data[base + i * step]!);
          result.data[base + i * step] = total;
        }
      });
      return result;
    },
    ...(vjp && { vjp }),
  };
}

/** Sums from each element to the end of its line. */
function suffixSums(b: Emitter, x: Value, dim: number): Value {
  return b.emit('flip', [b.emit('cumsum', [b.emit('flip', [x], { dims: [dim] })], { dim })], { dims: [dim] });
}

const cumsum = running(
  'cumsum',
  0,
  (integer) => (integer ? (total, next) => (total + next) | 0 : (total, next) => total + next),
  (b, node, g) => [
    isFloat(g.type.dtype) ? suffixSums(b, g, axisAttribute('cumsum', node.attributes, 'dim', g.type.shape.length)) : undefined,
  ],
);

/**
 * Before the first zero of a line dx_k = (sum over i >= k of g_i y_i) / x_k; for the zero itself the sum is over the products without
 * it, and behind it there is nothing. So no division is by zero; second derivatives are right where no element is zero.
 */
const cumprod = running(
  'cumprod',
  1,
  (integer) => (integer ? Math.imul : (total, next) => total * next),
  (b, node, g) => {
    const x = node.inputs[0]!;
    if (!isFloat(x.type.dtype)) return [undefined];
    const dim = axisAttribute('cumprod', node.attributes, 'dim', x.type.shape.length);
    const isZero = b.emit('eq', [x, zerosOf(b, x.type)]);
    const zeros = b.emit('cumsum', [b.emit('cast', [isZero], { dtype: 'i32' })], { dim });
    const isFirst = b.emit('and', [isZero, b.emit('eq', [zeros, constantOf(b, zeros.type, 1)])]);
    const before = b.emit('eq', [zeros, zerosOf(b, zeros.type)]);
    const divisor = b.emit('select', [before, x, constantOf(b, x.type, 1)]);
    const ordinary = keepWhere(b, before, div(b, suffixSums(b, mul(b, g, node.outputs[0]!), dim), divisor));
    const others = b.emit('cumprod', [b.emit('select', [isFirst, constantOf(b, x.type, 1), x])], { dim });
    return [b.emit('select', [isFirst, suffixSums(b, mul(b, g, others), dim), ordinary])];
  },
);

/** Where the largest element up to each one is: the last of equal ones; a NaN is larger than every number. */
const cumargmax: Op = {
  name: 'cumargmax',
  kind: 'line',
  arity: 1,
  type(inputs, attributes) {
    checkArity('cumargmax', inputs, 1);
    checkNumeric('cumargmax', inputs[0]!);
    axisAttribute('cumargmax', attributes, 'dim', inputs[0]!.shape.length);
    return { dtype: 'i32', shape: inputs[0]!.shape };
  },
  evaluate([x], attributes, type) {
    const result = allocate(type);
    eachLine(x!, axisAttribute('cumargmax', attributes, 'dim', x!.shape.length), (base, step, length) => {
      let best = 0;
      for (let i = 0; i < length; i++) {
        const candidate = x!.data[base + i * step]!;
        if (candidate >= x!.data[base + best * step]! || Number.isNaN(candidate)) best = i;
        result.data[base + i * step] = best;
      }
    });
    return result;
  },
};

/** Compares so that a NaN is larger than every number. */
export function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** The position of the element of each rank. Equal elements stay in their order, whichever way the line is sorted. */
const argsort: Op = {
  name: 'argsort',
  kind: 'line',
  arity: 1,
  type(inputs, attributes) {
    checkArity('argsort', inputs, 1);
    checkNumeric('argsort', inputs[0]!);
    axisAttribute('argsort', attributes, 'dim', inputs[0]!.shape.length);
    booleanAttribute('argsort', attributes, 'descending');
    return { dtype: 'i32', shape: inputs[0]!.shape };
  },
  evaluate([x], attributes, type) {
    const result = allocate(type);
    const sign = booleanAttribute('argsort', attributes, 'descending') ? -1 : 1;
    eachLine(x!, axisAttribute('argsort', attributes, 'dim', x!.shape.length), (base, step, length) => {
      const order = Array.from({ length }, (_, i) => i);
      order.sort((i, j) => sign * compareNumbers(x!.data[base + i * step]!, x!.data[base + j * step]!));
      order.forEach((position, rank) => {
        result.data[base + rank * step] = position;
      });
    });
    return result;
  },
};

export const lineOps: readonly Op[] = [cumsum, cumprod, cumargmax, argsort];
