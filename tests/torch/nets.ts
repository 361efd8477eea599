/** The nets that PyTorch's cases define as classes, in Kilnn's words, for printing and running. */
import { F, nn, rand, randn, type Tensor } from 'kilnn';
import { NestMLP as NestMLP40 } from './nest-mlp.js';

export class NestMLP extends nn.Module {
  net = new nn.Sequential(new nn.Linear(20, 64), new nn.ReLU(), new nn.Linear(64, 32), new nn.ReLU());
  linear = new nn.Linear(32, 16);

  forward(x: Tensor): Tensor {
    return this.linear.forward(this.net.forward(x));
  }
}

export class FixedHiddenMLP extends nn.Module {
  randWeight: Tensor;
  linear: nn.Linear;

  constructor(size = 20) {
    super();
    this.randWeight = rand([size, size]);
    this.linear = new nn.Linear(size, size);
  }

  forward(input: Tensor): Tensor {
    let x = this.linear.forward(input);
    x = F.relu(x.mm(this.randWeight).add(1));
    x = this.linear.forward(x);
    while (x.abs().sum().item() > 1) x = x.div(2);
    return x.sum();
  }
}

export class FancyMLP extends nn.Module {
  randWeight: Tensor;
  linear: nn.Linear;

  constructor(size = 20) {
    super();
    this.randWeight = rand([size, size]);
    this.linear = new nn.Linear(size, size);
  }

  forward(input: Tensor): Tensor {
    let x = this.linear.forward(input);
    x = F.relu(x.mm(this.randWeight.detach()).add(1));
    x = this.linear.forward(x);
    while (x.norm().item() > 1) x = x.div(2);
    if (x.norm().item() < 0.8) x = x.mul(10);
    return x.sum();
  }
}

export class CenteredLayer extends nn.Module {
  forward(x: Tensor): Tensor {
    return x.sub(x.mean());
  }
}

export class FlattenLayer extends nn.Module {
  forward(x: Tensor): Tensor {
    return x.view(x.shape[0]!, -1);
  }
}

export class MLP extends nn.Module {
  hidden = new nn.Linear(784, 256);
  act = new nn.ReLU();
  output = new nn.Linear(256, 10);

  forward(x: Tensor): Tensor {
    return this.output.forward(this.act.forward(this.hidden.forward(x)));
  }
}

export class MyLinear extends nn.Module {
  weight: nn.Parameter;
  bias: nn.Parameter;

  constructor(inUnits: number, units: number) {
    super();
    this.weight = new nn.Parameter(randn([inUnits, units]));
    this.bias = new nn.Parameter(randn([units]));
  }

  forward(x: Tensor): Tensor {
    return F.relu(x.matmul(this.weight).add(this.bias));
  }
}

export class MyDictDense extends nn.Module {
  params = new nn.ParameterDict({ linear1: new nn.Parameter(randn([4, 4])), linear2: new nn.Parameter(randn([4, 1])) });

  constructor() {
    super();
    this.params.update({ linear3: new nn.Parameter(randn([4, 2])) });
  }

  forward(x: Tensor, choice = 'linear1'): Tensor {
    return x.mm(this.params.get(choice));
  }
}

export class MyListDense extends nn.Module {
  params = new nn.ParameterList([0, 1, 2].map(() => new nn.Parameter(randn([4, 4]))));

  constructor() {
    super();
    this.params.append(new nn.Parameter(randn([4, 1])));
  }

  forward(x: Tensor): Tensor {
    let result = x;
    for (const weight of this.params) result = result.mm(weight);
    return result;
  }
}

export class MyModule extends nn.Module {
  linears = new nn.ModuleList([...Array(10).keys()].map(() => new nn.Linear(10, 10)));

  forward(x: Tensor): Tensor {
    let result = x;
    this.linears.forEach((layer, i) => {
      result = this.linears
        .at(Math.floor(i / 2))
        .forward(result)
        .add(layer.forward(result));
    });
    return result;
  }
}

export class MySequential1 extends nn.Module {
  constructor(...layers: readonly nn.Layer[] | readonly [ReadonlyMap<string, nn.Layer>]) {
    super();
    const named = layers[0] instanceof Map ? [...(layers[0] as ReadonlyMap<string, nn.Layer>)] : Object.entries(layers as nn.Layer[]);
    for (const [name, layer] of named) this.addModule(name, layer);
  }

  forward(x: Tensor): Tensor {
    let result = x;
    for (const layer of this.children() as nn.Layer[]) result = layer.forward(result);
    return result;
  }
}

/** A net, and what its snippet prints before the net itself. */
export interface Printed {
  readonly net: nn.Module;
  readonly before?: string;
}

const block = () => new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 4), new nn.ReLU());

export function rgnet(): nn.Module {
  const inner = new nn.Sequential();
  for (let i = 0; i < 4; i++) inner.addModule(`block ${i}`, block());
  return new nn.Sequential(inner, new nn.Linear(4, 1));
}

export function nestFancy(): nn.Module {
  const net = new nn.Sequential(new NestMLP40(), new nn.Linear(30, 20), new nn.ReLU());
  net.addModule('FancyMLP', new FancyMLP());
  return net;
}

function moduleDict(): Printed {
  const net = new nn.ModuleDict({ linear: new nn.Linear(784, 256), act: new nn.ReLU() });
  net.set('output', new nn.Linear(256, 10));
  return { net, before: `${net.get('linear')}\n${net.get('output')}\n` };
}

function moduleList(): Printed {
  const net = new nn.ModuleList([new nn.Linear(784, 256), new nn.ReLU()]);
  net.append(new nn.Linear(256, 10));
  return { net, before: `${net.at(-1)}\n` };
}

export function shared(): nn.Module {
  const layer = new nn.Linear(8, 8);
  return new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), layer, new nn.ReLU(), layer, new nn.ReLU(), new nn.Linear(8, 1));
}

export function sharedOne(): nn.Module {
  const layer = new nn.Linear(1, 1, { bias: false });
  return new nn.Sequential(layer, layer);
}

const lenet = () =>
  new nn.Sequential(
    new nn.Conv2d(1, 6, { kernelSize: 5, padding: 2 }),
    new nn.Sigmoid(),
    new nn.AvgPool2d(2, 2),
    new nn.Conv2d(6, 16, 5),
    new nn.Sigmoid(),
    new nn.AvgPool2d(2, { stride: 2 }),
    new nn.Flatten(),
    new nn.Linear(400, 120),
    new nn.Sigmoid(),
    new nn.Linear(120, 84),
    new nn.Sigmoid(),
    new nn.Linear(84, 10),
  );

const batchNormCnn = () =>
  new nn.Sequential(
    new nn.Conv2d(3, 8, 3, { padding: 1, bias: false }),
    new nn.BatchNorm2d(8),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(128, 10),
  );

const dropoutMlp = () =>
  new nn.Sequential(
    new FlattenLayer(),
    new nn.Linear(784, 256),
    new nn.ReLU(),
    new nn.Dropout(0.2),
    new nn.Linear(256, 256),
    new nn.ReLU(),
    new nn.Dropout(0.5),
    new nn.Linear(256, 10),
  );

export const nets: Readonly<Record<string, () => Printed>> = {
  'print-net-bn-cnn': () => ({ net: batchNormCnn() }),
  'print-net-centered': () => ({ net: new nn.Sequential(new nn.Linear(8, 128), new CenteredLayer()) }),
  'print-net-chimera': () => ({ net: new nn.Sequential(new NestMLP(), new nn.Linear(16, 20), new FixedHiddenMLP()) }),
  'print-net-class-mlp-784': () => ({ net: new MLP() }),
  'print-net-dict-then-list': () => ({ net: new nn.Sequential(new MyDictDense(), new MyListDense()) }),
  'print-net-dropout-mlp': () => ({ net: dropoutMlp() }),
  'print-net-empty': () => ({
    net: new nn.Sequential(),
    before: `${new nn.ModuleList()}\n${new nn.ModuleDict()}\n${new nn.ParameterList()}\n`,
  }),
  'print-net-encoder-layer': () => ({ net: new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true }) }),
  'print-net-fancy': () => ({ net: new FancyMLP() }),
  'print-net-flatten-linear': () => ({
    net: new nn.Sequential(
      new Map<string, nn.Layer>([
        ['flatten', new FlattenLayer()],
        ['linear', new nn.Linear(784, 10)],
      ]),
    ),
  }),
  'print-net-lenet': () => ({ net: lenet() }),
  'print-net-lstm': () => ({ net: new nn.LSTM(3, 5, { numLayers: 2, batchFirst: true }) }),
  'print-net-moduledict': moduleDict,
  'print-net-modulelist': moduleList,
  'print-net-mydictdense': () => ({ net: new MyDictDense() }),
  'print-net-mylinear-stack': () => ({ net: new nn.Sequential(new MyLinear(64, 8), new MyLinear(8, 1)) }),
  'print-net-mylistdense': () => ({ net: new MyListDense() }),
  'print-net-mymodule': () => ({ net: new MyModule() }),
  'print-net-mysequential1': () => ({ net: new MySequential1(new nn.Linear(784, 256), new nn.ReLU(), new nn.Linear(256, 10)) }),
  'print-net-nest-fancy': () => ({ net: nestFancy() }),
  'print-net-rgnet': () => ({ net: rgnet() }),
  'print-net-sequential-mlp': () => ({ net: new nn.Sequential(new nn.Linear(20, 256), new nn.ReLU(), new nn.Linear(256, 10)) }),
  'print-net-shared-1x1': () => ({ net: sharedOne() }),
  'print-net-shared-8x8': () => ({ net: shared() }),
  'print-net-small-sequential': () => ({ net: new nn.Sequential(new nn.Linear(4, 3), new nn.ReLU(), new nn.Linear(3, 1)) }),
};
