import { fileError } from '../errors.js';
import { elementCount, shapeText } from '../size.js';
import type { AnyTensor } from '../tensor.js';
import { elementTypes, type StoredArray, type StoredTensor, toTensor } from './element-types.js';
import { type Fail, readPickle, type Storage, View } from './pickle.js';
import { entryBytes, readZip } from './zip.js';

/**
 * Files of `torch.save`: a pickle of containers that refers to storages, which lie beside it. Since PyTorch 1.6 they are entries of a zip
 * archive; in the older format, "legacy", they follow the pickle.
 */

/** What such a file holds: tensors in lists (tuples too) and dictionaries, with numbers, strings, true, false and None (null). */
export type TorchValue<T = AnyTensor> =
  | T
  | number
  | bigint
  | string
  | boolean
  | null
  | readonly TorchValue<T>[]
  | { readonly [name: string]: TorchValue<T> }
  | ReadonlyMap<unknown, TorchValue<T>>;

export interface TorchOptions {
  /** True: tensors with exactly the elements of the file (`StoredTensor`), i64 as bigints, for example. */
  readonly stored?: boolean;
}

const invalid: Fail = (problem) => fileError(`not a valid PyTorch file: ${problem}`);

/** Copies of views may take this many times the file's bytes: no legitimate checkpoint comes near it. */
const mostCopies = 16;
/** But that much at least, for small files. */
const freeCopies = 2 ** 20;
const mostNested = 500;

/**
 * The value of a .pt or .pth file of either format. Dictionaries become objects with the same names in the same order, or Maps where an
 * object cannot hold the names so (numbers, say). Floats become f32, integers i32 and bool bool; views are copied. Nothing in the
 * file is run. Throws KN5005 when the file is not valid, holds anything else, or has an integer that does not fit 32 bits.
 */
export function decodeTorch(bytes: Uint8Array, options: TorchOptions & { readonly stored: true }): TorchValue<StoredTensor>;
export function decodeTorch(bytes: Uint8Array, options?: TorchOptions): TorchValue;
export function decodeTorch(bytes: Uint8Array, options: TorchOptions = {}): TorchValue<AnyTensor | StoredTensor> {
  const { value, storages } = bytes[0] === 0x50 && bytes[1] === 0x4b ? readArchive(bytes) : readLegacy(bytes);
  const tensors = new TensorReader(storages, Math.max(freeCopies, mostCopies * bytes.length));
  return new Builder((view, path) => {
    const stored = tensors.read(view, path);
    return options.stored ? stored : toTensor(stored, path);
  }).build(value);
}

type Storages = (storage: Storage) => Uint8Array;

interface Contents {
  readonly value: unknown;
  readonly storages: Storages;
}

function readArchive(bytes: Uint8Array): Contents {
  const entries = readZip(bytes, invalid);
  const pickles = [...entries.keys()].filter((name) => /^[^/]*\/data\.pkl$/.test(name));
  if (pickles.length !== 1) throw invalid(`the zip archive has ${pickles.length || 'no'} entries 'data.pkl', expected one`);
  const root = pickles[0]!.slice(0, -'data.pkl'.length);
  const read = (name: string) => {
    const entry = entries.get(root + name);
    return entry && entryBytes(bytes, root + name, entry, invalid);
  };
  if (entries.has(`${root}constants.pkl`)) throw invalid('it is a TorchScript program: save the state_dict() of the module');
  const order = read('byteorder');
  if (order && new TextDecoder().decode(order) !== 'little') throw invalid('its tensors are big-endian');
  const pickle = read('data.pkl')!;
  const { value, end } = readPickle(pickle, 0, 'data.pkl', invalid);
  if (end !== pickle.length) throw invalid(`data.pkl, byte ${end}: the pickle ends, but ${pickle.length - end} bytes follow`);
  return {
    value,
    storages: ({ key }) => {
      const found = read(`data/${key}`);
      if (!found) throw invalid(`it has no entry 'data/${key}', which a tensor refers to`);
      return found;
    },
  };
}

/** Pickles of a magic number, the format's version, the machine's sizes, the value and the keys of the storages; then these. */
function readLegacy(bytes: Uint8Array): Contents {
  let at = 0;
  const next = (what: string): unknown => {
    const { value, end } = readPickle(bytes, at, what, invalid);
    at = end;
    return value;
  };
  // Whatever does not begin so is no such file, and nothing else of it is looked at.
  if (bytes[0] !== 0x80 || next('the magic number') !== 0x1950a86a20f9469cfc6cn)
    throw invalid(bytes.length ? 'it begins neither as a zip archive nor with the magic number of the legacy format' : 'it is empty');
  if (next('the version') !== 1001) throw invalid('it is of a version of the legacy format other than 1001');
  const system = next('the description of the machine');
  if (!(system instanceof Map) || system.get('little_endian') !== true) throw invalid('its tensors are big-endian');
  const value = next('the value');
  const keys = next('the list of storages');
  if (!Array.isArray(keys) || new Set(keys).size !== keys.length || !keys.every((key) => typeof key === 'string'))
    throw invalid('its list of storages is not one of different strings');
  return { value, storages: placeLegacy(bytes, at, keys as string[], value) };
}

/** Each storage is its number of elements as an i64, then those. */
function placeLegacy(bytes: Uint8Array, begin: number, keys: readonly string[], value: unknown): Storages {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const declared = new Map<string, Storage>();
  visitViews(value, ({ storage }) => declared.set(storage.key, storage));
  const places = new Map<string, Uint8Array>();
  let at = begin;
  for (const key of keys) {
    const storage = declared.get(key);
    if (!storage) throw invalid(`byte ${at}: no tensor refers to the storage '${key}'`);
    if (at + 8 > bytes.length) throw invalid(`byte ${at}: it is cut off before the storage '${key}'`);
    const size = Number(view.getBigInt64(at, true));
    if (size !== storage.size) throw invalid(`byte ${at}: the storage '${key}' has ${size} elements, but tensors say ${storage.size}`);
    const end = at + 8 + size * elementTypes[storage.dtype].bytes;
    if (end > bytes.length) throw invalid(`byte ${at}: the storage '${key}' ends at ${end}, but the file has ${bytes.length} bytes`);
    places.set(key, bytes.subarray(at + 8, end));
    at = end;
  }
  if (at !== bytes.length) throw invalid(`byte ${at}: ${bytes.length - at} bytes follow the last storage`);
  return ({ key }) => {
    const found = places.get(key);
    if (!found) throw invalid(`its list of storages lacks '${key}', which a tensor refers to`);
    return found;
  };
}

function visitViews(value: unknown, visit: (view: View) => void): void {
  const seen = new Set<unknown>();
  const left: unknown[] = [value];
  while (left.length) {
    const next = left.pop();
    if (next instanceof View) visit(next);
    else if ((next instanceof Map || Array.isArray(next)) && !seen.has(next)) {
      seen.add(next);
      for (const part of next.values() as Iterable<unknown>) left.push(part);
    }
  }
}

class TensorReader {
  private readonly arrays = new Map<string, { readonly storage: Storage; readonly data: StoredArray }>();
  /** Tensors that show the same elements, as tied parameters do, share them. */
  private readonly views = new Map<string, StoredTensor>();
  private copied = 0;

  constructor(
    private readonly storages: Storages,
    private readonly mostBytes: number,
  ) {}

  read({ storage, offset, shape, stride }: View, path: string): StoredTensor {
    const key = JSON.stringify([storage, offset, shape, stride]);
    let stored = this.views.get(key);
    if (!stored) {
      const count = elementCount(shape);
      this.copied += count * elementTypes[storage.dtype].bytes;
      if (this.copied > this.mostBytes)
        throw invalid(
          `'${path}' shows ${storage.size} elements as ${shapeText(shape)}: with it the copies would take ${this.copied} bytes, more than ${this.mostBytes}; save its clone()`,
        );
      stored = { dtype: storage.dtype, shape, data: gather(this.array(storage), count, offset, shape, stride) };
      this.views.set(key, stored);
    }
    return stored;
  }

  private array(storage: Storage): StoredArray {
    const { key, dtype, size } = storage;
    let found = this.arrays.get(key);
    if (!found) {
      const bytes = this.storages(storage);
      if (bytes.length !== size * elementTypes[dtype].bytes)
        throw invalid(`the storage '${key}' has ${bytes.length} bytes, but ${size} elements of ${dtype} were announced`);
      // Copied in this way because slice() of Node's Buffer shares memory.
      found = { storage, data: elementTypes[dtype].read(new Uint8Array(bytes).buffer) };
      this.arrays.set(key, found);
    }
    if (found.storage.dtype !== dtype || found.storage.size !== size)
      throw invalid(`the storage '${key}' is described as ${found.storage.size} of ${found.storage.dtype} and as ${size} of ${dtype}`);
    return found.data;
  }
}

/** The elements of a view in row-major order. */
function gather(data: StoredArray, count: number, offset: number, shape: readonly number[], stride: readonly number[]): StoredArray {
  let dense = 1;
  const contiguous = shape.every((_, i) => {
    const axis = shape.length - 1 - i;
    const fits = shape[axis] === 1 || stride[axis] === dense;
    dense *= shape[axis]!;
    return fits;
  });
  // The whole of a storage needs no copy.
  if (contiguous && count === data.length) return data;
  if (contiguous || !count) return data.slice(offset, offset + count);
  const copy = data.slice(0, 0).constructor as new (length: number) => StoredArray;
  const result = new copy(count);
  const index = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < count; to++) {
    result[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += stride[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= index[axis]! * stride[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** Makes containers as they are given out: each once, however often it is shared. */
class Builder<T> {
  /** Undefined while a container is being made. */
  private readonly done = new Map<unknown, TorchValue<T> | undefined>();

  constructor(private readonly tensor: (view: View, path: string) => T) {}

  /** `path` names the value. */
  build(value: unknown, path = '', depth = 0): TorchValue<T> {
    if (value instanceof View) return this.tensor(value, path);
    if (!(value instanceof Map || Array.isArray(value))) {
      if (typeof value !== 'object' || value === null) return value as TorchValue<T>;
      throw invalid(`'${path}' is a storage or a class, expected tensors, containers, numbers and strings`);
    }
    if (this.done.has(value)) {
      const before = this.done.get(value);
      if (before === undefined) throw invalid(`'${path}' contains itself`);
      return before;
    }
    this.done.set(value, undefined);
    if (depth > mostNested) throw invalid(`it nests containers more than ${mostNested} deep`);
    const part = (key: unknown, item: unknown) => this.build(item, depth ? `${path}.${key}` : `${key}`, depth + 1);
    const built: TorchValue<T> = Array.isArray(value) ? value.map((item, i) => part(i, item)) : dictionary(value, part);
    this.done.set(value, built);
    return built;
  }
}

function dictionary<T>(dict: ReadonlyMap<unknown, unknown>, part: (key: unknown, item: unknown) => TorchValue<T>): TorchValue<T> {
  const entries = [...dict].map(([key, item]) => [key, part(key, item)] as const);
  const object = Object.fromEntries(entries) as Readonly<Record<string, TorchValue<T>>>;
  // Objects put names that look like numbers first.
  const names = Object.keys(object);
  return entries.length === names.length && entries.every(([key], i) => key === names[i]) ? object : new Map(entries);
}
