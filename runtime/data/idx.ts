import { fileError, KilnnError } from '../errors.js';
import { decodeFrom, type FileSource, streamBytes } from '../state/files.js';
import { Tensor } from '../tensor.js';

/** The elements of an IDX file, row-major: unsigned and signed bytes, 16- and 32-bit integers, floats and doubles. */
export type IdxElements = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: IdxElements;
}

interface IdxType {
  readonly bytes: number;
  make(length: number): IdxElements;
  read(view: DataView, offset: number): number;
}

/** The third byte of the magic number. Integers and floats are big-endian. */
const types: Readonly<Record<number, IdxType>> = {
  8: { bytes: 1, make: (length) => new Uint8Array(length), read: (view, offset) => view.getUint8(offset) },
  9: { bytes: 1, make: (length) => new Int8Array(length), read: (view, offset) => view.getInt8(offset) },
  11: { bytes: 2, make: (length) => new Int16Array(length), read: (view, offset) => view.getInt16(offset) },
  12: { bytes: 4, make: (length) => new Int32Array(length), read: (view, offset) => view.getInt32(offset) },
  13: { bytes: 4, make: (length) => new Float32Array(length), read: (view, offset) => view.getFloat32(offset) },
  14: { bytes: 8, make: (length) => new Float64Array(length), read: (view, offset) => view.getFloat64(offset) },
};

/**
 * Reads an IDX file, the format of the MNIST files (http://yann.lecun.com/exdb/mnist/, "the IDX file format"): two zero
 * bytes, a byte for the element type, a byte for the rank, the sizes as big-endian u32, then the elements.
 * Throws KN5005 when the bytes are not such a file or when there are too few or too many.
 */
export function parseIdx(bytes: Uint8Array): IdxArray {
  const { type, shape, begin, end } = readHeader(bytes);
  if (bytes.length !== end) throw fileError(`IDX file of shape [${shape.join(', ')}] should have ${end} bytes, it has ${bytes.length}`);
  const length = (end - begin) / type.bytes;
  const data = type.make(length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data instanceof Uint8Array) data.set(bytes.subarray(begin));
  else for (let i = 0; i < length; i++) data[i] = type.read(view, begin + i * type.bytes);
  return { shape, data };
}

export interface IdxOptions {
  /** Makes floats of all elements, multiplied by it: 1 / 255 for grey values from 0 to 1. */
  readonly scale?: number;
}

/**
 * The tensor of an IDX file, which may be compressed with gzip: integers as i32, floats and whatever is scaled as f32. Throws KN5005 when it
 * cannot be read, is not such a file, or has too few or too many elements.
 *
 *     const images = await loadIdx('train-images-idx3-ubyte.gz', { scale: 1 / 255 });
 */
export function loadIdx(source: FileSource, options: { readonly scale: number }): Promise<Tensor<never, 'f32'>>;
export function loadIdx(source: FileSource, options?: IdxOptions): Promise<Tensor<never, 'f32' | 'i32'>>;
export async function loadIdx(source: FileSource, { scale }: IdxOptions = {}): Promise<Tensor<never, 'f32' | 'i32'>> {
  const { shape, data } = await decodeFrom(source, async (bytes) => parseIdx(isGzip(bytes) ? await gunzip(bytes) : bytes));
  if (scale === undefined && !(data instanceof Float32Array || data instanceof Float64Array))
    return new Tensor(shape, 'i32', new Int32Array(data));
  const floats = new Float32Array(data);
  if (scale !== undefined) for (let i = 0; i < floats.length; i++) floats[i]! *= scale;
  return new Tensor(shape, 'f32', floats);
}

interface IdxHeader {
  readonly type: IdxType;
  readonly shape: readonly number[];
  /** Where the elements begin, and where they and the file end. */
  readonly begin: number;
  readonly end: number;
}

function readHeader(bytes: Uint8Array): IdxHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0) {
    const hint = isGzip(bytes) ? ' (it is a gzip file: loadIdx reads those)' : '';
    throw fileError(`not an IDX file: it must begin with two zero bytes and have at least 4 bytes, it has ${bytes.length}${hint}`);
  }
  const type = types[view.getUint8(2)];
  if (type === undefined) throw fileError(`not an IDX file: unknown element type 0x${view.getUint8(2).toString(16).padStart(2, '0')}`);
  const rank = view.getUint8(3);
  const begin = 4 + 4 * rank;
  if (bytes.length < begin) throw fileError(`IDX file cut off: a header of rank ${rank} has ${begin} bytes, the file has ${bytes.length}`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  return { type, shape, begin, end: begin + type.bytes * shape.reduce((product, size) => product * size, 1) };
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The longest header: 255 sizes. */
const mostHeader = 4 + 4 * 255;

/** Stops where the file would be longer than its header says, so that a small file cannot fill the memory. */
async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let end = Number.POSITIVE_INFINITY;
  try {
    const plain = new Response(new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip')));
    for await (const piece of streamBytes(plain)) {
      pieces.push(piece);
      length += piece.length;
      if (length >= mostHeader && end === Number.POSITIVE_INFINITY) end = readHeader(join(pieces, length)).end;
      if (length > end) break;
    }
  } catch (error) {
    throw error instanceof KilnnError ? error : fileError(`not a valid gzip file: ${(error as Error).message}`);
  }
  return join(pieces, length);
}

function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
