import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

/** A weighted sum of two features, fitted by least squares. */
@model({ optimizer: new optim.SGD({ lr: 0.03 }) })
export class LinearRegression extends nn.Module {
  linear = new nn.Linear(2, 1);

  forward(x: Tensor<['batch', 2]>): Tensor<['batch', 1]> {
    return this.linear.forward(x);
  }

  @loss
  objective(x: Tensor<['batch', 2]>, y: Tensor<['batch', 1]>) {
    return F.mseLoss(this.forward(x), y);
  }
}
