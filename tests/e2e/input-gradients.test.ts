import { fileURLToPath } from 'node:url';
import { tensor as eagerTensor, manualSeed, toTypedArray } from 'kilnn/eager';
import { beforeAll, expect, test } from 'vitest';
import { writeTypes } from '../../compiler/artifact/write-types.js';
import { build, check } from '../../compiler/index.js';
import { tensor } from '../../runtime/index.js';
import { openGpu } from '../helpers/gpu.js';
import { type Built, buildAndImport, numbers, sourceFile } from './built.js';
import { Sensitivity } from './input-gradients.model.js';

const file = fileURLToPath(new URL('./input-gradients.model.ts', import.meta.url));
let built: Built;
beforeAll(async () => {
  built = await buildAndImport(file);
});

const random = numbers(3);
const x = Float32Array.from({ length: 15 }, () => random() * 2 - 1);
const y = Int32Array.of(0, 1, 1, 0, 1);
const weight = Float32Array.of(1.5, -0.5);
const cotangent = Float32Array.from({ length: 10 }, () => random() * 2 - 1);

function near(got: ArrayLike<number>, want: ArrayLike<number>): void {
  expect(got.length).toBe(want.length);
  Array.from(want).forEach((value, i) => {
    expect(Math.abs(got[i]! - value)).toBeLessThanOrEqual(1e-6 + 1e-4 * Math.abs(value));
  });
}

test.each(['js', 'wasm', 'webgpu'] as const)('gradients by arguments on %s are those of eager use', async (device) => {
  manualSeed(5);
  const net = new Sensitivity();
  const [ex, ew] = [eagerTensor(x, { shape: [5, 3], requiresGrad: true }), eagerTensor(weight, { requiresGrad: true })];
  net.objective(ex, eagerTensor(y), ew).backward();
  const model = await built.Model.create(device === 'webgpu' ? { device, gpu: await openGpu(), seed: 5 } : { device, seed: 5 });
  const { gradients } = await model.gradients.objective!(tensor(x, { shape: [5, 3] }), y, weight);
  expect(Object.keys(gradients)).toEqual(['hidden.weight', 'hidden.bias', 'output.weight', 'output.bias', 'x', 'weight']);
  expect(gradients.x!.shape).toEqual([5, 3]);
  near(await gradients.x!.data(), toTypedArray(ex.grad!));
  near(await gradients.weight!.data(), toTypedArray(ew.grad!));
  near(await gradients['hidden.weight']!.data(), toTypedArray(net.hidden.weight.grad!));

  const leaf = eagerTensor(x, { shape: [5, 3], requiresGrad: true });
  net.forward(leaf).backward(eagerTensor(cotangent, { shape: [5, 2] }));
  const pulled = await model.gradients.pulledBack!(tensor(x, { shape: [5, 3] }), tensor(cotangent, { shape: [5, 2] }));
  near(await pulled.gradients.x!.data(), toTypedArray(leaf.grad!));
  expect('x' in (await model.gradients.plain!(tensor(x, { shape: [5, 3] }))).gradients).toBe(false);
});

test('the declarations name the arguments whose gradients there are', () => {
  const types = writeTypes(built.compilation.model, {});
  expect(types).toContain("gradients: SensitivityGradients & { readonly x: Tensor<['batch', 3]>; readonly weight: Tensor<[2]> }");
  expect(types.match(/ & \{ readonly/g)).toHaveLength(2);
});

test.each([
  ["['y']", 'inputs is the string "y", not a list of float arguments. hint: arguments of floats are \'x\''],
  ["'x'", 'inputs is the string "x", not a list of float arguments. hint: arguments of floats are \'x\''],
  ["['z']", 'inputs is the string "z", not a list of float arguments. hint: arguments of floats are \'x\''],
])('inputs: %s is refused', async (inputs, message) => {
  const source = `import { F, loss, model, nn, type Tensor } from 'kilnn';
@model()
export class Net extends nn.Module {
  linear = new nn.Linear(3, 2);
  @loss({ inputs: ${inputs} as never })
  objective(x: Tensor<['n', 3]>, y: Tensor<['n'], 'i32'>) {
    return F.crossEntropy(this.linear.forward(x), y);
  }
}
`;
  const { diagnostics } = await check([sourceFile(source)]);
  expect(diagnostics.map((found) => `${found.message}. hint: ${found.hint}`)).toEqual([message]);
  expect(diagnostics[0]!.code).toBe('KN2035');
});

test('a loss that trains nothing is an error although an argument has a gradient', async () => {
  const source = `import { F, loss, model, nn, optim, type Tensor } from 'kilnn';
@model({ optimizer: new optim.SGD({ lr: 0.1 }) })
export class Net extends nn.Module {
  linear = new nn.Linear(3, 2);
  @loss({ inputs: ['x'] })
  objective(x: Tensor<['n', 3]>) {
    return this.linear.forward(x).detach().sum().add(x.sum());
  }
}
`;
  const { diagnostics } = await build([sourceFile(source)], { stopAfter: 'emit' });
  expect(diagnostics.map(({ code }) => code)).toEqual(['KN4001']);
});
