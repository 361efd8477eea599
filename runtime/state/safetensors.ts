import type { TypedArray } from '../devices/device.js';
import { fileError, placeError } from '../errors.js';
import type { AnyTensor } from '../tensor.js';
import { elementTypes, type StoredTensor, type StoredType, toBytes, toTensor } from './element-types.js';
import { parseUniqueJson } from './unique-json.js';

/**
 * The safetensors format (https://huggingface.co/docs/safetensors): eight bytes of header length, little-endian, a JSON header, then
 * the tensors' raw little-endian elements without holes.
 */

export interface SafetensorsOptions {
  /** Strings kept in the file; `{ format: 'pt' }` unless given, as PyTorch's loaders expect. `{}` writes none. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * How floats are stored: as they are unless given. f16 and bf16 take half the bytes of f32 and round to the nearest number, f16 to
   * infinities beyond 65504.
   */
  readonly dtype?: 'f32' | 'f16' | 'bf16';
  /** How i32 tensors are stored: as they are unless given. i64 is what PyTorch has for indices and labels. */
  readonly integers?: 'i32' | 'i64';
}

export interface SelectOptions {
  /** Which tensors to read; all unless given. The others are checked but not copied. */
  readonly select?: (name: string) => boolean;
  /** True: tensors with exactly the elements of the file (`StoredTensor`), i64 as bigints, for example. */
  readonly stored?: boolean;
}

interface Entry {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * A file's bytes for tensors in ordinary memory, under their names in their order: f32 as F32 (or as `dtype` says), i32 as I32, bool as
 * BOOL, and tensors as files hold them (`StoredTensor`) as they are. Wider elements come first, so that everything is aligned. Throws
 * KN5003 for a tensor on a GPU (`saveSafetensors` fetches them).
 */
export function encodeSafetensors(dict: Readonly<Record<string, AnyTensor | StoredTensor>>, options: SafetensorsOptions = {}): Uint8Array {
  const { metadata = { format: 'pt' }, dtype: floats, integers } = options;
  const encoded = Object.entries(dict).map(([name, tensor]) => {
    if ('home' in tensor && tensor.home) throw placeError(`'${name}' is on ${tensor.device}: give await tensor.cpu()`);
    const data = 'memory' in tensor ? (tensor.memory as TypedArray) : tensor.data;
    const isFloat = elementTypes[tensor.dtype].dtype === 'f32';
    const dtype = (isFloat ? floats : tensor.dtype === 'i32' && integers) || tensor.dtype;
    return { name, dtype, shape: tensor.shape, bytes: toBytes(data, dtype), begin: 0 };
  });
  let end = 0;
  for (const tensor of [...encoded].sort((a, b) => elementTypes[b.dtype].bytes - elementTypes[a.dtype].bytes)) {
    tensor.begin = end;
    end += tensor.bytes.length;
  }
  const header = encoded.map(({ name, dtype, shape, bytes, begin }): [string, unknown] => [
    name,
    { dtype: dtype.toUpperCase(), shape, data_offsets: [begin, begin + bytes.length] },
  ]);
  if (Object.hasOwn(dict, '__metadata__')) throw fileError("the format keeps the name '__metadata__' for itself");
  if (Object.keys(metadata).length) header.unshift(['__metadata__', metadata]);
  const text = JSON.stringify(Object.fromEntries(header));
  const json = new TextEncoder().encode(text);
  const start = Math.ceil((8 + json.length) / 8) * 8;
  const file = new Uint8Array(start + end).fill(32, 8, start);
  new DataView(file.buffer).setUint32(0, start - 8, true);
  file.set(json, 8);
  for (const { bytes, begin } of encoded) file.set(bytes, start + begin);
  return file;
}

/**
 * The tensors of a safetensors file, copied, in the order of its header. F32 F64 F16 BF16 become f32 (F64 rounded), I8 to I64 and U8 to
 * U64 i32, BOOL bool; with `stored` elements stay as they are. Throws KN5005 when the file is not valid or an integer does not fit 32 bits.
 */
export function decodeSafetensors(bytes: Uint8Array, options: SelectOptions & { readonly stored: true }): Record<string, StoredTensor>;
export function decodeSafetensors(bytes: Uint8Array, options?: SelectOptions): Record<string, AnyTensor>;
export function decodeSafetensors(bytes: Uint8Array, options: SelectOptions = {}): Record<string, AnyTensor | StoredTensor> {
  const { entries, start } = readHeader(bytes);
  const chosen = options.select ? entries.filter(({ name }) => options.select!(name)) : entries;
  return Object.fromEntries(
    chosen.map(({ name, dtype, shape, begin, end }) => {
      // Copied in this way because slice() of Node's Buffer shares memory.
      const copy = new Uint8Array(bytes.subarray(start + begin, start + end));
      const stored: StoredTensor = { dtype, shape, data: elementTypes[dtype].read(copy.buffer) };
      return [name, options.stored ? stored : toTensor(stored, name)];
    }),
  );
}

/** The strings that a safetensors file carries beside its tensors. Throws KN5005 when the file is not valid. */
export function safetensorsMetadata(bytes: Uint8Array): Record<string, string> {
  return readHeader(bytes).metadata;
}

function readHeader(bytes: Uint8Array): { entries: Entry[]; metadata: Record<string, string>; start: number } {
  if (bytes.length < 8) throw invalid(`it has ${bytes.length} bytes, fewer than the 8 of the header length`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > bytes.length - 8) throw invalid(`the header should have ${length} bytes, after its length there are ${bytes.length - 8}`);
  const header = parse(bytes.subarray(8, 8 + length));
  const start = 8 + length;
  const entries: Entry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      if (!isObject(value) || !Object.values(value).every((text) => typeof text === 'string'))
        throw invalid('__metadata__ must hold strings');
      metadata = value as Record<string, string>;
    } else entries.push(readEntry(name, value));
  }
  // Together the ranges must cover the data exactly, in any order.
  let at = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) throw invalid(`'${name}' begins at ${begin}, expected ${at}: tensors may neither overlap nor leave holes`);
    at = end;
  }
  if (at !== bytes.length - start) throw invalid(`its tensors take ${at} bytes, but ${bytes.length - start} follow the header`);
  return { entries, metadata, start };
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid('the header is not UTF-8');
  }
  if (text[0] !== '{') throw invalid("the header must be a JSON object and begin with '{'");
  return parseUniqueJson(text, (problem) => invalid(`the header ${problem}`));
}

const dtypes = Object.keys(elementTypes) as StoredType[];

function readEntry(name: string, value: unknown): Entry {
  if (!isObject(value)) throw invalid(`the entry '${name}' is no object`);
  const { dtype, shape, data_offsets: offsets, ...others } = value;
  const extra = Object.keys(others)[0];
  if (extra !== undefined) throw invalid(`the entry '${name}' has an unknown field '${extra}'`);
  const type = dtypes.find((known) => known.toUpperCase() === dtype);
  if (!type) throw invalid(`'${name}' has dtype ${JSON.stringify(dtype)}, expected one of ${dtypes.join(' ').toUpperCase()}`);
  if (!isSizes(shape)) throw invalid(`'${name}' has shape ${JSON.stringify(shape)}, expected a list of non-negative integers`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    throw invalid(`'${name}' has data_offsets ${JSON.stringify(offsets)}, expected [begin, end]`);
  let size = elementTypes[type].bytes;
  for (const dim of shape) {
    size *= dim;
    if (!Number.isSafeInteger(size)) throw invalid(`'${name}' of shape [${shape.join(', ')}] is too large`);
  }
  const [begin, end] = offsets as [number, number];
  if (size !== end - begin)
    throw invalid(`'${name}' ${dtype}[${shape.join(', ')}] needs ${size} bytes, its data_offsets span ${end - begin}`);
  return { name, dtype: type, shape, begin, end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(problem: string) {
  return fileError(`not a valid safetensors file: ${problem}`);
}
