/** What the sample models have that is of interest on webgpu, small enough for a CPU that plays GPU. */
import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

/** One layer in two places, and dropout, whose draws are those of eager execution bit for bit. */
@model({ optimizer: new optim.SGD({ lr: 0.05, momentum: 0.9 }) })
export class SharedAndDropped extends nn.Sequential {
  constructor() {
    const shared = new nn.Linear(5, 5);
    super(shared, new nn.GELU(), new nn.Dropout(0.4), shared, new nn.Tanh());
  }

  override forward(x: Tensor<['batch', 5]>): Tensor<['batch', 5]> {
    return super.forward(x);
  }

  @loss
  objective(x: Tensor<['batch', 5]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(x), y);
  }
}
