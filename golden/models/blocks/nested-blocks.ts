/** Blocks of blocks. */
import { model, nn, type Tensor } from 'kilnn';

/** A function may build a block as well as a class. */
function block1(): nn.Sequential {
  return new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 4), new nn.ReLU());
}

/** Four blocks under names of one's own: a name need not be an identifier, only dots are not allowed. */
function block2(): nn.Sequential {
  const net = new nn.Sequential();
  for (let i = 0; i < 4; i++) net.addModule(`block ${i}`, block1());
  return net;
}

/**
 * Nested by three levels: a bias has the path '0.block 1.0.bias' and is read as `net.at(0).at(1).at(0).bias`.
 * Textbooks call the whole rgnet.
 */
@model()
export class RegressionNet extends nn.Sequential {
  constructor() {
    super(block2(), new nn.Linear(4, 1));
  }

  override forward(x: Tensor<['batch', 4]>): Tensor<['batch', 1]> {
    return super.forward(x);
  }
}
