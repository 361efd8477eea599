import { defineModel, type Model, type Tensor, type TensorLike } from '../../runtime/index.js';
import { js } from '../../runtime/js.js';
import type { BufferSpec, JsKernel, ModelSpec, Program, StateSpec, TargetSpec } from '../../runtime/program.js';

/**
 * A small classifier, Linear(3, 4), relu, Linear(4, 2), cross entropy, SGD with momentum, whose plan and kernels are written by
 * hand: it holds the runtime to its contract without the compiler.
 */

type F = Float32Array;

/** out[i, o] = x[i, :] . w[o, :] + b[o], through relu when asked. */
function linear(x: F, w: F, b: F, out: F, batch: number, inputs: number, outputs: number, relu: number): void {
  for (let i = 0; i < batch; i++) {
    for (let o = 0; o < outputs; o++) {
      let sum = b[o]!;
      for (let k = 0; k < inputs; k++) sum += x[i * inputs + k]! * w[o * inputs + k]!;
      out[i * outputs + o] = relu ? Math.max(sum, 0) : sum;
    }
  }
}

/** loss = mean over rows of logsumexp(logits) - logits[label]; also its gradient, (softmax - onehot) / batch. */
function crossEntropy(logits: F, labels: Int32Array, loss: F, grad: F, batch: number): void {
  let total = 0;
  for (let i = 0; i < batch; i++) {
    const a = logits[2 * i]!;
    const b = logits[2 * i + 1]!;
    const logSum = Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
    total += logSum - logits[2 * i + labels[i]!]!;
    grad[2 * i] = (Math.exp(a - logSum) - (labels[i] === 0 ? 1 : 0)) / batch;
    grad[2 * i + 1] = (Math.exp(b - logSum) - (labels[i] === 1 ? 1 : 0)) / batch;
  }
  loss[0] = total / batch;
}

/** gw[o, k] = sum over rows of g[i, o] x[i, k], gb[o] = sum over rows of g[i, o]. */
function weightGradient(g: F, x: F, gw: F, gb: F, batch: number, inputs: number, outputs: number): void {
  gw.fill(0);
  gb.fill(0);
  for (let i = 0; i < batch; i++) {
    for (let o = 0; o < outputs; o++) {
      const value = g[i * outputs + o]!;
      gb[o]! += value;
      for (let k = 0; k < inputs; k++) gw[o * inputs + k]! += value * x[i * inputs + k]!;
    }
  }
}

/** gh[i, k] = sum over o of g[i, o] w[o, k] where h > 0. */
function hiddenGradient(g: F, w: F, h: F, gh: F, batch: number): void {
  for (let i = 0; i < batch; i++) {
    for (let k = 0; k < 4; k++) gh[i * 4 + k] = h[i * 4 + k]! > 0 ? g[2 * i]! * w[k]! + g[2 * i + 1]! * w[4 + k]! : 0;
  }
}

/** buffer = momentum * buffer + gradient; next = parameter - lr * buffer. `next` may be the parameter's own memory. */
function sgd(p: F, g: F, m: F, lr: F, momentum: F, next: F, size: number): void {
  for (let i = 0; i < size; i++) {
    m[i] = momentum[0]! * m[i]! + g[i]!;
    next[i] = p[i]! - lr[0]! * m[i]!;
  }
}

/** Some reproducible spread in [-0.5, 0.5): only the seed and the step matter here. */
function fillUniform(rng: Int32Array, out: F, stream: number, size: number): void {
  let state = (rng[0]! * 747796405 + rng[1]! * 2654435761 + stream * 40503) | 0;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    out[i] = (state >>> 8) * 2 ** -24 - 0.5;
  }
}

const shapes = { 'hidden.weight': [4, 3], 'hidden.bias': [4], 'output.weight': [2, 4], 'output.bias': [2] } as const;
const names = Object.keys(shapes) as (keyof typeof shapes)[];
const count = (name: keyof typeof shapes): number => shapes[name].reduce<number>((a, b) => a * b, 1);
const f32 = (place: BufferSpec['place'], size: BufferSpec['size'], more: Partial<BufferSpec> = {}): BufferSpec => ({
  place,
  dtype: 'f32',
  size,
  ...more,
});
const rows = (width: number) => ['*', 'batch', width] as const;

const x = { name: 'x', dtype: 'f32', shape: ['batch', 3] } as const;
const y = { name: 'y', dtype: 'i32', shape: ['batch'] } as const;
const states = names.map((name) => f32('state', count(name), { name }));
const xBuffer = f32('argument', rows(3), { index: 0 });
const yBuffer: BufferSpec = { place: 'argument', dtype: 'i32', size: 'batch', index: 1 };

const init: Program = {
  name: 'init',
  dims: [],
  arguments: [],
  buffers: [...states, { place: 'rng', dtype: 'i32', size: 2 }],
  launches: names.map((name, i) => ({ kernel: 'fillUniform', buffers: [4, i], sizes: [i, count(name)] })),
  outputs: names.map((name, buffer) => ({ name, dtype: 'f32', shape: shapes[name], role: 'state', buffer })),
  result: {},
};

const forward: Program = {
  name: 'forward',
  dims: ['batch'],
  arguments: [x],
  buffers: [...states, xBuffer, f32('arena', rows(4), { live: [0, 1] }), f32('result', rows(2))],
  launches: [
    { kernel: 'linear', buffers: [4, 0, 1, 5], sizes: ['batch', 3, 4, 1] },
    { kernel: 'linear', buffers: [5, 2, 3, 6], sizes: ['batch', 4, 2, 0] },
  ],
  outputs: [{ name: 'result', dtype: 'f32', shape: ['batch', 2], role: 'result', buffer: 6 }],
  result: 'result',
};

/** Buffers: 0-3 state, 4 x, 5 y, 6 hidden, 7 logits, 8 their gradient, 9 loss. */
const lossBuffers = [
  ...states,
  xBuffer,
  yBuffer,
  f32('arena', rows(4), { live: [0, 5] }),
  f32('arena', rows(2), { live: [1, 5] }),
  f32('arena', rows(2), { live: [2, 5] }),
  f32('result', 1),
];
const lossLaunches = [
  { kernel: 'linear', buffers: [4, 0, 1, 6], sizes: ['batch', 3, 4, 1] },
  { kernel: 'linear', buffers: [6, 2, 3, 7], sizes: ['batch', 4, 2, 0] },
  { kernel: 'crossEntropy', buffers: [7, 5, 9, 8], sizes: ['batch'] },
] as const;
const lossOutput = { name: 'loss', dtype: 'f32', shape: [], role: 'result', buffer: 9 } as const;

const objective: Program = {
  name: 'objective',
  dims: ['batch'],
  arguments: [x, y],
  buffers: lossBuffers,
  launches: lossLaunches,
  outputs: [lossOutput],
  result: 'loss',
};

/** Buffer 10 is the hidden layer's gradient; 11-14 the parameters' gradients. */
const backward = [
  { kernel: 'weightGradient', buffers: [8, 6, 13, 14], sizes: ['batch', 4, 2] },
  { kernel: 'hiddenGradient', buffers: [8, 2, 6, 10], sizes: ['batch'] },
  { kernel: 'weightGradient', buffers: [10, 4, 11, 12], sizes: ['batch', 3, 4] },
] as const;

const gradients: Program = {
  ...objective,
  name: 'gradients.objective',
  buffers: [...lossBuffers, f32('arena', rows(4), { live: [4, 5] }), ...names.map((name) => f32('result', count(name)))],
  launches: [...lossLaunches, ...backward],
  outputs: [
    lossOutput,
    ...names.map((name, i) => ({ name, dtype: 'f32', shape: shapes[name], role: 'gradient', buffer: 11 + i }) as const),
  ],
};

/** 15-18 momentum, 19 lr, 20 momentum's factor, 21 the next hidden.weight, which is copied back; the others update in place. */
const train: Program = {
  ...objective,
  name: 'train.objective',
  buffers: [
    ...lossBuffers,
    f32('arena', rows(4), { live: [4, 5] }),
    ...names.map((name) => f32('arena', count(name), { live: [3, 9] })),
    ...names.map((name) => f32('state', count(name), { name: `${name}.momentum_buffer` })),
    f32('hyper', 1, { name: 'lr' }),
    f32('hyper', 1, { name: 'momentum' }),
    f32('arena', 12, { live: [6, 10] }),
  ],
  launches: [
    ...lossLaunches,
    ...backward,
    ...names.map((name, i) => ({ kernel: 'sgd', buffers: [i, 11 + i, 15 + i, 19, 20, i === 0 ? 21 : i], sizes: [count(name)] })),
  ],
  outputs: [
    lossOutput,
    ...names.map((name, i) => ({ name, dtype: 'f32', shape: shapes[name], role: 'state', buffer: i === 0 ? 21 : i }) as const),
    ...names.map(
      (name, i) => ({ name: `${name}.momentum_buffer`, dtype: 'f32', shape: shapes[name], role: 'state', buffer: 15 + i }) as const,
    ),
  ],
};

export const spec: ModelSpec = {
  name: 'HandMlp',
  version: 1,
  state: [
    ...names.map((name): StateSpec => ({ name, kind: 'parameter', dtype: 'f32', shape: shapes[name], requiresGrad: true })),
    ...names.map((name): StateSpec => ({ name: `${name}.momentum_buffer`, kind: 'optimizer', dtype: 'f32', shape: shapes[name] })),
  ],
  hyper: { lr: 0.1, momentum: 0.9 },
  constants: [],
  entries: ['forward', 'objective'],
  losses: ['objective'],
};

export const target: TargetSpec<JsKernel> = {
  programs: Object.fromEntries([init, forward, objective, gradients, train].map((program) => [program.name, program])),
  kernels: { linear, crossEntropy, weightGradient, hiddenGradient, sgd, fillUniform },
};

/** As write-types would declare it. */
export interface HandMlp
  extends Model<
    { 'hidden.weight': Tensor<[4, 3]>; 'hidden.bias': Tensor<[4]>; 'output.weight': Tensor<[2, 4]>; 'output.bias': Tensor<[2]> },
    { lr: number; momentum: number }
  > {
  forward(x: TensorLike<['batch', 3]>): Promise<Tensor<['batch', 2]>>;
  objective(x: TensorLike<['batch', 3]>, y: TensorLike<['batch'], 'i32'>): Promise<Tensor<[]>>;
  readonly gradients: {
    objective(
      x: TensorLike<['batch', 3]>,
      y: TensorLike<['batch'], 'i32'>,
    ): Promise<{ loss: Tensor<[]>; gradients: Record<keyof typeof shapes, Tensor> }>;
  };
  readonly train: { objective(x: TensorLike<['batch', 3]>, y: TensorLike<['batch'], 'i32'>): Promise<{ loss: Tensor<[]> }> };
}

export const HandMlp = defineModel<HandMlp>(spec, [js(target)]);
