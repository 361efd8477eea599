import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

/** Two convolutions and a way around them; a 1 x 1 convolution on that way where the shape changes (He et al. 2016). */
class Residual extends nn.Module {
  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  conv2: nn.Conv2d;
  bn2: nn.BatchNorm2d;
  shortcut: nn.Sequential | null = null;

  constructor(inputs: number, outputs: number, { stride = 1 } = {}) {
    super();
    // A bias would be lost: batch norm takes the mean away.
    this.conv1 = new nn.Conv2d(inputs, outputs, { kernelSize: 3, stride, padding: 1, bias: false });
    this.bn1 = new nn.BatchNorm2d(outputs);
    this.conv2 = new nn.Conv2d(outputs, outputs, { kernelSize: 3, padding: 1, bias: false });
    this.bn2 = new nn.BatchNorm2d(outputs);
    if (stride !== 1 || inputs !== outputs) {
      this.shortcut = new nn.Sequential(
        new nn.Conv2d(inputs, outputs, { kernelSize: 1, stride, bias: false }),
        new nn.BatchNorm2d(outputs),
      );
    }
  }

  forward(x: Tensor): Tensor {
    const y = F.relu(this.bn1.forward(this.conv1.forward(x)));
    const around = this.shortcut === null ? x : this.shortcut.forward(x);
    return F.relu(this.bn2.forward(this.conv2.forward(y)).add(around));
  }
}

export interface ResNetOptions {
  /** Channels of each stage. Every stage but the first halves height and width. */
  readonly channels?: readonly number[];
  /** Blocks of a stage. */
  readonly blocks?: number;
}

/** A small residual net with batch norm for grey images of 28 x 28 pixels in ten classes, built from a list of stages. */
@model({ optimizer: new optim.SGD({ lr: 0.1, momentum: 0.9, weightDecay: 1e-4 }) })
export class ResNet extends nn.Module {
  stem: nn.Sequential;
  stages = new nn.Sequential();
  head: nn.Sequential;

  constructor({ channels = [8, 16, 32], blocks = 1 }: ResNetOptions = {}) {
    super();
    let inputs = channels[0]!;
    this.stem = new nn.Sequential(
      new nn.Conv2d(1, inputs, { kernelSize: 3, padding: 1, bias: false }),
      new nn.BatchNorm2d(inputs),
      new nn.ReLU(),
    );
    for (const [stage, outputs] of channels.entries()) {
      for (let block = 0; block < blocks; block++) {
        const stride = stage > 0 && block === 0 ? 2 : 1;
        this.stages.append(new Residual(inputs, outputs, { stride }));
        inputs = outputs;
      }
    }
    this.head = new nn.Sequential(new nn.AdaptiveAvgPool2d(1), new nn.Flatten(), new nn.Linear(inputs, 10));
  }

  forward(x: Tensor<['batch', 1, 28, 28]>): Tensor<['batch', 10]> {
    return this.head.forward(this.stages.forward(this.stem.forward(x)));
  }

  @loss
  objective(x: Tensor<['batch', 1, 28, 28]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(x), y);
  }
}
