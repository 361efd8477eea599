/** Models that say something new for webgpu, and are small enough for a CPU that plays GPU: a parameter of two names, random draws in a step. */
import { F, loss, model, nn, optim, type Tensor } from 'kilnn';
import { SharedLayers } from '../../golden/models/blocks/shared-layers.js';

@model({ optimizer: new optim.SGD({ lr: 0.01, momentum: 0.9 }) })
export class TrainedSharedLayers extends SharedLayers {
  @loss
  objective(x: Tensor<['batch', 4]>) {
    return this.forward(x).sub(1).square().mean();
  }
}

@model({ optimizer: new optim.Adam({ lr: 0.01 }) })
export class Dropped extends nn.Module {
  hidden = new nn.Linear(6, 8);
  dropout = new nn.Dropout(0.4);
  output = new nn.Linear(8, 3);

  forward(x: Tensor<['batch', 6]>): Tensor<['batch', 3]> {
    return this.output.forward(this.dropout.forward(F.gelu(this.hidden.forward(x))));
  }

  @loss
  objective(x: Tensor<['batch', 6]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(x), y);
  }
}
