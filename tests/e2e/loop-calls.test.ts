/** What calls of programs with loops leave alone: the random numbers of a call that fails, the state of other models. */
import { beforeAll, describe, expect, test } from 'vitest';
import { tensor } from '../../runtime/index.js';
import { openGpu } from '../helpers/gpu.js';
import { type AnyModel, type Built, buildAndImport, sourceFile } from './built.js';

const source = `
import { F, full, loss, model, nn, optim, type Tensor } from 'kilnn';

@model({ optimizer: new optim.SGD({ lr: 0.5 }), loopLimit: 400 })
export class Adding extends nn.Module {
  w = new nn.Parameter(full([3], 1));

  forward(x: Tensor<[3]>): Tensor<[3]> {
    let y: Tensor = x.mul(0);
    while (y.sum().item() < 900) y = y.add(x);
    return y as Tensor<[3]>;
  }

  @loss
  objective(x: Tensor<[3]>) {
    let y = F.dropout(x.mul(this.w), 0.5, { training: this.training });
    while (y.abs().sum().item() < 1) y = y.add(x);
    return y.sum();
  }
}
`;

describe('calls of programs with loops', () => {
  let built: Built;
  let gpu: GPU;
  beforeAll(async () => {
    [built, gpu] = await Promise.all([buildAndImport(sourceFile(source)), openGpu()]);
  }, 120_000);
  const create = (device: 'js' | 'wasm' | 'webgpu'): Promise<AnyModel> => built.Model.create({ device, seed: 3, gpu });

  test.each(['js', 'wasm', 'webgpu'] as const)('a call that reaches the limit on %s draws no random numbers', async (device) => {
    const [net, twin] = [await create(device), await create(device)];
    const before = await net.optimizer.stateDict();
    await expect(net.train.objective!([0, 0, 0])).rejects.toMatchObject({ code: 'KN5009' });
    const after = await net.optimizer.stateDict();
    const listed = async (state: typeof before) =>
      Promise.all(Object.entries(state).map(async ([name, value]) => [name, [...(await value.data())]]));
    expect(await listed(after)).toEqual(await listed(before));
    for (let i = 0; i < 3; i++) {
      const [one, other] = [await net.train.objective!([1, 2, 3]), await twin.train.objective!([1, 2, 3])];
      expect(await one.loss.data()).toEqual(await other.loss.data());
    }
  });

  test('a loop on webgpu reads the state of another model as it was when it began', async () => {
    const [net, other] = [await create('webgpu'), await create('webgpu')];
    await net.forward!([900, 0, 0]);
    // Turns of several chunks, so that the other model's step comes in between.
    const promised = net.forward!(other.parameter('w'));
    const steps = Array.from({ length: 3 }, () => other.train.objective!([1, 2, 3]));
    expect([...(await (await promised).data())]).toEqual([300, 300, 300]);
    await Promise.all(steps);
    expect([...(await other.parameter('w').data())]).not.toEqual([1, 1, 1]);
    const still = await net.forward!(tensor(new Float32Array(3).fill(1)));
    expect([...(await still.data())]).toEqual([300, 300, 300]);
  });
});
