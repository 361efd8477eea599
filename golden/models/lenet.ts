import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

/** LeNet-5 with sigmoids and average pooling, for images of 28 x 28 pixels in ten classes (LeCun et al. 1998). */
@model({ optimizer: new optim.SGD({ lr: 0.9 }) })
export class LeNet extends nn.Module {
  net = new nn.Sequential(
    new nn.Conv2d(1, 6, { kernelSize: 5, padding: 2 }),
    new nn.Sigmoid(),
    new nn.AvgPool2d(2, 2),
    new nn.Conv2d(6, 16, { kernelSize: 5 }),
    new nn.Sigmoid(),
    new nn.AvgPool2d(2, 2),
    new nn.Flatten(),
    new nn.Linear(16 * 5 * 5, 120),
    new nn.Sigmoid(),
    new nn.Linear(120, 84),
    new nn.Sigmoid(),
    new nn.Linear(84, 10),
  );

  constructor() {
    super();
    // With PyTorch's default weights the sigmoids hardly train.
    this.net.apply((module) => {
      if (module instanceof nn.Conv2d || module instanceof nn.Linear) nn.init.xavierUniform_(module.weight);
    });
  }

  forward(x: Tensor<['batch', 1, 28, 28]>): Tensor<['batch', 10]> {
    return this.net.forward(x);
  }

  @loss
  objective(x: Tensor<['batch', 1, 28, 28]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(x), y);
  }
}
