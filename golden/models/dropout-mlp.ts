import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

export interface DropoutMlpOptions {
  /** Units of the hidden layers. */
  readonly hidden?: readonly number[];
  /** The part of the units that each hidden layer drops in training. */
  readonly drop?: readonly number[];
}

/** A perceptron whose hidden layers drop units while it is trained: `forward` keeps them all (Srivastava et al. 2014). */
@model({ optimizer: new optim.SGD({ lr: 0.5 }) })
export class DropoutMlp extends nn.Module {
  net = new nn.Sequential(new nn.Flatten());

  constructor({ hidden = [256, 256], drop = [0.2, 0.5] }: DropoutMlpOptions = {}) {
    super();
    let inputs = 28 * 28;
    for (const [layer, units] of hidden.entries()) {
      this.net.extend([new nn.Linear(inputs, units), new nn.ReLU(), new nn.Dropout(drop[layer])]);
      inputs = units;
    }
    this.net.append(new nn.Linear(inputs, 10));
  }

  forward(x: Tensor<['batch', 28, 28]>): Tensor<['batch', 10]> {
    return this.net.forward(x);
  }

  @loss
  objective(x: Tensor<['batch', 28, 28]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(x), y);
  }
}
