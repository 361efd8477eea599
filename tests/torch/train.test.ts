/** Training by PyTorch's loops: every loss, the final weights, and what the trained net gives. */
import 'kilnn/eager';
import { noGrad, optim, stack, type Tensor } from 'kilnn';
import { defaultTolerance, differs, figuresOf, fromRecord, type TorchCase } from './cases.js';
import { testCategory } from './listed.js';
import { filledNet, netProblems } from './net-cases.js';
import { type Layer, type Training, trainings } from './trainings.js';

type Inputs = Readonly<Record<string, Tensor>>;

function descend(optimizer: optim.Optimizer, loss: Tensor): Tensor {
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  return loss.detach();
}

/** The losses of the steps, one after another. */
function* run({ how, loss, options, steps }: Training, net: Layer, inputs: Inputs): Generator<Tensor> {
  const { X, t, order } = inputs;
  if (how === 'hand') {
    for (let step = 0; step < steps; step++) yield byHand(net, loss(net, X!, t), options.lr! / X!.shape[0]!);
    return;
  }
  const optimizer = new optim.SGD(net.parameters(), options);
  for (let step = 0; step < steps; step++) {
    if (how === undefined) yield descend(optimizer, loss(net, X!, t));
    else for (const batch of order!.select(0, step).split(10)) yield descend(optimizer, loss(net, X!.index(batch), t!.index(batch)));
  }
}

/** The update written out. */
function byHand(net: Layer, loss: Tensor, rate: number): Tensor {
  loss.backward();
  noGrad(() => {
    for (const parameter of net.parameters()) {
      parameter.sub_(parameter.grad!.mul(rate));
      parameter.grad!.zero_();
    }
  });
  return loss.detach();
}

testCategory('train', (torchCase: TorchCase) => {
  const training = trainings[torchCase.name]!;
  const net = filledNet(torchCase, training.make) as Layer;
  const problems = netProblems(torchCase, net);
  const inputs = Object.fromEntries(Object.entries(torchCase.inputs).map(([name, record]) => [name, fromRecord(record)]));
  const outputs: Record<string, Tensor> = { losses: stack([...run(training, net, inputs)]) };
  for (const [name, parameter] of net.namedParameters()) outputs[`final.${name}`] = parameter.detach();
  if (training.end) outputs.end = noGrad(() => net.forward(inputs.X!));
  for (const [name, buffer] of net.namedBuffers()) outputs[`state.${name}`] = buffer;
  for (const [name, want] of Object.entries(torchCase.outputs!)) {
    const got = outputs[name];
    const problem = got === undefined ? `there is no ${name}` : differs(name, figuresOf(got), want, torchCase.tol ?? defaultTolerance);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
});
