/** Parts that the library has, written out: what they do, in a few lines. */
import { entry, F, loss, model, nn, optim, rand, randn, stack, type Tensor } from 'kilnn';

/** The sums of products of a kernel `[h, w]` with every window of an image `[rows, columns]`. */
export function corr2d(x: Tensor, kernel: Tensor): Tensor {
  const [h, w] = kernel.shape as readonly [number, number];
  const [rows, columns] = x.shape as readonly [number, number];
  const sums: Tensor[] = [];
  for (let i = 0; i <= rows - h; i++) {
    for (let j = 0; j <= columns - w; j++) sums.push(x.narrow(0, i, h).narrow(1, j, w).mul(kernel).sum());
  }
  return stack(sums).reshape(rows - h + 1, columns - w + 1);
}

/** Zeros for a part of the elements; the others grow, so that the expected value stays. */
export function dropout(x: Tensor, drop: number): Tensor {
  const kept = rand(x.shape).ge(drop).float();
  return x.mul(kept).div(1 - drop);
}

export function l2Penalty(weight: Tensor): Tensor {
  return weight.square().sum().div(2);
}

/**
 * A convolution of one channel by loops: they run while the model is built, and what they leave behind are sums of products.
 * Textbooks write it to find an edge detector by training.
 */
@model({ optimizer: new optim.SGD({ lr: 0.003 }) })
export class EdgeDetector extends nn.Module {
  kernel = new nn.Parameter(randn([1, 2]));

  forward(image: Tensor<[6, 8]>): Tensor<[6, 7]> {
    return corr2d(image, this.kernel);
  }

  @loss
  objective(image: Tensor<[6, 8]>, edges: Tensor<[6, 7]>) {
    return this.forward(image).sub(edges).square().sum();
  }
}

/**
 * Dropout and an L2 penalty by hand. `training` says who calls: a loss as it is trained, or `forward`.
 */
@model({ optimizer: new optim.SGD({ lr: 0.1 }) })
export class Regularized extends nn.Module {
  hidden = new nn.Linear(20, 32);
  output = new nn.Linear(32, 1);

  forward(x: Tensor<['batch', 20]>): Tensor<['batch', 1]> {
    const h = F.relu(this.hidden.forward(x));
    return this.output.forward(this.training ? dropout(h, 0.5) : h);
  }

  @entry
  penalty(): Tensor<[]> {
    return l2Penalty(this.hidden.weight).add(l2Penalty(this.output.weight));
  }

  @loss
  objective(x: Tensor<['batch', 20]>, y: Tensor<['batch', 1]>) {
    return F.mseLoss(this.forward(x), y).add(this.penalty().mul(0.01));
  }
}
