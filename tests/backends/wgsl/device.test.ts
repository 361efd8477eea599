import { afterAll, beforeAll, expect, test } from 'vitest';
import { sizeLiteral } from '../../../compiler/artifact/size.js';
import { emitWgsl } from '../../../compiler/backends/wgsl/index.js';
import { mulDims, namedDim } from '../../../compiler/ir/dim.js';
import type { DType } from '../../../compiler/ir/types.js';
import type { Axis, IndexExpr, ScalarExpr } from '../../../compiler/kernel/expr.js';
import { add, axisIndex, mul, sizeIndex, zero } from '../../../compiler/kernel/index-math.js';
import type { Kernel, KernelTensor, Part } from '../../../compiler/kernel/kernel.js';
import { defineModel, KilnnError, type Model, type Tensor, tensor } from '../../../runtime/index.js';
import type { BufferSpec, Launch, ModelSpec, Program, TargetSpec, WgslKernel } from '../../../runtime/program.js';
import { webgpu } from '../../../runtime/webgpu.js';
import { openGpu } from '../../helpers/gpu.js';

/**
 * A model of weight w[3]: `forward` gives 2 (x + w) through the arena, `same` its argument and w themselves, `negative` a bool,
 * `train.loss` the mean of x w and w - lr mean(x), `init` draws w. Its plan is written by hand, its kernels come from the backend.
 */
const batch = namedDim('batch');
const rows: Axis = { name: 'row', size: batch };
const columns: Axis = { name: 'column', size: 3 };
const element = add(mul(axisIndex(rows), 3), axisIndex(columns));
const load = (number: number, index: IndexExpr): ScalarExpr => ({ kind: 'load', dtype: 'f32', tensor: number, index });
const apply = (op: string, ...args: ScalarExpr[]): ScalarExpr => ({ kind: 'apply', dtype: 'f32', op, args });
const t = (name: string, access: KernelTensor['access'], dtype: DType = 'f32'): KernelTensor => ({
  name,
  dtype,
  size: mulDims(batch, 3),
  access,
});
const pointwise = (axes: readonly Axis[], number: number, index: IndexExpr, value: ScalarExpr): Part => ({
  kind: 'rows',
  rows: axes,
  inner: [],
  steps: [{ kind: 'storeRow', tensor: number, index, value }],
});
const average = (
  value: ScalarExpr,
  over: readonly Axis[],
  of: readonly Axis[],
  number: number,
  index: IndexExpr,
  finish: (sum: ScalarExpr) => ScalarExpr,
): Part => ({
  kind: 'rows',
  rows: of,
  inner: over,
  steps: [
    { kind: 'reduce', name: 'sum', combine: 'sum', dtype: 'f32', value },
    { kind: 'storeRow', tensor: number, index, value: finish({ kind: 'local', dtype: 'f32', name: 'sum' }) },
  ],
});
const count: ScalarExpr = {
  kind: 'apply',
  dtype: 'f32',
  op: 'cast',
  args: [{ kind: 'index', dtype: 'i32', index: { kind: 'size', dim: batch } }],
};

const kernels: Record<string, Kernel> = {
  plus: {
    name: 'plus',
    tensors: [t('x', 'read'), t('w', 'read'), t('y', 'write')],
    parts: [pointwise([rows, columns], 2, element, apply('add', load(0, element), load(1, axisIndex(columns))))],
  },
  double: {
    name: 'double',
    tensors: [t('x', 'read'), t('y', 'write')],
    parts: [pointwise([rows, columns], 1, element, apply('add', load(0, element), load(0, element)))],
  },
  below: {
    name: 'below',
    tensors: [t('x', 'read'), t('c', 'read'), t('y', 'write', 'bool')],
    parts: [pointwise([rows, columns], 2, element, { kind: 'apply', dtype: 'bool', op: 'lt', args: [load(0, element), load(1, zero)] })],
  },
  loss: {
    name: 'loss',
    tensors: [t('x', 'read'), t('w', 'read'), t('loss', 'write')],
    parts: [
      average(apply('mul', load(0, element), load(1, axisIndex(columns))), [rows, columns], [], 2, zero, (sum) => apply('div', sum, count)),
    ],
  },
  update: {
    name: 'update',
    tensors: [t('x', 'read'), t('lr', 'read'), t('w', 'readwrite')],
    parts: [
      average(load(0, element), [rows], [columns], 2, axisIndex(columns), (sum) =>
        apply('sub', load(2, axisIndex(columns)), apply('mul', load(1, zero), apply('div', sum, count))),
      ),
    ],
  },
  draw: {
    name: 'draw',
    tensors: [t('rng', 'read', 'i32'), t('w', 'write')],
    parts: [
      pointwise([columns], 1, axisIndex(columns), {
        kind: 'random',
        dtype: 'f32',
        rng: 0,
        stream: sizeIndex(3),
        index: axisIndex(columns),
      }),
    ],
  },
};

const emitted = Object.fromEntries(Object.entries(kernels).map(([name, kernel]) => [name, emitWgsl(kernel)]));
const launch = (kernel: string, ...buffers: number[]): Launch => {
  const { sizes, groups } = emitted[kernel]!;
  return { kernel, buffers, sizes: sizes.map(sizeLiteral), groups: groups!.map(sizeLiteral) as unknown as Launch['groups'] & object };
};
const size = ['*', 'batch', 3] as const;
const argument: BufferSpec = { place: 'argument', dtype: 'f32', size, index: 0 };
const weight: BufferSpec = { place: 'state', dtype: 'f32', size: 3, name: 'w' };
const temporary = (first: number, last: number): BufferSpec => ({ place: 'arena', dtype: 'f32', size, live: [first, last] });
const x = { name: 'x', dtype: 'f32', shape: ['batch', 3] } as const;

function program(name: string, parts: Partial<Program>): Program {
  return { name, dims: ['batch'], arguments: [x], buffers: [], launches: [], outputs: [], result: 'result', ...parts };
}

const result = { role: 'result', name: 'result', dtype: 'f32', shape: ['batch', 3] } as const;
const programs: Record<string, Program> = {
  init: program('init', {
    dims: [],
    arguments: [],
    buffers: [{ place: 'rng', dtype: 'i32', size: 2 }, weight],
    launches: [launch('draw', 0, 1)],
    outputs: [{ ...result, role: 'state', name: 'w', shape: [3], buffer: 1 }],
  }),
  forward: program('forward', {
    buffers: [argument, weight, temporary(0, 3), temporary(1, 2), { place: 'result', dtype: 'f32', size }],
    launches: [launch('plus', 0, 1, 2), launch('double', 2, 3), launch('plus', 3, 1, 2), launch('double', 2, 4)],
    outputs: [{ ...result, buffer: 4 }],
  }),
  same: program('same', {
    buffers: [argument, weight],
    outputs: [
      { ...result, name: 'x', buffer: 0 },
      { ...result, name: 'w', shape: [3], buffer: 1 },
      { ...result, name: 'again', shape: [3], buffer: 1 },
    ],
    result: ['x', 'w', 'again'],
  }),
  negative: program('negative', {
    buffers: [argument, { place: 'constant', dtype: 'f32', size: 1, index: 0 }, { place: 'result', dtype: 'bool', size }],
    launches: [launch('below', 0, 1, 2)],
    outputs: [{ ...result, dtype: 'bool', buffer: 2 }],
  }),
  'train.loss': program('train.loss', {
    buffers: [argument, weight, { place: 'result', dtype: 'f32', size: 1 }, { place: 'hyper', dtype: 'f32', size: 1, name: 'lr' }],
    launches: [launch('loss', 0, 1, 2), launch('update', 0, 3, 1)],
    outputs: [
      { ...result, name: 'loss', shape: [], buffer: 2 },
      { ...result, role: 'state', name: 'w', shape: [3], buffer: 1 },
    ],
    result: 'loss',
  }),
};

const spec: ModelSpec = {
  name: 'Tiny',
  version: 1,
  state: [{ name: 'w', kind: 'parameter', dtype: 'f32', shape: [3] }],
  hyper: { lr: 0.5 },
  constants: [{ dtype: 'f32', shape: [1], data: Buffer.from(Float32Array.of(-0.5).buffer).toString('base64') }],
  entries: ['forward', 'same', 'negative', 'loss'],
  losses: ['loss'],
};

type Any = Tensor<never>;
interface Tiny {
  forward(x: unknown): Promise<Any>;
  same(x: unknown): Promise<[Any, Any, Any]>;
  negative(x: unknown): Promise<Tensor<never, 'bool'>>;
  train: { loss(x: unknown): Promise<{ loss: Any }> };
}

const texts = Object.fromEntries(Object.entries(emitted).map(([name, { source }]): [string, WgslKernel] => [name, source]));
const target: TargetSpec<WgslKernel> = { programs, kernels: texts };
const Built = defineModel<Model & Tiny>(spec, [webgpu(target)]);
let gpu: GPU;
let model: Model & Tiny;
const list = async (value: { data(): Promise<ArrayLike<number>> }) => Array.from(await value.data());
const weights = async () => list((await model.stateDict()).w!);

beforeAll(async () => {
  gpu = await openGpu();
  model = await Built.create({ gpu, seed: 5 });
});
afterAll(() => model.dispose());

test('initial values are drawn from the seed', async () => {
  const values = await weights();
  expect(new Set(values).size).toBe(3);
  const again = await Built.create({ gpu, seed: 5 });
  expect(await list((await again.stateDict()).w!)).toEqual(values);
  const other = await Built.create({ gpu, seed: 6 });
  expect(await list((await other.stateDict()).w!)).not.toEqual(values);
  again.dispose();
  other.dispose();
});

test('a call through the arena, for several sizes in turn', async () => {
  await model.loadStateDict({ w: tensor(Float32Array.of(1, 2, 3)) });
  for (const rows of [2, 1, 100, 0, 2]) {
    const input = Float32Array.from({ length: rows * 3 }, (_, i) => i);
    const y = await model.forward(input);
    expect(y.shape).toEqual([rows, 3]);
    expect(await list(y)).toEqual(Array.from(input, (value, i) => 2 * (2 * (value + [1, 2, 3][i % 3]!) + [1, 2, 3][i % 3]!)));
  }
});

test('results stay on the device, go into other calls and are read at the same time', async () => {
  const y = await model.forward(Float32Array.of(0, 0, 0));
  expect(y.device).toBe('webgpu');
  const [z, ...values] = await Promise.all([model.forward(y), list(y), list(y)]);
  expect(values).toEqual([
    [6, 12, 18],
    [6, 12, 18],
  ]);
  expect(await list(z)).toEqual([30, 60, 90]);
  // Small results that were read lie in ordinary memory; as an argument they go back to the device.
  expect(await list(await model.forward(y))).toEqual([30, 60, 90]);
  expect(await list(y)).toEqual([6, 12, 18]);
});

test('arguments and state as results are copies', async () => {
  const [x, w, again] = await model.same(Float32Array.of(7, 8, 9));
  await model.loadStateDict({ w: tensor(Float32Array.of(4, 4, 4)) });
  expect(await Promise.all([x, w, again].map(list))).toEqual([
    [7, 8, 9],
    [1, 2, 3],
    [1, 2, 3],
  ]);
});

test('bools are bytes on the host, results and constants', async () => {
  const found = await model.negative(Float32Array.of(-1, 0, -0.25, -0.75, 1, NaN));
  expect(await found.data()).toEqual(Uint8Array.of(1, 0, 0, 1, 0, 0));
});

test('a training step replaces state and reads run-time scalars', async () => {
  await model.loadStateDict({ w: tensor(Float32Array.of(1, 2, 3)) });
  const { loss } = await model.train.loss(Float32Array.of(1, 0, 0, 1, 2, 4));
  expect(await loss.item()).toBe((1 + 1 + 4 + 12) / 2);
  expect(await weights()).toEqual([0.5, 1.5, 2]);
  (model.optimizer as unknown as { lr: number }).lr = 1;
  await model.train.loss(Float32Array.of(1, 0, 0, 1, 2, 4));
  expect(await weights()).toEqual([-0.5, 0.5, 0]);
});

test("a model's own parameter may be an argument of the step that changes it", async () => {
  await model.loadStateDict({ w: tensor(Float32Array.of(2, 4, 6)) });
  const own = model.parameter('w') as unknown as Any;
  const asRow = Object.assign(Object.create(Object.getPrototypeOf(own)), own, { shape: [1, 3] });
  const { loss } = await model.train.loss(asRow);
  expect(await loss.item()).toBe(4 + 16 + 36);
  expect(await weights()).toEqual([0, 0, 0]);
});

test('no buffer is made by a step after the first', async () => {
  const input = Float32Array.of(1, 0, 0);
  await (await model.train.loss(input)).loss.item();
  const made: number[] = [];
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    made.push(descriptor.size);
    return createBuffer.call(this, descriptor);
  };
  try {
    for (let step = 0; step < 50; step++) await (await model.train.loss(input)).loss.item();
  } finally {
    GPUDevice.prototype.createBuffer = createBuffer;
  }
  expect(made).toEqual([]);
});

test('each call is one submit', async () => {
  const { submit } = GPUQueue.prototype;
  let submits = 0;
  GPUQueue.prototype.submit = function (...args) {
    submits++;
    return submit.apply(this, args);
  };
  try {
    for (let step = 0; step < 3; step++) await model.forward(Float32Array.of(1, 2, 3));
  } finally {
    GPUQueue.prototype.submit = submit;
  }
  expect(submits).toBe(3);
});

test('models share the device and take results of each other', async () => {
  const other = await Built.create({ gpu });
  await other.loadStateDict({ w: tensor(Float32Array.of(1, 1, 1)) });
  await model.loadStateDict({ w: tensor(Float32Array.of(0, 0, 0)) });
  const y = await model.forward(await other.forward(Float32Array.of(0, 0, 0)));
  expect(await list(y)).toEqual([24, 24, 24]);
  other.dispose();
  expect(await list(y)).toEqual([24, 24, 24]);
});

test('no WebGPU, no adapter, a kernel that the device refuses: KN5001', async () => {
  const code = async (promise: Promise<unknown>) =>
    promise.then(
      () => 'none',
      (error: unknown) => (error instanceof KilnnError ? `${error.code} ${error.message}` : String(error)),
    );
  expect(await code(Built.create())).toMatch(/^KN5001 WebGPU is not available here/);
  const none = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  expect(await code(Built.create({ gpu: none }))).toMatch(/^KN5001 .*no adapter/);
  const broken = webgpu({
    programs,
    kernels: { ...texts, plus: texts.plus!.replace('let lane', 'lat lane') },
  });
  const refused = await defineModel<Model & Tiny>(spec, [broken]).create({ gpu });
  expect(await code(refused.forward(Float32Array.of(1, 2, 3)))).toMatch(/^KN5001 .*kernel plus/);
});

test('a lost device is said so, and a new model gets a new device', async () => {
  const opened: GPUDevice[] = [];
  const own = {
    requestAdapter: async () => {
      const adapter = (await gpu.requestAdapter())!;
      return {
        limits: adapter.limits,
        requestDevice: async (options: GPUDeviceDescriptor) => {
          const device = await adapter.requestDevice(options);
          opened.push(device);
          return device;
        },
      };
    },
  } as unknown as GPU;
  const lost = await Built.create({ gpu: own });
  const y = await lost.forward(new Float32Array(300));
  opened[0]!.destroy();
  await opened[0]!.lost;
  await expect(y.data()).rejects.toMatchObject({ code: 'KN5008' });
  await expect(lost.forward(Float32Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'KN5008' });
  const next = await Built.create({ gpu: own });
  expect(opened.length).toBe(2);
  await next.loadStateDict({ w: tensor(Float32Array.of(0, 0, 0)) });
  expect(await list(await next.forward(Float32Array.of(1, 2, 3)))).toEqual([4, 8, 12]);
  next.dispose();
});
