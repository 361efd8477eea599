import { cat, einsum, F, loss, matmul, model, nn, noGrad, optim, rand, randn, stack, type Tensor, where, zeros } from 'kilnn';

/** One image net with most of the layers. */
@model({ optimizer: new optim.Adam({ lr: 0.01 }) })
export class Images extends nn.Module {
  body = new nn.Sequential(
    new Map<string, nn.Layer>([
      ['conv', new nn.Conv2d(3, 4, 3, { padding: 'same', paddingMode: 'reflect' })],
      ['norm', new nn.BatchNorm2d(4)],
      ['act', new nn.GELU()],
      ['pool', new nn.MaxPool2d(3, { stride: 2, padding: 1 })],
      ['group', new nn.GroupNorm(2, 4)],
      ['leaky', new nn.LeakyReLU(0.1)],
      ['drop', new nn.Dropout(0.3)],
    ]),
  );
  towers = new nn.ModuleList([0, 1].map(() => new nn.Conv2d(4, 4, { kernelSize: 3, padding: 1, groups: 2 })));
  heads = new nn.ModuleDict<nn.Linear>({ a: new nn.Linear(4, 5), b: new nn.Linear(4, 5, { bias: false }) });
  scales = new nn.ParameterList([rand([1]), rand([1])]);
  named = new nn.ParameterDict({ shift: zeros([5]) });
  pool = new nn.AdaptiveAvgPool2d(1);
  upsample = new nn.ConvTranspose2d(4, 4, 2, { stride: 2 });
  prelu = new nn.PReLU(4);

  constructor() {
    super();
    this.registerBuffer('fixed', randn([5]));
    nn.init.truncNormal_(this.heads.get('a').weight, 0, { std: 0.02 });
    this.apply((module) => {
      if (module instanceof nn.Conv2d && module.bias !== null) nn.init.zeros_(module.bias);
    });
  }

  forward(x: Tensor<['batch', 3, 8, 8]>): Tensor<['batch', 5]> {
    let h = this.body.forward(x);
    for (const tower of this.towers) h = this.prelu.forward(tower.forward(h)).add(h);
    h = this.upsample.forward(h);
    const flat = this.pool.forward(h).flatten(1);
    const scores = this.heads.values().map((head, i) => head.forward(flat).mul(this.scales.at(i)));
    return stack(scores).sum(0).add(this.named.get('shift')).logSoftmax(-1);
  }

  @loss
  objective(x: Tensor<['batch', 3, 8, 8]>, y: Tensor<['batch'], 'i32'>) {
    const output = this.forward(x);
    return F.nllLoss(output, y).add(noGrad(() => output.abs().mean()).mul(0.1));
  }
}

/** One net over sequences with attention written by hand. */
@model({ optimizer: new optim.SGD({ lr: 0.01, momentum: 0.9, dampening: 0.1, weightDecay: 1e-4 }) })
export class Sequences extends nn.Module {
  embedding = new nn.Embedding(11, 8, { paddingIdx: 0 });
  query = new nn.Linear(8, 8);
  norm = new nn.LayerNorm(8);
  bilinear = new nn.Bilinear(8, 8, 3);

  forward(tokens: Tensor<['batch', 6], 'i32'>): Tensor<['batch', 3]> {
    const x = this.embedding.forward(tokens);
    const scores = einsum('bid,bjd->bij', this.query.forward(x), x).div(Math.sqrt(8));
    const causal = zeros([6, 6]).add(1).tril().eq(0);
    const weights = F.softmax(scores.maskedFill(causal, Number.NEGATIVE_INFINITY), -1);
    const mixed = this.norm.forward(matmul(weights, x).add(x));
    const first = mixed.select(1, 0);
    const last = mixed.index(null, -1);
    const both = cat([first, last], -1).split(8, 1);
    const out = this.bilinear.forward(both[0]!, both[1]!);
    return where(out.gt(0), out.pow(2), F.elu(out)).roll(1, 1).clamp(-3, 3);
  }

  @loss
  objective(tokens: Tensor<['batch', 6], 'i32'>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(tokens), y, { labelSmoothing: 0.1 });
  }
}

/** Recurrent layers and attention, one after another. */
@model({ optimizer: new optim.Adagrad({ lr: 0.1, lrDecay: 0.01 }) })
export class Transformed extends nn.Module {
  lstm = new nn.LSTM(4, 3, { numLayers: 2, batchFirst: true, dropout: 0.1 });
  gru = new nn.GRU(3, 4, { bidirectional: true });
  rnn = new nn.RNN(8, 8, { nonlinearity: 'relu' });
  attention = new nn.MultiheadAttention(8, 2, { batchFirst: true });
  encoder = new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 12, batchFirst: true, activation: 'gelu' });
  cell = new nn.GRUCell(8, 5);
  memory = new nn.LSTMCell(8, 5);

  forward(x: Tensor<['batch', 5, 4]>): Tensor<['batch', 5]> {
    const [first] = this.lstm.forward(x);
    const [second] = this.gru.forward(first.transpose(0, 1));
    const [third, last] = this.rnn.forward(second);
    const sequence = third.transpose(0, 1);
    const causal = zeros([5, 5]).add(1).triu(1).bool();
    const [attended, weights] = this.attention.forward(sequence, sequence, sequence, { attnMask: causal });
    const encoded = this.encoder.forward(attended, { srcMask: causal });
    const [h] = this.memory.forward(encoded.select(1, 0));
    return this.cell.forward(last.squeeze(0), h).add(weights!.cumprod(2).sum(-1));
  }

  @loss
  objective(x: Tensor<['batch', 5, 4]>, y: Tensor<['batch', 5]>) {
    const output = this.forward(x);
    const near = F.tripletMarginLoss(output, y, { negative: y.flip(1) });
    return near.add(F.cosineEmbeddingLoss(output, y, { target: zeros([5]).add(1).mean(0) })).add(F.hingeEmbeddingLoss(output, y.sign()));
  }
}

/** Layers that change the size of images. */
@model({ optimizer: new optim.Adadelta() })
export class Resized extends nn.Module {
  pad = new nn.ZeroPad2d([1, 0, 2, 1]);
  up = new nn.Upsample({ scaleFactor: 2 });
  smooth = new nn.Upsample({ size: [5, 7], mode: 'bilinear' });
  shuffle = new nn.PixelShuffle(2);
  pool = new nn.AdaptiveMaxPool2d([4, 3]);
  output = new nn.Linear(12, 3);

  forward(x: Tensor<['batch', 4, 6, 6]>): Tensor<['batch', 3]> {
    const large = this.up.forward(this.pad.forward(x));
    const image = this.shuffle.forward(this.smooth.forward(large));
    return this.output.forward(this.pool.forward(image).flatten(1));
  }

  @loss
  objective(x: Tensor<['batch', 4, 6, 6]>, y: Tensor<['batch', 3]>) {
    return F.marginRankingLoss(this.forward(x), y, { target: y.sign(), margin: 0.1 });
  }
}

/** Stacks of transformer layers, projected states, bags of embeddings, and initial values that take many steps. */
@model({ optimizer: new optim.SGD({ lr: 0.1 }) })
export class Stacked extends nn.Module {
  table = new nn.EmbeddingBag(7, 6, { mode: 'max' });
  encoder = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(6, 2, { dimFeedforward: 5, batchFirst: true, dropout: 0.1 }), 2, {
    norm: new nn.LayerNorm(6),
  });
  decoder = new nn.TransformerDecoder(new nn.TransformerDecoderLayer(6, 3, { dimFeedforward: 4, batchFirst: true, activation: 'gelu' }), 2);
  lstm = new nn.LSTM(6, 5, { projSize: 3, batchFirst: true, bidirectional: true });
  square = new nn.Linear(6, 6);
  wide = new nn.Linear(6, 4, { bias: false });
  norm = new nn.InstanceNorm1d(4, { affine: true, trackRunningStats: true });
  drop = new nn.AlphaDropout(0.2);

  constructor() {
    super();
    nn.init.orthogonal_(this.square.weight);
    nn.init.orthogonal_(this.wide.weight, Math.SQRT2);
    nn.init.sparse_(this.encoder.layers.at(0).linear1.weight, 0.5, { std: 1 });
  }

  forward(tokens: Tensor<['batch', 4], 'i32'>): Tensor<['batch', 4]> {
    const bags = this.table.forward(tokens);
    const sequence = stack([bags, bags.roll(1, 1), bags.neg()], 1);
    const memory = this.encoder.forward(sequence, { mask: nn.Transformer.generateSquareSubsequentMask(3) });
    const [states] = this.lstm.forward(this.decoder.forward(this.square.forward(sequence), memory));
    const features = this.norm.forward(this.wide.forward(states).transpose(1, 2));
    const { values } = features.sort(2, { descending: true });
    return this.drop.forward(values.select(2, 0).add(features.median(2).values).add(features.cummax(2).values.mean(2)));
  }

  @loss
  objective(tokens: Tensor<['batch', 4], 'i32'>, y: Tensor<['batch'], 'i32'>) {
    return F.multiMarginLoss(this.forward(tokens), y);
  }
}
