import { arange, noGrad, stack, type Tensor, zeros } from 'kilnn';
import { grad, tensor } from 'kilnn/eager';
import { functions, type Inputs } from './autograd-functions.js';
import { NotThere } from './calls.js';
import { defaultTolerance, differs, figuresOf, fromRecord, type TorchCase } from './cases.js';
import { testCategory } from './listed.js';
import { check, executeEagerly } from './run-case.js';

/** Outputs of snippets that call backward themselves; `x0` becomes a leaf. */
const scripts: Readonly<Record<string, (inputs: Inputs) => Record<string, Tensor>>> = {
  'autograd-accumulate': ({ x0 }) => {
    const x = x0!.clone().requiresGrad_();
    const gs: Tensor[] = [];
    for (let k = 0; k < 3; k++) {
      x.mul(x)
        .mul(k + 1)
        .sum()
        .backward();
      gs.push(x.grad!.clone());
    }
    x.grad = undefined;
    x.mul(3).sum().backward();
    gs.push(x.grad!);
    return { gs: stack(gs) };
  },
  'autograd-data-write': ({ x0 }) => {
    const x = x0!.clone().requiresGrad_();
    const y = x.pow(2);
    x.variableData().mul_(100);
    y.backward();
    return { y, x_after: x.detach(), grad: x.grad! };
  },
  'autograd-detach': ({ x0 }) => {
    const x = x0!.clone().requiresGrad_();
    const y = x.mul(x);
    const z = y.detach().mul(x).add(y).sum();
    z.backward();
    return { z, grad: x.grad! };
  },
  'autograd-grad-function': ({ a0, b0 }) => {
    const a = a0!.clone().requiresGrad_();
    const b = b0!.clone().requiresGrad_();
    const c = a0!.clone().requiresGrad_();
    const [ga, gb, gc] = grad(a.mul(b).sin().sum(), [a, b, c]);
    if (gc !== undefined || a.grad !== undefined) throw new Error('c has a gradient, or a keeps one');
    return { ga: ga!, gb: gb! };
  },
  'autograd-no-grad-part': ({ x0 }) => {
    const x = x0!.clone().requiresGrad_();
    const y3 = x.pow(2).add(noGrad(() => x.pow(3)));
    y3.backward();
    return { y_3: y3, grad: x.grad! };
  },
  'autograd-retain-graph': ({ x0 }) => {
    const x = x0!.clone().requiresGrad_();
    const y = x.sigmoid();
    const ones = tensor(
      Float32Array.from(x0!.data(), () => 1),
      { shape: x.shape },
    );
    y.backward(ones, { retainGraph: true });
    const once = x.grad!.clone();
    y.backward(ones);
    return { y, once, twice: x.grad! };
  },
  'autograd-second-order': ({ x0 }) => {
    const x = x0!.clone().requiresGrad_();
    const [g1] = grad(x.pow(3).mul(x.exp()).sum(), [x], { createGraph: true });
    const [g2] = grad(g1!.sum(), [x]);
    return { g1: g1!, g2: g2! };
  },
  'autograd-vector-jacobian': ({ x0, v }) => {
    const x = x0!.clone().requiresGrad_();
    const y = x.pow(3);
    y.backward(v);
    return { y, grad: x.grad! };
  },
  'autograd-plot-relu': () => plot((x) => x.relu()),
  'autograd-plot-sigmoid': () => plot((x) => x.sigmoid()),
  'autograd-plot-tanh': () => plot((x) => x.tanh()),
};

function plot(compute: (x: Tensor) => Tensor): Record<string, Tensor> {
  const x = arange(-8, 8, { step: 0.1 }).requiresGrad_();
  const y = compute(x);
  y.backward(zeros(x.shape).add(1));
  return { x: x.detach(), y, grad: x.grad! };
}

testCategory('autograd', (torchCase: TorchCase) => {
  const compute = functions[torchCase.name];
  if (compute !== undefined) {
    const differentiate = Object.keys(torchCase.grads ?? {});
    return check(torchCase, { inputs: torchCase.inputs, differentiate, cotangents: torchCase.cotangents ?? {}, compute }, executeEagerly);
  }
  const script = scripts[torchCase.name];
  if (script === undefined) throw new NotThere('the snippet is not written in Kilnn');
  const outputs = script(Object.fromEntries(Object.entries(torchCase.inputs).map(([name, record]) => [name, fromRecord(record)])));
  const problems = Object.entries(torchCase.outputs!).map(([name, want]) => {
    const got = outputs[name];
    return got === undefined ? `there is no ${name}` : differs(name, figuresOf(got), want, torchCase.tol ?? defaultTolerance);
  });
  return problems.filter((problem) => problem !== undefined);
});
