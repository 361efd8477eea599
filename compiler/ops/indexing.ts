import type { Dim } from '../ir/dim.js';
import { sameDim, sameShape } from '../ir/dim.js';
import type { Attributes, Value } from '../ir/graph.js';
import { isFloat, type TensorType, typeText } from '../ir/types.js';
import { axisAttribute } from './attributes.js';
import { checkArity } from './elementwise.js';
import { constantOf, div, keepWhere, mul, reshape, zerosOf } from './emit.js';
import { type Emitter, type Op, OpError, type TensorData } from './op.js';
import { allocate, offsetsOf, stridesOf } from './tensor-data.js';

/** The index has x's rank, and along every axis but `dim` at most x's size. */
function checkIndex(op: string, x: TensorType, index: TensorType, dim: number): void {
  if (index.dtype !== 'i32')
    throw new OpError(`${op}: the index must be i32, found ${typeText(index)}`, "Convert it first with index.to('i32').");
  const fits =
    index.shape.length === x.shape.length &&
    index.shape.every((size, axis) => {
      const limit = x.shape[axis]!;
      return axis === dim || sameDim(size, limit) || (typeof size === 'number' && typeof limit === 'number' && size <= limit);
    });
  if (!fits) throw new OpError(`${op}: the index ${typeText(index)} does not lie within ${typeText(x)} outside axis ${dim}`);
}

/** For each element of the index: where the line along `dim` that it points into starts. */
function lineStarts(x: TensorData, index: TensorData, dim: number): Int32Array {
  return offsetsOf(
    index.shape,
    stridesOf(x.shape).map((stride, axis) => (axis === dim ? 0 : stride)),
  );
}

/** Input 1 holds positions along the axis `dim` of input 0. */
function positionsAlong(inputs: readonly TensorType[], attributes: Attributes): ReturnType<NonNullable<Op['positions']>> {
  return [{ input: 1, size: inputs[0]!.shape[attributes.dim as number]! }];
}

const gather: Op = {
  name: 'gather',
  kind: 'index',
  arity: 2,
  type(inputs, attributes) {
    checkArity('gather', inputs, 2);
    const [x, index] = inputs as readonly [TensorType, TensorType];
    const dim = axisAttribute('gather', attributes, 'dim', x.shape.length);
    checkIndex('gather', x, index, dim);
    if (x.shape[dim] === 0 && !index.shape.includes(0)) throw new OpError(`gather: axis ${dim} of ${typeText(x)} is empty`);
    return { dtype: x.dtype, shape: index.shape };
  },
  positions: positionsAlong,
  evaluate([x, index], attributes, type) {
    const result = allocate(type);
    const dim = axisAttribute('gather', attributes, 'dim', x!.shape.length);
    const starts = lineStarts(x!, index!, dim);
    const step = stridesOf(x!.shape)[dim]!;
    const last = x!.shape[dim]! - 1;
    for (let i = 0; i < starts.length; i++) {
      const at = Math.max(0, Math.min(index!.data[i]!, last));
      result.data[i] = x!.data[starts[i]! + at * step]!;
    }
    return result;
  },
  /** An index out of range has no gradient, though it reads the nearest element. */
  vjp(b, node, g) {
    const [x, index] = node.inputs as readonly [Value, Value];
    if (!isFloat(x.type.dtype)) return [undefined, undefined];
    return [b.emit('scatterAdd', [zerosOf(b, x.type), index, g], { dim: node.attributes.dim! }), undefined];
  },
};

/** Updates go, one after the other in row-major order, to the element of the base that the index names; others out of range nowhere. */
function scatterOp(name: string, combine: (integer: boolean) => (a: number, b: number) => number, vjp: NonNullable<Op['vjp']>): Op {
  return {
    name,
    kind: 'scatter',
    arity: 3,
    type(inputs, attributes) {
      checkArity(name, inputs, 3);
      const [base, index, updates] = inputs as readonly [TensorType, TensorType, TensorType];
      const dim = axisAttribute(name, attributes, 'dim', base.shape.length);
      if (base.dtype === 'bool' || base.dtype !== updates.dtype) {
        throw new OpError(`${name} takes numbers of one dtype, found ${typeText(base)} and ${typeText(updates)}`);
      }
      checkIndex(name, base, index, dim);
      if (!sameShape(index.shape, updates.shape)) {
        throw new OpError(`${name}: index and updates need one shape, found ${typeText(index)} and ${typeText(updates)}`);
      }
      return base;
    },
    positions: positionsAlong,
    evaluate([base, index, updates], attributes, type) {
      const result = allocate(type);
      result.data.set(base!.data);
      const next = combine(type.dtype === 'i32');
      const dim = axisAttribute(name, attributes, 'dim', base!.shape.length);
      const starts = lineStarts(base!, index!, dim);
      const step = stridesOf(base!.shape)[dim]!;
      const size = base!.shape[dim]!;
      for (let i = 0; i < starts.length; i++) {
        const at = index!.data[i]!;
        if (at < 0 || at >= size) continue;
        const target = starts[i]! + at * step;
        result.data[target] = next(result.data[target]!, updates!.data[i]!);
      }
      return result;
    },
    vjp,
  };
}

const scatterAdd = scatterOp(
  'scatterAdd',
  (integer) => (integer ? (a, b) => (a + b) | 0 : (a, b) => a + b),
  (b, node, g) => {
    const [base, index] = node.inputs as readonly [Value, Value];
    if (!isFloat(g.type.dtype)) return [undefined, undefined, undefined];
    const dim = axisAttribute('scatterAdd', node.attributes, 'dim', base.type.shape.length);
    if (base.type.shape[dim] === 0) return [g, undefined, zerosOf(b, { dtype: g.type.dtype, shape: index.type.shape })];
    const read = b.emit('gather', [g, index], { dim });
    return [g, undefined, keepWhere(b, inRange(b, index, base.type.shape[dim]!), read)];
  },
);

/** The largest of the base's element and all updates that go there; a NaN wins. The gradient is shared evenly among the equal ones. */
const scatterMax = scatterOp(
  'scatterMax',
  () => Math.max,
  (b, node, g) => {
    const [base, index, updates] = node.inputs as readonly [Value, Value, Value];
    if (!isFloat(g.type.dtype)) return [undefined, undefined, undefined];
    const dim = axisAttribute('scatterMax', node.attributes, 'dim', base.type.shape.length);
    if (base.type.shape[dim] === 0) return [g, undefined, zerosOf(b, updates.type)];
    const result = node.outputs[0]!;
    const one = (condition: Value) => b.emit('cast', [condition], { dtype: g.type.dtype });
    const ofBase = one(b.emit('eq', [base, result]));
    const hits = b.emit('eq', [updates, b.emit('gather', [result, index], { dim })]);
    const ofUpdates = one(b.emit('and', [hits, inRange(b, index, base.type.shape[dim]!)]));
    const count = b.emit('scatterAdd', [ofBase, index, ofUpdates], { dim });
    const share = div(b, g, count);
    return [mul(b, share, ofBase), undefined, mul(b, b.emit('gather', [share, index], { dim }), ofUpdates)];
  },
);

/** 0 <= index < size */
function inRange(b: Emitter, index: Value, size: Dim): Value {
  const ones = index.type.shape.map(() => 1);
  const limit = b.emit('broadcast', [reshape(b, b.emit('dimension', [], { size }), ones)], { shape: index.type.shape });
  return b.emit('and', [b.emit('ge', [index, constantOf(b, index.type, 0)]), b.emit('lt', [index, limit])]);
}

export const indexingOps: readonly Op[] = [gather, scatterAdd, scatterMax];
