import { emptyArray } from '../array.js';
import type { TypedArray } from '../devices/device.js';
import { dataError } from '../errors.js';
import { elementCount, shapeText } from '../size.js';
import { type AnyTensor, Tensor } from '../tensor.js';

/** Samples by number. A data set that reads files or a network gives promises, and its loader is iterated with `for await`. */
export interface Dataset<Sample> {
  readonly length: number;
  get(index: number): Sample | Promise<Sample>;
}

/** A data set that can gather a batch faster than sample by sample. */
export interface BatchedDataset<Sample, Batch> extends Dataset<Sample> {
  getBatch(indices: Int32Array): Batch | Promise<Batch>;
}

/** Samples one after the other, as from a stream: no length, no order but their own. */
export type IterableDataset<Sample> = Iterable<Sample> | AsyncIterable<Sample>;

/** The same tensors with rows of unknown shape. */
export type Rows<T extends readonly AnyTensor[]> = { [K in keyof T]: Tensor<never, T[K]['dtype']> };

/** Rows of tensors that have the same first size: sample i is row i of each. As torch.utils.data.TensorDataset. */
export class TensorDataset<T extends readonly AnyTensor[]> implements BatchedDataset<Rows<T>, Rows<T>> {
  readonly tensors: T;
  readonly length: number;

  /** Throws KN5006 for scalars, for first sizes that differ and for tensors that are not in ordinary memory. */
  constructor(...tensors: T) {
    const length = tensors[0]?.shape[0];
    tensors.forEach((tensor, i) => {
      if (tensor.home) throw dataError(`tensor ${i} is on ${tensor.device}: give await tensor.cpu()`);
      if (!tensor.shape.length) throw dataError(`tensor ${i} is a scalar, which has no rows`);
      if (tensor.shape[0] !== length) throw dataError(`tensor 0 has ${length} rows but tensor ${i} has ${tensor.shape[0]}`);
    });
    if (length === undefined) throw dataError('a TensorDataset needs one tensor at least');
    this.tensors = tensors;
    this.length = length;
  }

  /** Row `index` of each tensor, sharing memory. Throws KN5006 outside 0 to length - 1. */
  get(index: number): Rows<T> {
    checkIndex(index, this.length);
    return this.tensors.map(({ shape, dtype, memory }) => {
      const row = shape.slice(1);
      const size = elementCount(row);
      return new Tensor(row, dtype, (memory as TypedArray).subarray(index * size, (index + 1) * size));
    }) as Rows<T>;
  }

  getBatch(indices: Int32Array): Rows<T> {
    return this.tensors.map(({ shape, dtype, memory }) => {
      const source = memory as TypedArray;
      const size = elementCount(shape.slice(1));
      const batch = emptyArray(dtype, indices.length * size);
      for (let i = 0; i < indices.length; i++) {
        const from = indices[i]! * size;
        batch.set(source.subarray(from, from + size), i * size);
      }
      return new Tensor([indices.length, ...shape.slice(1)], dtype, batch);
    }) as Rows<T>;
  }
}

/** Throws KN5006 for what is no number of a sample. */
export function checkIndex(index: number, length: number): void {
  if (!(Number.isInteger(index) && index >= 0 && index < length)) throw dataError(`sample ${index} of a data set of ${length}`);
}

/** What `collate` makes of samples: tensors get a first axis, numbers and booleans become tensors of one axis. */
export type Collated<Sample> = Sample extends number
  ? Tensor<never, 'f32'>
  : Sample extends boolean
    ? Tensor<never, 'bool'>
    : Sample extends Float32Array
      ? Tensor<never, 'f32'>
      : Sample extends Int32Array
        ? Tensor<never, 'i32'>
        : Sample extends Uint8Array
          ? Tensor<never, 'bool'>
          : Sample extends Tensor<infer _, infer D>
            ? Tensor<never, D>
            : Sample extends object
              ? { -readonly [K in keyof Sample]: Collated<Sample[K]> }
              : never;

/**
 * Stacks samples along a new first axis: tensors and typed arrays of one shape each; numbers make an f32 tensor (labels come as tensors of
 * dtype i32); lists and plain objects go part by part. Throws KN5006 when samples differ in kind, shape or dtype.
 */
export function collate<Sample>(samples: readonly Sample[]): Collated<Sample> {
  return stack(samples, 'sample') as Collated<Sample>;
}

function stack(samples: readonly unknown[], path: string): unknown {
  const first = samples[0];
  if (typeof first === 'number' || typeof first === 'boolean') {
    const dtype = typeof first === 'number' ? 'f32' : 'bool';
    const data = emptyArray(dtype, samples.length);
    samples.forEach((sample, i) => {
      if (typeof sample !== typeof first) throw dataError(`${path} is a ${typeof first} in one sample and a ${typeof sample} in another`);
      data[i] = Number(sample);
    });
    return new Tensor([samples.length], dtype, data);
  }
  if (first instanceof Tensor || ArrayBuffer.isView(first)) return stackRows(samples, path);
  if (Array.isArray(first))
    return first.map((_, i) =>
      stack(
        samples.map((sample) => partOf(sample, i, path)),
        `${path}[${i}]`,
      ),
    );
  if (first && Object.getPrototypeOf(first) === Object.prototype) {
    const part = (key: string) =>
      stack(
        samples.map((sample) => partOf(sample, key, path)),
        `${path}.${key}`,
      );
    return Object.fromEntries(Object.keys(first).map((key) => [key, part(key)]));
  }
  throw dataError(`${path} cannot be stacked: tensors, typed arrays, numbers and lists or objects of them can; give a collate function`);
}

function stackRows(samples: readonly unknown[], path: string): AnyTensor {
  const rows = samples.map((sample): AnyTensor => {
    if (sample instanceof Tensor && !sample.home) return sample;
    if (sample instanceof Float32Array) return new Tensor([sample.length], 'f32', sample);
    if (sample instanceof Int32Array) return new Tensor([sample.length], 'i32', sample);
    if (sample instanceof Uint8Array) return new Tensor([sample.length], 'bool', sample);
    throw dataError(`${path} must be a tensor in ordinary memory, a Float32Array, an Int32Array or a Uint8Array in every sample`);
  });
  const { shape, dtype, size } = rows[0]!;
  const data = emptyArray(dtype, rows.length * size);
  rows.forEach((row, i) => {
    if (row.dtype !== dtype || shapeText(row.shape) !== shapeText(shape))
      throw dataError(`${path} is ${dtype}${shapeText(shape)} in one sample and ${row.dtype}${shapeText(row.shape)} in another`);
    data.set(row.memory as TypedArray, i * size);
  });
  return new Tensor([rows.length, ...shape], dtype, data);
}

function partOf(sample: unknown, key: string | number, path: string): unknown {
  if (typeof sample === 'object' && sample !== null && Object.hasOwn(sample, key)) return (sample as Record<string | number, unknown>)[key];
  throw dataError(`${path} has no part ${JSON.stringify(key)} in every sample`);
}
