import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

export interface LstmOptions {
  readonly hidden?: number;
  readonly layers?: number;
}

/** Reads an image row by row, top to bottom, and classifies it by what the LSTM remembers in the end. */
@model({ optimizer: new optim.Adam({ lr: 0.002 }) })
export class LstmClassifier extends nn.Module {
  lstm: nn.LSTM;
  output: nn.Linear;

  constructor({ hidden = 64, layers = 1 }: LstmOptions = {}) {
    super();
    this.lstm = new nn.LSTM(28, hidden, { numLayers: layers, batchFirst: true });
    this.output = new nn.Linear(hidden, 10);
  }

  forward(rows: Tensor<['batch', 28, 28]>): Tensor<['batch', 10]> {
    const [states] = this.lstm.forward(rows);
    return this.output.forward(states.select(1, -1));
  }

  @loss
  objective(rows: Tensor<['batch', 28, 28]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(rows), y);
  }
}
