/** One method for each kind of layer: what they make of nothing, of NaN and of infinities. */
import { entry, F, loss, model, nn, type Tensor } from 'kilnn';

@model()
export class OddValues extends nn.Module {
  linearLayer = new nn.Linear(4, 3);
  nothing = new nn.Linear(0, 3);
  convolution = new nn.Conv2d(2, 3, 3, { padding: 1 });
  transposed = new nn.ConvTranspose2d(2, 3, 2, { stride: 2 });
  batch = new nn.BatchNorm2d(2);
  group = new nn.GroupNorm(1, 2);
  layer = new nn.LayerNorm(4);
  table = new nn.Embedding(5, 4);
  attention = new nn.MultiheadAttention(4, 2, { batchFirst: true });
  recurrent = new nn.GRU(4, 3, { batchFirst: true });

  forward(x: Tensor<['n', 4]>) {
    return this.linearLayer.forward(x);
  }
  @entry
  withoutFeatures(x: Tensor<['n', 0]>) {
    return this.nothing.forward(x);
  }
  @entry
  conv(x: Tensor<['n', 2, 4, 4]>) {
    return this.convolution.forward(x);
  }
  @entry
  convTranspose(x: Tensor<['n', 2, 4, 4]>) {
    return this.transposed.forward(x);
  }
  @entry
  maxPool(x: Tensor<['n', 2, 4, 4]>) {
    return F.maxPool2d(x, 2, { padding: 1 });
  }
  @entry
  avgPool(x: Tensor<['n', 2, 4, 4]>) {
    return F.avgPool2d(x, 2);
  }
  @entry
  adaptive(x: Tensor<['n', 2, 4, 4]>) {
    return F.adaptiveAvgPool2d(x, [3, 1]);
  }
  @entry
  batchNorm(x: Tensor<['n', 2, 4, 4]>) {
    return this.batch.forward(x);
  }
  @entry
  groupNorm(x: Tensor<['n', 2, 4, 4]>) {
    return this.group.forward(x);
  }
  @entry
  layerNorm(x: Tensor<['n', 4]>) {
    return this.layer.forward(x);
  }
  @entry
  activations(x: Tensor<['n', 4]>) {
    return {
      relu: F.relu(x),
      leakyRelu: F.leakyRelu(x),
      elu: F.elu(x),
      gelu: F.gelu(x),
      silu: F.silu(x),
      sigmoid: F.sigmoid(x),
      tanh: F.tanh(x),
      softplus: F.softplus(x),
      hardtanh: F.hardtanh(x),
      clamp: x.clamp(-1, 2),
    };
  }
  @entry
  softmax(x: Tensor<['n', 4]>) {
    return F.softmax(x, -1);
  }
  @entry
  logSoftmax(x: Tensor<['n', 4]>) {
    return F.logSoftmax(x, -1);
  }
  @entry
  alongBatch(x: Tensor<['n', 4]>) {
    return F.softmax(x, 0);
  }
  @entry
  reductions(x: Tensor<['n', 4]>) {
    return { sum: x.sum(), mean: x.mean(), prod: x.prod(0), amax: x.amax(1), amin: x.amin(1), argmax: x.argmax(1), cumsum: x.cumsum(0) };
  }
  @entry
  embedded(words: Tensor<['n', 't'], 'i32'>) {
    return this.table.forward(words);
  }
  @entry
  attended(x: Tensor<['n', 3, 4]>) {
    return this.attention.forward(x, x, x)[0];
  }
  @entry
  steps(x: Tensor<['n', 3, 4]>) {
    return this.recurrent.forward(x)[0];
  }
  @entry
  dropped(x: Tensor<['n', 4]>) {
    return F.dropout(x, 0.5, { training: false });
  }
  @loss
  classes(x: Tensor<['n', 4]>, y: Tensor<['n'], 'i32'>) {
    return F.crossEntropy(this.forward(x), y);
  }
  @loss
  squares(x: Tensor<['n', 4]>, y: Tensor<['n', 3]>) {
    return F.mseLoss(this.forward(x), y);
  }
  @loss
  total(x: Tensor<['n', 2, 4, 4]>) {
    return this.group.forward(F.maxPool2d(F.relu(this.transposed.forward(x).narrow(1, 0, 2)), 2)).sum();
  }
}
