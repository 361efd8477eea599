import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

/** A perceptron with one hidden layer, for images of 28 x 28 pixels in ten classes. */
@model({ optimizer: new optim.SGD({ lr: 0.1, momentum: 0.9 }) })
export class Mlp extends nn.Module {
  flatten = new nn.Flatten();
  hidden = new nn.Linear(784, 256);
  output = new nn.Linear(256, 10);

  forward(x: Tensor<['batch', 28, 28]>): Tensor<['batch', 10]> {
    return this.output.forward(F.relu(this.hidden.forward(this.flatten.forward(x))));
  }

  @loss
  objective(x: Tensor<['batch', 28, 28]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(x), y);
  }
}
