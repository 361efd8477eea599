/** The nets of PyTorch's cases of modules, in Kilnn's words: what is built, and what is computed with it. */
import { F, logSoftmax, nn, randn, type Tensor, tanh } from 'kilnn';
import { NestMLP as NestMLP40 } from './nest-mlp.js';
import {
  CenteredLayer,
  FancyMLP,
  FixedHiddenMLP,
  FlattenLayer,
  MyDictDense,
  MyLinear,
  MyListDense,
  MyModule,
  MySequential1,
  NestMLP,
  nestFancy,
  rgnet,
  shared,
  sharedOne,
} from './nets.js';

export interface ModuleNet {
  make(): nn.Module;
  /** What `forward` gives for the input X; `net.forward(X)` where absent. */
  forward?(net: never, x: Tensor): Tensor;
  /** The scalar that is differentiated; the sum of the elements where absent. */
  loss?(y: Tensor): Tensor;
  /** What the snippet records besides tensors, after `forward` ran. */
  values?(net: never, x: Tensor, y: Tensor): Readonly<Record<string, unknown>>;
}

const squared = (y: Tensor) => y.mul(y).sum();
const itself = (y: Tensor) => y;

/** A net of two linear layers with a ReLU between; names as given. */
function twoLayers(sizes: readonly [number, number, number], last: 'out' | 'output'): nn.Module {
  class MLP extends nn.Module {
    hidden = new nn.Linear(sizes[0], sizes[1]);

    constructor() {
      super();
      this.addModule(last, new nn.Linear(sizes[1], sizes[2]));
    }

    forward(x: Tensor): Tensor {
      const layer = this.getSubmodule(last) as nn.Linear;
      return layer.forward(F.relu(this.hidden.forward(x)));
    }
  }
  return new MLP();
}

function withActivation(inputs: number, hidden: number, outputs: number): nn.Module {
  class MLP extends nn.Module {
    hidden = new nn.Linear(inputs, hidden);
    act = new nn.ReLU();
    output = new nn.Linear(hidden, outputs);

    forward(x: Tensor): Tensor {
      return this.output.forward(this.act.forward(this.hidden.forward(x)));
    }
  }
  return new MLP();
}

class CenteredBySum extends nn.Module {
  forward(x: Tensor): Tensor {
    return x.sub(x.sum());
  }
}
// The name that is printed.
Object.defineProperty(CenteredBySum, 'name', { value: 'CenteredLayer' });

function breakContinue(): nn.Module & { used: boolean[] } {
  class Net extends nn.Module {
    ls = new nn.ModuleList([0, 1, 2, 3, 4, 5].map(() => new nn.Linear(4, 4)));
    /** Which layers were used: how many there are depends on the input, so that a list of their numbers cannot be compiled. */
    used: boolean[] = [];

    forward(input: Tensor): Tensor {
      let x = input;
      let count = 0;
      this.used = [...this.ls].map(() => false);
      for (const [k, layer] of [...this.ls].entries()) {
        const h = layer.forward(x);
        if (h.sum().item() < -0.3) continue;
        x = h.sigmoid();
        this.used[k] = true;
        count++;
        if (count === 3) break;
      }
      return x;
    }
  }
  return new Net();
}

function ifElse(): nn.Module {
  class Net extends nn.Module {
    pos = new nn.Linear(4, 3);
    neg = new nn.Linear(4, 3);

    forward(x: Tensor): Tensor {
      if (x.mean().item() > 0) return this.pos.forward(x);
      return this.neg.forward(x).mul(2);
    }
  }
  return new Net();
}

function whileApply(): nn.Module & { steps: number } {
  class Net extends nn.Module {
    lin = new nn.Linear(4, 4);
    steps = 0;

    forward(input: Tensor): Tensor {
      let x = input;
      let steps = 0;
      while (x.norm().item() < 6 && steps < 20) {
        x = x.add(tanh(this.lin.forward(x)).mul(0.5));
        steps++;
      }
      this.steps = steps;
      return x;
    }
  }
  return new Net();
}

class LinearNet extends nn.Module {
  linear: nn.Linear;

  constructor(features: number) {
    super();
    this.linear = new nn.Linear(features, 1);
  }

  forward(x: Tensor): Tensor {
    return this.linear.forward(x);
  }
}

function ofModuleDict(): nn.Module {
  class Net extends nn.Module {
    layers = new nn.ModuleDict({ linear: new nn.Linear(12, 9), act: new nn.ReLU() });

    constructor() {
      super();
      this.layers.set('output', new nn.Linear(9, 10));
    }

    forward(x: Tensor): Tensor {
      const h = this.layers.get('act').forward(this.layers.get('linear').forward(x));
      return this.layers.get('output').forward(h);
    }
  }
  return new Net();
}

function ofModuleList(): nn.Module {
  class Net extends nn.Module {
    layers = new nn.ModuleList([new nn.Linear(12, 9), new nn.ReLU()]);

    constructor() {
      super();
      this.layers.append(new nn.Linear(9, 10));
      this.layers.extend([new nn.Tanh(), new nn.Linear(10, 2)]);
      this.layers.insert(1, new nn.Linear(9, 9));
    }

    forward(input: Tensor): Tensor {
      let x = input;
      for (const layer of this.layers) x = layer.forward(x);
      return x.add((this.layers.at(-1) as nn.Linear).bias!);
    }
  }
  return new Net();
}

/** The layer computes with the values of its parameters alone. */
class DetachedLinear extends MyLinear {
  override forward(x: Tensor): Tensor {
    return F.relu(x.matmul(this.weight.detach()).add(this.bias.detach()));
  }
}
Object.defineProperty(DetachedLinear, 'name', { value: 'MyLinear' });

function mySequential(): nn.Module {
  class MySequential extends nn.Module {
    constructor(...layers: readonly nn.Layer[]) {
      super();
      layers.forEach((layer, at) => {
        this.addModule(String(at), layer);
      });
    }

    forward(x: Tensor): Tensor {
      return (this.children() as nn.Layer[]).reduce((h, layer) => layer.forward(h), x);
    }
  }
  return new MySequential(new nn.Linear(20, 24), new nn.ReLU(), new nn.Linear(24, 10));
}

function ofParameterDict(): nn.Module {
  class Net extends nn.Module {
    ps = new nn.ParameterDict({ w: new nn.Parameter(randn([3])) });

    constructor() {
      super();
      this.ps.set('b', new nn.Parameter(randn([3])));
      this.ps.update({ a: new nn.Parameter(randn([1])), unused: new nn.Parameter(randn([2])) });
    }

    forward(x: Tensor): Tensor {
      const y = x.mul(this.ps.get('w')).add(this.ps.get('b'));
      return this.ps.has('a') ? y.mul(this.ps.get('a')) : y;
    }
  }
  return new Net();
}

function ofParameterList(): nn.Module {
  class Net extends nn.Module {
    ps = new nn.ParameterList([new nn.Parameter(randn([3]))]);

    constructor() {
      super();
      this.ps.append(new nn.Parameter(randn([3])));
      this.ps.extend([0, 1].map(() => new nn.Parameter(randn([3]))));
    }

    forward(input: Tensor): Tensor {
      let x = input;
      this.ps.forEach((q, i) => {
        x = x.mul(q).add(i);
      });
      return x.mul(this.ps.at(-1)).mul(this.ps.length);
    }
  }
  return new Net();
}

function tiedEmbedding(): nn.Module {
  class Net extends nn.Module {
    emb = new nn.Embedding(7, 4);
    out = new nn.Linear(4, 7, { bias: false });

    constructor() {
      super();
      this.out.weight = this.emb.weight;
    }

    forward(idx: Tensor): Tensor {
      return this.out.forward(tanh(this.emb.forward(idx)));
    }
  }
  return new Net();
}

const dropoutMlp = () =>
  new nn.Sequential(
    new FlattenLayer(),
    new nn.Linear(16, 12),
    new nn.ReLU(),
    new nn.Dropout(0.2),
    new nn.Linear(12, 9),
    new nn.ReLU(),
    new nn.Dropout(0.5),
    new nn.Linear(9, 10),
  );

/** The measure that the loop of a net looks at, before each turn and after the last. */
function loopTrace(net: FixedHiddenMLP | FancyMLP, x: Tensor, measure: (h: Tensor) => number): number[] {
  let h = net.linear.forward(F.relu(net.linear.forward(x).mm(net.randWeight).add(1)));
  const trace = [measure(h)];
  while (trace[trace.length - 1]! > 1) {
    h = h.div(2);
    trace.push(measure(h));
  }
  return trace;
}

const fixedHidden = (size = 20): ModuleNet => ({
  make: () => new FixedHiddenMLP(size),
  loss: itself,
  values(net: FixedHiddenMLP, x) {
    const trace = loopTrace(net, x, (h) => h.abs().sum().item());
    return { while_iterations: trace.length - 1, trace };
  },
});

const fixedHidden20 = fixedHidden();

const fancy: ModuleNet = {
  make: () => new FancyMLP(),
  loss: itself,
  values(net: FancyMLP, x) {
    const trace = loopTrace(net, x, (h) => h.norm().item());
    return { while_iterations: trace.length - 1, times_ten: trace[trace.length - 1]! < 0.8, trace };
  },
};

const choosing = (choice: string): ModuleNet => ({
  make: () => new MyDictDense(),
  forward: (net: MyDictDense, x) => net.forward(x, choice),
});

const named = (entries: readonly (readonly [string, nn.Layer])[]) => new Map(entries);

export const moduleNets: Readonly<Record<string, ModuleNet>> = {
  'modules-centered-mean': { make: () => new CenteredLayer(), loss: squared },
  'modules-centered-sum': { make: () => new CenteredBySum(), loss: squared },
  'modules-centered-sequential': {
    make: () => new nn.Sequential(new nn.Linear(8, 128), new CenteredLayer()),
    loss: squared,
    values: (_net, _x, y) => ({ mean_is_tiny: Math.abs(y.mean().item()) < 1e-6 }),
  },
  'modules-chimera': { make: () => new nn.Sequential(new NestMLP(), new nn.Linear(16, 20), new FixedHiddenMLP()), loss: itself },
  'modules-class-mlp': { make: () => twoLayers([20, 32, 10], 'out') },
  'modules-class-mlp-output': { make: () => twoLayers([20, 32, 10], 'output') },
  'modules-class-mlp-act': { make: () => withActivation(3, 2, 1) },
  'modules-class-mlp-act-wide': { make: () => withActivation(784, 8, 10) },
  'modules-dict-then-list': { make: () => new nn.Sequential(new MyDictDense(), new MyListDense()) },
  'modules-dropout-mlp-eval': { make: dropoutMlp, forward: (net: nn.Sequential, x) => net.eval().forward(x) },
  'modules-fancy-mlp-loop0-keep': fancy,
  'modules-fancy-mlp-loop0-times10': fancy,
  'modules-fancy-mlp-loop1-keep': fancy,
  'modules-fancy-mlp-loop1-times10': fancy,
  'modules-fancy-mlp-many-keep': fancy,
  'modules-fancy-mlp-many-times10': fancy,
  'modules-fixed-hidden-mlp-default': fixedHidden20,
  'modules-fixed-hidden-mlp-loop-many': fixedHidden20,
  'modules-fixed-hidden-mlp-loop0': fixedHidden20,
  'modules-fixed-hidden-mlp-loop1': fixedHidden20,
  'modules-fixed-hidden-mlp-loop3': fixedHidden20,
  'modules-fixed-hidden-mlp-nan': fixedHidden(5),
  'modules-flatten-linear-ordereddict': {
    make: () =>
      new nn.Sequential(
        named([
          ['flatten', new FlattenLayer()],
          ['linear', new nn.Linear(16, 10)],
        ]),
      ),
  },
  'modules-flatten-mlp': { make: () => new nn.Sequential(new nn.Flatten(), new nn.Linear(16, 12), new nn.ReLU(), new nn.Linear(12, 10)) },
  'modules-flow-break-continue': {
    make: breakContinue,
    loss: squared,
    values: (net: ReturnType<typeof breakContinue>) => ({ used: net.used.flatMap((used, k) => (used ? [k] : [])) }),
  },
  'modules-flow-if-else-negative': { make: ifElse },
  'modules-flow-if-else-positive': { make: ifElse },
  'modules-flow-while-apply': { make: whileApply, loss: squared, values: (net: ReturnType<typeof whileApply>) => ({ steps: net.steps }) },
  'modules-linearnet': { make: () => new LinearNet(6) },
  'modules-moduledict': { make: ofModuleDict },
  'modules-modulelist-append-extend': { make: ofModuleList },
  'modules-mydictdense-linear1': choosing('linear1'),
  'modules-mydictdense-linear2': choosing('linear2'),
  'modules-mydictdense-linear3': choosing('linear3'),
  'modules-mylinear': { make: () => new MyLinear(5, 3) },
  'modules-mylinear-data': { make: () => new DetachedLinear(5, 3) },
  'modules-mylinear-stack': { make: () => new nn.Sequential(new MyLinear(64, 8), new MyLinear(8, 1)) },
  'modules-mylistdense': { make: () => new MyListDense() },
  'modules-mymodule-modulelist': { make: () => new MyModule() },
  'modules-mysequential': { make: mySequential },
  'modules-mysequential1-ordereddict': {
    make: () =>
      new MySequential1(
        named([
          ['z_first', new nn.Linear(20, 24)],
          ['act', new nn.ReLU()],
          ['a_last', new nn.Linear(24, 10)],
        ]),
      ),
  },
  'modules-mysequential1-positional': { make: () => new MySequential1(new nn.Linear(20, 24), new nn.ReLU(), new nn.Linear(24, 10)) },
  'modules-nest-fancy': { make: nestFancy, loss: itself },
  'modules-nest-fancy-short': { make: () => new nn.Sequential(new NestMLP40(), new nn.Linear(30, 20), new FancyMLP()), loss: itself },
  'modules-nest-mlp': { make: () => new NestMLP() },
  'modules-parameterdict-ops': { make: ofParameterDict },
  'modules-parameterlist-ops': { make: ofParameterList },
  'modules-rgnet': { make: rgnet },
  'modules-sequential-mlp': { make: () => new nn.Sequential(new nn.Linear(20, 256), new nn.ReLU(), new nn.Linear(256, 10)) },
  'modules-shared-1x1': { make: sharedOne },
  'modules-shared-8x8': { make: shared },
  'modules-tied-embedding': { make: tiedEmbedding, loss: (y) => logSoftmax(y, -1).select(-1, 0).sum() },
};
