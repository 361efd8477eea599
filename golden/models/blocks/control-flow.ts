/** Blocks whose course depends on the values on their way: how often a loop runs is known at run time only. */
import { F, model, nn, rand, type Tensor } from 'kilnn';
import { NestMLP } from './perceptrons.js';

/**
 * A random weight that never trains, a layer that is used twice, and a loop that halves the result until it is small.
 * A textbook example of code in `forward`. The weight is a Buffer, so that it is saved with the model.
 */
@model()
export class FixedHiddenMLP extends nn.Module {
  randWeight = new nn.Buffer(rand([20, 20]));
  linear = new nn.Linear(20, 20);

  forward(x: Tensor<['batch', 20]>): Tensor<[]> {
    const hidden = F.relu(this.linear.forward(x).mm(this.randWeight).add(1));
    let y = this.linear.forward(hidden);
    while (y.abs().sum().item() > 1) y = y.div(2);
    return y.sum();
  }
}

/**
 * The same with another norm, and a branch after the loop.
 * A textbook example of a model that a Sequential cannot express.
 */
@model()
export class FancyMLP extends nn.Module {
  randWeight = new nn.Buffer(rand([20, 20]));
  linear = new nn.Linear(20, 20);

  forward(x: Tensor<['batch', 20]>): Tensor<[]> {
    const hidden = F.relu(this.linear.forward(x).mm(this.randWeight).add(1));
    let y = this.linear.forward(hidden);
    while (y.norm().item() > 1) y = y.div(2);
    if (y.norm().item() < 0.8) y = y.mul(10);
    return y.sum();
  }
}

/**
 * Blocks of all kinds in one Sequential.
 * Textbooks call it a chimera.
 */
@model()
export class Chimera extends nn.Sequential {
  constructor() {
    super(new NestMLP(), new nn.Linear(16, 20), new FixedHiddenMLP());
  }

  override forward(x: Tensor<['batch', 20]>): Tensor<[]> {
    return super.forward(x);
  }
}
