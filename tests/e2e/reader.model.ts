import { loss, model, nn, optim, type Tensor } from 'kilnn';

/** Few kernels, for SwiftShader to compile. */
@model({ optimizer: new optim.SGD({ lr: 0.05 }) })
export class Reader extends nn.Module {
  rnn = new nn.RNN(3, 3);

  forward(x: Tensor<['time', 'batch', 3]>): Tensor<['time', 'batch', 3]> {
    return this.rnn.forward(x)[0];
  }

  @loss
  objective(x: Tensor<['time', 'batch', 3]>): Tensor<[]> {
    return this.forward(x).square().sum();
  }
}
