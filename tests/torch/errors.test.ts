import { cat, einsum, F, matmul, mm, nn, ones, optim, stack, type Tensor, zeros } from 'kilnn';
import { tensor } from 'kilnn/eager';
import { type DeviceKind, defineModel } from '../../runtime/index.js';
import { js } from '../../runtime/js.js';
import type { ModelSpec } from '../../runtime/program.js';
import { NotThere } from './calls.js';
import { testCategory } from './listed.js';
import { isWritten, writtenProblems } from './written-mistakes.js';

const i32 = (values: Parameters<typeof tensor>[0]) => tensor(values, { dtype: 'i32' });
const leaf = (...shape: number[]) => ones(shape).requiresGrad_();

class MLP extends nn.Module {
  hidden = new nn.Linear(4, 3);
  out = new nn.Linear(3, 2);
  forward(x: Tensor): Tensor {
    return this.out.forward(F.relu(this.hidden.forward(x)));
  }
}

/** Loads a state dictionary that was changed. */
function load(change: (state: Record<string, Tensor>) => void): void {
  const net = new MLP();
  const state = { ...net.stateDict() };
  change(state);
  net.loadStateDict(state);
}

/** Calls a module that has no forward. */
function call(module: nn.Module): Tensor {
  return (module as nn.Layer).forward(ones([1, 4]));
}

/** A module whose children are added under themselves as names. */
function keyed<M extends nn.Module>(module: M): M {
  for (const block of [new nn.Linear(4, 4), new nn.ReLU()]) module.addModule(block as unknown as string, block);
  return module;
}

/** The mistakes of PyTorch's snippets. Each must throw. */
const mistakes: Readonly<Record<string, () => unknown>> = {
  'errors-add-module-dot': () => new nn.Sequential().addModule('a.b', new nn.ReLU()),
  'errors-add-module-empty': () => new nn.Sequential().addModule('', new nn.ReLU()),
  'errors-add-module-exists': () => new nn.Sequential(new nn.ReLU()).addModule('forward', new nn.ReLU()),
  'errors-argmax-empty': () => zeros([0]).argmax(),
  'errors-backward-twice': () => {
    const x = leaf(3);
    const y = x.mul(x).sum();
    y.backward();
    y.backward();
  },
  'errors-backward-no-grad': () => ones([1]).backward(),
  'errors-backward-non-scalar': () => leaf(3).mul(2).backward(),
  'errors-batchnorm-one': () => new nn.BatchNorm1d(3).forward(ones([1, 3])),
  'errors-batchnorm-rank': () => new nn.BatchNorm2d(3).forward(ones([2, 3])),
  'errors-bce-range': () => F.binaryCrossEntropy(tensor([1.5]), tensor([1])),
  // There is no way for JavaScript to ask an object: the value is asked for.
  'errors-bool-many': () => (ones([2]).gt(0).item() ? 1 : 0),
  'errors-broadcast': () => ones([2, 3]).add(ones([2, 4])),
  'errors-cat-shapes': () => cat([ones([2, 3]), ones([2, 4])]),
  'errors-ce-batch': () => F.crossEntropy(ones([2, 3]), i32([0, 1, 2])),
  'errors-ce-target-range': () => F.crossEntropy(ones([2, 3]), i32([0, 3])),
  'errors-conv-channels': () => new nn.Conv2d(3, 2, 3).forward(ones([1, 4, 5, 5])),
  'errors-conv-groups': () => new nn.Conv2d(3, 4, 3, { groups: 2 }),
  'errors-conv-small': () => new nn.Conv2d(1, 1, 5).forward(ones([1, 1, 3, 3])),
  'errors-cuda-missing': () => createOn('cuda'),
  'errors-dim-range': () => ones([2, 2]).sum(2),
  'errors-dropout-p': () => new nn.Dropout(1.5),
  'errors-dtype-mm': () => matmul(ones([2, 2]), ones([2, 2], { dtype: 'i32' })),
  'errors-einsum-shape': () => einsum('ij,jk->ik', ones([2, 3]), ones([4, 2])),
  'errors-einsum-syntax': () => einsum('ij,jk->iz', ones([2, 3]), ones([3, 2])),
  'errors-embedding-float': () => new nn.Embedding(3, 2).forward(tensor([1])),
  'errors-embedding-range': () => new nn.Embedding(3, 2).forward(i32([3])),
  'errors-expand': () => ones([2, 3]).expand(3, 3),
  'errors-gain-unknown': () => nn.init.calculateGain('swish' as 'relu'),
  'errors-grad-int': () => ones([2], { dtype: 'i32' }).requiresGrad_(),
  'errors-groupnorm-channels': () => new nn.GroupNorm(2, 3),
  'errors-index-range': () => ones([3]).index(3),
  'errors-inplace-broadcast': () => ones([3]).add_(ones([2, 3])),
  'errors-inplace-cast': () => ones([2], { dtype: 'i32' }).add_(0.5),
  'errors-inplace-leaf': () => leaf(3).div_(2),
  'errors-inplace-saved-input': () => {
    const x = leaf(3).mul(2);
    const y = x.pow(2);
    x.mul_(10);
    y.sum().backward();
  },
  'errors-inplace-saved-output': () => {
    const y = leaf(3).exp();
    y.div_(2);
    y.sum().backward();
  },
  'errors-int-neg-pow': () => i32([2]).pow(-1),
  'errors-item-many': () => ones([2]).item(),
  'errors-layernorm-shape': () => new nn.LayerNorm(3).forward(ones([2, 4])),
  'errors-linear-shape': () => new nn.Linear(3, 2).forward(ones([1, 4])),
  'errors-load-many': () =>
    load((state) => {
      state.x = state['out.bias']!;
      delete state['out.bias'];
      state.y = ones([1]);
      state['hidden.bias'] = ones([4]);
    }),
  'errors-load-missing': () =>
    load((state) => {
      delete state['hidden.bias'];
    }),
  'errors-load-size': () =>
    load((state) => {
      state['out.weight'] = zeros([3, 2]);
    }),
  'errors-load-unexpected': () =>
    load((state) => {
      state.extra = zeros([1]);
    }),
  'errors-matmul-shapes': () => matmul(ones([2, 3, 3]), ones([2, 4, 5])),
  'errors-max-empty': () => zeros([0]).max(),
  'errors-maxpool-pad': () => F.maxPool2d(ones([1, 1, 4, 4]), 2, { padding: 2 }),
  'errors-mean-int': () => ones([2], { dtype: 'i32' }).mean(),
  'errors-mha-heads': () => new nn.MultiheadAttention(5, 2),
  'errors-mm-rank': () => mm(ones([3]), ones([3, 2])),
  'errors-mm-shapes': () => mm(ones([2, 3]), ones([4, 5])),
  'errors-mm-x-x': () => mm(i32([[1, 2]]), i32([[1, 2]])),
  'errors-moduledict-call': () => call(new nn.ModuleDict({ a: new nn.Linear(4, 2) })),
  'errors-moduledict-key': () => new nn.ModuleDict({ a: new nn.ReLU() }).get('b'),
  'errors-modulelist-call': () => call(new nn.ModuleList([new nn.Linear(4, 2), new nn.ReLU()])),
  'errors-modulelist-index': () => new nn.ModuleList([new nn.ReLU()]).at(3),
  'errors-modulelist-not-module': () => new nn.ModuleList([ones([2]) as unknown as nn.ReLU]),
  'errors-mse-shape': () => F.mseLoss(ones([2, 3]), ones([2, 4])),
  'errors-mylinear-data-backward': () => {
    const layer = new nn.Linear(5, 3);
    F.relu(ones([2, 5]).matmul(layer.weight.detach().t()).add(layer.bias!.detach()))
      .sum()
      .backward();
  },
  'errors-mysequential-module-keys-parameters': () => keyed(new nn.Module()).parameters(),
  'errors-mysequential-module-keys-print': () => String(keyed(new nn.Module())),
  'errors-mysequential-module-keys-state_dict': () => keyed(new nn.Module()).stateDict(),
  'errors-mysequential2-module-keys-parameters': () => keyed(new nn.Sequential()).parameters(),
  'errors-mysequential2-module-keys-print': () => String(keyed(new nn.Sequential())),
  'errors-mysequential2-module-keys-state_dict': () => keyed(new nn.Sequential()).stateDict(),
  'errors-no-forward': () => call(new nn.Module()),
  'errors-no-super-init'() {
    class Net extends nn.Module {
      declare lin: nn.Linear;
      // @ts-expect-error: what TypeScript says is the build's part of the test.
      // biome-ignore lint/correctness/noUnreachableSuper: it is the mistake.
      constructor() {
        // @ts-expect-error: likewise.
        this.lin = new nn.Linear(2, 2);
      }
    }
    return new Net();
  },
  'errors-numpy-grad': () => (ones([2]).requiresGrad_() as unknown as { numpy(): unknown }).numpy(),
  'errors-optimizer-twice': () => {
    const w = new nn.Parameter(ones([1]));
    return new optim.SGD([w, w], { lr: 0.1 });
  },
  'errors-orthogonal-1d': () => nn.init.orthogonal_(zeros([3])),
  'errors-permute': () => ones([2, 3]).permute(0, 0),
  'errors-reshape-infer': () => ones([6]).reshape(-1, 4),
  'errors-reshape': () => ones([2, 3]).reshape(4, 2),
  'errors-sgd-empty': () => new optim.SGD([], { lr: 0.1 }),
  'errors-sgd-lr': () => new optim.SGD({ lr: -1 }),
  'errors-sgd-nesterov': () => new optim.SGD({ lr: 0.1, nesterov: true }),
  'errors-sgd-non-leaf': () => new optim.SGD([leaf(1).mul(2)], { lr: 0.1 }),
  'errors-stack-shapes': () => stack([ones([2]), ones([3])]),
  'errors-unknown-attribute': () => call((new nn.Sequential(new nn.ReLU()) as unknown as { missing: nn.Module }).missing),
  'errors-view-strided': () => ones([2, 3]).t().view(-1),
  'errors-xavier-1d': () => nn.init.xavierUniform_(zeros([3])),
};

/** Asks a model that was built for js alone for another device. */
async function createOn(device: string): Promise<unknown> {
  const spec: ModelSpec = { name: 'Net', version: 1, state: [], hyper: {}, constants: [], entries: [], losses: [] };
  return defineModel(spec, [js({ programs: {}, kernels: {} })]).create({ device: device as DeviceKind });
}

testCategory('errors', async (torchCase) => {
  const { name } = torchCase;
  const mistake = mistakes[name];
  if (mistake === undefined && !isWritten(name)) throw new NotThere('the snippet is not written in Kilnn');
  const found = isWritten(name) ? writtenProblems(name) : [];
  if (mistake === undefined) return found;
  try {
    await mistake();
  } catch (error) {
    // Messages are ours, or JavaScript's own of what the build reports; what counts is that there is one, and where it comes from.
    const ours = ['KilnnError', 'OpError', ...(isWritten(name) ? ['TypeError', 'ReferenceError'] : [])];
    const known = error instanceof Error && ours.includes(error.name);
    return known && error.message.length > 10 ? found : [...found, `throws ${String(error)}`];
  }
  return [...found, 'nothing is thrown'];
});
