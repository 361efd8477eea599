/** The sample models in sizes that run eagerly in no time: by their options, and by other contracts where those fix a size. */
import { loss, model, optim, type Tensor } from 'kilnn';
import { DropoutMlp } from '../../golden/models/dropout-mlp.js';
import { LstmClassifier } from '../../golden/models/lstm.js';
import { ResNet } from '../../golden/models/resnet.js';
import { Seq2Seq } from '../../golden/models/seq2seq.js';
import { TiedAutoencoder } from '../../golden/models/tied-autoencoder.js';
import { TransformerClassifier } from '../../golden/models/transformer.js';

@model({ optimizer: new optim.SGD({ lr: 0.05, momentum: 0.9, weightDecay: 1e-3 }) })
export class SmallResNet extends ResNet {
  constructor() {
    super({ channels: [3, 4] });
  }

  override forward(x: Tensor<['batch', 1, 7, 6]>): Tensor<['batch', 10]> {
    return super.forward(x);
  }

  @loss
  override objective(x: Tensor<['batch', 1, 7, 6]>, y: Tensor<['batch'], 'i32'>) {
    return super.objective(x, y);
  }
}

@model({ optimizer: new optim.Adam({ lr: 0.01 }) })
export class SmallLstm extends LstmClassifier {
  constructor() {
    super({ hidden: 5, layers: 2 });
  }

  override forward(rows: Tensor<['batch', 4, 28]>): Tensor<['batch', 10]> {
    return super.forward(rows);
  }

  @loss
  override objective(rows: Tensor<['batch', 4, 28]>, y: Tensor<['batch'], 'i32'>) {
    return super.objective(rows, y);
  }
}

@model({ optimizer: new optim.Adam({ lr: 0.01 }) })
export class SmallSeq2Seq extends Seq2Seq {
  constructor() {
    super({ vocabulary: 7, hidden: 4 });
  }

  override forward(source: Tensor<['batch', 3], 'i32'>, target: Tensor<['batch', 4], 'i32'>): Tensor<['batch', 3, 7]> {
    return super.forward(source, target);
  }

  @loss
  override objective(source: Tensor<['batch', 3], 'i32'>, target: Tensor<['batch', 4], 'i32'>) {
    return super.objective(source, target);
  }

  override translate(source: Tensor<['batch', 3], 'i32'>) {
    return super.translate(source);
  }
}

/** Not by AdamW: the gradient of the keys' bias is 0 but for rounding, and AdamW would make a step of full size of it. */
@model({ optimizer: new optim.SGD({ lr: 0.05, momentum: 0.9 }) })
export class SmallTransformer extends TransformerClassifier {
  constructor() {
    super({ length: 5, features: 8, heads: 2, layers: 2, dropout: 0.2 });
  }

  override forward(tokens: Tensor<['batch', 5], 'i32'>): Tensor<['batch', 2]> {
    return super.forward(tokens);
  }

  @loss
  override objective(tokens: Tensor<['batch', 5], 'i32'>, y: Tensor<['batch'], 'i32'>) {
    return super.objective(tokens, y);
  }
}

@model({ optimizer: new optim.SGD({ lr: 0.1 }) })
export class SmallDropoutMlp extends DropoutMlp {
  constructor() {
    super({ hidden: [8, 6, 5], drop: [0.2, 0, 0.5] });
  }
}

@model({ optimizer: new optim.Adam({ lr: 0.01 }) })
export class SmallAutoencoder extends TiedAutoencoder {
  constructor() {
    super({ code: 6 });
  }
}
