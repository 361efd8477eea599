/** Access to parameters, initialisation and state dictionaries, as PyTorch's snippets have them. */
import 'kilnn/eager';
import { F, nn, noGrad, ones, optim, type Tensor, zeros } from 'kilnn';
import { NotThere } from './calls.js';
import { fromRecord, type TorchCase } from './cases.js';
import { replaceParameter } from './computations.js';
import { testCategory } from './listed.js';
import { filledNet, netProblems, valueProblems } from './net-cases.js';
import { stateDictProblems } from './optimizer-state.js';
import { applyOrder, changes, small } from './parameter-changes.js';
import { check, executeEagerly } from './run-case.js';

type Values = Readonly<Record<string, unknown>>;

const layerAt = (net: nn.Sequential, at: number) => net.at(at) as nn.Linear;
const sizes = (module: nn.Module) => module.namedParameters().map(([name, { shape }]) => [name, shape]);

class MLP extends nn.Module {
  hidden = new nn.Linear(5, 6);
  output = new nn.Linear(6, 3);

  forward(x: Tensor): Tensor {
    return this.output.forward(F.relu(this.hidden.forward(x)));
  }
}

function changed(torchCase: TorchCase, change: (net: nn.Sequential) => void) {
  return {
    inputs: { ...torchCase.inputs },
    differentiate: Object.keys(torchCase.grads ?? {}),
    cotangents: { loss: { shape: [], dtype: 'float32', data: [1] } },
    compute(tensors: Readonly<Record<string, Tensor>>) {
      const net = filledNet(torchCase, small) as nn.Sequential;
      noGrad(() => change(net));
      const final = net.namedParameters().map(([name, parameter]): [string, Tensor] => [`final.${name}`, parameter.detach()]);
      const y = net.forward(tensors.X!);
      return { ...Object.fromEntries(final), y, loss: y.sum() };
    },
  };
}

/** Gradients of the parameters after a change of them. */
function parameterGradients(torchCase: TorchCase, change: (net: nn.Sequential) => void) {
  const net = filledNet(torchCase, small) as nn.Sequential;
  noGrad(() => change(net));
  const values = net.namedParameters().map(([name, parameter]) => {
    const record = { shape: parameter.shape, dtype: 'float32', data: Array.from(parameter.data()) };
    return [name, record] as const;
  });
  const plain = changed(torchCase, change);
  return {
    ...plain,
    inputs: { ...torchCase.inputs, ...Object.fromEntries(values) },
    compute(tensors: Readonly<Record<string, Tensor>>) {
      const made = small();
      for (const [name, parameter] of made.namedParameters()) replaceParameter(parameter, tensors[name]!);
      const y = made.forward(tensors.X!);
      return { y, loss: y.sum() };
    },
  };
}

const scripts: Readonly<Record<string, (torchCase: TorchCase) => Values>> = {
  'params-apply-order': applyOrder,
  'params-eval-mode'() {
    const net = new nn.Sequential(new nn.Linear(2, 2), new nn.Dropout(0.5), new nn.Sequential(new nn.BatchNorm1d(2)));
    const training = () => net.modules().map((module) => module.training);
    const flags = [training()];
    net.eval();
    flags.push(training());
    const wanted = () => net.parameters().map((parameter) => parameter.requiresGrad);
    let follows = true;
    try {
      net
        .forward(ones([1, 2]))
        .sum()
        .backward();
    } catch {
      follows = false;
    }
    const keeps = [...wanted(), follows];
    net.at(2).train();
    flags.push(training());
    for (const parameter of net.at(0).parameters()) parameter.requiresGrad_(false);
    return { flags, keeps, frozen: wanted() };
  },
  'params-iteration'() {
    const net = small();
    const { weight, bias } = layerAt(net, 2);
    const copy = bias!.detach();
    // A leaf is asked for its gradient itself.
    bias!.sum().backward();
    const leaf = bias!.grad !== undefined;
    return {
      whole: sizes(net),
      first: sizes(net.at(0)),
      part: sizes(net.slice(0, 2)),
      last: sizes(net.at(-1)),
      sizes: net.parameters().map(({ shape }) => shape),
      kinds: [
        bias!.constructor.name,
        bias!.requiresGrad,
        copy.requiresGrad,
        leaf,
        weight.grad === undefined,
        `torch.${bias!.dtype === 'f32' ? 'float32' : bias!.dtype}`,
        'cpu',
        net.length,
      ],
      same: net.stateDict()['2.bias']!.eq(bias!).all().item() === 1,
    };
  },
  'params-load-state-dict'({ inputs }) {
    const x = fromRecord(inputs.x!);
    const net = new MLP();
    const clone = new MLP();
    const all = clone.loadStateDict(net.stateDict());
    const y = net.forward(x);
    const equal = clone.forward(x).eq(y).all().item() === 1;
    const other: nn.StateDict = { ...net.stateDict(), 'extra.weight': zeros([1]) };
    delete other['hidden.bias'];
    const { missingKeys, unexpectedKeys } = clone.loadStateDict(other, { strict: false });
    const matched = all.missingKeys.length + all.unexpectedKeys.length === 0;
    return { message: matched ? '<All keys matched successfully>' : '', equal, missing: missingKeys, unexpected: unexpectedKeys };
  },
};

testCategory('parameters', async (torchCase) => {
  const change = changes[torchCase.name];
  if (torchCase.name === 'params-optimizer-state-dict') {
    const net = new nn.Sequential(new nn.Linear(3, 2), new nn.ReLU(), new nn.Linear(2, 1));
    return stateDictProblems('sd', new optim.SGD(net.parameters(), { lr: 0.001, momentum: 0.9 }).stateDict(), torchCase);
  }
  if (change === undefined) {
    const script = scripts[torchCase.name];
    if (script === undefined) throw new NotThere('the snippet is not written in Kilnn');
    return valueProblems(torchCase, script(torchCase));
  }
  const { X, ...byParameters } = torchCase.grads ?? {};
  const outputs = { ...torchCase.outputs, loss: torchCase.loss! };
  return [
    ...netProblems(torchCase, small()),
    ...(await check({ ...torchCase, outputs, grads: X === undefined ? {} : { X } }, changed(torchCase, change), executeEagerly)),
    ...(await check({ ...torchCase, outputs: {}, grads: byParameters }, parameterGradients(torchCase, change), executeEagerly)),
  ];
});
