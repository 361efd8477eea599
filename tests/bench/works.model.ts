/** What `npm run bench` measures beside the models of golden/models: single operations, and a transformer's encoder layer. */
import { model, nn, type Tensor } from 'kilnn';

@model()
export class Matmul extends nn.Module {
  forward(a: Tensor<['n', 'n']>, b: Tensor<['n', 'n']>) {
    return a.matmul(b);
  }
}

@model()
export class Elementwise extends nn.Module {
  forward(v: Tensor<['n']>) {
    return v.mul(0.5).add(1).tanh().mul(v).sigmoid();
  }
}

@model()
export class Softmax extends nn.Module {
  forward(x: Tensor<['rows', 1000]>) {
    return x.softmax(-1);
  }
}

@model()
export class Encoder extends nn.Module {
  layer = new nn.TransformerEncoderLayer(64, 4, { dimFeedforward: 256, dropout: 0, batchFirst: true });

  forward(x: Tensor<['batch', 32, 64]>) {
    return this.layer.forward(x);
  }
}
