/** One layer in several places: one parameter, several names, and a gradient that is the sum over all places. */
import { model, nn, type Tensor } from 'kilnn';

/**
 * The same layer twice. The state dictionary has it under both names; among the parameters it appears once.
 */
@model()
export class SharedLayers extends nn.Sequential {
  constructor() {
    const shared = new nn.Linear(8, 8);
    super(new nn.Linear(4, 8), new nn.ReLU(), shared, new nn.ReLU(), shared, new nn.ReLU(), new nn.Linear(8, 1));
  }

  override forward(x: Tensor<['batch', 4]>): Tensor<['batch', 1]> {
    return super.forward(x);
  }
}

/**
 * y = w (w x): with w = 3 and x = 1 the result is 9 and the gradient 2 w x = 6.
 */
@model()
export class SquaredWeight extends nn.Sequential {
  constructor() {
    const linear = new nn.Linear(1, 1, { bias: false });
    super(linear, linear);
    nn.init.constant_(linear.weight, 3);
  }

  override forward(x: Tensor<['batch', 1]>): Tensor<['batch', 1]> {
    return super.forward(x);
  }
}
