import fc from 'fast-check';
import { tensor as eagerTensor, text as eagerText } from 'kilnn/eager';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { type AnyTensor, print, type Shape, type Tensor, type TensorLike, tensor, text, zeros } from '../../runtime/index.js';
import { evaluateSize, shapeText } from '../../runtime/size.js';

describe('tensors', () => {
  test('from nested arrays and back', async () => {
    const t = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([t.shape, t.dtype, t.size, t.device]).toEqual([[2, 3], 'f32', 6, 'js']);
    expect(await t.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(String(t)).toBe('Tensor(f32[2, 3] on js)');
    expect(await tensor([[true], [false]]).toArray()).toEqual([[true], [false]]);
    expect(await tensor([], { shape: [0, 3] }).toArray()).toEqual([]);
    expect(await zeros([2, 0]).toArray()).toEqual([[], []]);
  });

  test('any rectangular array survives', async () => {
    const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shape, fc.integer(), async (sizes, start) => {
        const count = sizes.reduce((a, b) => a * b, 1);
        const flat = Int32Array.from({ length: count }, (_, i) => start + i);
        const nested = await tensor(flat, { shape: sizes }).toArray();
        const again = tensor(nested, { dtype: 'i32' });
        expect(again.shape).toEqual(sizes);
        expect(await again.data()).toEqual(flat);
      }),
    );
  });

  test('scalars', async () => {
    expect(await tensor(2.5).item()).toBe(2.5);
    expect(await tensor(true).item()).toBe(true);
    expect(await tensor([[3]], { dtype: 'i32' }).item()).toBe(3);
    await expect(tensor([1, 2]).item()).rejects.toThrow('item() is for tensors of one element, this one has shape [2]');
  });

  test('typed arrays are taken as they are', async () => {
    const data = Float32Array.of(1, 2, 3, 4);
    const t = tensor(data, { shape: [2, 2] });
    expect(await t.data()).toBe(data);
    expect(await t.cpu()).toBe(t);
  });

  test('typed arrays of other elements are converted', async () => {
    const bytes = Uint8Array.of(0, 7, 255);
    const cases = [
      [tensor(bytes), 'bool', [false, true, true]],
      [tensor(bytes, { dtype: 'f32' }), 'f32', [0, 7, 255]],
      [tensor(bytes, { dtype: 'i32', shape: [3, 1] }), 'i32', [[0], [7], [255]]],
      [tensor(Float64Array.of(0.1, 1e300)), 'f32', [Math.fround(0.1), Number.POSITIVE_INFINITY]],
      [tensor(Int16Array.of(-3)), 'i32', [-3]],
      [tensor(BigInt64Array.of(-(2n ** 31n))), 'i32', [-(2 ** 31)]],
      [tensor(Int32Array.of(3, 0), { dtype: 'f32' }), 'f32', [3, 0]],
      [tensor(Float32Array.of(3, 0), { dtype: 'bool' }), 'bool', [true, false]],
      [tensor([1, true] as number[]), 'f32', [1, 1]],
    ] as const;
    for (const [t, dtype, values] of cases) expect([t.dtype, await t.toArray()]).toEqual([dtype, values]);
  });

  test('what does not fit', () => {
    expect(() => tensor([[1, 2], [3]])).toThrow('tensor[1] has 1 elements where its neighbours have 2');
    expect(() => tensor([1, [2]] as never)).toThrow('tensor[1] is an array, expected a number');
    expect(() => tensor([1, 'a'] as never)).toThrow('tensor[1] is a, expected a number');
    expect(() => tensor([1.5], { dtype: 'i32' })).toThrow('tensor[0] is 1.5, which is no 32-bit integer');
    expect(() => tensor([2 ** 31], { dtype: 'i32' })).toThrow('no 32-bit integer');
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow('3 elements do not make the shape [2, 2]');
    expect(() => tensor([1], { shape: [-1, -1] })).toThrow('do not make the shape [-1, -1]');
    expect(() => tensor(Float32Array.of(1, 1.5), { dtype: 'i32' })).toThrow('tensor[1] is 1.5, which is no 32-bit integer');
    expect(() => tensor(BigInt64Array.of(1n, 2n ** 40n))).toThrow('tensor[1] is 1099511627776, which is no 32-bit integer');
    expect(() => tensor([true, 2] as never)).toThrow('tensor[1] is 2 where other elements are booleans');
    expect(() => tensor([[true], ['x']] as never)).toThrow('tensor[1][0] is x');
  });

  test('types: shapes and dtypes that disagree are errors before anything runs', () => {
    const accept = (_x: TensorLike<['batch', 28]>, _y: TensorLike<['batch'], 'i32'>): void => {};
    const x = zeros([2, 28]);
    const y = tensor(Int32Array.of(1, 2));
    expectTypeOf(y).toEqualTypeOf<Tensor<never, 'i32'>>();
    accept(x, y);
    accept(new Float32Array(56), [1, 2]);
    accept({} as Tensor<['n', 28]>, {} as Tensor<[64], 'i32'>);
    accept({} as Tensor<[64, 'features']>, y);
    // @ts-expect-error: another static size
    accept({} as Tensor<['batch', 27]>, y);
    // @ts-expect-error: another rank
    accept({} as Tensor<['batch', 1, 28]>, y);
    // @ts-expect-error: labels are integers
    accept(x, zeros([2]));
    // @ts-expect-error: labels are integers
    accept(x, new Float32Array(2));
    expectTypeOf<Tensor<['batch', 10]>>().toExtend<Tensor<Shape>>();
    expectTypeOf<Tensor<[3], 'bool'>>().toExtend<AnyTensor>();
  });
});

describe('text', () => {
  test('as PyTorch prints them, as in eager use', async () => {
    const values = [
      [
        [1, -2.5],
        [Number.NaN, 1e-8],
      ],
      [1, 2, 3],
      [],
      [[[true], [false]]],
      Array.from({ length: 2000 }, (_, i) => i),
    ];
    for (const value of values) expect(await text(tensor(value as number[]))).toBe(eagerText(eagerTensor(value as number[])));
    expect(await text(tensor([1, -20], { dtype: 'i32' }))).toBe('tensor([  1, -20])');
    expect(await text(tensor(2.5))).toBe('tensor(2.5000)');
    expect(await text({ x: tensor([1]), list: [tensor([true]), 3], n: null })).toBe(
      "{'x': tensor([1.]), 'list': [tensor([True]), 3], 'n': null}",
    );
    expect(await text(new Map([[0, tensor([1])]]))).toBe('{0: tensor([1.])}');
    const written = vi.spyOn(console, 'log').mockImplementation(() => {});
    await print('x:', tensor([[1]]), 7);
    expect(written.mock.calls).toEqual([['x: tensor([[1.]]) 7']]);
    written.mockRestore();
  });
});

describe('sizes', () => {
  test('division rounds down and remainders have the sign of the divisor', () => {
    expect(evaluateSize(['/', ['-', 'n', 8], 3], { n: 1 })).toBe(-3);
    expect(evaluateSize(['%', ['-', 'n', 8], 3], { n: 1 })).toBe(2);
    expect(evaluateSize(['+', ['*', 'n', 2], 'm'], { n: 5, m: 1 })).toBe(11);
    expect(shapeText(['batch', ['/', 'n', 2], 3])).toBe('[batch, (n / 2), 3]');
  });
});
