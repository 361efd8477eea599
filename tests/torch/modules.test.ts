import { nn, noGrad, rand, type Tensor, where } from 'kilnn';
import { tensor } from 'kilnn/eager';
import { NotThere } from './calls.js';
import { defaultTolerance, differs, figuresOf, fromRecord, type TorchCase } from './cases.js';
import { testCategory } from './listed.js';
import { moduleNets } from './module-nets.js';
import { filledNet, netComputation, netProblems, valueProblems } from './net-cases.js';
import { shared, sharedOne } from './nets.js';
import { check, executeEagerly } from './run-case.js';

interface Outcome {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Cases that do more than one forward pass. */
const scripts: Readonly<Record<string, (torchCase: TorchCase) => Outcome>> = {
  'modules-shared-1x1-accumulate': ({ inputs }) => {
    const x = fromRecord(inputs.x!);
    const net = sharedOne() as nn.Sequential;
    const { weight } = net.at(0) as nn.Linear;
    nn.init.constant_(weight, 3);
    const before = weight.grad ?? null;
    const y = net.forward(x).sum();
    y.backward();
    const once = weight.grad!.clone();
    net.forward(x).sum().backward();
    const twice = weight.grad!.clone();
    net.zeroGrad({ setToNone: false });
    const zeroed = weight.grad!.clone();
    net.zeroGrad();
    return {
      outputs: { y, grad_once: once, grad_twice: twice, grad_zeroed: zeroed },
      values: {
        before,
        after: weight.grad ?? null,
        same: [net.at(0) === net.at(1), weight === (net.at(1) as nn.Linear).weight],
        names: [net.namedParameters().map(([name]) => name), Object.keys(net.stateDict())],
      },
    };
  },
  'modules-shared-8x8-assign': () => {
    const net = shared() as nn.Sequential;
    const weightOf = (at: number) => (net.at(at) as nn.Linear).weight;
    const equal = () => weightOf(2).index(0).eq(weightOf(4).index(0));
    const before = equal();
    const corner = new Uint8Array(64);
    corner[0] = 1;
    noGrad(() => weightOf(2).copy_(where(tensor(corner, { dtype: 'bool', shape: [8, 8] }), 100, weightOf(2))));
    return { outputs: { before, after: equal(), first: weightOf(4).index(0, 0) }, values: {} };
  },
  'modules-parameter-vs-tensor': () => {
    class MyModel extends nn.Module {
      weight1 = new nn.Parameter(rand([2, 2]));
      weight2 = rand([2, 2]);
    }
    class OfModuleList extends nn.Module {
      linears = new nn.ModuleList([new nn.Linear(10, 10)]);
    }
    class OfList extends nn.Module {
      linears = [new nn.Linear(10, 10)];
    }
    const made = [MyModel, OfModuleList, OfList].map((each) => new each());
    const names = made.map((net) => net.namedParameters().map(([name]) => name));
    return { outputs: {}, values: { names, sizes: made.map((net) => net.parameters().map(({ shape }) => shape)) } };
  },
};

function runScript(torchCase: TorchCase): string[] {
  const script = scripts[torchCase.name];
  if (script === undefined) throw new NotThere('the snippet is not written in Kilnn');
  const { outputs, values } = script(torchCase);
  const problems = Object.entries(torchCase.outputs ?? {}).map(([name, want]) =>
    differs(name, figuresOf(outputs[name]!), want, torchCase.tol ?? defaultTolerance),
  );
  return [...problems.filter((problem) => problem !== undefined), ...valueProblems(torchCase, values)];
}

testCategory('modules', async (torchCase) => {
  const written = moduleNets[torchCase.name];
  if (written === undefined) return runScript(torchCase);
  const { loss, outputs } = torchCase;
  const problems = await check({ ...torchCase, outputs: { ...outputs, loss: loss! } }, netComputation(torchCase, written), executeEagerly);
  const net = filledNet(torchCase, written.make);
  problems.push(...netProblems(torchCase, net));
  if (torchCase.values !== undefined) {
    const x = fromRecord(torchCase.inputs.X!);
    const y = (net as unknown as { forward(x: Tensor): Tensor }).forward(x);
    problems.push(...valueProblems(torchCase, written.values?.(net as never, x, y) ?? {}));
  }
  return problems;
});
