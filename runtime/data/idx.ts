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
 * Throws an Error that says what is wrong when the bytes are not such a file or when there are too few or too many.
 */
export function parseIdx(bytes: Uint8Array): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0) {
    const hint = bytes[0] === 0x1f && bytes[1] === 0x8b ? ' (it is a gzip file: decompress it first)' : '';
    throw new Error(`not an IDX file: it must begin with two zero bytes and have at least 4 bytes, it has ${bytes.length}${hint}`);
  }
  const type = types[view.getUint8(2)];
  if (type === undefined) throw new Error(`not an IDX file: unknown element type 0x${view.getUint8(2).toString(16).padStart(2, '0')}`);
  const rank = view.getUint8(3);
  const header = 4 + 4 * rank;
  if (bytes.length < header)
    throw new Error(`IDX file cut off: a header of rank ${rank} has ${header} bytes, the file has ${bytes.length}`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const length = shape.reduce((product, size) => product * size, 1);
  const expected = header + length * type.bytes;
  if (bytes.length !== expected) {
    throw new Error(`IDX file of shape [${shape.join(', ')}] should have ${expected} bytes, it has ${bytes.length}`);
  }
  const data = type.make(length);
  if (data instanceof Uint8Array) data.set(bytes.subarray(header));
  else for (let i = 0; i < length; i++) data[i] = type.read(view, header + i * type.bytes);
  return { shape, data };
}
