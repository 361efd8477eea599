import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AnyTensor,
  decodeSafetensors,
  encodeSafetensors,
  loadSafetensors,
  type StateDict,
  safetensorsMetadata,
  saveSafetensors,
  tensor,
} from '../../runtime/index.js';

const files = new URL('../../golden/numbers/files/', import.meta.url);
const listed = await readdir(files);
const names = listed.filter((file) => file.endsWith('.safetensors')).map((file) => file.replace('.safetensors', ''));
const read = (name: string): Promise<Uint8Array> => readFile(new URL(`${name}.safetensors`, files));

interface Twin {
  readonly contents: Record<string, [string, { tensor: { shape: number[]; dtype: string; data: (number | string)[] } }][]>;
  readonly metadata?: Record<string, string>;
}
const twin = async (name: string): Promise<Twin> => JSON.parse(await readFile(new URL(`${name}.json`, files), 'utf8')) as Twin;
const entriesOf = ({ contents }: Twin) => Object.values(contents)[0]!;

const dtypes: Record<string, string> = { float32: 'f32', float64: 'f32', float16: 'f32', bfloat16: 'f32', bool: 'bool' };

async function expectTwin(found: StateDict, { contents }: Twin): Promise<void> {
  const entries = Object.values(contents)[0]!;
  expect(Object.keys(found)).toEqual(entries.map(([name]) => name));
  for (const [name, { tensor: expected }] of entries) {
    const value = found[name]!;
    expect([name, value.shape, value.dtype]).toEqual([name, expected.shape, dtypes[expected.dtype] ?? 'i32']);
    const data = [...(await value.data())];
    const wanted = expected.data.map(Number);
    // The twin prints two digits of tiny half-precision numbers.
    if (expected.dtype === 'float16')
      wanted.forEach((number, i) => void expect(Math.abs(data[i]! - number)).toBeLessThan(1e-3 * Math.abs(number) + 1e-8));
    else expect(data).toEqual(value.dtype === 'f32' ? wanted.map(Math.fround) : wanted);
  }
}

describe("files of PyTorch's", () => {
  test.each(names.filter((name) => !name.startsWith('bad-') && name !== 'dtypes'))('%s is read as its twin says', async (name) => {
    const bytes = await read(name);
    await expectTwin(decodeSafetensors(bytes), await twin(name));
    expect(safetensorsMetadata(bytes)).toEqual((await twin(name)).metadata ?? safetensorsMetadata(bytes));
  });

  test('every element type; an integer that does not fit is refused by name', async () => {
    const bytes = await read('dtypes');
    expect(() => decodeSafetensors(bytes)).toThrow("element 0 of 'i64' is 9007199254740991, which does not fit i32");
    const fits = decodeSafetensors(bytes, { select: (name) => name !== 'i64' });
    const expected = await twin('dtypes');
    await expectTwin(fits, { contents: { dict: entriesOf(expected).filter(([name]) => name !== 'i64') } });
  });

  test.each(['mlp-20-256-10', 'mlp-small', 'special-floats'])('%s is written back byte for byte', async (name) => {
    const bytes = await read(name);
    const again = encodeSafetensors(decodeSafetensors(bytes), { metadata: safetensorsMetadata(bytes) });
    // Writers pad the header as they like: ours to eight bytes.
    const trim = (file: Uint8Array) => {
      const length = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
      return [new TextDecoder().decode(file.subarray(8, 8 + length)).trimEnd(), [...file.subarray(8 + length)]];
    };
    expect(trim(again)).toEqual(trim(bytes));
  });

  test.each(names.filter((name) => name.startsWith('bad-')))('%s is refused', async (name) => {
    const bytes = await read(name);
    expect(() => decodeSafetensors(bytes)).toThrow(/^not a valid safetensors file: /);
    await expect(loadSafetensors(new URL(`${name}.safetensors`, files))).rejects.toMatchObject({ name: 'KilnnError', code: 'KN5005' });
  });

  test('there are files of both kinds', () => {
    expect(names.filter((name) => name.startsWith('bad-')).length).toBeGreaterThan(20);
    expect(names.filter((name) => !name.startsWith('bad-')).length).toBeGreaterThan(6);
  });
});

describe('what is written is read', () => {
  const value = fc
    .record({ dtype: fc.constantFrom('f32', 'i32', 'bool'), shape: fc.array(fc.nat(4), { maxLength: 4 }), seed: fc.integer() })
    .map(({ dtype, shape, seed }): AnyTensor => {
      const size = shape.reduce((a, b) => a * b, 1);
      const bits = Int32Array.from({ length: size }, (_, i) => Math.imul(seed + i, 2654435761));
      if (dtype === 'i32') return tensor(bits, { shape });
      return dtype === 'f32'
        ? tensor(new Float32Array(bits.buffer), { shape })
        : tensor(
            Uint8Array.from(bits, (bit) => bit & 1),
            { shape },
          );
    });

  test('any dictionary', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(fc.string({ unit: 'grapheme' }), value), { selector: ([name]) => name, maxLength: 6 }),
        async (entries) => {
          const dict: StateDict = Object.fromEntries(entries.filter(([name]) => name !== '__metadata__'));
          const bytes = encodeSafetensors(dict);
          const again = decodeSafetensors(bytes);
          expect(Object.keys(again)).toEqual(Object.keys(dict));
          for (const [name, expected] of Object.entries(dict)) {
            expect([again[name]!.shape, again[name]!.dtype]).toEqual([expected.shape, expected.dtype]);
            expect(await again[name]!.data()).toEqual(await expected.data());
          }
          // Four-byte elements are aligned.
          const start = 8 + new DataView(bytes.buffer).getUint32(0, true);
          expect(start % 8).toBe(0);
          expect(encodeSafetensors(again)).toEqual(bytes);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a file cut short or with a byte changed in its header is refused or read, never worse', async () => {
    const good = encodeSafetensors({ a: tensor([1, 2, 3]), b: tensor([true, false]) });
    for (let length = 0; length < good.length; length++) expect(() => decodeSafetensors(good.subarray(0, length))).toThrow(/^not a valid/);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const bytes = good.slice();
        bytes[at] = byte;
        try {
          for (const value of Object.values(decodeSafetensors(bytes))) expect(value.size).toBe(value.shape.reduce((a, b) => a * b, 1));
        } catch (error) {
          expect(error).toMatchObject({ name: 'KilnnError', code: 'KN5005' });
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('nested names that occur twice, and quotes that look like structure', () => {
    const file = (header: string) => {
      const bytes = new Uint8Array(8 + header.length);
      bytes.set([header.length], 0);
      bytes.set(new TextEncoder().encode(header), 8);
      return bytes;
    };
    expect(decodeSafetensors(file('{}'))).toEqual({});
    expect(() => decodeSafetensors(file('{"__metadata__":{"a":"1","\\u0061":"2"}}'))).toThrow("the name 'a' twice");
    expect(safetensorsMetadata(file('{"__metadata__":{"a":"{\\"a\\":","b":"}"}}'))).toEqual({ a: '{"a":', b: '}' });
    expect(() => decodeSafetensors(file(' {}'))).toThrow("begin with '{'");
  });
});

describe('sources and targets', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kilnn-files-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('paths, file addresses, blobs, buffers and responses', async () => {
    const dict = { a: tensor([[1, 2]]) };
    const path = join(folder, 'a b.safetensors');
    await saveSafetensors(path, dict);
    await saveSafetensors(pathToFileURL(path), dict);
    expect(await readdir(folder)).toEqual(['a b.safetensors']);
    const bytes = new Uint8Array(await readFile(path));
    for (const source of [
      path,
      pathToFileURL(path),
      pathToFileURL(path).href,
      new Blob([bytes]),
      bytes,
      bytes.buffer,
      new Response(bytes),
    ]) {
      expect(await (await loadSafetensors(source)).a!.toArray()).toEqual([[1, 2]]);
    }
  });

  test('addresses', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/a') response.end(Buffer.from(encodeSafetensors({ a: tensor([7]) })));
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    try {
      await new Promise((resolve) => server.once('listening', resolve));
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await (await loadSafetensors(`${base}/a`)).a!.item()).toBe(7);
      await expect(loadSafetensors(`${base}/b`)).rejects.toThrow(`cannot fetch ${base}/b: the answer was 404`);
    } finally {
      server.close();
    }
  });

  test('a file handle of a browser', async () => {
    const parts: Uint8Array[] = [];
    let closed = false;
    const handle = {
      createWritable: async () => ({
        write: async (data: Uint8Array) => void parts.push(data),
        close: async () => {
          closed = true;
        },
      }),
    };
    await saveSafetensors(handle, { a: tensor([1]) });
    expect(closed).toBe(true);
    expect(await decodeSafetensors(parts[0]!).a!.item()).toBe(1);
  });

  test('what cannot be read or written', async () => {
    await expect(loadSafetensors(join(folder, 'none.safetensors'))).rejects.toThrow(/cannot read .*none.safetensors: ENOENT/);
    await expect(saveSafetensors(join(folder, 'no', 'a.safetensors'), { a: tensor([1]) })).rejects.toThrow(/cannot write .*ENOENT/);
    const path = join(folder, 'kept.safetensors');
    await writeFile(path, 'kept');
    await expect(saveSafetensors(path, { __metadata__: tensor([1]) })).rejects.toThrow("keeps the name '__metadata__'");
    expect(await readFile(path, 'utf8')).toBe('kept');
  });
});
