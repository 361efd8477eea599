import type { Compilation } from '../../compiler/compilation.js';

export type ModelName = 'mlp' | 'lenet' | 'resnet' | 'encoder' | 'matmul' | 'elementwise' | 'softmax';

/** One thing to measure: a model, what is done with it, and how much of it there is. */
export interface Work {
  readonly id: string;
  readonly name: string;
  readonly model: ModelName;
  readonly kind: 'inference' | 'training';
  /** Images or sequences of a batch; rows of the single operations. */
  readonly size: number;
  /** Floating-point operations of a run that any way of computing it has; 0 where memory or functions decide. */
  readonly flops: number;
}

/** Multiplications and additions of one example. */
const mlpFlops = 2 * (784 * 256 + 256 * 10);
const lenetFlops = 2 * (28 * 28 * 25 * 6 + 10 * 10 * 25 * 6 * 16 + 400 * 120 + 120 * 84 + 84 * 10);
const resnetFlops =
  2 *
  (28 * 28 * 9 * 8 +
    2 * 28 * 28 * 9 * 8 * 8 +
    14 * 14 * (9 * 8 * 16 + 9 * 16 * 16 + 8 * 16) +
    7 * 7 * (9 * 16 * 32 + 9 * 32 * 32 + 16 * 32) +
    320);
const encoderFlops = 2 * 32 * (64 * 192 + 64 * 64 + 2 * 64 * 256 + 2 * 32 * 64);

const net = (model: ModelName, title: string, kind: Work['kind'], size: number, flops: number): Work => ({
  id: `${model}-${kind === 'training' ? 'train-' : ''}${size}`,
  name: `${title}, ${kind === 'training' ? 'training step' : 'inference'}, batch ${size}`,
  model,
  kind,
  size,
  flops: flops * size,
});

export const works: readonly Work[] = [
  net('mlp', 'MLP 784-256-10', 'inference', 1, mlpFlops),
  net('mlp', 'MLP 784-256-10', 'inference', 256, mlpFlops),
  net('lenet', 'LeNet', 'inference', 1, lenetFlops),
  net('lenet', 'LeNet', 'inference', 256, lenetFlops),
  // Backward takes twice as many, but for the gradient of the input of the first layer.
  net('mlp', 'MLP 784-256-10', 'training', 1, 3 * mlpFlops - 2 * 784 * 256),
  net('mlp', 'MLP 784-256-10', 'training', 256, 3 * mlpFlops - 2 * 784 * 256),
  net('lenet', 'LeNet', 'training', 1, 3 * lenetFlops - 2 * 28 * 28 * 25 * 6),
  net('lenet', 'LeNet', 'training', 256, 3 * lenetFlops - 2 * 28 * 28 * 25 * 6),
  net('resnet', 'ResNet of 3 blocks', 'inference', 16, resnetFlops),
  net('encoder', 'Transformer encoder layer', 'inference', 16, encoderFlops),
  ...[256, 512, 1024].map(
    (n): Work => ({ id: `matmul-${n}`, name: `matmul ${n} x ${n}`, model: 'matmul', kind: 'inference', size: n, flops: 2 * n ** 3 }),
  ),
  { id: 'elementwise', name: 'sigmoid(tanh(v * 0.5 + 1) * v), 4M', model: 'elementwise', kind: 'inference', size: 4_000_000, flops: 0 },
  { id: 'softmax', name: 'softmax of [4096, 1000]', model: 'softmax', kind: 'inference', size: 4096, flops: 0 },
];

export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/**
 * The numbers of a work, the same for every side: the state under PyTorch's names, and the arguments in their order, of several batches that
 * training takes in turn.
 */
export interface Problem {
  readonly weights: Readonly<Record<string, Values>>;
  readonly turns: readonly (readonly Values[])[];
}

/** One batch over and over would be learnt by heart: nothing is left to compute but with zeros and what is nearly zero. */
const trainingBatches = 8;

export function problemOf(work: Work, { model }: Compilation): Problem {
  const next = randomNumbers();
  const draw = (shape: readonly number[], low: number, high: number): Values => {
    const length = shape.reduce((a, b) => a * b, 1);
    return { shape, data: Float32Array.from({ length }, () => low + (high - low) * next()) };
  };
  const weights: Record<string, Values> = {};
  for (const { name, type } of model.state) {
    if (type.dtype !== 'f32') continue;
    const shape = type.shape as readonly number[];
    const scales = name.endsWith('running_var') || (name.endsWith('weight') && shape.length === 1);
    const bound = shape.length > 1 ? shape.slice(1).reduce((a, b) => a * b, 1) ** -0.5 : 0.1;
    weights[name] = scales ? draw(shape, 0.5, 1.5) : draw(shape, -bound, bound);
  }
  const length = work.kind === 'training' ? trainingBatches : 1;
  return { weights, turns: Array.from({ length }, () => inputsOf(work, draw, next)) };
}

function inputsOf(
  { model, kind, size }: Work,
  draw: (shape: readonly number[], low: number, high: number) => Values,
  next: () => number,
): readonly Values[] {
  switch (model) {
    case 'matmul':
      return [draw([size, size], -1, 1), draw([size, size], -1, 1)];
    case 'elementwise':
      return [draw([size], -4, 4)];
    case 'softmax':
      return [draw([size, 1000], -4, 4)];
    case 'encoder':
      return [draw([size, 32, 64], -1, 1)];
    default: {
      const images = draw(model === 'mlp' ? [size, 28, 28] : [size, 1, 28, 28], 0, 1);
      const labels = Int32Array.from({ length: size }, () => Math.floor(next() * 10));
      return kind === 'training' ? [images, { shape: [size], data: labels }] : [images];
    }
  }
}

/** Numbers in [0, 1) that are the same in every run (a linear congruence with the constants of Numerical Recipes). */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
