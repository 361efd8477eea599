/** Training by PyTorch's loops: every loss, the final weights, and what the trained net gives. */
import 'kilnn/eager';
import { F, nn, noGrad, optim, stack, type Tensor } from 'kilnn';
import { defaultTolerance, differs, figuresOf, fromRecord, type TorchCase } from './cases.js';
import { testCategory } from './listed.js';
import { filledNet, netProblems } from './net-cases.js';
import { FancyMLP, FixedHiddenMLP, FlattenLayer } from './nets.js';

interface Layer extends nn.Module {
  forward(x: Tensor): Tensor;
}

type Inputs = Readonly<Record<string, Tensor>>;

interface Training {
  make(): Layer;
  /** The losses of the steps, one after another. */
  run(net: Layer, inputs: Inputs): Generator<Tensor>;
  /** Whether the case records what the trained net gives for X. */
  readonly end: boolean;
}

function descend(optimizer: optim.Optimizer, loss: Tensor): Tensor {
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  return loss.detach();
}

/** Twenty steps on the whole of the data. */
const fullBatch = (make: () => Layer, options: optim.SGDOptions, loss: (y: Tensor, t: Tensor) => Tensor = F.crossEntropy): Training => ({
  make,
  end: true,
  *run(net, { X, t }) {
    const optimizer = new optim.SGD(net.parameters(), options);
    for (let step = 0; step < 20; step++) yield descend(optimizer, loss(net.forward(X!), t!));
  },
});

const controlFlow = (make: () => Layer, lr: number, goal: number): Training => ({
  make,
  end: false,
  *run(net, { X }) {
    const optimizer = new optim.SGD(net.parameters(), { lr });
    for (let step = 0; step < 12; step++) yield descend(optimizer, net.forward(X!).sub(goal).pow(2));
  },
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

/** Squared loss, an L2 penalty, and the update written out. */
function* byHand(net: Layer, { X, t }: Inputs): Generator<Tensor> {
  const { weight, bias } = (net as nn.Sequential).at(0) as nn.Linear;
  for (let step = 0; step < 20; step++) {
    const errors = X!.matmul(weight.t()).add(bias!).sub(t!).pow(2).div(2).sum();
    const loss = errors.add(weight.pow(2).sum().mul(3).div(2));
    loss.backward();
    noGrad(() => {
      for (const parameter of [weight, bias!]) {
        parameter.sub_(parameter.grad!.mul(0.1).div(X!.shape[0]!));
        parameter.grad!.zero_();
      }
    });
    yield loss.detach();
  }
}

function* minibatches(net: Layer, { X, t, order }: Inputs): Generator<Tensor> {
  const optimizer = new optim.SGD(net.parameters(), { lr: 0.03 });
  for (const epoch of order!.unbind()) {
    for (const batch of epoch.split(10)) yield descend(optimizer, F.mseLoss(net.forward(X!.index(batch)), t!.index(batch)));
  }
}

const trainings: Readonly<Record<string, Training>> = {
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
  'train-linear-regression': fullBatch(linear, { lr: 0.1 }, F.mseLoss),
  'train-linear-regression-by-hand': { make: linear, run: byHand, end: true },
  'train-linear-regression-minibatch': { make: linear, run: minibatches, end: true },
  'train-mlp': fullBatch(() => mlp(new nn.ReLU()), { lr: 0.1 }),
  'train-mlp-momentum': fullBatch(() => mlp(new nn.Tanh()), { lr: 0.1, momentum: 0.9, weightDecay: 0.001 }),
  'train-softmax-regression': fullBatch(softmaxRegression, { lr: 0.1 }),
};

testCategory('train', (torchCase: TorchCase) => {
  const { make, run, end } = trainings[torchCase.name]!;
  const net = filledNet(torchCase, make) as Layer;
  const problems = netProblems(torchCase, net);
  const inputs = Object.fromEntries(Object.entries(torchCase.inputs).map(([name, record]) => [name, fromRecord(record)]));
  const outputs: Record<string, Tensor> = { losses: stack([...run(net, inputs)]) };
  for (const [name, parameter] of net.namedParameters()) outputs[`final.${name}`] = parameter.detach();
  if (end) outputs.end = noGrad(() => net.forward(inputs.X!));
  for (const [name, buffer] of net.namedBuffers()) outputs[`state.${name}`] = buffer;
  for (const [name, want] of Object.entries(torchCase.outputs!)) {
    const got = outputs[name];
    const problem = got === undefined ? `there is no ${name}` : differs(name, figuresOf(got), want, torchCase.tol ?? defaultTolerance);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
});
