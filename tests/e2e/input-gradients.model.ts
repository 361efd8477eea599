import { F, loss, model, nn, type Tensor } from 'kilnn';

/** A loss that is differentiated by an argument, and the product of a Jacobian with a given cotangent. */
@model()
export class Sensitivity extends nn.Module {
  hidden = new nn.Linear(3, 4);
  output = new nn.Linear(4, 2);

  forward(x: Tensor<['batch', 3]>): Tensor<['batch', 2]> {
    return this.output.forward(F.tanh(this.hidden.forward(x)));
  }

  @loss({ inputs: ['x', 'weight'] })
  objective(x: Tensor<['batch', 3]>, y: Tensor<['batch'], 'i32'>, weight: Tensor<[2]>) {
    return F.crossEntropy(this.forward(x).mul(weight), y);
  }

  @loss({ inputs: ['x'] })
  pulledBack(x: Tensor<['batch', 3]>, cotangent: Tensor<['batch', 2]>) {
    return this.forward(x).mul(cotangent).sum();
  }

  @loss
  plain(x: Tensor<['batch', 3]>) {
    return this.forward(x).sum();
  }
}
