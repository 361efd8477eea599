import type { Value } from '../ir/graph.js';
import { isFloat, type TensorType, typeText } from '../ir/types.js';
import { checkArity } from './elementwise.js';
import { reshape, zerosOf } from './emit.js';
import { type Op, OpError } from './op.js';
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

export const rowOps: readonly Op[] = [index];
