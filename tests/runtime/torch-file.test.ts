import { readdirSync, readFileSync } from 'node:fs';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnyTensor, decodeSafetensors, encodeSafetensors, type StateDict } from '../../runtime/index.js';
import { halfToFloats } from '../../runtime/state/half.js';
import { crc32 } from '../../runtime/state/zip.js';
import { decodeTorch, loadTorch } from '../../runtime/torch.js';
import { floats, op, orderedDict, pickle, tensorOf, torchFile, zip } from '../helpers/torch-writer.js';
import { HandMlp } from './hand-mlp.js';

const folder = new URL('../../golden/numbers/files/', import.meta.url);
const read = (file: string) => new Uint8Array(readFileSync(new URL(file, folder)));

const one = tensorOf({ size: 1, shape: [1], stride: [1] });
const four = { 0: floats(1, 2, 3, 4) };

function array(value: unknown): Promise<unknown> {
  return (value as AnyTensor).toArray();
}

describe('what is read', () => {
  test('containers of all kinds; a Map where an object would change the keys or their order', () => {
    const entry = (key: number[], value: number) => [...key, ...op.int(value)];
    const dict = (...entries: number[][]) => [...op.dict, ...op.mark, ...entries.flat(), ...op.setItems];
    expect(decodeTorch(torchFile(dict(entry(op.text('b'), 1), entry(op.text('a'), 2))))).toEqual({ b: 1, a: 2 });
    expect(decodeTorch(torchFile(dict(entry(op.int(3), 1), entry(op.text('3'), 2))))).toEqual(
      new Map<unknown, number>([
        [3, 1],
        ['3', 2],
      ]),
    );
    expect(decodeTorch(torchFile(dict(entry(op.text('a'), 1), entry(op.text('0'), 2))))).toEqual(
      new Map([
        ['a', 1],
        ['0', 2],
      ]),
    );
    expect(decodeTorch(torchFile(dict(entry(op.text('0'), 1), entry(op.text('1'), 2))))).toEqual({ 0: 1, 1: 2 });
    const proto = decodeTorch(torchFile(dict(entry(op.text('__proto__'), 1)))) as object;
    expect(Object.getOwnPropertyDescriptor(proto, '__proto__')?.value).toBe(1);
    expect(Object.getPrototypeOf(proto)).toBe(Object.prototype);
  });

  test('a state dictionary with its versions, and sizes', () => {
    const metadata = [...op.dict, ...op.text('_metadata'), ...orderedDict, ...op.setItem];
    const value = [...orderedDict, ...op.text('w'), ...one, ...op.setItem, ...metadata, ...op.build];
    expect(Object.keys(decodeTorch(torchFile(value, { 0: floats(7) })) as object)).toEqual(['w']);
    const size = [...op.global('torch', 'Size'), ...op.tupleOf(op.tupleOf(op.int(2), op.int(3))), ...op.reduce];
    expect(decodeTorch(torchFile(size))).toEqual([2, 3]);
  });

  test('integers of any size', () => {
    const long = (...bytes: number[]) => decodeTorch(torchFile([0x8a, bytes.length, ...bytes]));
    expect(long()).toBe(0);
    expect(long(255)).toBe(-1);
    expect(long(0, 1)).toBe(256);
    expect(long(255, 255, 255, 255, 255, 255, 31)).toBe(Number.MAX_SAFE_INTEGER);
    expect(long(0, 0, 0, 0, 0, 0, 0, 0, 1)).toBe(2n ** 64n);
    expect(long(0, 0, 0, 0, 0, 0, 0, 128)).toBe(-(2n ** 63n));
  });

  test('any view of a storage', async () => {
    const view = fc.record({
      shape: fc.array(fc.nat(3), { maxLength: 4 }),
      stride: fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }),
      offset: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(view, async ({ shape, stride, offset }) => {
        const steps = stride.slice(0, shape.length);
        const elements = Float32Array.from({ length: 64 }, (_, i) => i);
        const value = tensorOf({ size: 64, offset, shape, stride: steps });
        const found = decodeTorch(torchFile(value, { 0: new Uint8Array(elements.buffer) })) as AnyTensor;
        const expected = (axis: number, at: number): unknown =>
          axis === shape.length ? at : Array.from({ length: shape[axis]! }, (_, i) => expected(axis + 1, at + i * steps[axis]!));
        expect(found.shape).toEqual(shape);
        expect(await found.toArray()).toEqual(expected(0, offset));
      }),
      { numRuns: 200 },
    );
  });

  test('tied tensors share memory, other views do not', () => {
    const row = tensorOf({ size: 4, shape: [2], stride: [1] });
    const all = tensorOf({ size: 4, shape: [4], stride: [1] });
    const [a, b, c] = decodeTorch(torchFile(op.tupleOf(row, row, all), four)) as AnyTensor[];
    expect(a!.memory).toBe(b!.memory);
    expect((c!.memory as Float32Array).buffer).not.toBe((a!.memory as Float32Array).buffer);
  });

  test('64-bit zip records and an archive with a comment', async () => {
    for (const options of [{ wide: true }, { comment: 'PK\x05\x06 not the end' }])
      expect(await array(decodeTorch(torchFile(one, { 0: floats(5) }, options)))).toEqual([5]);
  });

  test('what was read goes into a safetensors file and back', async () => {
    const dict = decodeTorch(read('mlp-small.pt')) as Record<string, AnyTensor>;
    expect(decodeSafetensors(encodeSafetensors(dict))).toEqual(decodeSafetensors(read('mlp-small.safetensors')));
    expect(await loadTorch(new Blob([read('mlp-small.legacy.pt')]))).toEqual(dict);
  });
});

describe('what is refused', () => {
  const refused = (bytes: Uint8Array, message: string) => {
    expect(() => decodeTorch(bytes)).toThrow(message);
    expect(() => decodeTorch(bytes)).toThrow(/^not a valid PyTorch file: /);
  };

  test('every name but those of tensors, wherever it stands', () => {
    refused(torchFile(op.global('os', 'system')), 'data.pkl, byte 2: it names "os.system"; only tensors');
    refused(torchFile([...op.text('builtins'), ...op.text('eval'), 0x93]), 'it names "builtins.eval"');
    refused(torchFile(op.global('torch._utils', '_rebuild_tensor_v2\u0000')), 'it names');
    refused(torchFile(op.global('', 'constructor')), 'it names ".constructor"');
    refused(torchFile(op.global('torch', 'FloatStorage')), 'is a storage or a class');
    refused(torchFile([...op.global('torch', 'FloatStorage'), ...op.unit, ...op.reduce]), 'it calls what is no function');
  });

  test('containers that contain themselves or are nested without end', () => {
    refused(torchFile([...op.list, ...op.put(0), ...op.get(0), ...op.append]), 'contains itself');
    const inner = [...op.dict, ...op.put(0), ...op.text('a'), ...op.list, ...op.get(0), ...op.append, ...op.setItem];
    refused(torchFile(inner), "'a.0' contains itself");
    const deep = Array.from({ length: 20_000 }, () => op.list).flat();
    refused(torchFile([...deep, ...Array.from({ length: 19_999 }, () => op.append).flat()]), 'nests containers more than');
  });

  test('a list that is shared a million million times costs nothing', () => {
    let value = [...op.list, ...op.put(0)];
    for (let level = 1; level <= 40; level++)
      value = [...value, ...op.mark, ...op.get(level - 1), ...op.get(level - 1), ...op.tuple, ...op.put(level)];
    let found = (decodeTorch(torchFile(op.tupleOf(value))) as unknown[]).at(-1) as unknown[];
    for (let level = 40; level > 0; level--) {
      expect(found[0]).toBe(found[1]);
      found = found[0] as unknown[];
    }
    expect(found).toEqual([]);
  });

  test('views that would take more memory than the file could fill', () => {
    const huge = tensorOf({ size: 4, shape: [2 ** 30, 2 ** 10], stride: [0, 0] });
    refused(torchFile(huge, four), 'shows 4 elements as [1073741824, 1024]');
    const many = Array.from({ length: 40 }, (_, i) => tensorOf({ size: 4, shape: [10_000 + i, 1], stride: [0, 1] }));
    refused(torchFile(op.tupleOf(...many), four), 'the copies would take');
    refused(torchFile(tensorOf({ size: 4, shape: [2 ** 30, 2 ** 30], stride: [0, 0] }), four), 'reaches beyond its storage');
  });

  test('tensors that do not fit their storage', () => {
    const bad = (options: object) => torchFile(tensorOf({ size: 4, shape: [4], stride: [1], ...options }), four);
    refused(bad({ offset: 1 }), 'a tensor of shape [4] and stride [1] from 1 on reaches beyond its storage of 4 elements');
    refused(bad({ offset: -1 }), 'begins at -1');
    refused(bad({ shape: [-1] }), 'the shape of a tensor is [-1], expected non-negative integers');
    refused(bad({ stride: [1, 1] }), 'a tensor of shape [4] has the stride [1, 1]');
    refused(bad({ size: 5 }), "the storage '0' has 16 bytes, but 5 elements of f32 were announced");
    refused(bad({ size: -4 }), "the storage '0' has the size -4");
    refused(bad({ key: '../data.pkl' }), "it has no entry 'data/../data.pkl'");
    refused(bad({ type: 'ComplexFloatStorage' }), 'it names "torch.ComplexFloatStorage"');
    const two = op.tupleOf(
      tensorOf({ size: 4, shape: [4], stride: [1] }),
      tensorOf({ type: 'IntStorage', size: 4, shape: [4], stride: [1] }),
    );
    refused(torchFile(two, four), "the storage '0' is described as 4 of f32 and as 4 of i32");
  });

  test('archives that are not what they seem', () => {
    const data = pickle(op.none);
    refused(zip([]), "no entries 'data.pkl'");
    refused(
      zip([
        ['a/data.pkl', data],
        ['b/data.pkl', data],
      ]),
      "2 entries 'data.pkl'",
    );
    refused(
      zip([
        ['a/data.pkl', data],
        ['a/data.pkl', data],
      ]),
      'it has two entries "a/data.pkl"',
    );
    refused(
      zip([
        ['a/data.pkl', data],
        ['a/byteorder', new TextEncoder().encode('big')],
      ]),
      'big-endian',
    );
    refused(
      zip([
        ['a/data.pkl', data],
        ['a/constants.pkl', data],
      ]),
      'TorchScript',
    );
    refused(zip([['a/data.pkl', Uint8Array.of(...data, 0)]]), 'byte 4: the pickle ends, but 1 bytes follow');
    const twice = zip([
      ['a/data.pkl', data],
      ['a/data/0', data],
    ]);
    // The second entry of the directory is made to begin where the first does.
    const at = twice.lastIndexOf(0x50, twice.length - 23);
    expect(twice.slice(at, at + 4)).toEqual(Uint8Array.of(0x50, 0x4b, 1, 2));
    twice.fill(0, at + 42, at + 46);
    refused(twice, 'the entry "a/data/0" has another name at byte 0');
  });

  test('an integer beyond 32 bits, by the name of its tensor', () => {
    const data = { 0: new Uint8Array(BigInt64Array.of(1n, -(2n ** 31n) - 1n).buffer) };
    const value = [...op.dict, ...op.text('steps'), ...tensorOf({ type: 'LongStorage', size: 2, shape: [2], stride: [1] }), ...op.setItem];
    expect(() => decodeTorch(torchFile(value, data))).toThrow("element 1 of 'steps' is -2147483649, which does not fit i32");
    expect(decodeTorch(torchFile(value, data), { stored: true })).toEqual({
      steps: { dtype: 'i64', shape: [2], data: BigInt64Array.of(1n, -2147483649n) },
    });
  });

  const small = readdirSync(folder).filter((file) => file.endsWith('.pt') && read(file).length < 2500 && !file.startsWith('bad-'));
  test.each(small)('%s, cut short anywhere or with any byte changed, is refused or read', (file) => {
    const good = read(file);
    const attempt = (bytes: Uint8Array): boolean => {
      try {
        decodeTorch(bytes, { stored: true });
        return true;
      } catch (error) {
        expect(error).toMatchObject({ name: 'KilnnError', code: 'KN5005' });
        return false;
      }
    };
    for (let length = 0; length < good.length; length += length < 300 ? 1 : 7) expect(attempt(good.subarray(0, length))).toBe(false);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const bytes = good.slice();
        bytes[at] = byte;
        attempt(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a built model', () => {
  const shapes = { 'hidden.weight': [4, 3], 'hidden.bias': [4], 'output.weight': [2, 4], 'output.bias': [2] } as const;
  const storages = Object.fromEntries(
    Object.values<readonly number[]>(shapes).map((shape, key) => [
      key,
      floats(...Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => key + i / 8)),
    ]),
  );
  const state = Object.entries(shapes).flatMap(([name, shape], key) => [
    ...op.text(name),
    // Half of them as a transposed view.
    ...tensorOf({ key: `${key}`, size: storages[key]!.length / 4, shape, stride: shape.length === 2 ? [1, shape[0]] : [1] }),
    ...op.setItem,
  ]);

  test("loads PyTorch's state dictionary, alone or out of a checkpoint", async () => {
    const mlp = await HandMlp.create();
    await mlp.loadStateDict(await loadTorch(torchFile([...orderedDict, ...state], storages)));
    const weight = Array.from({ length: 4 }, (_, row) => Array.from({ length: 3 }, (_, column) => (row + 4 * column) / 8));
    expect(await mlp.parameter('hidden.weight').toArray()).toEqual(weight);
    const checkpoint = [
      ...op.dict,
      ...op.text('epoch'),
      ...op.int(3),
      ...op.setItem,
      ...op.text('model'),
      ...orderedDict,
      ...state,
      ...op.setItem,
    ];
    const { model, epoch } = await loadTorch<{ model: StateDict; epoch: number }>(torchFile(checkpoint, storages));
    expect(epoch).toBe(3);
    const other = await HandMlp.create({ seed: 5 });
    await other.loadStateDict(model);
    expect(await other.stateDict()).toEqual(await mlp.stateDict());
  });

  test('refuses what is no dictionary of its tensors', async () => {
    const mlp = await HandMlp.create();
    const before = await mlp.stateDict();
    const checkpoint = [...op.dict, ...op.text('model'), ...orderedDict, ...state, ...op.setItem];
    const refuse = async (value: number[], message: string) => {
      const loaded = await loadTorch(torchFile(value, storages));
      await expect(mlp.loadStateDict(loaded)).rejects.toMatchObject({ code: 'KN5004', message: expect.stringContaining(message) });
    };
    await refuse(checkpoint, 'unexpected: model');
    await refuse(op.tupleOf([...orderedDict, ...state]), 'loads a dictionary of tensors by name, not a tensor or a list');
    await refuse(tensorOf({ key: '1', size: 4, shape: [4], stride: [1] }), 'not a tensor or a list');
    await refuse(op.none, 'not a tensor or a list');
    expect(await mlp.stateDict()).toEqual(before);
  });
});

test('checksums of any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void expect(crc32(bytes)).toBe(zlibCrc32(bytes))),
    { numRuns: 300 },
  );
});

test('halves: every bit pattern is read as JavaScript computes it', () => {
  const halves = halfToFloats(Uint16Array.from({ length: 65536 }, (_, bits) => bits).buffer);
  for (const [bits, value] of [
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [1, 2 ** -24],
    [0x400, 2 ** -14],
    [0x7c00, Infinity],
  ] as const)
    expect(halves[bits]).toBe(value);
});
