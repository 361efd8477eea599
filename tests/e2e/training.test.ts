import { beforeAll, describe, expect, test } from 'vitest';
import type { ArgumentContract } from '../../compiler/frontend/evaluated-model.js';
import type { TensorData } from '../../compiler/ops/op.js';
import { type AnyTensor, tensor } from '../../runtime/index.js';
import { openGpu } from '../helpers/gpu.js';
import { openWith, type WasmDevice, wasmDevices } from '../helpers/wasm-devices.js';
import { type Built, buildAndImport, numbers } from './built.js';
import { InterpretedModel } from './interpreted.js';

const batch = 6;
const steps = 4;
const seed = 7;

describe.each(['mlp', 'lenet', 'softmax-regression', 'linear-regression'])('%s', (name) => {
  let built: Built;
  beforeAll(async () => {
    built = await buildAndImport(`golden/models/${name}.ts`);
  });

  test.each(['js', 'wasm', 'wasm, relaxed SIMD, two threads', 'webgpu'] as const)(
    'trains on %s as in the interpreter',
    async (device) => {
      const { compilation, Model } = built;
      const { model } = compilation;
      const [plain, threaded] = (await wasmDevices()) as [WasmDevice, WasmDevice];
      const devices: Readonly<Record<typeof device, () => Promise<WasmDevice>>> = {
        js: async () => ({ device: 'js' }),
        wasm: async () => plain,
        'wasm, relaxed SIMD, two threads': async () => threaded,
        webgpu: async () => ({ device: 'webgpu', gpu: await openGpu() }),
      };
      const expected = new InterpretedModel(model, seed);
      const trained = await openWith(Model, { ...(await devices[device]()), seed });
      await expectState(await trained.stateDict(), expected, 1e-6);

      const loss = model.entries.find(({ kind }) => kind === 'loss')!;
      const random = numbers(seed);
      // A CPU that plays GPU compiles a tiled kernel for a second: of LeNet, those of the training step.
      const withGradients = device !== 'webgpu' || name !== 'lenet';
      const parameters = model.state.filter(({ kind }) => kind === 'parameter').map((entry) => entry.name);

      for (let step = 0; step < steps; step++) {
        const args = draw(loss.arguments, random);
        if (withGradients) {
          const wanted = expected.gradients(loss.name, args);
          const { gradients } = await trained.gradients[loss.name]!(...deviceArguments(args));
          expect(Object.keys(gradients).sort()).toEqual([...parameters].sort());
          for (const [parameter, gradient] of Object.entries(gradients)) {
            await expectClose(gradient, wanted.get(parameter)!, 1e-3, `gradient of ${parameter}`);
          }
        }
        const result = await trained.train[loss.name]!(...deviceArguments(args));
        const trainedLoss = expected.train(loss.name, args).get('loss')!;
        await expectClose(result.loss, trainedLoss, 1e-4, `loss of step ${step}`);
      }
      await expectState(await trained.stateDict(), expected, 1e-4);

      const forward = model.entries.find(({ kind }) => kind === 'method')!;
      const args = draw(forward.arguments, random);
      const [result] = expected.call(forward.name, args).values();
      await expectClose(await trained[forward.name]!(...deviceArguments(args)), result!, 1e-4, forward.name);
      // A CPU that plays GPU compiles a tiled kernel for seconds.
    },
    300_000,
  );
});

/** Pixels and features in [0, 1), class numbers below 10. */
function draw(contracts: readonly ArgumentContract[], random: () => number): TensorData[] {
  return contracts.map(({ type }) => {
    const shape = type.shape.map((size) => (typeof size === 'number' ? size : batch));
    const length = shape.reduce((a, b) => a * b, 1);
    const data = type.dtype === 'i32' ? new Int32Array(length) : new Float32Array(length);
    for (let i = 0; i < length; i++) data[i] = type.dtype === 'i32' ? Math.floor(random() * 10) : random();
    return { dtype: type.dtype, shape, data };
  });
}

function deviceArguments(args: readonly TensorData[]): AnyTensor[] {
  return args.map(({ shape, data }) => (data instanceof Int32Array ? tensor(data, { shape }) : tensor(data as Float32Array, { shape })));
}

async function expectState(dict: Readonly<Record<string, AnyTensor>>, expected: InterpretedModel, tolerance: number): Promise<void> {
  for (const [name, value] of Object.entries(dict)) await expectClose(value, expected.state.get(name)!, tolerance, name);
}

/** Every element within `tolerance` of the expected one, relative to the tensor's largest. */
async function expectClose(actual: AnyTensor, expected: TensorData, tolerance: number, what: string): Promise<void> {
  expect(actual.shape, what).toEqual(expected.shape);
  const data = await actual.data();
  let scale = 1e-3;
  for (const value of expected.data) scale = Math.max(scale, Math.abs(value));
  let worst = 0;
  for (let i = 0; i < data.length; i++) {
    const difference = Math.abs(data[i]! - expected.data[i]!) / scale;
    if (!(difference <= worst)) worst = difference;
  }
  expect(worst, `${what}: largest difference relative to ${scale}`).toBeLessThanOrEqual(tolerance);
}
