import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { freeze } from '../../compiler/index.js';
import { type AnyTensor, saveSafetensors, tensor, zeros } from '../../runtime/index.js';
import { type AnyModel, type Built, buildAndImport, sourceFile, temporaryFolder } from '../e2e/built.js';
import { openGpu } from '../helpers/gpu.js';

/** Shared weights, buffers in and out of the dictionary, random masks, several results: what the plain models do not have. */
const source = `
import { entry, F, loss, model, nn, optim, type Tensor, tensor, zeros } from 'kilnn';

@model({ optimizer: new optim.Adam({ lr: 0.05 }) })
export class Odd extends nn.Module {
  first = new nn.Linear(3, 3);
  norm = new nn.BatchNorm1d(3);
  second = new nn.Linear(3, 3);
  drop = new nn.Dropout(0.5);

  constructor() {
    super();
    this.second.weight = this.first.weight;
    this.registerBuffer('offset', tensor([1, 2, 3]), { persistent: false });
  }

  forward(x: Tensor<['batch', 3]>): Tensor<['batch', 3]> {
    return this.drop.forward(this.second.forward(this.norm.forward(this.first.forward(x))));
  }

  @entry
  parts(x: Tensor<['batch', 3]>) {
    const y = this.forward(x);
    return { y, best: y.argmax(1), both: [y.sum(), y.gt(0)] as const };
  }

  @loss
  objective(x: Tensor<['batch', 3]>, y: Tensor<['batch', 3]>) {
    return F.mseLoss(this.forward(x), y);
  }
}
`;

const x = [
  [1, 2, 3],
  [-1, 0.5, 2],
  [0, 1, -2],
  [3, -1, 1],
];
const y = x.map((row) => row.map((value) => value / 2));

const numbersOf = async (dict: Record<string, AnyTensor>) =>
  Object.fromEntries(await Promise.all(Object.entries(dict).map(async ([name, value]) => [name, [...(await value.data())]] as const)));

describe('a built model with shared weights, buffers and random masks', () => {
  let built: Built;
  const file = sourceFile(source, 'odd.ts');
  const create = (seed = 1): Promise<AnyModel> => built.Model.create({ device: 'js', seed });
  beforeAll(async () => {
    built = await buildAndImport(file);
  });

  test('its dictionary has shared weights under both names and persistent buffers only', async () => {
    const model = await create();
    const dict = await model.stateDict();
    expect(Object.keys(dict)).toEqual([
      'first.weight',
      'first.bias',
      'norm.weight',
      'norm.bias',
      'norm.running_mean',
      'norm.running_var',
      'norm.num_batches_tracked',
      'second.weight',
      'second.bias',
    ]);
    expect(model.namedParameters().map(([name]) => name)).toEqual([
      'first.weight',
      'first.bias',
      'norm.weight',
      'norm.bias',
      'second.bias',
    ]);
    const values = await numbersOf(dict);
    expect(values['second.weight']).toEqual(values['first.weight']);
    expect([values['norm.running_var'], values['norm.num_batches_tracked']]).toEqual([[1, 1, 1], [0]]);
    await model.setParameter('second.weight', zeros([3, 3]));
    expect(await model.parameter('first.weight').toArray()).toEqual(await zeros([3, 3]).toArray());
  });

  test('training changes buffers and draws new masks; methods do neither', async () => {
    const model = await create();
    const before = await numbersOf(await model.stateDict());
    const [a, b] = [await model.forward!(x), await model.forward!(x)];
    expect(await a.toArray()).toEqual(await b.toArray());
    expect(await numbersOf(await model.stateDict())).toEqual(before);
    const losses = [];
    // Gradients leave parameters alone, so only the masks differ.
    for (let i = 0; i < 4; i++) losses.push(await (await model.gradients.objective!(x, y)).loss.item());
    expect(new Set(losses).size).toBeGreaterThan(1);
    await model.train.objective!(x, y);
    const after = await numbersOf(await model.stateDict());
    expect(after['norm.num_batches_tracked']![0]).toBeGreaterThan(0);
    expect(after['norm.running_mean']).not.toEqual(before['norm.running_mean']);
    expect(after['second.weight']).toEqual(after['first.weight']);
    expect(after['first.weight']).not.toEqual(before['first.weight']);
  });

  test('a run that was saved in the middle goes on with the same masks', async () => {
    const straight = await create(3);
    for (let i = 0; i < 2; i++) await straight.train.objective!(x, y);
    const resumed = await create(99);
    await resumed.loadStateDict(await straight.stateDict());
    await resumed.optimizer.loadStateDict(await straight.optimizer.stateDict());
    for (const model of [straight, resumed]) for (let i = 0; i < 3; i++) await model.train.objective!(x, y);
    expect(await numbersOf(await resumed.stateDict())).toEqual(await numbersOf(await straight.stateDict()));
  });

  test('a method gives what it returns: objects, lists, other dtypes', async () => {
    const model = await create();
    const parts = (await model.parts!(x)) as unknown as { y: AnyTensor; best: AnyTensor; both: [AnyTensor, AnyTensor] };
    expect([parts.y, parts.best, ...parts.both].map(({ shape, dtype }) => [shape, dtype])).toEqual([
      [[4, 3], 'f32'],
      [[4], 'i32'],
      [[], 'f32'],
      [[4, 3], 'bool'],
    ]);
    const rows = (await parts.y.toArray()) as number[][];
    expect(await parts.best.toArray()).toEqual(rows.map((row) => row.indexOf(Math.max(...row))));
    expect(await parts.both[1].toArray()).toEqual(rows.map((row) => row.map((value) => value > 0)));
    expect(await parts.both[0].item()).toBeCloseTo(
      rows.flat().reduce((a, b) => a + b),
      4,
    );
  });

  test('frozen, it computes the same, constants of its buffers folded', async () => {
    const model = await create(5);
    for (let i = 0; i < 3; i++) await model.train.objective!(x, y);
    const folder = temporaryFolder();
    const weights = join(folder, 'odd.safetensors');
    await saveSafetensors(weights, await model.stateDict());
    const { diagnostics, files } = await freeze(file, { weights });
    expect(diagnostics).toEqual([]);
    const path = join(folder, 'frozen.mjs');
    writeFileSync(path, files[0]!.text);
    const { Odd } = (await import(pathToFileURL(path).href)) as { Odd: { create(options: object): Promise<AnyModel> } };
    const expected = await (await model.forward!(x)).data();
    for (const device of ['js', 'webgpu']) {
      const frozen = await Odd.create({ device, gpu: await openGpu() });
      const found = await (await frozen.forward!(tensor(x))).data();
      for (let i = 0; i < expected.length; i++) expect(found[i]).toBeCloseTo(expected[i]!, 5);
      expect((frozen as object as { train?: unknown }).train).toBeUndefined();
    }
  });
});
