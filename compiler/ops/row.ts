import { type Dim, sameShape } from '../ir/dim.js';
import type { Value } from '../ir/graph.js';
import { isFloat, type TensorType, typeText } from '../ir/types.js';
import { axisAttribute } from './attributes.js';
import { checkArity } from './elementwise.js';
import { keepWhere, reshape, zerosOf } from './emit.js';
import { type Emitter, type Op, OpError } from './op.js';
import { allocate } from './tensor-data.js';

/** x[position] along axis 0 for a position that is known when running only: a turn of a tape, a row that a loop counts. An empty axis gives zeros: this is the type of a loop that never runs. */
const index: Op = {
  name: 'index',
  kind: 'index',
  arity: 2,
  type(inputs, _attributes) {
    checkArity('index', inputs, 2);
    const [x, position] = inputs as readonly [TensorType, TensorType];
    if (x.shape.length === 0) throw new OpError(`index: ${typeText(x)} has no axis to index`);
    if (position.dtype !== 'i32' || position.shape.length !== 0) {
      throw new OpError(`index: the position must be i32[], found ${typeText(position)}`, "Convert it first with position.to('i32').");
    }
    return { dtype: x.dtype, shape: x.shape.slice(1) };
  },
  positions: ([x]) => [{ input: 1, size: x!.shape[0]! }],
  evaluate([x, position], _attributes, type) {
    const result = allocate(type);
    const at = Math.max(0, Math.min(position!.data[0]!, x!.shape[0]! - 1));
    result.data.set(x!.data.subarray(at * result.data.length, (at + 1) * result.data.length));
    return result;
  },
  /** As for gather: a position out of range has no gradient, though it reads the nearest row. */
  vjp(b, node, g) {
    const [x, position] = node.inputs as readonly [Value, Value];
    if (!isFloat(x.type.dtype)) return [undefined, undefined];
    const row = [1, ...x.type.shape.slice(1)];
    const ones = row.map(() => 1);
    const at = b.emit('broadcast', [reshape(b, position, ones)], { shape: row });
    return [b.emit('scatterAdd', [zerosOf(b, x.type), at, reshape(b, g, row)], { dim: 0 }), undefined];
  },
};

/**
 * x with a row in the place of the one at a position along `dim` that is known when running only. Where the position is out of range, x:
 * nothing is written. It is computed in the memory of x where nobody needs x any more.
 */
const writeRow: Op = {
  name: 'writeRow',
  kind: 'index',
  arity: 3,
  type(inputs, attributes) {
    checkArity('writeRow', inputs, 3);
    const [x, position, row] = inputs as readonly [TensorType, TensorType, TensorType];
    const dim = axisAttribute('writeRow', attributes, 'dim', x.shape.length);
    if (position.dtype !== 'i32' || position.shape.length !== 0) {
      throw new OpError(`writeRow: the position must be i32[], found ${typeText(position)}`, "Convert it first with position.to('i32').");
    }
    if (row.dtype !== x.dtype || !sameShape(row.shape, without(x.shape, dim)))
      throw new OpError(`writeRow: ${typeText(row)} is no row of ${typeText(x)} along axis ${dim}`);
    return x;
  },
  evaluate([x, position, row], attributes, type) {
    const result = allocate(type);
    result.data.set(x!.data);
    const dim = axisAttribute('writeRow', attributes, 'dim', type.shape.length);
    const count = x!.shape[dim]!;
    const at = position!.data[0]!;
    if (at < 0 || at >= count) return result;
    const inner = x!.shape.slice(dim + 1).reduce((product, size) => product * size, 1);
    for (let i = 0; i < row!.data.length; i++) {
      const outer = Math.floor(i / inner);
      result.data[(outer * count + at) * inner + (i % inner)] = row!.data[i]!;
    }
    return result;
  },
  /** The row was there and x was not. */
  vjp(b, node, g) {
    const [x, position, row] = node.inputs as readonly [Value, Value, Value];
    if (!isFloat(x.type.dtype)) return [undefined, undefined, undefined];
    const dim = axisAttribute('writeRow', node.attributes, 'dim', x.type.shape.length);
    return [b.emit('writeRow', [g, position, zerosOf(b, row.type)], { dim }), undefined, readRow(b, g, position, dim)];
  },
};

/** The row of x at a position, zeros where that is out of range. */
function readRow(b: Emitter, x: Value, position: Value, dim: number): Value {
  const { shape } = x.type;
  const axes = shape.map((_, axis) => axis);
  const inFront = dim === 0 ? x : b.emit('permute', [x], { permutation: [dim, ...axes.filter((axis) => axis !== dim)] });
  const row = b.emit('index', [inFront, position]);
  const scalar = { dtype: 'i32', shape: [] };
  const isInside = b.emit('and', [
    b.emit('ge', [position, b.emit('constant', [], { ...scalar, value: 0 })]),
    b.emit('lt', [position, b.emit('dimension', [], { size: shape[dim]! })]),
  ]);
  const ones = row.type.shape.map(() => 1);
  return keepWhere(b, b.emit('broadcast', [reshape(b, isInside, ones)], { shape: row.type.shape }), row);
}

function without(shape: readonly Dim[], dim: number): readonly Dim[] {
  return shape.filter((_, axis) => axis !== dim);
}

export const rowOps: readonly Op[] = [index, writeRow];
