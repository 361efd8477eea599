import { cat, F, loss, model, nn, optim, stack, type Tensor, zeros } from 'kilnn';

/** Recurrent layers of all kinds over sequences of any length. */
@model({ optimizer: new optim.SGD({ lr: 0.05, momentum: 0.9 }) })
export class AnyLength extends nn.Module {
  lstm = new nn.LSTM(4, 5, { projSize: 3, batchFirst: true, bidirectional: true });
  gru = new nn.GRU(6, 4, { numLayers: 2, dropout: 0.25 });
  rnn = new nn.RNN(4, 3, { nonlinearity: 'relu' });
  start = new nn.Parameter(zeros([1, 1, 3]));

  forward(x: Tensor<['batch', 'time', 4]>): Tensor<['time', 'batch', 3]> {
    const [first] = this.lstm.forward(x);
    const [second, last] = this.gru.forward(first.transpose(0, 1));
    const [third] = this.rnn.forward(second.add(last.select(0, 1)), this.start.expand(1, x.shape[0], 3).contiguous());
    return third;
  }

  @loss
  objective(x: Tensor<['batch', 'time', 4]>): Tensor<[]> {
    return this.forward(x).square().sum();
  }
}

/** The same for a length that is known, and long. */
@model({ optimizer: new optim.SGD({ lr: 0.05 }) })
export class Twelve extends nn.Module {
  gru = new nn.GRU(3, 4, { numLayers: 2, bidirectional: true, bias: false });
  lstm = new nn.LSTM(8, 3);

  forward(x: Tensor<[12, 'batch', 3]>): Tensor<[12, 'batch', 3]> {
    const [inner] = this.gru.forward(x);
    return this.lstm.forward(inner)[0];
  }

  @loss
  objective(x: Tensor<[12, 'batch', 3]>): Tensor<[]> {
    return this.forward(x).square().sum();
  }
}

/** Loops of one's own that gather what they compute. */
@model({ optimizer: new optim.SGD({ lr: 0.05 }) })
export class Gathering extends nn.Module {
  cell = new nn.LSTMCell(3, 4);
  mix = new nn.Linear(4, 4);

  /** One of the states is known before the loop, and each turn adds two. */
  forward(x: Tensor<['time', 'batch', 3]>): Tensor<[number, 'batch', 4]> {
    let h: Tensor = zeros([x.shape[1], 4]);
    let c = h;
    const states: Tensor[] = [h];
    for (let t = 0; t < x.shape[0]; t++) {
      [h, c] = this.cell.forward(x.select(0, t), [h, c]);
      states.push(h);
      states.push(this.mix.forward(c));
    }
    return stack(states);
  }

  /** Backwards through time, by an array that is read from its end and its start. */
  ends(x: Tensor<['time', 'batch', 3]>): Tensor<['batch', 4]> {
    let h: Tensor = zeros([x.shape[1], 4]);
    const states: Tensor[] = [];
    for (let t = x.shape[0] - 1; t >= 0; t--) {
      h = F.tanh(this.mix.forward(h).add(x.select(0, t).sum(-1, { keepdim: true })));
      states.push(h);
    }
    const last = states[states.length - 1]!;
    return last.add(states.at(-1)!).sub(states[0]!.mul(states.length));
  }

  /** Lists that loops within loops add to. */
  pairs(x: Tensor<['time', 'batch', 3]>): Tensor<[]> {
    const products: Tensor[] = [];
    for (let s = 0; s < x.shape[0]; s++) {
      for (let t = 0; t < x.shape[0]; t++) products.push(this.mix.forward(zeros([4]).add(x.select(0, s).mul(x.select(0, t)).sum())));
    }
    return cat(products, 0).square().mean();
  }

  @loss
  objective(x: Tensor<['time', 'batch', 3]>): Tensor<[]> {
    return this.forward(x).square().sum().add(this.ends(x).sum()).add(this.pairs(x));
  }
}
