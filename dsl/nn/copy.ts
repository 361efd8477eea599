/** Modules as large as others and with the same values, but parameters of their own: Python's deepcopy. */
import { Tensor } from '../tensor.js';
import { withoutGradient } from '../views.js';
import { Module } from './module.js';
import { Buffer, Parameter } from './parameter.js';

/**
 * A module of the same class whose fields hold the same values, modules and tensors among them copied; what the original holds twice
 * the copy holds twice. Private fields (`#x`) are not seen. Functions are shared.
 */
export function copyModule<M extends Module>(module: M): M {
  return copied(module, new Map()) as M;
}

function copied(value: unknown, known: Map<unknown, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const before = known.get(value);
  if (before !== undefined) return before;
  const copy = copyOf(value, known);
  known.set(value, copy);
  return copy;
}

function copyOf(value: object, known: Map<unknown, unknown>): unknown {
  if (value instanceof Parameter) return new Parameter(withoutGradient(value), { requiresGrad: value.requiresGrad });
  if (value instanceof Buffer) return new Buffer(withoutGradient(value), { persistent: value.persistent });
  if (value instanceof Tensor) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => copied(item, known));
  if (!(value instanceof Module)) return value;
  const copy = Object.create(Object.getPrototypeOf(value) as object) as Record<string, unknown>;
  for (const [name, field] of Object.entries(value)) copy[name] = copied(field, known);
  return copy;
}
