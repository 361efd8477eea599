/** Writes pickles and zip archives of PyTorch's form by hand, right or wrong ones. */
import { crc32 } from 'node:zlib';

const bytes = (...parts: (string | number | readonly number[] | Uint8Array)[]): number[] =>
  parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : typeof part === 'number' ? [part] : [...part]));

export const little = (value: number | bigint, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n));

/** Instructions of a pickle. */
export const op = {
  proto: bytes(0x80, 2),
  stop: bytes('.'),
  mark: bytes('('),
  list: bytes(']'),
  dict: bytes('}'),
  unit: bytes(')'),
  tuple: bytes('t'),
  append: bytes('a'),
  appends: bytes('e'),
  setItem: bytes('s'),
  setItems: bytes('u'),
  reduce: bytes('R'),
  build: bytes('b'),
  persistent: bytes('Q'),
  none: bytes('N'),
  false: bytes(0x89),
  int: (value: number) => bytes('J', little(value, 4)),
  text: (text: string) => bytes('X', little(new TextEncoder().encode(text).length, 4), text),
  global: (module: string, name: string) => bytes('c', `${module}\n${name}\n`),
  put: (index: number) => bytes('q', index),
  get: (index: number) => bytes('h', index),
  tupleOf: (...items: readonly number[][]) => bytes('(', items.flat(), 't'),
};

export const orderedDict = bytes(op.global('collections', 'OrderedDict'), op.unit, op.reduce);

export interface TensorOptions {
  readonly type?: string;
  readonly key?: string;
  readonly size: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** What PyTorch writes for a tensor of the storage `key`. */
export function tensorOf({ type = 'FloatStorage', key = '0', size, offset = 0, shape, stride }: TensorOptions): number[] {
  const numbers = (list: readonly number[]) => op.tupleOf(...list.map(op.int));
  const storage = op.tupleOf(op.text('storage'), op.global('torch', type), op.text(key), op.text('cpu'), op.int(size));
  return bytes(
    op.global('torch._utils', '_rebuild_tensor_v2'),
    op.tupleOf(bytes(storage, op.persistent), op.int(offset), numbers(shape), numbers(stride), op.false, orderedDict),
    op.reduce,
  );
}

export const pickle = (...parts: readonly (readonly number[])[]): Uint8Array => Uint8Array.from([...op.proto, ...parts.flat(), ...op.stop]);

export interface ZipOptions {
  /** Sizes and offsets in 64 bits, as PyTorch writes those of large files. */
  readonly wide?: boolean;
  readonly comment?: string;
}

/** A zip archive of stored entries. */
export function zip(
  entries: readonly (readonly [name: string, data: Uint8Array])[],
  { wide = false, comment = '' }: ZipOptions = {},
): Uint8Array {
  const body: number[] = [];
  const directory: number[] = [];
  for (const [name, data] of entries) {
    const offset = body.length;
    const text = bytes(name);
    const sizes = bytes(
      little(crc32(data), 4),
      wide ? little(2 ** 32 - 1, 4) : little(data.length, 4),
      wide ? little(2 ** 32 - 1, 4) : little(data.length, 4),
    );
    body.push(
      ...bytes(
        'PK\x03\x04',
        little(20, 2),
        little(0, 2),
        little(0, 2),
        little(0, 4),
        sizes,
        little(text.length, 2),
        little(0, 2),
        text,
        data,
      ),
    );
    const extra = wide ? bytes(little(1, 2), little(24, 2), little(data.length, 8), little(data.length, 8), little(offset, 8)) : [];
    directory.push(
      ...bytes('PK\x01\x02', little(20, 2), little(20, 2), little(0, 2), little(0, 2), little(0, 4), sizes),
      ...bytes(little(text.length, 2), little(extra.length, 2), little(0, 2), little(0, 2), little(0, 2), little(0, 4)),
      ...bytes(wide ? little(2 ** 32 - 1, 4) : little(offset, 4), text, extra),
    );
  }
  const start = body.length;
  const size = directory.length;
  const count = entries.length;
  const end64 = wide
    ? bytes(
        bytes('PK\x06\x06', little(44, 8), little(45, 2), little(45, 2), little(0, 4), little(0, 4), little(count, 8), little(count, 8)),
        bytes(little(size, 8), little(start, 8)),
        bytes('PK\x06\x07', little(0, 4), little(start + size, 8), little(1, 4)),
      )
    : [];
  const [count16, size32, start32] = wide ? [0xffff, 2 ** 32 - 1, 2 ** 32 - 1] : [count, size, start];
  const end = bytes(
    'PK\x05\x06',
    little(0, 4),
    little(count16, 2),
    little(count16, 2),
    little(size32, 4),
    little(start32, 4),
    little(comment.length, 2),
    comment,
  );
  return Uint8Array.from([...body, ...directory, ...end64, ...end]);
}

/** A file of `torch.save`: the pickle and its storages by key. */
export function torchFile(
  value: readonly number[],
  storages: Readonly<Record<string, Uint8Array>> = {},
  options: ZipOptions = {},
): Uint8Array {
  const data = Object.entries(storages).map(([key, data]) => [`net/data/${key}`, data] as const);
  return zip([['net/data.pkl', pickle(value)], ...data, ['net/version', Uint8Array.from(bytes('3\n'))]], options);
}

export const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
