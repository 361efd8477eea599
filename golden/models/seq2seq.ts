import { cat, entry, F, full, loss, model, nn, optim, type Tensor } from 'kilnn';

/** Tokens with a meaning of their own. */
const padding = 0;
const begin = 1;

/** The state of an LSTM: output and cell, each `[layers, batch, hidden]`. */
type State = readonly [Tensor, Tensor];

class Encoder extends nn.Module {
  embedding: nn.Embedding;
  lstm: nn.LSTM;

  constructor(vocabulary: number, hidden: number) {
    super();
    this.embedding = new nn.Embedding(vocabulary, hidden, { paddingIdx: padding });
    this.lstm = new nn.LSTM(hidden, hidden, { batchFirst: true });
  }

  /** What is left in the memory after the last token. */
  forward(tokens: Tensor): State {
    const [, state] = this.lstm.forward(this.embedding.forward(tokens));
    return state;
  }
}

class Decoder extends nn.Module {
  embedding: nn.Embedding;
  lstm: nn.LSTM;
  output: nn.Linear;

  constructor(vocabulary: number, hidden: number) {
    super();
    this.embedding = new nn.Embedding(vocabulary, hidden, { paddingIdx: padding });
    this.lstm = new nn.LSTM(hidden, hidden, { batchFirst: true });
    this.output = new nn.Linear(hidden, vocabulary);
  }

  /** The logits of the token that follows each of the given ones, and the state after them. */
  forward(tokens: Tensor, state: State): [logits: Tensor, state: State] {
    const [outputs, next] = this.lstm.forward(this.embedding.forward(tokens), state);
    return [this.output.forward(outputs), next];
  }
}

export interface Seq2SeqOptions {
  readonly vocabulary?: number;
  readonly hidden?: number;
}

/** Turns a sequence of tokens into another one: an LSTM reads, a second one writes (Sutskever et al. 2014). */
@model({ optimizer: new optim.Adam({ lr: 0.005 }) })
export class Seq2Seq extends nn.Module {
  encoder: Encoder;
  decoder: Decoder;

  constructor({ vocabulary = 32, hidden = 64 }: Seq2SeqOptions = {}) {
    super();
    this.encoder = new Encoder(vocabulary, hidden);
    this.decoder = new Decoder(vocabulary, hidden);
  }

  /** Logits for each token of `target` but the first, given those before it. */
  forward(source: Tensor<['batch', 8], 'i32'>, target: Tensor<['batch', 8], 'i32'>): Tensor<['batch', number, number]> {
    const given = target.slice(1, { end: -1 });
    const [logits] = this.decoder.forward(given, this.encoder.forward(source));
    return logits;
  }

  @loss
  objective(source: Tensor<['batch', 8], 'i32'>, target: Tensor<['batch', 8], 'i32'>) {
    const wanted = target.slice(1, { start: 1 });
    return F.crossEntropy(this.forward(source, target).flatten(0, 1), wanted.flatten(), { ignoreIndex: padding });
  }

  /** Writes on its own: each token is the likeliest one after those that it has written. */
  @entry
  translate(source: Tensor<['batch', 8], 'i32'>) {
    let token: Tensor = full([source.shape[0], 1], begin, { dtype: 'i32' });
    let state = this.encoder.forward(source);
    const written = [token];
    while (written.length < source.shape[1]) {
      const [logits, next] = this.decoder.forward(token, state);
      token = logits.argmax(-1);
      state = next;
      written.push(token);
    }
    return cat(written, 1);
  }
}
