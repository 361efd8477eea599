import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../compiler/interpreter/index.js';
import { tensor as deviceTensor } from '../../runtime/index.js';
import { type AnyModel, type Built, buildAndImport } from '../e2e/built.js';
import { InterpretedModel } from '../e2e/interpreted.js';
import { tensor, uniforms } from '../helpers/tensors.js';

let built: Built;
let nets: readonly AnyModel[];
let judge: InterpretedModel;

beforeAll(async () => {
  built = await buildAndImport(fileURLToPath(new URL('./sizes.model.ts', import.meta.url)));
  nets = [await built.Model.create({ device: 'js' }), await built.Model.create({ device: 'wasm' })];
  judge = new InterpretedModel(built.compilation.model, 0);
});

function draw(shape: readonly number[]) {
  const random = uniforms(shape.length);
  return Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random);
}

/** Whether the interpreter takes an argument of that shape. */
function accepted(name: string, shape: readonly number[]): boolean {
  try {
    judge.call(name, [tensor('f32', shape, draw(shape))]);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

const sizes = (...limits: readonly number[]) => fc.tuple(...limits.map((max) => fc.nat(max)));

describe('sizes of named dims', () => {
  it.each([
    ['forward', sizes(2, 24, 24).map(([n, h, w]) => [n!, 1, h!, w!])],
    ['averaged', sizes(2, 9)],
    ['shorter', sizes(5, 2)],
    ['ends', sizes(5, 5)],
    ['windows', sizes(8).map(([n]) => [n!, 2])],
    ['padded', sizes(2, 3, 3).map(([n, h, w]) => [n!, 1, h!, w!])],
  ] as const)('are refused by %s where the interpreter refuses them, and nowhere else', async (name, shapes) => {
    const outcomes = new Set<boolean>();
    await fc.assert(
      fc.asyncProperty(shapes as fc.Arbitrary<number[]>, async (shape) => {
        const argument = deviceTensor(draw(shape), { shape });
        const expected = accepted(name, shape);
        outcomes.add(expected);
        for (const net of nets) {
          if (expected) await net[name]!(argument);
          else await expect(net[name]!(argument)).rejects.toMatchObject({ name: 'KilnnError', code: 'KN5002' });
        }
      }),
      { numRuns: 60 },
    );
    expect([...outcomes].sort()).toEqual(name === 'padded' ? [true] : [false, true]);
  });

  it('are refused in training as in forward', async () => {
    const image = deviceTensor(draw([1, 1, 6, 6]), { shape: [1, 1, 6, 6] });
    for (const net of nets) await expect(net.gradients.objective!(image)).rejects.toThrow('must be at least');
  });

  it('are told with the argument, what was expected and the line', async () => {
    const message = async (shape: number[]) => {
      try {
        await nets[0]!.forward!(deviceTensor(draw(shape), { shape }));
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    expect(await message([1, 1, 4, 30])).toMatchInlineSnapshot(
      `"forward: with batch = 1 (x), height = 4 (x), width = 30 (x): height must be at least 15 for a window of 5 (this.second.forward(F.maxPool2d(F.relu(this.first.forward... at sizes.model.ts:10)"`,
    );
    expect(await message([1, 1, 30, 8])).toMatchInlineSnapshot(
      `"forward: with batch = 1 (x), height = 30 (x), width = 8 (x): width must be at least 15 for a window of 5 (this.second.forward(F.maxPool2d(F.relu(this.first.forward... at sizes.model.ts:10)"`,
    );
  });

  it('cost nothing where types say enough', () => {
    const { programs } = built.compilation.targets[0]!;
    const requirements = Object.fromEntries(programs.map(({ name, checks }) => [name, checks?.sizes?.map(({ text }) => text) ?? []]));
    expect(requirements).toMatchInlineSnapshot(`
      {
        "averaged": [
          "length must be at least 4 for a window of 4 (F.avgPool1d(x.unsqueeze(1), 4, { stride: 3 }) at sizes.model.ts:15)",
        ],
        "ends": [
          "rows must be at least 3 for a part of 1 from 2 on (x.index(2, null) at sizes.model.ts:31)",
          "columns must be at least 2 for a tensor of type f32[rows, columns - 2] (x.slice(1, { start: 2 }) at sizes.model.ts:31)",
        ],
        "forward": [
          "height must be at least 15 for a window of 5 (this.second.forward(F.maxPool2d(F.relu(this.first.forward... at sizes.model.ts:10)",
          "width must be at least 15 for a window of 5 (this.second.forward(F.maxPool2d(F.relu(this.first.forward... at sizes.model.ts:10)",
        ],
        "gradients.objective": [
          "height must be at least 15 for a window of 5 (this.second.forward(F.maxPool2d(F.relu(this.first.forward... at sizes.model.ts:10)",
          "width must be at least 15 for a window of 5 (this.second.forward(F.maxPool2d(F.relu(this.first.forward... at sizes.model.ts:10)",
        ],
        "init": [],
        "objective": [
          "height must be at least 15 for a window of 5 (this.second.forward(F.maxPool2d(F.relu(this.first.forward... at sizes.model.ts:10)",
          "width must be at least 15 for a window of 5 (this.second.forward(F.maxPool2d(F.relu(this.first.forward... at sizes.model.ts:10)",
        ],
        "padded": [],
        "shorter": [
          "rows must be at least 2 for a tensor of type f32[rows - 2, columns] (x.narrow(0, 2, x.shape[0]! - 2) at sizes.model.ts:25)",
        ],
        "windows": [
          "length must be at least 3 for a window of 3 (x.unfold(0, 3, { step: 2 }) at sizes.model.ts:20)",
        ],
      }
    `);
  });
});
