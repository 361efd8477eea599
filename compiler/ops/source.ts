import { productOf, sameDim } from '../ir/dim.js';
import { type DType, typeText } from '../ir/types.js';
import {
  axisAttribute,
  dimAttribute,
  dimsAttribute,
  dtypeAttribute,
  integerAttribute,
  numberAttribute,
  numbersAttribute,
} from './attributes.js';
import { checkArity } from './elementwise.js';
import { type Op, OpError } from './op.js';
import { allocate, stridesOf } from './tensor-data.js';
import { threefry2x32 } from './threefry.js';

const constant: Op = {
  name: 'constant',
  kind: 'source',
  arity: 0,
  type(inputs, attributes) {
    checkArity('constant', inputs, 0);
    const value = numberAttribute('constant', attributes, 'value');
    const dtype = dtypeAttribute('constant', attributes);
    checkRepresentable('constant', value, dtype);
    return { dtype, shape: dimsAttribute('constant', attributes, 'shape') };
  },
  evaluate(_inputs, attributes, type) {
    const result = allocate(type);
    result.data.fill(elementOf(type.dtype, numberAttribute('constant', attributes, 'value')));
    return result;
  },
};

/** The nearest element: a constant of dtype f32 is a float32 number wherever the graph runs, so that x == 0.1 means one thing. */
export function elementOf(dtype: DType, value: number): number {
  return dtype === 'f32' ? Math.fround(value) : value;
}

function checkRepresentable(op: string, value: number, dtype: string): void {
  const fits = dtype === 'i32' ? (value | 0) === value : dtype === 'bool' ? value === 0 || value === 1 : true;
  if (!fits) throw new OpError(`${op}: ${value} is not a value of ${dtype}`);
}

const literal: Op = {
  name: 'literal',
  kind: 'source',
  arity: 0,
  type(inputs, attributes) {
    checkArity('literal', inputs, 0);
    const dtype = dtypeAttribute('literal', attributes);
    const shape = dimsAttribute('literal', attributes, 'shape');
    const values = numbersAttribute('literal', attributes, 'values');
    if (!sameDim(productOf(shape), values.length)) {
      throw new OpError(`literal: ${values.length} values do not fill the shape [${shape.join(', ')}]`);
    }
    for (const value of values) checkRepresentable('literal', value, dtype);
    return { dtype, shape };
  },
  evaluate(_inputs, attributes, type) {
    const result = allocate(type);
    result.data.set(numbersAttribute('literal', attributes, 'values').map((value) => elementOf(type.dtype, value)));
    return result;
  },
};

const iota: Op = {
  name: 'iota',
  kind: 'source',
  arity: 0,
  type(inputs, attributes) {
    checkArity('iota', inputs, 0);
    const dtype = dtypeAttribute('iota', attributes);
    if (dtype === 'bool') throw new OpError('iota: there are no indices of dtype bool');
    const shape = dimsAttribute('iota', attributes, 'shape');
    axisAttribute('iota', attributes, 'dim', shape.length);
    return { dtype, shape };
  },
  evaluate(_inputs, attributes, type) {
    const result = allocate(type);
    const dim = axisAttribute('iota', attributes, 'dim', type.shape.length);
    const stride = stridesOf(result.shape)[dim]!;
    const size = result.shape[dim]!;
    for (let i = 0; i < result.data.length; i++) result.data[i] = Math.floor(i / stride) % size;
    return result;
  },
};

const dimension: Op = {
  name: 'dimension',
  kind: 'source',
  arity: 0,
  type(inputs, attributes) {
    checkArity('dimension', inputs, 0);
    dimAttribute('dimension', attributes, 'size');
    return { dtype: 'i32', shape: [] };
  },
  evaluate(_inputs, attributes, type) {
    const result = allocate(type);
    result.data[0] = integerAttribute('dimension', attributes, 'size');
    return result;
  },
};

/**
 * Element i of stream s under the key (seed, step): (x0 >>> 8) 2^-24 of threefry2x32(key (seed, step), counter (i, s)). The stream
 * is the attribute, or a second input where it is known when running only: in a loop each turn draws from another one.
 */
const random: Op = {
  name: 'random',
  kind: 'random',
  arity: 'many',
  type(inputs, attributes) {
    const [rng, stream] = inputs;
    if (inputs.length > 2 || rng === undefined) throw new OpError(`random takes one or two inputs, found ${inputs.length}`);
    if (rng.dtype !== 'i32' || rng.shape.length !== 1 || rng.shape[0] !== 2) {
      throw new OpError('random takes the pair (seed, step) as i32[2]');
    }
    if (stream === undefined) integerAttribute('random', attributes, 'stream', 0);
    else if (stream.dtype !== 'i32' || stream.shape.length > 0) throw new OpError(`random: the stream is i32[], found ${typeText(stream)}`);
    return { dtype: 'f32', shape: dimsAttribute('random', attributes, 'shape') };
  },
  evaluate([rng, given], attributes, type) {
    const result = allocate(type);
    const stream = given === undefined ? integerAttribute('random', attributes, 'stream', 0) : given.data[0]!;
    const words = new Uint32Array(2);
    for (let i = 0; i < result.data.length; i++) {
      threefry2x32(rng!.data[0]!, rng!.data[1]!, i, stream, words);
      result.data[i] = (words[0]! >>> 8) * 2 ** -24;
    }
    return result;
  },
  vjp: (_b, node) => node.inputs.map(() => undefined),
};

export const sourceOps: readonly Op[] = [constant, literal, iota, dimension, random];
