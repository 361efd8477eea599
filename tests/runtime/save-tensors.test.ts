import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AnyTensor,
  decodeSafetensors,
  encodeSafetensors,
  loadTensors,
  safetensorsMetadata,
  saveTensors,
  type TensorTree,
  tensor,
  type WritableFile,
} from '../../runtime/index.js';
import { bfloat16ToFloats, floatsToBfloat16, floatsToHalf, halfToFloats } from '../../runtime/state/half.js';

/** Bytes of what is saved. */
async function saved(value: TensorTree, options?: Parameters<typeof saveTensors>[2]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const handle: WritableFile = {
    createWritable: async () => ({ write: async (data) => void parts.push(data), close: async () => {} }),
  };
  await saveTensors(handle, value, options);
  return parts[0]!;
}

describe('tensors, lists and dictionaries of tensors', () => {
  test('come back from a file as they were', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'kilnn-save-')), 'x.safetensors');
    const x = tensor([1, 2, 3]);
    await saveTensors(path, x);
    expect(await loadTensors<AnyTensor>(path)).toEqual(x);
    await saveTensors(path, [x, tensor([[true]])]);
    expect(await loadTensors(path)).toEqual([x, tensor([[true]])]);
    const checkpoint = {
      epoch: 3,
      model: { 'a.b': x },
      best: x,
      history: [0.5, Number.NaN, -0, Number.NEGATIVE_INFINITY],
      note: null,
      'model.a': { b: tensor(7) },
    };
    await saveTensors(path, checkpoint);
    const found = await loadTensors<typeof checkpoint>(path);
    expect(found).toEqual(checkpoint);
    expect(Object.keys(found)).toEqual(Object.keys(checkpoint));
    expect(found.best).toBe(found.model['a.b']);
    // Other readers see the tensors under names of their own.
    expect(Object.keys(decodeSafetensors(readFileSync(path)))).toEqual(['model.a.b', 'model.a.b_']);
  });

  test('any tree', async () => {
    const leaf = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.double(),
      fc.string(),
      fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 3 }).map((data) => tensor(Float32Array.from(data))),
    );
    const { tree } = fc.letrec<{ tree: TensorTree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(tree, async (value) => void expect(await loadTensors(await saved(value))).toEqual(value)),
      { numRuns: 300 },
    );
  });

  test('a plain safetensors file is its dictionary', async () => {
    expect(await loadTensors(encodeSafetensors({ a: tensor(1) }))).toEqual({ a: tensor(1) });
  });

  test('what cannot be saved', async () => {
    const refuse = async (value: unknown, message: string) => {
      await expect(saved(value as TensorTree)).rejects.toMatchObject({ code: 'KN5002', message: expect.stringContaining(message) });
    };
    await refuse({ a: [() => 1] }, "'a.0' is a function");
    await refuse(new Map(), 'the value is a object');
    await refuse({ n: 1n }, "'n' is a bigint");
    const loop: unknown[] = [];
    loop.push(loop);
    await refuse(loop, "'0' contains itself");
  });

  test('a damaged structure', async () => {
    const refuse = async (plan: unknown, message: string) => {
      const metadata = { kilnn: typeof plan === 'string' ? plan : JSON.stringify(plan) };
      await expect(loadTensors(encodeSafetensors({ a: tensor(1) }, { metadata }))).rejects.toMatchObject({
        code: 'KN5005',
        message: expect.stringContaining(message),
      });
    };
    await refuse('{', 'is not JSON');
    await refuse({ tensor: 'b' }, "refers to a tensor 'b' that is not there");
    await refuse({ tensor: 'toString' }, "refers to a tensor 'toString'");
    await refuse({ list: [{}] }, 'has a part that is none of');
    await refuse({ dict: [[1, 2]] }, 'has a part that is none of');
    await refuse('{"list":['.repeat(600) + ']}'.repeat(600), 'nested more than 500 deep');
  });
});

describe('16-bit floats', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const isNumber = (value: number) => !Number.isNaN(value);

  test('every one of them is written as it was read', () => {
    for (const [read, write] of [
      [halfToFloats, floatsToHalf],
      [bfloat16ToFloats, floatsToBfloat16],
    ] as const) {
      const floats = read(all.buffer);
      const again = write(floats);
      for (const [bits, value] of floats.entries()) {
        if (isNumber(value)) expect(again[bits]).toBe(bits);
        else expect(read(again.slice(bits, bits + 1).buffer)[0]).toBeNaN();
      }
    }
  });

  test('any float becomes the nearest one, ties to even', () => {
    for (const [read, write] of [
      [halfToFloats, floatsToHalf],
      [bfloat16ToFloats, floatsToBfloat16],
    ] as const) {
      const ascending = [...read(all.slice(0, 0x8000).buffer)].filter(Number.isFinite);
      const near = fc
        .nat(ascending.length - 2)
        .chain((at) =>
          fc.double({ min: 0, max: 1, noNaN: true }).map((part) => ascending[at]! + part * (ascending[at + 1]! - ascending[at]!)),
        );
      const middle = fc.nat(ascending.length - 2).map((at) => (ascending[at]! + ascending[at + 1]!) / 2);
      fc.assert(
        fc.property(fc.oneof(near, middle), fc.boolean(), (value, negative) => {
          const float = Math.fround(negative ? -value : value);
          const bits = write(Float32Array.of(float))[0]!;
          expect(bits >= 0x8000).toBe(negative);
          const size = Math.abs(float);
          const found = ascending[bits & 0x7fff]!;
          const at = bits & 0x7fff;
          for (const other of [at - 1, at + 1]) {
            if (ascending[other] === undefined) continue;
            const [ours, theirs] = [Math.abs(found - size), Math.abs(ascending[other] - size)];
            expect(ours < theirs || (ours === theirs && at % 2 === 0)).toBe(true);
          }
        }),
        { numRuns: 2000 },
      );
    }
  });

  test('too large for half precision: infinite from 65520 on', () => {
    const half = (value: number) => halfToFloats(floatsToHalf(Float32Array.of(value)).buffer as ArrayBuffer)[0];
    expect([65519.996, 65520, -1e30, Infinity].map(half)).toEqual([65504, Infinity, -Infinity, Infinity]);
  });

  test('files', () => {
    const dict = { w: tensor([1.5, 1e6]), steps: tensor([7], { dtype: 'i32' }), mask: tensor([true]) };
    const f16 = encodeSafetensors(dict, { dtype: 'f16' });
    const stored = decodeSafetensors(f16, { stored: true });
    expect(Object.entries(stored).map(([name, { dtype }]) => [name, dtype])).toEqual([
      ['w', 'f16'],
      ['steps', 'i32'],
      ['mask', 'bool'],
    ]);
    expect(decodeSafetensors(f16).w).toEqual(tensor([1.5, Infinity]));
    expect(decodeSafetensors(encodeSafetensors(dict, { dtype: 'bf16' })).w).toEqual(tensor([1.5, 999424]));
    expect(encodeSafetensors(stored)).toEqual(f16);
    const i64 = encodeSafetensors(dict, { integers: 'i64' });
    expect(decodeSafetensors(i64, { stored: true }).steps).toEqual({ dtype: 'i64', shape: [1], data: BigInt64Array.of(7n) });
    expect(decodeSafetensors(i64)).toEqual(dict);
    expect(safetensorsMetadata(f16)).toEqual({ format: 'pt' });
  });
});
