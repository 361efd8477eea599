import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

/** One linear layer and a softmax, for images of 28 x 28 pixels in ten classes. */
@model({ optimizer: new optim.SGD({ lr: 0.1 }) })
export class SoftmaxRegression extends nn.Module {
  flatten = new nn.Flatten();
  linear = new nn.Linear(784, 10);

  constructor() {
    super();
    nn.init.normal_(this.linear.weight, 0, 0.01);
    nn.init.zeros_(this.linear.bias!);
  }

  forward(x: Tensor<['batch', 28, 28]>): Tensor<['batch', 10]> {
    return this.linear.forward(this.flatten.forward(x));
  }

  @loss
  objective(x: Tensor<['batch', 28, 28]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(x), y);
  }
}
