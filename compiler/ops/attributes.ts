import { type Dim, isSymbolic } from '../ir/dim.js';
import type { Attribute, Attributes } from '../ir/graph.js';
import type { DType } from '../ir/types.js';
import { OpError } from './op.js';

const dtypes: readonly string[] = ['f32', 'f64', 'i32', 'bool'];

function describe(attribute: Attribute | undefined): string {
  if (attribute === undefined) return 'nothing';
  if (isSymbolic(attribute)) return attribute.key;
  if (typeof attribute === 'number' && !Number.isFinite(attribute)) return String(attribute);
  return JSON.stringify(attribute, (_key, value: unknown) => (isSymbolic(value) ? value.key : value));
}

function wrong(op: string, name: string, expected: string, found: Attribute | undefined): OpError {
  return new OpError(`${op}: the attribute '${name}' must be ${expected}, found ${describe(found)}`);
}

/** Any number, NaN and the infinities included. */
export function numberAttribute(op: string, attributes: Attributes, name: string): number {
  const value = attributes[name];
  if (typeof value !== 'number') throw wrong(op, name, 'a number', value);
  return value;
}

export function integerAttribute(op: string, attributes: Attributes, name: string, least = -Infinity): number {
  const value = attributes[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least) {
    throw wrong(op, name, least === -Infinity ? 'an integer' : `an integer of at least ${least}`, value);
  }
  return value;
}

export function booleanAttribute(op: string, attributes: Attributes, name: string): boolean {
  const value = attributes[name];
  if (typeof value !== 'boolean') throw wrong(op, name, 'true or false', value);
  return value;
}

/** An axis number of a tensor of that rank. */
export function axisAttribute(op: string, attributes: Attributes, name: string, rank: number): number {
  const axis = integerAttribute(op, attributes, name);
  if (axis < 0 || axis >= rank) throw new OpError(`${op}: ${name} = ${axis} is not an axis of a tensor of rank ${rank}`);
  return axis;
}

export function stringAttribute(op: string, attributes: Attributes, name: string): string {
  const value = attributes[name];
  if (typeof value !== 'string') throw wrong(op, name, 'a string', value);
  return value;
}

export function dtypeAttribute(op: string, attributes: Attributes, name = 'dtype'): DType {
  const value = attributes[name];
  if (typeof value !== 'string' || !dtypes.includes(value)) throw wrong(op, name, `one of ${dtypes.join(', ')}`, value);
  return value as DType;
}

export function isAttributeList(value: Attribute | undefined): value is readonly Attribute[] {
  return Array.isArray(value);
}

export function listAttribute(op: string, attributes: Attributes, name: string): readonly Attribute[] {
  const value = attributes[name];
  if (!isAttributeList(value)) throw wrong(op, name, 'a list', value);
  return value;
}

/** A list of numbers, NaN and the infinities included. */
export function numbersAttribute(op: string, attributes: Attributes, name: string): readonly number[] {
  const list = listAttribute(op, attributes, name);
  for (const value of list) if (typeof value !== 'number') throw wrong(op, name, 'a list of numbers', list);
  return list as readonly number[];
}

export function integersAttribute(op: string, attributes: Attributes, name: string, least: number, length?: number): readonly number[] {
  const list = numbersAttribute(op, attributes, name);
  if (!list.every((value) => Number.isInteger(value) && value >= least)) {
    throw wrong(op, name, `a list of integers of at least ${least}`, list);
  }
  if (length !== undefined && list.length !== length) throw wrong(op, name, `a list of ${length} integers`, list);
  return list;
}

/** Sizes: non-negative integers or symbolic dims. */
export function dimsAttribute(op: string, attributes: Attributes, name: string, length?: number): readonly Dim[] {
  const list = listAttribute(op, attributes, name);
  const dims = list.map((value) => dimOf(op, name, value, list));
  if (length !== undefined && dims.length !== length) throw wrong(op, name, `a list of ${length} sizes`, list);
  return dims;
}

export function dimAttribute(op: string, attributes: Attributes, name: string): Dim {
  return dimOf(op, name, attributes[name], attributes[name]);
}

function dimOf(op: string, name: string, value: Attribute | undefined, whole: Attribute | undefined): Dim {
  if (isSymbolic(value)) return value;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw wrong(op, name, Array.isArray(whole) ? 'a list of non-negative integers' : 'a non-negative integer', whole);
}

/** Axis numbers: distinct, ascending, each below the rank. */
export function axesAttribute(op: string, attributes: Attributes, name: string, rank: number): readonly number[] {
  const axes = numbersAttribute(op, attributes, name);
  axes.forEach((axis, i) => {
    if (!Number.isInteger(axis) || axis < 0 || axis >= rank) {
      throw new OpError(`${op}: ${name} = ${describe(axes)}, but ${axis} is not an axis of a tensor of rank ${rank}`);
    }
    if (i > 0 && axis <= axes[i - 1]!) throw wrong(op, name, 'axes in ascending order, each once', axes);
  });
  return axes;
}

/** The padding of conv: a pair [low, high] for every spatial axis. */
export function paddingAttribute(op: string, attributes: Attributes, name: string, length: number): readonly (readonly [Dim, Dim])[] {
  const list = listAttribute(op, attributes, name);
  if (list.length !== length) throw wrong(op, name, `a list of ${length} pairs [low, high]`, list);
  return list.map((pair) => {
    if (!isAttributeList(pair) || pair.length !== 2) throw wrong(op, name, 'a list of pairs [low, high]', list);
    return [dimOf(op, name, pair[0], list), dimOf(op, name, pair[1], list)] as const;
  });
}
