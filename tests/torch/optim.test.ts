import 'kilnn/eager';
import { nn, ones, optim, stack, type Tensor } from 'kilnn';
import { camelCase, NotThere } from './calls.js';
import { defaultTolerance, differs, figuresOf, fromRecord, type TensorRecord, type TorchCase } from './cases.js';
import { testCategory } from './listed.js';
import { parsePythonCall } from './python-call.js';

/** The optimizer of `SGD([w, b], lr=0.1)` for the parameters. */
function makeOptimizer(text: string, parameters: readonly nn.Parameter[]): optim.Optimizer {
  const call = parsePythonCall(text);
  const made = (optim as unknown as Record<string, unknown>)[call.name];
  if (typeof made !== 'function') throw new NotThere(`there is no optim.${call.name}`);
  const [list] = call.args as [readonly unknown[]];
  if (list.length !== 2 || text.includes('{')) throw new NotThere('there are no parameter groups');
  const options = Object.fromEntries(Object.entries(call.kwargs).map(([name, value]) => [camelCase(name), value]));
  return new (made as new (parameters: readonly nn.Parameter[], options: object) => optim.Optimizer)(parameters, options);
}

/** A parameter without a gradient stays as it is, weight decay or not. */
function noneGrad(): Record<string, Tensor> {
  const a = new nn.Parameter(ones([2]));
  const b = new nn.Parameter(ones([2]));
  const optimizer = new optim.SGD([a, b], { lr: 0.1, momentum: 0.9, weightDecay: 0.5 });
  a.mul(3).sum().backward();
  optimizer.step();
  optimizer.step();
  return { a_end: a.detach(), b_end: b.detach() };
}

testCategory('optim', (torchCase) => {
  const { spec } = torchCase;
  if (torchCase.name !== 'optim-none-grad' && spec?.text === undefined) throw new NotThere('the snippet is not written in Kilnn');
  const outputs = spec?.text === undefined ? noneGrad() : tenSteps(torchCase, spec.text);
  const problems = Object.entries(torchCase.outputs ?? {}).map(([name, want]: [string, TensorRecord]) =>
    differs(name, figuresOf(outputs[name]!), want, torchCase.tol ?? defaultTolerance),
  );
  return problems.filter((problem) => problem !== undefined);
});

/** loss = mean((2 tanh(X w + b) - t)^2), ten steps. */
function tenSteps(torchCase: TorchCase, text: string): Record<string, Tensor> {
  const { X, t, w0, b0 } = torchCase.inputs;
  const x = fromRecord(X!);
  const target = fromRecord(t!);
  const w = new nn.Parameter(fromRecord(w0!));
  const b = new nn.Parameter(fromRecord(b0!));
  const optimizer = makeOptimizer(text, [w, b]);
  const losses: Tensor[] = [];
  const steps: [Tensor, Tensor][] = [];
  for (let step = 0; step < 10; step++) {
    optimizer.zeroGrad();
    const loss = x.matmul(w).add(b).tanh().mul(2).sub(target).pow(2).mean();
    loss.backward();
    optimizer.step();
    losses.push(loss.detach());
    steps.push([w.detach(), b.detach()]);
  }
  return { losses: stack(losses), w_steps: stack(steps.map(([each]) => each)), b_steps: stack(steps.map(([, each]) => each)) };
}
