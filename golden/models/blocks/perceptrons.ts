/** Blocks with fields: a class holds its layers, `forward` says how they work together. */
import { F, model, nn, type Tensor } from 'kilnn';

/**
 * Two layers as fields; the activation between them is a function, as it has nothing to remember.
 * The first class of one's own in every introduction to PyTorch.
 */
@model()
export class MLP extends nn.Module {
  hidden = new nn.Linear(20, 256);
  out = new nn.Linear(256, 10);

  forward(x: Tensor<['batch', 20]>): Tensor<['batch', 10]> {
    return this.out.forward(F.relu(this.hidden.forward(x)));
  }
}

/**
 * A Sequential as a field of a class: blocks nest, and their names are joined by dots ('net.2.weight').
 * A textbook example of mixing both ways to write a block.
 */
@model()
export class NestMLP extends nn.Module {
  net = new nn.Sequential(new nn.Linear(20, 64), new nn.ReLU(), new nn.Linear(64, 32), new nn.ReLU());
  linear = new nn.Linear(32, 16);

  forward(x: Tensor<['batch', 20]>): Tensor<['batch', 16]> {
    return this.linear.forward(this.net.forward(x));
  }
}

/**
 * The number of features is an argument of the constructor; a built model takes its default, a subclass may set another.
 * The net of linear regression, from a textbook's first chapter.
 */
@model()
export class LinearNet extends nn.Module {
  linear: nn.Linear;

  constructor(features = 2) {
    super();
    this.linear = new nn.Linear(features, 1);
  }

  forward(x: Tensor<['batch', 2]>): Tensor<['batch', 1]> {
    return this.linear.forward(x);
  }
}
