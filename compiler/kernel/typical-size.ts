import { dimNames, evaluateDim, productOf } from '../ir/dim.js';
import type { Value } from '../ir/graph.js';

/** What a named dim is taken to be where sizes are weighed against each other without knowing it. */
const typicalDim = 64;

const sizes = new WeakMap<Value, number>();

/** Number of elements of a value, for weighing only. */
export function typicalSize(value: Value): number {
  let size = sizes.get(value);
  if (size === undefined) {
    size = computeSize(value);
    sizes.set(value, size);
  }
  return size;
}

function computeSize(value: Value): number {
  const size = productOf(value.type.shape);
  if (typeof size === 'number') return size;
  return evaluateDim(size, new Map([...dimNames(size)].map((name) => [name, typicalDim])));
}
