import { arange, F, loss, model, nn, optim, stack, type Tensor } from 'kilnn';

/** Adds to each position of a sequence its own pattern of sines and cosines, which no training changes (Vaswani et al. 2017). */
class PositionalEncoding extends nn.Module {
  encoding: nn.Buffer;

  constructor(length: number, features: number) {
    super();
    const frequency = arange(0, features, { step: 2 })
      .mul(-Math.log(10000) / features)
      .exp();
    const angle = arange(length).unsqueeze(1).mul(frequency);
    // sin and cos take turns along the features.
    this.encoding = new nn.Buffer(stack([angle.sin(), angle.cos()], -1).reshape(length, features));
  }

  forward(x: Tensor): Tensor {
    return x.add(this.encoding);
  }
}

export interface TransformerOptions {
  readonly length?: number;
  readonly features?: number;
  readonly heads?: number;
  readonly layers?: number;
  readonly dropout?: number;
}

/** Classifies sequences of at most 32 tokens, shorter ones filled up with token 0, by a stack of transformer encoder layers. */
@model({ optimizer: new optim.AdamW({ lr: 1e-3 }) })
export class TransformerClassifier extends nn.Module {
  embedding: nn.Embedding;
  position: PositionalEncoding;
  layers = new nn.ModuleList<nn.TransformerEncoderLayer>();
  output: nn.Linear;

  constructor({ length = 32, features = 64, heads = 4, layers = 2, dropout = 0.1 }: TransformerOptions = {}) {
    super();
    this.embedding = new nn.Embedding(1000, features, { paddingIdx: 0 });
    this.position = new PositionalEncoding(length, features);
    for (let layer = 0; layer < layers; layer++) {
      this.layers.append(new nn.TransformerEncoderLayer(features, heads, { dimFeedforward: 4 * features, dropout, batchFirst: true }));
    }
    this.output = new nn.Linear(features, 2);
  }

  forward(tokens: Tensor<['batch', 32], 'i32'>): Tensor<['batch', 2]> {
    const srcKeyPaddingMask = tokens.eq(0);
    let x = this.position.forward(this.embedding.forward(tokens));
    for (const layer of this.layers) x = layer.forward(x, { srcKeyPaddingMask });
    // The mean over the positions that hold a token.
    const kept = srcKeyPaddingMask.logicalNot().float().unsqueeze(-1);
    return this.output.forward(x.mul(kept).sum(1).div(kept.sum(1)));
  }

  @loss
  objective(tokens: Tensor<['batch', 32], 'i32'>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(tokens), y);
  }
}
