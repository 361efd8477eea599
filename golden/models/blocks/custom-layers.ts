/** Layers of one's own: without parameters, and with them. */
import { F, model, nn, randn, type Tensor } from 'kilnn';

/**
 * Takes the mean away. A layer needs no parameters to be part of a Sequential.
 * The first layer of one's own in many textbooks.
 */
export class CenteredLayer extends nn.Module {
  forward(x: Tensor): Tensor {
    return x.sub(x.mean());
  }
}

/**
 * A weight, a bias and a ReLU: a tensor becomes part of the state by being a Parameter in a field.
 * Called MyDense elsewhere. Its weight is [inputs, outputs], the other way around than that of nn.Linear.
 */
export class MyLinear extends nn.Module {
  weight: nn.Parameter;
  bias: nn.Parameter;

  constructor(inputs: number, outputs: number) {
    super();
    this.weight = new nn.Parameter(randn([inputs, outputs]));
    this.bias = new nn.Parameter(randn([outputs]));
  }

  forward(x: Tensor): Tensor {
    return F.relu(x.matmul(this.weight).add(this.bias));
  }
}

/**
 * The layer without parameters behind one that has them: the mean of all results is 0, but for rounding.
 */
@model()
export class CenteredNet extends nn.Sequential {
  constructor() {
    super(new nn.Linear(8, 128), new CenteredLayer());
  }

  override forward(x: Tensor<['batch', 8]>): Tensor<['batch', 128]> {
    return super.forward(x);
  }
}

/**
 * Layers of one's own in a Sequential, like those of the library.
 */
@model()
export class MyLinearNet extends nn.Sequential {
  constructor() {
    super(new MyLinear(64, 8), new MyLinear(8, 1));
  }

  override forward(x: Tensor<['batch', 64]>): Tensor<['batch', 1]> {
    return super.forward(x);
  }
}
