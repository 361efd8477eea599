/** Images of sizes that are known at run time only: eagerly, and as built for js and wasm, where one module takes every size. */
import { nn, noGrad } from 'kilnn';
import { gradients, manualSeed, tensor } from 'kilnn/eager';
import { beforeAll, describe, expect, test } from 'vitest';
import { tensor as runtimeTensor } from '../../runtime/index.js';
import { type Built, buildAndImport } from '../e2e/built.js';
import { openWith, type WasmDevice, wasmDevices } from '../helpers/wasm-devices.js';
import { Spatial } from './spatial.model.js';

let built: Built;
const net = new Spatial();

beforeAll(async () => {
  built = await buildAndImport('tests/dsl/spatial.model.ts');
  manualSeed(5);
  noGrad(() => {
    for (const parameter of net.parameters()) nn.init.uniform_(parameter, -0.5, 0.5);
  });
}, 60_000);

async function create(device: WasmDevice) {
  const made = await openWith(built.Model, { ...device, seed: 0 });
  const own = await made.stateDict();
  for (const [name, from] of Object.entries(net.stateDict())) {
    const values = Array.from(from.data());
    const { shape } = from;
    own[name] =
      from.dtype === 'i32' ? runtimeTensor(Int32Array.from(values), { shape }) : runtimeTensor(Float32Array.from(values), { shape });
  }
  await made.loadStateDict(own);
  return made;
}

const close = (values: ArrayLike<number>) => Array.from(values).map((value) => expect.closeTo(value, 4));

const devices: readonly WasmDevice[] = [{ device: 'js' }, ...(await wasmDevices())];

describe.each([
  [2, 8, 8],
  [1, 9, 11],
  [3, 13, 6],
])('%i images of %i by %i', (n, h, w) => {
  const pixels = Float32Array.from({ length: n * h * w }, (_, at) => Math.sin(at * 0.37));
  const labels = Int32Array.from({ length: n }, (_, at) => at % 5);

  test('forward', async () => {
    net.eval();
    const eager = net.forward(tensor(pixels, { shape: [n, 1, h, w] }));
    for (const device of devices) {
      const model = await create(device);
      const result = await model.forward!(runtimeTensor(pixels, { shape: [n, 1, h, w] }));
      expect(result.shape).toEqual([n, 5]);
      expect(Array.from(await result.data())).toEqual(close(eager.data()));
    }
  });

  test('gradients', async () => {
    net.train();
    const eager = gradients(net, () => net.objective(tensor(pixels, { shape: [n, 1, h, w] }), tensor(labels)));
    for (const device of devices) {
      const model = await create(device);
      const result = await model.gradients.objective!(
        runtimeTensor(pixels, { shape: [n, 1, h, w] }),
        runtimeTensor(labels, { shape: [n] }),
      );
      expect(Array.from(await result.loss.data())).toEqual(close(eager.loss.data()));
      for (const [name, gradient] of Object.entries(eager.gradients)) {
        expect(Array.from(await result.gradients[name]!.data()), name).toEqual(close(gradient.data()));
      }
    }
  });
});
