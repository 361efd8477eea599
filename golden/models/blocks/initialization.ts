/** Ways to set initial values. They are part of the model: a built module draws them from its seed. */
import { model, nn, noGrad, type Tensor } from 'kilnn';

/** By kind of layer: `net.apply(initNormal)` goes through all modules. */
export function initNormal(module: nn.Module): void {
  if (!(module instanceof nn.Linear)) return;
  nn.init.normal_(module.weight, 0, 0.01);
  nn.init.zeros_(module.bias!);
}

/** All weights 1: equal units stay equal, which is why nobody does it. */
export function initConstant(module: nn.Module): void {
  if (!(module instanceof nn.Linear)) return;
  nn.init.constant_(module.weight, 1);
  nn.init.zeros_(module.bias!);
}

export function xavier(module: nn.Module): void {
  if (module instanceof nn.Linear) nn.init.xavierUniform_(module.weight);
}

export function init42(module: nn.Module): void {
  if (module instanceof nn.Linear) nn.init.constant_(module.weight, 42);
}

/** A recipe of one's own: 0 for half of the weights, the others between 5 and 10 or between -10 and -5. */
export function myInit(module: nn.Module): void {
  if (!(module instanceof nn.Linear)) return;
  nn.init.uniform_(module.weight, -10, 10);
  noGrad(() => module.weight.mul_(module.weight.abs().ge(5)));
}

class SmallNet extends nn.Sequential {
  constructor() {
    super(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 1));
  }

  override forward(x: Tensor<['batch', 4]>): Tensor<['batch', 1]> {
    return super.forward(x);
  }
}

/**
 * One recipe for all layers.
 */
@model()
export class NormalNet extends SmallNet {
  constructor() {
    super();
    this.apply(initNormal);
  }
}

/**
 * All weights alike.
 * Constants make all units of a layer alike: an example, not advice.
 */
@model()
export class ConstantNet extends SmallNet {
  constructor() {
    super();
    this.apply(initConstant);
  }
}

/**
 * A recipe for each layer.
 * Xavier's for the first, 42 for the last.
 */
@model()
export class PerLayerNet extends SmallNet {
  constructor() {
    super();
    this.at(0).apply(xavier);
    this.at(2).apply(init42);
  }
}

/**
 * A recipe that the library does not have, and biases that are changed afterwards.
 */
@model()
export class CustomNet extends SmallNet {
  constructor() {
    super();
    this.apply(myInit);
    for (const [name, parameter] of this.namedParameters()) {
      if (name.endsWith('bias')) noGrad(() => parameter.zero_().add_(1));
    }
  }
}
