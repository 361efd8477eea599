import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { oneHot, ones, zeros } from 'kilnn';
import { tensor as eagerTensor } from 'kilnn/eager';
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../compiler/index.js';
import { type AnyTensor, tensor } from '../../runtime/index.js';
import { type AnyModel, type Built, buildAndImport, sourceFile } from '../e2e/built.js';
import { openGpu } from '../helpers/gpu.js';

let built: Built;
let net: AnyModel;

beforeAll(async () => {
  built = await buildAndImport(fileURLToPath(new URL('./positions.model.ts', import.meta.url)));
  net = await built.Model.create({ device: 'js' });
});

const i32 = (values: readonly number[], ...shape: number[]) =>
  tensor(Int32Array.from(values), { shape: shape.length > 0 ? shape : [values.length] });

/** The message of a refused call. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'KilnnError', code: 'KN5002' });
  return (error as Error).message;
}

describe('positions out of range', () => {
  it('are refused on js with the value, the number of positions and the place in the source', async () => {
    expect(await refusal(net.forward!(i32([0, 4, 5, 1], 2, 2)))).toMatchInlineSnapshot(
      `"forward: an index made of words is 5, but there are 5 positions, counted from 0 (this.table.forward(words) at positions.model.ts:12)"`,
    );
    expect(await refusal(net.gradients.objective!(i32([0, 1], 2, 1), i32([0, -3])))).toMatchInlineSnapshot(
      `"gradients.objective: an index made of labels is -3, but there are 4 positions, counted from 0 (F.crossEntropy(this.forward(words), labels) at positions.model.ts:17)"`,
    );
    expect(await refusal(net.rows!(tensor([[1, 2]]), i32([0, 1])))).toMatchInlineSnapshot(
      `"rows: an index made of at is 1, but there are 1 positions, counted from 0 (x.indexSelect(0, at) at positions.model.ts:23)"`,
    );
  });

  it('change nothing: neither parameters nor the numbers that are drawn', async () => {
    const before = await net.stateDict();
    const drawn = await net.optimizer.stateDict();
    await refusal(net.train.objective!(i32([0, 1], 2, 1), i32([0, 4])));
    await refusal(net.train.objective!(i32([0, 9], 2, 1), i32([0, 3])));
    expect(await net.stateDict()).toEqual(before);
    expect(await net.optimizer.stateDict()).toEqual(drawn);
    await net.train.objective!(i32([0, 1], 2, 1), i32([0, 3]));
    expect(await net.stateDict()).not.toEqual(before);
  });

  it('leave labels alone that do not count', async () => {
    const { loss } = await net.gradients.objective!(i32([0, 1], 2, 1), i32([-100, 3]));
    expect(Number.isFinite(await loss.item())).toBe(true);
  });

  it('are none where there are no positions', async () => {
    expect((await net.rows!(tensor(new Float32Array(0), { shape: [0, 2] }), i32([]))).shape).toEqual([0, 2]);
    expect((await net.rows!(tensor([[1, 2]]), i32([]))).shape).toEqual([0, 2]);
    await refusal(net.rows!(tensor(new Float32Array(0), { shape: [0, 2] }), i32([0])));
  });

  it('are exactly those outside of the axis, from its end where indexing counts so', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(4), fc.array(fc.integer({ min: -6, max: 6 }), { maxLength: 5 }), async (n, at) => {
        const x = tensor(new Float32Array(2 * n), { shape: [n, 2] });
        const call = net.rows!(x, i32(at));
        if (at.every((position) => position >= -n && position < n)) await call;
        else await refusal(call);
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -2, max: 5 }), { minLength: 1, maxLength: 4 }), async (at) => {
        const x = tensor(new Float32Array(4 * at.length), { shape: [at.length, 4] });
        const call = net.picked!(x, i32(at, at.length, 1));
        if (at.every((position) => position >= 0 && position < 4)) await call;
        else await refusal(call);
      }),
    );
  });

  it('are refused by scatterAdd, too', async () => {
    const zeros = tensor(new Float32Array(6));
    await refusal(net.added!(zeros, i32([0, 6]), tensor(Float32Array.of(1, 2))));
    const sum = await net.added!(zeros, i32([5, 5]), tensor(Float32Array.of(1, 2)));
    expect([...(await sum.data())]).toEqual([0, 0, 0, 0, 0, 3]);
  });

  it('are refused where they are part of the state', async () => {
    const own = await built.Model.create({ device: 'js' });
    expect([...(await (await own.ordered!([5, 6, 7])).data())]).toEqual([7, 5, 6]);
    await own.setParameter('order' as never, i32([0, 1, 3]));
    expect(await refusal(own.ordered!([5, 6, 7]))).toContain('an index made of order is 3, but there are 3 positions');
  });

  it('are refused in eager use', () => {
    const at = (...values: number[]) => eagerTensor(values, { dtype: 'i32' });
    expect(() => zeros([3]).gather(0, at(3))).toThrow('the index 3 is out of range for 3 positions');
    expect(() => zeros([3]).scatterAdd(0, at(0, -1), ones([2]))).toThrow('the index -1 is out of range for 3 positions');
    expect(() => oneHot(at(0, 4), 4)).toThrow('the classes are numbers from 0 to 3');
  });

  it('take a guard only where they are not in range for certain, one for all programs of a method', () => {
    const { programs } = built.compilation.targets[0]!;
    const guards = Object.fromEntries(programs.flatMap(({ name, checks }) => (checks?.guard ? [[name, checks.guard]] : [])));
    expect(guards).toMatchInlineSnapshot(`
      {
        "added": "guard.added",
        "forward": "guard.forward",
        "gradients.objective": "guard.objective",
        "objective": "guard.objective",
        "ordered": "guard.ordered",
        "picked": "guard.picked",
        "rows": "guard.rows",
        "train.objective": "guard.objective",
      }
    `);
    expect(programs.filter(({ checks }) => checks?.positions !== undefined).map(({ name }) => name)).toEqual([
      ...new Set(Object.values(guards)),
    ]);
  });

  it('on webgpu read the nearest row and add nowhere', async () => {
    const gpu = await built.Model.create({ device: 'webgpu', gpu: await openGpu() });
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const rows: AnyTensor = await gpu.rows!(x, i32([7, -9]));
    expect([...(await rows.data())]).toEqual([3, 4, 1, 2]);
    const sum = await gpu.added!(tensor(new Float32Array(6)), i32([6, 0]), tensor(Float32Array.of(1, 2)));
    expect([...(await sum.data())]).toEqual([2, 0, 0, 0, 0, 0]);
  }, 60_000);
});

describe('positions that are known while a model is built', () => {
  it.each([
    ["x.indexSelect(0, tensor([0, 5], { dtype: 'i32' }))", '5', '3'],
    ["x.gather(0, tensor([-1], { dtype: 'i32' }))", '-1', '3'],
    ["x.index(tensor([1], { dtype: 'i32' }).mul(4))", '4', '3'],
  ])('end the build where they are wrong: %s', async (code, found, size) => {
    const file = sourceFile(
      `import { model, nn, tensor, type Tensor } from 'kilnn';\n@model()\nexport class Net extends nn.Module {\n  forward(x: Tensor<[3]>) {\n    return ${code};\n  }\n}\n`,
    );
    const { diagnostics } = await check([file]);
    expect(diagnostics.map((diagnostic) => [diagnostic.code, diagnostic.message])).toEqual([
      ['KN1304', `the index ${found} is out of range for ${size} positions`],
    ]);
    const { start, end } = diagnostics[0]!.span!;
    expect(readFileSync(file, 'utf8').slice(start, end)).toBe(code);
  });
});
