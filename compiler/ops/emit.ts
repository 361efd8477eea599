/** Shorthand for gradient rules: small compositions of ops. */
import type { Dim } from '../ir/dim.js';
import type { Value } from '../ir/graph.js';
import type { TensorType } from '../ir/types.js';
import type { Emitter } from './op.js';

/** A tensor of that type with every element equal to `value`. */
export function constantOf(b: Emitter, type: TensorType, value: number): Value {
  return b.emit('constant', [], { value, dtype: type.dtype, shape: type.shape });
}

export function zerosOf(b: Emitter, type: TensorType): Value {
  return constantOf(b, type, 0);
}

/** An elementwise op of one input. */
export function unary(b: Emitter, op: string, x: Value): Value {
  return b.emit(op, [x]);
}

export function add(b: Emitter, x: Value, y: Value): Value {
  return b.emit('add', [x, y]);
}

export function sub(b: Emitter, x: Value, y: Value): Value {
  return b.emit('sub', [x, y]);
}

export function mul(b: Emitter, x: Value, y: Value): Value {
  return b.emit('mul', [x, y]);
}

export function div(b: Emitter, x: Value, y: Value): Value {
  return b.emit('div', [x, y]);
}

/** x + value, elementwise. */
export function addScalar(b: Emitter, x: Value, value: number): Value {
  return add(b, x, constantOf(b, x.type, value));
}

/** x * value, elementwise. */
export function mulScalar(b: Emitter, x: Value, value: number): Value {
  return mul(b, x, constantOf(b, x.type, value));
}

export function square(b: Emitter, x: Value): Value {
  return mul(b, x, x);
}

/** `whenTrue` where the condition holds, else 0. */
export function keepWhere(b: Emitter, condition: Value, whenTrue: Value): Value {
  return b.emit('select', [condition, whenTrue, zerosOf(b, whenTrue.type)]);
}

/** 0 where the condition holds, else `whenFalse`. */
export function dropWhere(b: Emitter, condition: Value, whenFalse: Value): Value {
  return b.emit('select', [condition, zerosOf(b, whenFalse.type), whenFalse]);
}

export function reshape(b: Emitter, x: Value, shape: readonly Dim[]): Value {
  return b.emit('reshape', [x], { shape });
}

/** Puts the reduced axes back with size 1 and stretches them: the transpose of a sum over `dims`. */
export function expandReduced(b: Emitter, reduced: Value, dims: readonly number[], shape: readonly Dim[]): Value {
  const kept = shape.map((size, axis) => (dims.includes(axis) ? 1 : size));
  return b.emit('broadcast', [reshape(b, reduced, kept)], { shape });
}
