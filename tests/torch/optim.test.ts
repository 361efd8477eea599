import 'kilnn/eager';
import { nn, ones, optim, stack, type Tensor } from 'kilnn';
import { NotThere } from './calls.js';
import { defaultTolerance, differs, figuresOf, fromRecord, type TensorRecord, type TorchCase } from './cases.js';
import { testCategory } from './listed.js';
import { valueProblems } from './net-cases.js';
import { normLimits, optimizerIn, optimizerText, scheduleIn } from './optimizer-calls.js';
import { stateDictProblems } from './optimizer-state.js';

type MadeOptimizer = optim.Optimizer<object> & { stateDict(): optim.OptimizerStateDict };

/** The optimizer of `SGD([w, b], lr=0.1)` or `SGD([{'params': [w]}, ...], lr=0.1)`, given the parameters by name. */
function makeOptimizer(text: string, parameters: Readonly<Record<string, nn.Parameter>>): MadeOptimizer {
  const { name, groups, options } = optimizerIn(text);
  const made = (optim as unknown as Record<string, unknown>)[name];
  if (typeof made !== 'function') throw new NotThere(`there is no optim.${name}`);
  const given = groups.map(({ params, ...own }) => ({ params: params.map((each) => parameters[each]!), ...own }));
  return new (made as new (parameters: unknown, options: object) => MadeOptimizer)(given, options);
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

/** The learning rates that `StepLR(opt, step_size=3, gamma=0.1)` gives a rate of 0.5. */
function learningRates(code: string): number[] {
  const { name, args, epochs } = scheduleIn(code);
  const made = (optim.lrScheduler as unknown as Record<string, new (...args: unknown[]) => optim.lrScheduler.LRScheduler>)[name];
  if (made === undefined) throw new NotThere(`there is no ${name}`);
  const optimizer = { lr: 0.5 };
  const schedule = new made(optimizer, ...args);
  const rates = [optimizer.lr];
  for (let epoch = 0; epoch < epochs; epoch++) {
    schedule.step();
    rates.push(optimizer.lr);
  }
  return rates;
}

/** Gradients that are cut back. */
function clipped({ name, inputs }: TorchCase): Record<string, Tensor> {
  const a = fromRecord(inputs.a0!, { requiresGrad: true });
  if (name === 'optim-clip-value') {
    a.pow(2).sum().backward();
    nn.utils.clipGradValue_([a], 0.7);
    return { ga: a.grad! };
  }
  const b = fromRecord(inputs.b0!, { requiresGrad: true });
  const c = fromRecord(inputs.b0!, { requiresGrad: true });
  a.pow(2).sum().mul(2).add(b.pow(3).sum()).backward();
  const { maxNorm, normType } = normLimits[name]!;
  const total = nn.utils.clipGradNorm_([a, b, c], maxNorm, { normType });
  return { total, ga: a.grad!, gb: b.grad! };
}

function outputsOf(torchCase: TorchCase): Record<string, Tensor> {
  if (torchCase.name === 'optim-none-grad') return noneGrad();
  if (torchCase.name === 'optim-resume') return resumed(torchCase);
  if (torchCase.name.startsWith('optim-clip-')) return clipped(torchCase);
  if (torchCase.spec?.text === undefined) throw new NotThere('the snippet is not written in Kilnn');
  return tenSteps(torchCase, torchCase.spec.text);
}

testCategory('optim', (torchCase) => {
  if (torchCase.name.startsWith('optim-sched-')) return valueProblems(torchCase, { lrs: learningRates(torchCase.code) });
  if (torchCase.name.startsWith('optim-state-dict-')) return stateProblems(torchCase);
  const outputs = outputsOf(torchCase);
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
  const optimizer = makeOptimizer(text, { w, b });
  const losses: Tensor[] = [];
  const steps: [Tensor, Tensor][] = [];
  for (let step = 0; step < 10; step++) {
    optimizer.zeroGrad();
    const loss = x.matmul(w).add(b).tanh().mul(2).sub(target).pow(2).mean();
    loss.backward();
    optimizer.step();
    losses.push(loss.detach());
    steps.push([w.detach().clone(), b.detach().clone()]);
  }
  return { losses: stack(losses), w_steps: stack(steps.map(([each]) => each)), b_steps: stack(steps.map(([, each]) => each)) };
}

interface Fit {
  readonly w: nn.Parameter;
  readonly b: nn.Parameter;
  readonly optimizer: MadeOptimizer;
}

function makeFit(w: Tensor, b: Tensor, text: string): Fit {
  const parameters = { w: new nn.Parameter(w), b: new nn.Parameter(b) };
  return { ...parameters, optimizer: makeOptimizer(text, parameters) };
}

/** Steps of loss = mean((X w + b - t)^2). */
function takeSteps({ inputs }: TorchCase, { w, b, optimizer }: Fit, steps: number): void {
  for (let step = 0; step < steps; step++) {
    optimizer.zeroGrad();
    fromRecord(inputs.X!).matmul(w).add(b).sub(fromRecord(inputs.t!)).pow(2).mean().backward();
    optimizer.step();
  }
}

/** State dictionaries before and after two steps, and the parameters in the end. */
function stateProblems(torchCase: TorchCase): string[] {
  const fitted = makeFit(fromRecord(torchCase.inputs.w0!), fromRecord(torchCase.inputs.b0!), optimizerText(torchCase.code));
  const before = fitted.optimizer.stateDict();
  takeSteps(torchCase, fitted, 2);
  const after = fitted.optimizer.stateDict();
  const tol = torchCase.tol ?? defaultTolerance;
  return [
    ...stateDictProblems('before', before, torchCase),
    ...stateDictProblems('after', after, torchCase),
    ...(['w', 'b'] as const).flatMap(
      (name) => differs(`${name}_end`, figuresOf(fitted[name].detach()), torchCase.outputs![`${name}_end`]!, tol) ?? [],
    ),
  ];
}

/** Three steps, a new optimizer that takes over the state, and three steps with either. */
function resumed(torchCase: TorchCase): Record<string, Tensor> {
  const text = optimizerText(torchCase.code);
  const first = makeFit(fromRecord(torchCase.inputs.w0!), fromRecord(torchCase.inputs.b0!), text);
  takeSteps(torchCase, first, 3);
  const second = makeFit(first.w.detach().clone(), first.b.detach().clone(), text);
  second.optimizer.loadStateDict(first.optimizer.stateDict());
  takeSteps(torchCase, first, 3);
  takeSteps(torchCase, second, 3);
  return { w_end: first.w.detach(), w_resumed: second.w.detach() };
}
