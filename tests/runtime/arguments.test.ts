import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bindArguments } from '../../runtime/arguments.js';
import type { Device } from '../../runtime/devices/device.js';
import { tensor } from '../../runtime/index.js';
import type { Program, Size, TensorSpec } from '../../runtime/program.js';
import { evaluateShape } from '../../runtime/size.js';

const device = { kind: 'js' } as Device;

function program(shapes: readonly (readonly Size[])[]): Program {
  const args = shapes.map((shape, i): TensorSpec => ({ name: `arg${i}`, dtype: 'f32', shape }));
  const dims = [...new Set(shapes.flat().flatMap(namesIn))];
  return { name: 'forward', dims, arguments: args, buffers: [], launches: [], outputs: [], result: {} };
}

const namesIn = (size: Size): string[] => {
  if (typeof size === 'object') return [...namesIn(size[1]), ...namesIn(size[2])];
  return typeof size === 'string' ? [size] : [];
};

const bind = (shapes: readonly (readonly Size[])[], ...values: unknown[]) => bindArguments('forward', program(shapes), values, device);
const floats = (length: number) => Float32Array.from({ length }, (_, i) => i);

describe('binding of arguments', () => {
  const size = fc.oneof(fc.constantFrom('n', 'm', 'k'), fc.integer({ min: 0, max: 4 }));
  const shapes = fc.array(fc.array(size, { maxLength: 3 }), { minLength: 1, maxLength: 3 });
  const sizes = fc.record({ n: fc.nat(4), m: fc.nat(4), k: fc.nat(4) });

  test('tensors bind every dim, flat arrays and nested ones give the same or an error that says what is missing', () => {
    fc.assert(
      fc.property(shapes, sizes, fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), (declared, named, flat) => {
        const concrete = declared.map((shape) => evaluateShape(shape, named));
        const tensors = concrete.map((shape) => tensor(floats(shape.reduce((a, b) => a * b, 1)), { shape }));
        const expected = bind(declared, ...tensors);
        const { dims } = program(declared);
        expect(expected.dims).toEqual(dims.map((name) => named[name as keyof typeof named]));
        const mixed = tensors.map((value, i) => (flat[i] ? value.memory : value));
        let found: ReturnType<typeof bind>;
        try {
          found = bind(declared, ...mixed);
        } catch (error) {
          // A flat array leaves a size open: two unknown sizes, or nothing to divide by.
          expect(flat.some(Boolean)).toBe(true);
          expect((error as Error).message).toMatch(/several sizes are unknown|no multiple of 0/);
          return;
        }
        expect(found.dims).toEqual(expected.dims);
      }),
      { numRuns: 1000 },
    );
  });

  test('one size changed in one tensor is refused, unless that size was free', () => {
    fc.assert(
      fc.property(shapes, sizes, fc.nat(2), fc.nat(2), (declared, named, at, axis) => {
        const shape = declared[at];
        fc.pre(shape !== undefined && axis < shape.length);
        const changed = shape[axis]!;
        const uses = declared.flat().filter((other) => other === changed).length;
        const concrete = declared.map((sizes, i) => {
          const values = evaluateShape(sizes, named);
          return i === at ? values.map((value, j) => (j === axis ? value + 1 : value)) : values;
        });
        const call = () =>
          bind(declared, ...concrete.map((values) => tensor(floats(values.reduce((a, b) => a * b, 1)), { shape: values })));
        if (typeof changed === 'string' && uses === 1) expect(call).not.toThrow();
        else expect(call).toThrow(typeof changed === 'string' ? `${changed} = ` : `expected ${changed}`);
      }),
      { numRuns: 1000 },
    );
  });

  test('a flat array takes a size that another argument tells', () => {
    expect(bind([['n', 'm'], ['m']], floats(6), tensor([1, 2, 3])).dims).toEqual([2, 3]);
    expect(() => bind([['n', 'm']], floats(6))).toThrow('several sizes are unknown, so a flat array does not tell its shape');
    expect(() => bind([['n', 'n']], floats(4))).toThrow('several sizes are unknown');
    expect(bind([['n'], ['n', 2]], floats(3), floats(6)).dims).toEqual([3]);
    expect(() => bind([['n'], ['n', 2]], floats(3), floats(8))).toThrow('[3, 2] are 6 elements, the array has 8');
    expect(() => bind([['n', 0]], floats(0))).toThrow('0 elements are no multiple of 0');
    expect(bind([[]], 2.5).args).toEqual([Float32Array.of(2.5)]);
    expect(bind([[]], floats(1)).dims).toEqual([]);
  });

  test('sizes that are computed of dims', () => {
    const twice = ['+', ['*', 2, 'n'], 1] as const;
    expect(bind([['n'], [twice]], tensor([1, 2]), tensor([1, 2, 3, 4, 5])).dims).toEqual([2]);
    // The dim is told by a later argument.
    expect(bind([[twice], ['n']], tensor([1, 2, 3, 4, 5]), tensor([1, 2])).dims).toEqual([2]);
    expect(bind([['n'], [twice]], tensor([1, 2]), floats(5)).dims).toEqual([2]);
    expect(() => bind([['n'], [twice]], tensor([1, 2]), tensor([1, 2, 3, 4]))).toThrow('axis 0 is 4, expected ((2 * n) + 1) = 5');
    expect(() => bind([[twice]], tensor([1, 2, 3]))).toThrow("no argument tells the size 'n'");
  });
});
