import { entry, F, loss, model, nn, optim, type Tensor, zeros } from 'kilnn';

/** A linear layer by the transpose of a weight that belongs to another layer as well: both names lead to one parameter. */
class TransposedLinear extends nn.Module {
  bias: nn.Parameter;

  constructor(readonly weight: nn.Parameter) {
    super();
    this.bias = new nn.Parameter(zeros([weight.shape[1]!]));
  }

  forward(x: Tensor): Tensor {
    return F.linear(x, this.weight.t(), { bias: this.bias });
  }
}

/** Squeezes an image into a code and restores it; the decoder's weight is the encoder's, so its gradient adds up from both. */
@model({ optimizer: new optim.Adam({ lr: 1e-3 }) })
export class TiedAutoencoder extends nn.Module {
  flatten = new nn.Flatten();
  encoder: nn.Linear;
  decoder: TransposedLinear;

  constructor({ code = 64 } = {}) {
    super();
    this.encoder = new nn.Linear(28 * 28, code);
    this.decoder = new TransposedLinear(this.encoder.weight);
  }

  @entry
  encode(x: Tensor<['batch', 28, 28]>): Tensor<['batch', number]> {
    return F.relu(this.encoder.forward(this.flatten.forward(x)));
  }

  forward(x: Tensor<['batch', 28, 28]>): Tensor<['batch', 28, 28]> {
    return F.sigmoid(this.decoder.forward(this.encode(x))).unflatten(1, [28, 28]);
  }

  @loss
  objective(x: Tensor<['batch', 28, 28]>) {
    return F.mseLoss(this.forward(x), x);
  }
}
