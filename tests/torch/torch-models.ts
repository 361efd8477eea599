/** What PyTorch's cases compute, as models: written once, to be run as they are or built. */
import { entry, loss, nn, rand, type Tensor, zeros } from 'kilnn';
import type { ModuleNet } from './module-nets.js';

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
    this.constants.forEach(({ module, name }, i) => {
      (net.getSubmodule(module) as unknown as Record<string, Tensor>)[name] = constants[`c${i}`]!;
    });
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
