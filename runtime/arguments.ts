import { arrayTypes, dtypeOf, flattenNested, type NestedNumbers, nestedShape } from './array.js';
import type { Device, TypedArray } from './devices/device.js';
import { argumentError, placeError } from './errors.js';
import type { Program, Size, TensorSpec } from './program.js';
import { type Dims, elementCount, evaluateSize, shapeText, sizeText } from './size.js';
import type { AnyTensor } from './tensor.js';

/** The arguments of a call, checked: the values of the program's dims in order, and memory or host arrays. */
export interface Bound {
  readonly named: Readonly<Record<string, number>>;
  readonly dims: readonly number[];
  readonly args: readonly (object | TypedArray)[];
}

/** A tensor of this runtime, or of another copy of it in the same page (a frozen module carries its own). */
export function isTensor(value: unknown): value is AnyTensor {
  return typeof value === 'object' && value !== null && 'memory' in value && 'dtype' in value && 'shape' in value;
}

/** The memory of a tensor for use on `device`: its own there, or a host array. Throws KN5003 for other devices' memory. */
export function memoryOn(device: Device, tensor: AnyTensor, what: string): object {
  if (tensor.home && tensor.home !== device)
    throw placeError(
      `${what} is on ${tensor.device === device.kind ? `another ${device.kind} device` : tensor.device}, the model on ${device.kind}: give ` +
        'await tensor.cpu(), or move the model with to()',
    );
  return tensor.memory;
}

/**
 * Checks a call's values against the program's arguments and finds the values of the named dims. Tensors and nested arrays
 * bind dims by their shape; a flat typed array is cut by the one size that is still unknown then.
 * Throws KN5002 for wrong counts, ranks, sizes and dtypes, for dims that disagree and for sizes that the program cannot take, KN5003 for tensors of another device.
 */
export function bindArguments(method: string, program: Program, values: readonly unknown[], device: Device): Bound {
  const specs = program.arguments;
  if (values.length !== specs.length) throw argumentError(countMessage(method, specs, values.length));
  const named: Record<string, number> = {};
  const owner: Record<string, string> = {};
  const args: object[] = [];
  const flat: number[] = [];

  /** Holds a concrete shape against the declared one; sizes that are not just a name wait for the second round. */
  const match = (spec: TensorSpec, shape: readonly number[], final: boolean): void => {
    if (shape.length !== spec.shape.length) throw argumentError(mismatch(method, spec, shape));
    for (let axis = 0; axis < shape.length; axis++) {
      const size = spec.shape[axis]!;
      const found = shape[axis]!;
      if (typeof size === 'string') {
        if (owner[size] === undefined) {
          named[size] = found;
          owner[size] = spec.name;
        } else if (named[size] !== found) throw argumentError(disagreement(method, size, owner[size], named[size]!, spec.name, found));
      } else if (typeof size === 'number' || final) {
        const wanted = evaluateSize(size, named);
        if (wanted !== found)
          throw argumentError(
            `${mismatch(method, spec, shape)}: axis ${axis} is ${found}, expected ${typeof size === 'number' ? size : `${sizeText(size)} = ${wanted}`}`,
          );
      }
    }
  };

  for (let i = 0; i < specs.length; i++) {
    const spec = specs[i]!;
    const value = values[i];
    if (isTensor(value)) {
      if (value.dtype !== spec.dtype) throw argumentError(dtypeMessage(method, spec, `a tensor of dtype ${value.dtype}`));
      match(spec, value.shape, false);
      args[i] = memoryOn(device, value, `${method}: ${spec.name}`);
    } else if (ArrayBuffer.isView(value)) {
      if (dtypeOf(value) !== spec.dtype) throw argumentError(dtypeMessage(method, spec, `a ${value.constructor.name}`));
      args[i] = value;
      flat.push(i);
    } else if (typeof value === 'number' || typeof value === 'boolean' || Array.isArray(value)) {
      const shape = nestedShape(value as NestedNumbers);
      match(spec, shape, false);
      args[i] = flattenNested(value as NestedNumbers, shape, spec.dtype, `${method}: ${spec.name}`);
    } else {
      const found =
        value === null || value === undefined
          ? `${value}`
          : typeof value === 'object'
            ? `a ${value.constructor?.name ?? 'object'}`
            : typeof value;
      throw argumentError(`${expected(method, spec)}: a tensor, a typed array or nested arrays of numbers; got ${found}`);
    }
  }
  for (const i of flat) {
    const spec = specs[i]!;
    match(spec, cut(method, spec, (args[i] as TypedArray).length, named), false);
  }
  for (const name of program.dims) if (owner[name] === undefined) throw argumentError(`${method}: no argument tells the size '${name}'`);
  for (let i = 0; i < specs.length; i++) {
    const spec = specs[i]!;
    if (!spec.shape.some((size) => typeof size === 'object')) continue;
    const value = values[i];
    const length = (args[i] as TypedArray).length;
    match(
      spec,
      isTensor(value) ? value.shape : ArrayBuffer.isView(value) ? cut(method, spec, length, named) : nestedShape(value as NestedNumbers),
      true,
    );
  }
  for (const { size, least, text } of program.requires ?? []) {
    if (evaluateSize(size, named) < least) {
      const given = program.dims.map((name) => `${name} = ${named[name]} (${owner[name]})`);
      throw argumentError(`${method}: with ${given.join(', ')}: ${text}`);
    }
  }
  return { named, dims: program.dims.map((name) => named[name]!), args };
}

/**
 * Holds what a guard has found, pairs of a least and a greatest element, against the sizes that they are positions in. Throws KN5002.
 */
export function checkPositions(method: string, { positions = [] }: Program, named: Dims, bounds: readonly object[]): void {
  positions.forEach(({ size, text, place }, i) => {
    const greatest = evaluateSize(size, named) - 1;
    // Of nothing the least is greater than the greatest, and both pass.
    const [low, high] = [0, 1].map((side) => (bounds[2 * i + side] as TypedArray)[0]!) as [number, number];
    if (low < 0 || high > greatest) {
      const found = `${low < 0 ? low : high}, but there are ${greatest + 1} positions, counted from 0`;
      throw argumentError(`${method}: ${text} is ${found} (${place})`);
    }
  });
}

/** The shape of `length` elements when all sizes but one are known. */
function cut(method: string, spec: TensorSpec, length: number, named: Readonly<Record<string, number>>): number[] {
  const unknown = new Set<number>();
  spec.shape.forEach((size, axis) => {
    if (!isKnown(size, named)) unknown.add(axis);
  });
  const shape = spec.shape.map((size, axis) => (unknown.has(axis) ? 1 : evaluateSize(size, named)));
  const rest = elementCount(shape);
  const text = expected(method, spec);
  if (unknown.size > 1)
    throw argumentError(`${text}: several sizes are unknown, so a flat array does not tell its shape; give tensor(data, { shape: [...] })`);
  for (const axis of unknown) {
    if (rest === 0 || length % rest !== 0) throw argumentError(`${text}: ${length} elements are no multiple of ${rest}`);
    shape[axis] = length / rest;
  }
  if (elementCount(shape) !== length)
    throw argumentError(`${text}: ${shapeText(shape)} are ${elementCount(shape)} elements, the array has ${length}`);
  return shape;
}

function isKnown(size: Size, named: Readonly<Record<string, number>>): boolean {
  if (typeof size === 'string') return named[size] !== undefined;
  return typeof size === 'number' || (isKnown(size[1], named) && isKnown(size[2], named));
}

function typeText(spec: TensorSpec): string {
  return spec.dtype + shapeText(spec.shape);
}

function expected(method: string, spec: TensorSpec): string {
  return `${method}: ${spec.name} should be ${typeText(spec)}`;
}

function countMessage(method: string, specs: readonly TensorSpec[], found: number): string {
  const list = specs.map((spec) => `${spec.name}: ${typeText(spec)}`).join(', ');
  return `${method}(${list}) takes ${specs.length} argument${specs.length === 1 ? '' : 's'}, got ${found}`;
}

function mismatch(method: string, spec: TensorSpec, shape: readonly number[]): string {
  return `${expected(method, spec)}, got the shape ${shapeText(shape)}`;
}

function disagreement(method: string, dim: string, a: string, inA: number, b: string, inB: number): string {
  if (a === b) return `${method}: ${a} has ${dim} = ${inA} and ${dim} = ${inB} on two axes that must be equal`;
  return `${method}: ${a} has ${dim} = ${inA} but ${b} has ${dim} = ${inB}`;
}

function dtypeMessage(method: string, spec: TensorSpec, found: string): string {
  return `${expected(method, spec)}, got ${found}; give a ${arrayTypes[spec.dtype].name}, a tensor of dtype ${spec.dtype} or nested arrays`;
}
