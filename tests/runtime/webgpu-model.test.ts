import { beforeAll, describe, expect, test } from 'vitest';
import { type AnyTensor, decodeSafetensors, encodeSafetensors, tensor } from '../../runtime/index.js';
import { type AnyModel, type Built, buildAndImport, numbers, sourceFile } from '../e2e/built.js';
import { openGpu } from '../helpers/gpu.js';

const source = `
import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

@model({ optimizer: new optim.Adam({ lr: 0.01 }) })
export class Net extends nn.Module {
  hidden = new nn.Linear(5, 7);
  output = new nn.Linear(7, 3);

  forward(x: Tensor<['batch', 5]>): Tensor<['batch', 3]> {
    return this.output.forward(F.relu(this.hidden.forward(x)));
  }

  @loss
  objective(x: Tensor<['batch', 5]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(x), y);
  }
}
`;

const next = numbers(1);
const x = (rows: number) => Array.from({ length: rows }, () => Array.from({ length: 5 }, () => next() * 2 - 1));
const y = (rows: number) => Array.from({ length: rows }, () => Math.floor(next() * 3));

async function expectClose(found: Record<string, AnyTensor>, expected: Record<string, AnyTensor>): Promise<void> {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) {
    const [a, b] = [await found[name]!.data(), await value.data()];
    expect([found[name]!.shape, found[name]!.dtype]).toEqual([value.shape, value.dtype]);
    for (let i = 0; i < b.length; i++) expect(Math.abs(a[i]! - b[i]!), `${name}[${i}]`).toBeLessThan(1e-4 * Math.abs(b[i]!) + 1e-5);
  }
}

describe('a model on webgpu', () => {
  let built: Built;
  let gpu: GPU;
  const create = (device: 'js' | 'webgpu', seed = 4): Promise<AnyModel> => built.Model.create({ device, seed, gpu });
  beforeAll(async () => {
    [built, gpu] = await Promise.all([buildAndImport(sourceFile(source)), openGpu()]);
  });

  test('starts from the same values as on js and trains as there', async () => {
    const [a, b] = [await create('webgpu'), await create('js')];
    // The random bits are the same; scaling them rounds in f32 here and once from f64 there.
    await expectClose(await a.stateDict(), await b.stateDict());
    for (const rows of [8, 8, 3, 1, 8]) {
      const batch = [x(rows), y(rows)] as const;
      const [la, lb] = [await a.train.objective!(...batch), await b.train.objective!(...batch)];
      expect(la.loss.device).toBe('webgpu');
      expect(await la.loss.item()).toBeCloseTo((await lb.loss.item()) as number, 4);
    }
    await expectClose(await a.stateDict(), await b.stateDict());
    await expectClose(await a.optimizer.stateDict(), await b.optimizer.stateDict());
  });

  test('calls that are not awaited come out as if they had been', async () => {
    const [together, apart] = [await create('webgpu'), await create('webgpu')];
    const batches = [4, 2, 6].map((rows) => [x(rows), y(rows)] as const);
    const promised = batches.map(
      (batch) => [together.forward!(batch[0]), together.train.objective!(...batch), together.stateDict()] as const,
    );
    for (const [i, batch] of batches.entries()) {
      const logits = await (await apart.forward!(batch[0])).toArray();
      await apart.train.objective!(...batch);
      expect(await (await promised[i]![0]).toArray()).toEqual(logits);
      await expectClose(await promised[i]![2], await apart.stateDict());
    }
  });

  test('moves to js and back in mid-training, and through a file', async () => {
    const [moving, staying] = [await create('webgpu'), await create('js')];
    const step = async (model: AnyModel, seed: number) => {
      const draw = numbers(seed);
      await model.train.objective!(
        Array.from({ length: 4 }, () => Array.from({ length: 5 }, draw)),
        [0, 1, 2, 1],
      );
    };
    for (const [i, device] of (['js', 'webgpu', 'webgpu'] as const).entries()) {
      await step(moving, i);
      await step(staying, i);
      await moving.to(device, { gpu });
    }
    expect(moving.device).toBe('webgpu');
    const file = encodeSafetensors(await moving.stateDict());
    const state = await moving.optimizer.stateDict();
    const resumed = await create('webgpu', 77);
    await resumed.loadStateDict(decodeSafetensors(file));
    await resumed.optimizer.loadStateDict(state);
    await step(resumed, 9);
    await step(staying, 9);
    await expectClose(await resumed.stateDict(), await staying.stateDict());
  });

  test('results of one model are arguments of another on the same device, and refused on js', async () => {
    const [a, b] = [await create('webgpu'), await create('webgpu', 5)];
    const weight = a.parameter('hidden.weight');
    expect([weight.device, weight.shape]).toEqual(['webgpu', [7, 5]]);
    const direct = await (await b.forward!(weight)).toArray();
    expect(await (await b.forward!(await weight.toArray())).toArray()).toEqual(direct);
    const plain = await create('js');
    await expect(plain.forward!(weight)).rejects.toThrow('forward: x is on webgpu, the model on js');
    await plain.forward!(await weight.cpu());
    await a.setParameter('output.bias', tensor([1, 2, 3]));
    expect(await a.parameter('output.bias').toArray()).toEqual([1, 2, 3]);
  });

  test('an empty batch gives an empty result', async () => {
    const model = await create('webgpu');
    const logits = await model.forward!(new Float32Array(0));
    expect([logits.shape, await logits.toArray()]).toEqual([[0, 3], []]);
  });
});
