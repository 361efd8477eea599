import type { Dim } from '../ir/dim.js';
import { productOf } from '../ir/dim.js';
import type { Attributes, Value } from '../ir/graph.js';
import { isFloat, type TensorType, typeText } from '../ir/types.js';
import { axesAttribute, axisAttribute, stringAttribute } from './attributes.js';
import { checkArity } from './elementwise.js';
import { div, expandReduced, keepWhere, mul, reshape } from './emit.js';
import { type Emitter, type Op, OpError, type TensorData } from './op.js';
import { allocate, offsetsOf, stridesOf } from './tensor-data.js';

function without<T>(list: readonly T[], axes: readonly number[]): T[] {
  return list.filter((_, axis) => !axes.includes(axis));
}

function only<T>(list: readonly T[], axes: readonly number[]): T[] {
  return axes.map((axis) => list[axis]!);
}

function checkNumeric(op: string, type: TensorType): void {
  if (type.dtype === 'bool')
    throw new OpError(`${op} takes numbers, found ${typeText(type)}`, "Convert it first, for example with x.to('f32').");
}

/** The extreme of nothing does not exist. */
function checkNotEmpty(op: string, type: TensorType, dims: readonly number[]): void {
  const empty = dims.find((axis) => type.shape[axis] === 0);
  if (empty !== undefined) throw new OpError(`${op}: axis ${empty} of ${typeText(type)} is empty, so it has no extreme`);
}

function reducedType(op: string, type: TensorType, attributes: Attributes): TensorType {
  checkNumeric(op, type);
  return { dtype: type.dtype, shape: without(type.shape, axesAttribute(op, attributes, 'dims', type.shape.length)) };
}

/** Runs `combine` over the reduced elements of every result element, in row-major order. */
function reduceWith(
  x: TensorData,
  dims: readonly number[],
  type: TensorType,
  reduce: (data: TensorData['data'], base: number, offsets: Int32Array) => number,
): TensorData {
  const result = allocate(type);
  const strides = stridesOf(x.shape);
  const bases = offsetsOf(without(x.shape, dims), without(strides, dims));
  const offsets = offsetsOf(only(x.shape, dims), only(strides, dims));
  for (let i = 0; i < bases.length; i++) result.data[i] = reduce(x.data, bases[i]!, offsets);
  return result;
}

const reduceSum: Op = {
  name: 'reduceSum',
  kind: 'reduce',
  arity: 1,
  type(inputs, attributes) {
    checkArity('reduceSum', inputs, 1);
    return reducedType('reduceSum', inputs[0]!, attributes);
  },
  evaluate([x], attributes, type) {
    return reduceWith(x!, axesAttribute('reduceSum', attributes, 'dims', x!.shape.length), type, (data, base, offsets) => {
      let sum = 0;
      for (let k = 0; k < offsets.length; k++) sum += data[base + offsets[k]!]!;
      return sum;
    });
  },
  vjp(b, node, g) {
    const { shape } = node.inputs[0]!.type;
    return [
      isFloat(g.type.dtype) ? expandReduced(b, g, axesAttribute('reduceSum', node.attributes, 'dims', shape.length), shape) : undefined,
    ];
  },
};

const reduceProd: Op = {
  name: 'reduceProd',
  kind: 'reduce',
  arity: 1,
  type(inputs, attributes) {
    checkArity('reduceProd', inputs, 1);
    return reducedType('reduceProd', inputs[0]!, attributes);
  },
  evaluate([x], attributes, type) {
    const times = type.dtype === 'i32' ? Math.imul : (a: number, b: number) => a * b;
    return reduceWith(x!, axesAttribute('reduceProd', attributes, 'dims', x!.shape.length), type, (data, base, offsets) => {
      let product = 1;
      for (let k = 0; k < offsets.length; k++) product = times(product, data[base + offsets[k]!]!);
      return product;
    });
  },
  vjp(b, node, g) {
    const x = node.inputs[0]!;
    if (!isFloat(x.type.dtype)) return [undefined];
    const dims = axesAttribute('reduceProd', node.attributes, 'dims', x.type.shape.length);
    const count = productOf(only(x.type.shape, dims));
    const others = typeof count === 'number' ? productOfOthers(b, x, dims, count) : productOfOthersAlong(b, x, dims);
    return [mul(b, expandReduced(b, g, dims, x.type.shape), others)];
  },
};

/**
 * The product of all other elements: an exclusive prefix product times an exclusive suffix product, each by doubling
 * (log2 n steps). It never divides, so zeros and all higher derivatives are right.
 */
function productOfOthers(b: Emitter, x: Value, dims: readonly number[], count: number): Value {
  return alongLastAxis(b, x, dims, (flat) => {
    const axis = flat.type.shape.length - 1;
    const shifted = shift(b, flat, axis, 1);
    const prefix = doublingProduct(b, shifted, axis, count);
    const backwards = b.emit('flip', [flat], { dims: [axis] });
    const suffix = doublingProduct(b, shift(b, backwards, axis, 1), axis, count);
    return mul(b, prefix, b.emit('flip', [suffix], { dims: [axis] }));
  });
}

/** x moved towards higher indices along the axis; ones come in. */
function shift(b: Emitter, x: Value, axis: number, by: number): Value {
  const { shape } = x.type;
  const zeros = shape.map(() => 0);
  const moved = Math.min(by, shape[axis] as number);
  const size: Dim[] = shape.map((n, i) => (i === axis ? (n as number) - moved : n));
  const kept = b.emit('slice', [x], { start: zeros, size, step: shape.map(() => 1) });
  return b.emit('pad', [kept], { low: zeros.map((_, i) => (i === axis ? moved : 0)), high: zeros, interior: zeros, value: 1 });
}

function doublingProduct(b: Emitter, x: Value, axis: number, count: number): Value {
  let product = x;
  for (let by = 1; by < count; by *= 2) product = mul(b, product, shift(b, product, axis, by));
  return product;
}

/** The same for a size that is not known: running products from both ends. Derivatives up to the second are right at zeros. */
function productOfOthersAlong(b: Emitter, x: Value, dims: readonly number[]): Value {
  return alongLastAxis(b, x, dims, (flat) => {
    const { shape } = flat.type;
    const dim = shape.length - 1;
    const zeros = shape.map(() => 0);
    const before = (y: Value): Value => {
      const low = shape.map((_, axis) => (axis === dim ? 1 : 0));
      const padded = b.emit('pad', [y], { low, high: zeros, interior: zeros, value: 1 });
      return b.emit('cumprod', [b.emit('slice', [padded], { start: zeros, size: shape, step: shape.map(() => 1) })], { dim });
    };
    const flip = (y: Value): Value => b.emit('flip', [y], { dims: [dim] });
    return mul(b, before(flat), flip(before(flip(flat))));
  });
}

/** Applies `compute` to x with the axes `dims` moved to the end and merged into one, and moves its result back. */
function alongLastAxis(b: Emitter, x: Value, dims: readonly number[], compute: (flat: Value) => Value): Value {
  const { shape } = x.type;
  const permutation = [...without([...shape.keys()], dims), ...dims];
  const moved = b.emit('permute', [x], { permutation });
  const flat = reshape(b, moved, [...without(shape, dims), productOf(only(shape, dims))]);
  const back = reshape(b, compute(flat), moved.type.shape);
  return b.emit('permute', [back], { permutation: permutation.map((_, axis) => permutation.indexOf(axis)) });
}

function extremeOp(name: 'reduceMax' | 'reduceMin', wins: (candidate: number, best: number) => boolean, empty: number): Op {
  const dimsOf = (attributes: Attributes, rank: number) => axesAttribute(name, attributes, 'dims', rank);
  return {
    name,
    kind: 'reduce',
    arity: 1,
    type(inputs, attributes) {
      checkArity(name, inputs, 1);
      const type = reducedType(name, inputs[0]!, attributes);
      checkNotEmpty(name, inputs[0]!, dimsOf(attributes, inputs[0]!.shape.length));
      const ties = stringAttribute(name, attributes, 'ties');
      if (ties !== 'even' && ties !== 'first') throw new OpError(`${name}: ties is 'even' or 'first', found '${ties}'`);
      return type;
    },
    evaluate([x], attributes, type) {
      const start = type.dtype === 'i32' ? (empty < 0 ? -(2 ** 31) : 2 ** 31 - 1) : empty;
      return reduceWith(x!, dimsOf(attributes, x!.shape.length), type, (data, base, offsets) => {
        const at = firstExtreme(data, base, offsets, wins);
        return at < 0 ? start : data[base + offsets[at]!]!;
      });
    },
    vjp(b, node, g) {
      const x = node.inputs[0]!;
      if (!isFloat(x.type.dtype)) return [undefined];
      const dims = dimsOf(node.attributes, x.type.shape.length);
      return [node.attributes.ties === 'even' ? shareAmongTies(b, x, node.outputs[0]!, dims, g) : giveToFirst(b, x, dims, g)];
    },
  };

  /** Each extreme gets an equal share (PyTorch's amax and amin). */
  function shareAmongTies(b: Emitter, x: Value, result: Value, dims: readonly number[], g: Value): Value {
    const { shape, dtype } = x.type;
    const isExtreme = b.emit('eq', [x, expandReduced(b, result, dims, shape)]);
    const count = b.emit('reduceSum', [b.emit('cast', [isExtreme], { dtype })], { dims });
    return keepWhere(b, isExtreme, expandReduced(b, div(b, g, count), dims, shape));
  }

  /** The first extreme in row-major order gets all (PyTorch's max and min along a dim, and max pooling). */
  function giveToFirst(b: Emitter, x: Value, dims: readonly number[], g: Value): Value {
    if (dims.length === 0) return g;
    return alongLastAxis(b, x, dims, (flat) => {
      const { shape } = flat.type;
      const last = shape.length - 1;
      const winner = b.emit(name === 'reduceMax' ? 'argmax' : 'argmin', [flat], { dim: last });
      const position = b.emit('iota', [], { shape, dim: last, dtype: 'i32' });
      const isWinner = b.emit('eq', [position, expandReduced(b, winner, [last], shape)]);
      return keepWhere(b, isWinner, expandReduced(b, g, [last], shape));
    });
  }
}

/** The position in `offsets` of the first extreme (a NaN beats everything), or -1 of nothing. */
function firstExtreme(
  data: TensorData['data'],
  base: number,
  offsets: Int32Array,
  wins: (candidate: number, best: number) => boolean,
): number {
  if (offsets.length === 0) return -1;
  let at = 0;
  let best = data[base + offsets[0]!]!;
  for (let k = 1; k < offsets.length && !Number.isNaN(best); k++) {
    const candidate = data[base + offsets[k]!]!;
    if (wins(candidate, best) || Number.isNaN(candidate)) {
      best = candidate;
      at = k;
    }
  }
  return at;
}

function positionOp(name: string, wins: (candidate: number, best: number) => boolean): Op {
  return {
    name,
    kind: 'reduce',
    arity: 1,
    type(inputs, attributes) {
      checkArity(name, inputs, 1);
      const x = inputs[0]!;
      checkNumeric(name, x);
      const dim = axisAttribute(name, attributes, 'dim', x.shape.length);
      checkNotEmpty(name, x, [dim]);
      return { dtype: 'i32', shape: without(x.shape, [dim]) };
    },
    evaluate([x], attributes, type) {
      const dims = [axisAttribute(name, attributes, 'dim', x!.shape.length)];
      return reduceWith(x!, dims, type, (data, base, offsets) => firstExtreme(data, base, offsets, wins));
    },
  };
}

const greater = (a: number, b: number) => a > b;
const less = (a: number, b: number) => a < b;

export const reduceOps: readonly Op[] = [
  reduceSum,
  reduceProd,
  extremeOp('reduceMax', greater, -Infinity),
  extremeOp('reduceMin', less, Infinity),
  positionOp('argmax', greater),
  positionOp('argmin', less),
];
