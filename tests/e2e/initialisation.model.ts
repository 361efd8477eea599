/** Initial values as users write them: all of it is part of the program `init`. */
import { F, loss, model, nn, noGrad, ones, optim, type Tensor, where, zeros } from 'kilnn';

const layers = () => new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));

function xavier(module: nn.Module): void {
  if (!(module instanceof nn.Linear)) return;
  nn.init.xavierUniform_(module.weight);
  nn.init.zeros_(module.bias!);
}

/** Uniform from -10 to 10, of which only what is at least 5 away from 0 is kept. */
function sparse(module: nn.Module): void {
  if (!(module instanceof nn.Linear)) return;
  nn.init.uniform_(module.weight, -10, 10);
  noGrad(() => module.weight.mul_(module.weight.abs().ge(5)));
}

@model()
export class ByApply extends nn.Module {
  net = layers();

  constructor() {
    super();
    this.net.apply(xavier);
  }

  forward(x: Tensor<['n', 4]>) {
    return this.net.forward(x);
  }
}

@model()
export class Kept extends nn.Module {
  net = layers().apply(sparse);

  forward(x: Tensor<['n', 4]>) {
    return this.net.forward(x);
  }
}

/** Another recipe for each layer, and constants by name. */
@model()
export class ByLayer extends nn.Module {
  net = layers();

  constructor() {
    super();
    this.net.at(0).apply(xavier);
    for (const [name, parameter] of this.net.at(2).namedParameters()) {
      if (name === 'weight') nn.init.constant_(parameter, 42);
      else nn.init.normal_(parameter, 1, 0.01);
    }
  }

  forward(x: Tensor<['n', 4]>) {
    return this.net.forward(x);
  }
}

/** Elements written one by one and all together, a buffer made of a parameter, and parameters found by their names. */
@model()
export class Written extends nn.Module {
  net = layers();

  constructor() {
    super();
    const { weight } = this.net.at(0) as nn.Linear;
    const corner = ones([1, 1]);
    noGrad(() => {
      weight.add_(1);
      weight.copy_(where(F.pad(corner, [0, 3, 0, 7]).gt(0), 42, weight));
      for (const [name, parameter] of this.net.namedParameters()) if (name.includes('bias')) parameter.add_(1);
      this.net.stateDict()['2.weight']!.mul_(2);
      this.net.getParameter('2.bias').copy_(zeros([2]));
    });
    this.registerBuffer('scale', weight.detach().mean());
  }

  forward(x: Tensor<['n', 4]>) {
    return this.net.forward(x);
  }
}

/** One layer in two places, one weight under two names, and what training leaves alone. */
@model({ optimizer: new optim.SGD({ lr: 0.5 }) })
export class Shared extends nn.Module {
  first = new nn.Linear(4, 4);
  shared = new nn.Linear(4, 4);
  net = new nn.Sequential(this.first, this.shared, new nn.ReLU(), this.shared);
  head = new nn.Linear(4, 4);
  unused = new nn.Parameter(ones([3]));

  constructor() {
    super();
    this.head.weight = this.shared.weight;
    this.first.requiresGrad_(false);
    this.head.bias!.requiresGrad = false;
    this.shared.apply(xavier);
  }

  forward(x: Tensor<['n', 4]>) {
    return this.head.forward(this.net.forward(x));
  }

  @loss
  objective(x: Tensor<['n', 4]>) {
    return this.forward(x).square().mean();
  }
}
