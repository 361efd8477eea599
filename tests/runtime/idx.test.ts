import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadIdx, parseIdx } from '../../runtime/index.js';

function idx(
  type: number,
  shape: readonly number[],
  elements: readonly number[],
  write: (view: DataView, at: number, v: number) => number,
) {
  const bytes = new Uint8Array(4 + 4 * shape.length + elements.length * 8);
  const view = new DataView(bytes.buffer);
  bytes[2] = type;
  bytes[3] = shape.length;
  shape.forEach((size, axis) => {
    view.setUint32(4 + 4 * axis, size);
  });
  let at = 4 + 4 * shape.length;
  for (const element of elements) at += write(view, at, element);
  return bytes.subarray(0, at);
}

const i32 = (view: DataView, at: number, value: number) => {
  view.setInt32(at, value);
  return 4;
};
const u8 = (view: DataView, at: number, value: number) => {
  view.setUint8(at, value);
  return 1;
};

describe('parseIdx', () => {
  test('reads big-endian integers of any rank', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 4 }), fc.infiniteStream(fc.integer()), (shape, numbers) => {
        const length = shape.reduce((a, b) => a * b, 1);
        const elements = Array.from({ length }, () => numbers.next().value as number);
        const parsed = parseIdx(idx(12, shape, elements, i32));
        expect(parsed.shape).toEqual(shape);
        expect([...parsed.data]).toEqual(elements);
        expect(parsed.data).toBeInstanceOf(Int32Array);
      }),
    );
  });

  test.each([
    [8, Uint8Array, (v: DataView, o: number) => v.setUint8(o, 200), 1, 200],
    [9, Int8Array, (v: DataView, o: number) => v.setInt8(o, -2), 1, -2],
    [11, Int16Array, (v: DataView, o: number) => v.setInt16(o, -300), 2, -300],
    [13, Float32Array, (v: DataView, o: number) => v.setFloat32(o, 0.5), 4, 0.5],
    [14, Float64Array, (v: DataView, o: number) => v.setFloat64(o, 1e-300), 8, 1e-300],
  ] as const)('reads elements of type %i', (type, kind, set, size, value) => {
    const bytes = idx(type, [1], [value], (view, at) => {
      set(view, at);
      return size;
    });
    const parsed = parseIdx(bytes);
    expect(parsed.data).toBeInstanceOf(kind);
    expect(parsed.data[0]).toBe(value);
  });

  test('reads a view into a larger buffer', () => {
    const bytes = idx(8, [3], [7, 8, 9], u8);
    const larger = new Uint8Array(bytes.length + 5);
    larger.set(bytes, 5);
    expect([...parseIdx(larger.subarray(5)).data]).toEqual([7, 8, 9]);
  });

  test('says what is wrong with other files', () => {
    expect(() => parseIdx(new Uint8Array([]))).toThrow('it has 0');
    expect(() => parseIdx(new Uint8Array([0x1f, 0x8b, 8, 0]))).toThrow('gzip');
    expect(() => parseIdx(new Uint8Array([0, 0, 10, 0]))).toThrow('unknown element type 0x0a');
    expect(() => parseIdx(new Uint8Array([0, 0, 8, 3, 0, 0]))).toThrow('a header of rank 3 has 16 bytes');
    expect(() => parseIdx(idx(8, [4], [1, 2, 3], u8))).toThrow('shape [4] should have 12 bytes, it has 11');
    expect(() => parseIdx(idx(8, [2], [1, 2, 3], u8))).toThrow('shape [2] should have 10 bytes, it has 11');
  });
});

describe('loadIdx', () => {
  const images = idx(8, [2, 1, 2], [0, 51, 255, 1], u8);

  test('tensors: integers, floats, scaled, compressed', async () => {
    const plain = await loadIdx(images);
    expect([plain.dtype, plain.shape, await plain.toArray()]).toEqual(['i32', [2, 1, 2], [[[0, 51]], [[255, 1]]]]);
    for (const source of [images, new Uint8Array(gzipSync(images)), new Blob([new Uint8Array(gzipSync(images))])]) {
      const scaled = await loadIdx(source, { scale: 1 / 255 });
      expect([scaled.dtype, await scaled.data()]).toEqual(['f32', Float32Array.of(0, 51 / 255, 1, 1 / 255)]);
    }
    const floats = idx(13, [1], [0.5], (view, at, value) => {
      view.setFloat32(at, value);
      return 4;
    });
    expect(await loadIdx(floats)).toMatchObject({ dtype: 'f32', memory: Float32Array.of(0.5) });
    expect((await loadIdx(idx(12, [0], [], i32))).shape).toEqual([0]);
  });

  test('what is wrong, with the name of the file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kilnn-idx-'));
    const refuse = async (bytes: Uint8Array, message: string) => {
      const path = join(folder, 'images.idx');
      writeFileSync(path, bytes);
      await expect(loadIdx(path)).rejects.toMatchObject({ code: 'KN5005', message: expect.stringMatching(/^.*images\.idx: /) });
      await expect(loadIdx(path)).rejects.toThrow(message);
    };
    await refuse(images.subarray(0, 19), 'should have 20 bytes, it has 19');
    await refuse(new Uint8Array(gzipSync(images)).subarray(0, 20), 'not a valid gzip file: ');
    await refuse(new Uint8Array(gzipSync('hello')), 'not an IDX file');
    // A hundred megabytes of zeros in a hundred kilobytes: it stops at what the header says.
    const bomb = new Uint8Array(100_000_000);
    bomb.set(images);
    await refuse(new Uint8Array(gzipSync(bomb)), 'should have 20 bytes');
  });
});
