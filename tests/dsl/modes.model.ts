/** Modes of methods: what training does beside gradients. */
import { entry, loss, model, nn, optim, type Tensor } from 'kilnn';

@model({ optimizer: new optim.SGD({ lr: 0.1 }) })
export class Norms extends nn.Module {
  plain = new nn.BatchNorm1d(3);
  cumulative = new nn.BatchNorm1d(3, { momentum: null });
  bare = new nn.BatchNorm1d(3, { affine: false });
  batchOnly = new nn.BatchNorm1d(3, { trackRunningStats: false });
  frozen = new nn.BatchNorm1d(3);

  forward(x: Tensor<['batch', 3]>): Tensor<['batch', 3]> {
    this.frozen.eval();
    const all = [this.plain, this.cumulative, this.bare, this.batchOnly, this.frozen];
    return all.reduce((y: Tensor, norm) => norm.forward(y.mul(2).add(1)), x);
  }

  @entry({ mode: 'train' })
  calibrate(x: Tensor<['batch', 3]>): Tensor<['batch', 3]> {
    return this.forward(x);
  }

  @loss
  objective(x: Tensor<['batch', 3]>) {
    return this.forward(x).pow(3).mean();
  }

  @loss({ mode: 'eval' })
  tune(x: Tensor<['batch', 3]>) {
    return this.forward(x).pow(3).mean();
  }
}

@model()
export class Dropouts extends nn.Module {
  drop = new nn.Dropout(0.5);

  forward(x: Tensor<['n']>): Tensor<['n']> {
    return this.drop.forward(x);
  }

  @entry({ mode: 'train' })
  sample(x: Tensor<['n']>): Tensor<['n']> {
    return this.drop.forward(x);
  }
}
