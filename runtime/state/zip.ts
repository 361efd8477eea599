/**
 * A zip archive of stored entries, which is what PyTorch writes (the format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
 * Sizes and checksums come from the central directory, as writers that stream leave them out of the local headers.
 */
export interface ZipEntry {
  readonly begin: number;
  readonly end: number;
  readonly crc: number;
}

const endSize = 22;
const zip64LocatorSize = 20;

/** The entries by name. Everything of the structure is checked before; `fail` makes the error of a problem. */
export function readZip(bytes: Uint8Array, fail: (problem: string) => Error): Map<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, at: start, end } = findDirectory(view, fail);
  const entries = new Map<string, ZipEntry>();
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50)
      throw fail(`its central directory has no entry at byte ${at}, where number ${i} of ${count} should be`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > end) throw fail(`its central directory is cut off in entry ${i}`);
    const name = textOf(bytes.subarray(at + 46, at + 46 + nameLength), fail);
    const quoted = JSON.stringify(name);
    if (entries.has(name)) throw fail(`it has two entries ${quoted}`);
    if (view.getUint16(at + 8, true) & 1) throw fail(`the entry ${quoted} is encrypted`);
    if (view.getUint16(at + 10, true) !== 0) throw fail(`the entry ${quoted} is compressed: PyTorch stores entries as they are`);
    const wide = { size: view.getUint32(at + 24, true), stored: view.getUint32(at + 20, true), offset: view.getUint32(at + 42, true) };
    readZip64(view, at + 46 + nameLength, extraLength, wide);
    if (wide.size !== wide.stored) throw fail(`the entry ${quoted} has ${wide.size} bytes, of which ${wide.stored} are stored`);
    const begin = dataOf(bytes, view, wide.offset, start, name, fail);
    if (begin + wide.size > start) throw fail(`the entry ${quoted} of ${wide.size} bytes reaches beyond the entries' end`);
    entries.set(name, { begin, end: begin + wide.size, crc: view.getUint32(at + 16, true) });
    at = next;
  }
  if (at !== end) throw fail(`its central directory has ${end - at} bytes too many`);
  // Entries that shared bytes would let a small file claim to be a large one.
  let last = 0;
  for (const [name, { begin, end }] of [...entries].sort(([, a], [, b]) => a.begin - b.begin)) {
    if (begin < last) throw fail(`the entry ${JSON.stringify(name)} overlaps another`);
    last = end;
  }
  return entries;
}

/** The bytes of an entry, whose checksum is checked. */
export function entryBytes(bytes: Uint8Array, name: string, entry: ZipEntry, fail: (problem: string) => Error): Uint8Array {
  const found = bytes.subarray(entry.begin, entry.end);
  if (crc32(found) !== entry.crc) throw fail(`the checksum of the entry ${JSON.stringify(name)} is wrong: the file is damaged`);
  return found;
}

/** The end record lies at the very end but for a comment. */
function findDirectory(view: DataView, fail: (problem: string) => Error): { count: number; at: number; end: number } {
  const length = view.byteLength;
  let end = length - endSize;
  while (end >= 0 && !(view.getUint32(end, true) === 0x06054b50 && view.getUint16(end + 20, true) === length - end - endSize)) {
    if (length - --end > endSize + 0xffff) end = -1;
  }
  if (end < 0) throw fail('it begins as a zip archive but has no end record: it may be cut off');
  let count = view.getUint16(end + 10, true);
  let size = view.getUint32(end + 12, true);
  let at = view.getUint32(end + 16, true);
  const locator = end - zip64LocatorSize;
  if (locator >= 0 && view.getUint32(locator, true) === 0x07064b50) {
    end = readUint64(view, locator + 8);
    if (end + 56 > locator || view.getUint32(end, true) !== 0x06064b50) throw fail('its zip64 end record is damaged');
    count = readUint64(view, end + 32);
    size = readUint64(view, end + 40);
    at = readUint64(view, end + 48);
  }
  if (at + size !== end) throw fail(`its central directory should be at ${at} and have ${size} bytes, but the end record is at ${end}`);
  return { count, at, end };
}

/** Sizes and offsets that 32 bits do not hold are in an extra field of tag 1, those and no others, in this order. */
function readZip64(view: DataView, begin: number, length: number, wide: { size: number; stored: number; offset: number }): void {
  const end = begin + length;
  for (let at = begin; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let field = at + 4;
    for (const name of ['size', 'stored', 'offset'] as const) {
      if (wide[name] !== 0xffffffff || field + 8 > end) continue;
      wide[name] = readUint64(view, field);
      field += 8;
    }
  }
}

/** Where the data of the entry begins whose local header is at `at`. */
function dataOf(bytes: Uint8Array, view: DataView, at: number, limit: number, name: string, fail: (problem: string) => Error): number {
  const quoted = JSON.stringify(name);
  if (at + 30 > limit || view.getUint32(at, true) !== 0x04034b50) throw fail(`the entry ${quoted} has no header at byte ${at}`);
  const nameEnd = at + 30 + view.getUint16(at + 26, true);
  if (nameEnd > limit || textOf(bytes.subarray(at + 30, nameEnd), fail) !== name)
    throw fail(`the entry ${quoted} has another name at byte ${at}`);
  return nameEnd + view.getUint16(at + 28, true);
}

function textOf(bytes: Uint8Array, fail: (problem: string) => Error): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fail('the name of an entry is not UTF-8');
  }
}

/** May be rounded beyond 2^53, where it is out of range anyway. */
function readUint64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

let tables: Uint32Array | undefined;

/** Table k holds what a byte becomes after k more bytes of zeros. */
function makeTables(): Uint32Array {
  const made = new Uint32Array(4 * 256);
  for (let i = 0; i < made.length; i++) {
    let value = i < 256 ? i : made[i - 256]!;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    made[i] = value;
  }
  return made;
}

/** CRC-32 of the polynomial 0xedb88320, as in zip and gzip; four bytes at a time (slicing, Kounavis and Berry 2005). */
export function crc32(bytes: Uint8Array): number {
  tables ??= makeTables();
  const table = tables;
  let crc = -1;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc = table[768 + (crc & 255)]! ^ table[512 + ((crc >>> 8) & 255)]! ^ table[256 + ((crc >>> 16) & 255)]! ^ table[crc >>> 24]!;
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 255]!;
  return ~crc >>> 0;
}
