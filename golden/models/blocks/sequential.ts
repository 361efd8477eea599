/** Sequential, used and made by hand. */
import { model, nn, type Tensor } from 'kilnn';

/**
 * What Sequential does, by hand: each layer is registered under its position or its name, and called in that order.
 * How a block finds the parameters of its parts: `registeredChildren` is PyTorch's `_modules`.
 */
export class MySequential extends nn.Module {
  constructor(...layers: readonly nn.Layer[] | readonly [ReadonlyMap<string, nn.Layer>]) {
    super();
    const named = layers[0] instanceof Map ? [...layers[0].entries()] : layers.map((layer, at) => [String(at), layer]);
    for (const [name, layer] of named) this.addModule(name, layer);
  }

  forward(x: Tensor): Tensor {
    let y = x;
    for (const [, layer] of this.registeredChildren()) y = (layer as nn.Layer).forward(y);
    return y;
  }
}

/**
 * A Sequential that is empty at first and takes one layer after the other.
 * Inherits from Sequential instead of from Module.
 */
export class MySequential2 extends nn.Sequential {
  add(layer: nn.Layer): void {
    this.addModule(String(this.length), layer);
  }
}

/**
 * All but the first axis as one.
 * Written out before one meets nn.Flatten.
 */
export class FlattenLayer extends nn.Module {
  forward(x: Tensor): Tensor {
    return x.view(x.shape[0]!, -1);
  }
}

/**
 * Layers by position: state names are '0.weight', '2.weight', ...
 * The perceptron once more, by MySequential.
 */
@model()
export class PositionalNet extends nn.Module {
  net = new MySequential(new nn.Linear(20, 256), new nn.ReLU(), new nn.Linear(256, 10));

  forward(x: Tensor<['batch', 20]>): Tensor<['batch', 10]> {
    return this.net.forward(x);
  }
}

/**
 * Layers by name, in a Map that keeps their order, and a class that is nothing but a Sequential.
 * Softmax regression whose state is 'linear.weight' and 'linear.bias'.
 */
@model()
export class SequentialNet extends nn.Sequential {
  constructor() {
    super(
      new Map<string, nn.Layer>([
        ['flatten', new FlattenLayer()],
        ['linear', new nn.Linear(28 * 28, 10)],
      ]),
    );
  }

  override forward(x: Tensor<['batch', 28, 28]>): Tensor<['batch', 10]> {
    return super.forward(x);
  }
}

/**
 * Layers are added one by one, read by position from either end, and left out by slices.
 * What Sequential offers.
 */
@model()
export class GrownNet extends nn.Module {
  net = new MySequential2();

  constructor() {
    super();
    for (const [inputs, outputs] of [
      [8, 16],
      [16, 4],
    ] as const) {
      this.net.add(new nn.Linear(inputs, outputs));
      this.net.add(new nn.Tanh());
    }
    nn.init.zeros_((this.net.at(-2) as nn.Linear).bias!);
  }

  /** Without the last activation. */
  forward(x: Tensor<['batch', 8]>): Tensor<['batch', 4]> {
    return this.net.slice(0, -1).forward(x);
  }
}
