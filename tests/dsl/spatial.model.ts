import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

/** Convolution and pooling over images whose size is known at run time only. */
@model({ optimizer: new optim.RMSprop({ lr: 0.01 }) })
export class Spatial extends nn.Module {
  first = new nn.Conv2d(1, 3, 3, { padding: 1 });
  second = new nn.Conv2d(3, 4, 3, { stride: 2 });
  norm = new nn.BatchNorm2d(4);
  output = new nn.Linear(4, 5);

  forward(x: Tensor<['n', 1, 'h', 'w']>): Tensor<['n', 5]> {
    const h = F.maxPool2d(F.relu(this.first.forward(x)), 2);
    const k = F.relu(this.norm.forward(this.second.forward(h)));
    return this.output.forward(k.mean([2, 3]));
  }

  @loss
  objective(x: Tensor<['n', 1, 'h', 'w']>, y: Tensor<['n'], 'i32'>): Tensor<[]> {
    return F.crossEntropy(this.forward(x), y);
  }
}
