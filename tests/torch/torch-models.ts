/** What PyTorch's cases compute, as models: written once, to be run as they are or built. */
import { entry, loss, nn, noGrad, rand, type Tensor, tensor, zeros } from 'kilnn';
import type { Derivation, Inputs } from './autograd-functions.js';
import type { ModuleNet } from './module-nets.js';
import { small } from './parameter-changes.js';
import type { Layer, Training } from './trainings.js';

type NestedNumbers = number | readonly NestedNumbers[];

/** A tensor of a case by its type. `wanted`: its gradient is asked for. */
export interface GivenTensor {
  readonly shape: readonly number[];
  readonly dtype: 'f32' | 'i32' | 'bool';
  readonly wanted: boolean;
}

/** The tensors that a case gives, as state of a model, so that gradients of inputs come out like those of parameters. */
export class Given extends nn.Module {
  constructor(tensors: Readonly<Record<string, GivenTensor>>) {
    super();
    for (const [name, { shape, dtype, wanted }] of Object.entries(tensors)) {
      if (wanted) this.registerParameter(name, new nn.Parameter(zeros(shape)));
      else this.registerBuffer(name, zeros(shape, { dtype }));
    }
  }

  /** All of them by name. */
  tensors(): Readonly<Record<string, Tensor>> {
    return Object.fromEntries<Tensor>([...this.namedParameters(), ...this.namedBuffers()]);
  }
}

/** A tensor that is a plain attribute of a module in PyTorch, no state: where it stands, and its name there. */
export interface Constant {
  readonly module: string;
  readonly name: string;
}

interface Callable extends nn.Module {
  forward(x: Tensor): Tensor;
}

/** Puts the constants c0, c1 and so on where they belong. */
function setConstants(net: nn.Module, constants: readonly Constant[], tensors: Readonly<Record<string, Tensor>>): void {
  constants.forEach(({ module, name }, i) => {
    (net.getSubmodule(module) as unknown as Record<string, Tensor>)[name] = tensors[`c${i}`]!;
  });
}

/** A net of the cases of modules, its input, and its constants as c0, c1 and so on. */
export class NetModel extends nn.Module {
  readonly given: Given;
  readonly net: nn.Module;

  constructor(
    readonly written: ModuleNet,
    given: Readonly<Record<string, GivenTensor>>,
    readonly constants: readonly Constant[],
  ) {
    super();
    this.given = new Given(given);
    this.net = written.make();
  }

  @loss
  objective(): { readonly loss: Tensor; readonly y: Tensor } {
    const { net, written } = this;
    const { X, ...constants } = this.given.tensors();
    setConstants(net, this.constants, constants);
    const y = written.forward === undefined ? (net as Callable).forward(X!) : written.forward(net as never, X!);
    return { loss: written.loss === undefined ? y.sum() : written.loss(y), y };
  }
}

/** A net of which names are asked for. */
export class NamedModel extends nn.Module {
  constructor(readonly net: nn.Module) {
    super();
  }

  @entry
  nothing(): Tensor {
    return zeros([1]);
  }
}

/** Attributes that are parameters, or are not, for all they look like it. */
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

export class ParametersAndTensors extends nn.Module {
  a = new MyModel();
  b = new OfModuleList();
  c = new OfList();
}

/** A net that is trained. Its methods with their types stand in the class that is built. */
export class TrainedModel extends nn.Module {
  readonly given: Given;
  readonly net: Layer;

  constructor(
    readonly trained: Training,
    given: Readonly<Record<string, GivenTensor>>,
    readonly constants: readonly Constant[],
  ) {
    super();
    this.given = new Given(given);
    this.net = trained.make();
  }

  lossOf(x: Tensor, t?: Tensor): Tensor {
    setConstants(this.net, this.constants, this.given.tensors());
    return this.trained.loss(this.net, x, t);
  }

  outputOf(x: Tensor): Tensor {
    return this.net.forward(x);
  }
}

/** What the cases of optimizers fit: mean((2 tanh(X w + b) - t)^2), or mean((X w + b - t)^2). */
export class FittedModel extends nn.Module {
  w = new nn.Parameter(zeros([3]));
  b = new nn.Parameter(zeros([]));

  constructor(readonly bent: boolean) {
    super();
  }

  @loss
  objective(X: Tensor<[8, 3]>, t: Tensor<[8]>): Tensor {
    const y = X.matmul(this.w).add(this.b);
    return (this.bent ? y.tanh().mul(2) : y).sub(t).pow(2).mean();
  }
}

type Compute = (inputs: Inputs) => Readonly<Record<string, Tensor>>;
type Results = Readonly<Record<string, Tensor>>;

/** A function of tensors that is not differentiated. */
export class FunctionModel extends nn.Module {
  readonly given: Given;

  constructor(
    readonly compute: Compute,
    given: Readonly<Record<string, GivenTensor>>,
  ) {
    super();
    this.given = new Given(given);
  }

  forward(): Results {
    return this.compute(this.given.tensors());
  }
}

/** A function whose outputs are weighed by cotangents: the loss is the sum of the products. */
export class WeighedModel extends nn.Module {
  readonly given: Given;
  readonly cotangents: Given;

  constructor(
    readonly compute: Compute,
    given: Readonly<Record<string, GivenTensor>>,
    cotangents: Readonly<Record<string, GivenTensor>>,
  ) {
    super();
    this.given = new Given(given);
    this.cotangents = new Given(cotangents);
  }

  @loss
  objective(): { readonly loss: Tensor } & Results {
    const outputs = this.compute(this.given.tensors());
    const terms = Object.entries(this.cotangents.tensors()).map(([name, weights]) => outputs[name]!.mul(weights).sum());
    return { loss: terms.reduce((a, b) => a.add(b)), ...outputs };
  }
}

/** A function that says itself what is differentiated. */
export class DerivedModel extends nn.Module {
  readonly given: Given;

  constructor(
    readonly derivation: Derivation,
    given: Readonly<Record<string, GivenTensor>>,
  ) {
    super();
    this.given = new Given(given);
  }

  @loss
  objective(): { readonly loss: Tensor } & Results {
    const { loss, outputs } = this.derivation.compute(this.given.tensors());
    return { loss, ...outputs };
  }
}

const filled = (net: nn.Sequential, values: Readonly<Record<string, NestedNumbers>>) =>
  noGrad(() => {
    for (const [name, parameter] of net.namedParameters()) parameter.copy_(tensor(values[name]!));
    return net;
  });

/** A net whose parameters are given and then changed, when it is made. */
export class ChangedModel extends nn.Module {
  readonly given: Given;
  readonly net: nn.Sequential;

  constructor(
    change: (net: nn.Sequential) => void,
    given: Readonly<Record<string, GivenTensor>>,
    values: Readonly<Record<string, NestedNumbers>>,
  ) {
    super();
    this.given = new Given(given);
    this.net = filled(small(), values);
    noGrad(() => change(this.net));
  }

  @loss
  objective(): { readonly loss: Tensor; readonly y: Tensor } {
    const y = this.net.forward(this.given.tensors().X!);
    return { loss: y.sum(), y };
  }
}
