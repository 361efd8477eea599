/** What the cases of training train, and how: run as it is, and built. */
import { F, nn, type optim, type Tensor } from 'kilnn';
import { FancyMLP, FixedHiddenMLP, FlattenLayer } from './nets.js';

export interface Layer extends nn.Module {
  forward(x: Tensor): Tensor;
}

export interface Training {
  make(): Layer;
  /** The loss of what the net gives; `t` is there where the case has targets. */
  loss(net: Layer, x: Tensor, t: Tensor | undefined): Tensor;
  readonly options: optim.SGDOptions;
  readonly steps: number;
  /** `order`: in batches of ten, as the case orders them. `hand`: SGD written out, with the mean of the gradients. */
  readonly how?: 'order' | 'hand';
  /** Whether the case records what the trained net gives for X. */
  readonly end: boolean;
}

/** Twenty steps on the whole of the data. */
const fullBatch = (
  make: () => Layer,
  options: optim.SGDOptions,
  loss: (y: Tensor, t: Tensor) => Tensor = (y, t) => F.crossEntropy(y, t),
): Training => ({
  make,
  options,
  loss: (net, x, t) => loss(net.forward(x), t!),
  steps: 20,
  end: true,
});

const controlFlow = (make: () => Layer, lr: number, goal: number): Training => ({
  make,
  options: { lr },
  loss: (net, x) => net.forward(x).sub(goal).pow(2),
  steps: 12,
  end: false,
});

const linear = () => new nn.Sequential(new nn.Linear(2, 1));

const cnn = (activation: () => nn.Layer, pool: () => nn.Layer) => () =>
  new nn.Sequential(
    new nn.Conv2d(1, 4, { kernelSize: 5, padding: 2 }),
    activation(),
    pool(),
    new nn.Conv2d(4, 8, { kernelSize: 3 }),
    activation(),
    pool(),
    new nn.Flatten(),
    new nn.Linear(32, 24),
    activation(),
    new nn.Linear(24, 16),
    activation(),
    new nn.Linear(16, 4),
  );

const mlp = (activation: nn.Layer) => new nn.Sequential(new nn.Flatten(), new nn.Linear(144, 16), activation, new nn.Linear(16, 4));

const batchNorm = () =>
  new nn.Sequential(
    new nn.Conv2d(1, 8, 3, { stride: 2, bias: false }),
    new nn.BatchNorm2d(8),
    new nn.ReLU(),
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Linear(8, 4),
  );

const softmaxRegression = () =>
  new nn.Sequential(
    new Map<string, nn.Layer>([
      ['flatten', new FlattenLayer()],
      ['linear', new nn.Linear(144, 4)],
    ]),
  );

/** Squared loss and an L2 penalty. */
const byHand: Training = {
  make: linear,
  options: { lr: 0.1 },
  loss(net, x, t) {
    const { weight, bias } = (net as nn.Sequential).at(0) as nn.Linear;
    const errors = x.matmul(weight.t()).add(bias!).sub(t!).pow(2).div(2).sum();
    return errors.add(weight.pow(2).sum().mul(3).div(2));
  },
  steps: 20,
  how: 'hand',
  end: true,
};

export const trainings: Readonly<Record<string, Training>> = {
  'train-cnn-batchnorm': fullBatch(batchNorm, { lr: 0.2, momentum: 0.9 }),
  'train-control-flow-fancy': controlFlow(() => new FancyMLP(6), 0.001, 4),
  'train-control-flow-fixed-hidden': controlFlow(() => new FixedHiddenMLP(6), 0.6, 1.5),
  'train-lenet': fullBatch(
    cnn(
      () => new nn.Sigmoid(),
      () => new nn.AvgPool2d(2, 2),
    ),
    { lr: 0.9 },
  ),
  'train-lenet-relu': fullBatch(
    cnn(
      () => new nn.ReLU(),
      () => new nn.MaxPool2d(2, 2),
    ),
    { lr: 0.04 },
  ),
  'train-linear-regression': fullBatch(linear, { lr: 0.1 }, (y, t) => F.mseLoss(y, t)),
  'train-linear-regression-by-hand': byHand,
  'train-linear-regression-minibatch': { ...fullBatch(linear, { lr: 0.03 }, (y, t) => F.mseLoss(y, t)), steps: 3, how: 'order' },
  'train-mlp': fullBatch(() => mlp(new nn.ReLU()), { lr: 0.1 }),
  'train-mlp-momentum': fullBatch(() => mlp(new nn.Tanh()), { lr: 0.1, momentum: 0.9, weightDecay: 0.001 }),
  'train-softmax-regression': fullBatch(softmaxRegression, { lr: 0.1 }),
};
