import { F, loss, model, nn, optim, rand, randn, type Tensor } from 'kilnn';

/** The first net of the book with control flow: its hidden layer twice, halved until it is small. */
@model({ optimizer: new optim.SGD({ lr: 0.01, momentum: 0.9 }), loopLimit: 500 })
export class FixedHidden extends nn.Module {
  linear = new nn.Linear(20, 20);
  randWeight = new nn.Buffer(randn([20, 20]));

  forward(x: Tensor<['batch', 20]>): Tensor<[]> {
    x = this.linear.forward(x);
    x = F.relu(x.mm(this.randWeight).add(1));
    x = this.linear.forward(x);
    while (x.norm().item() > 1) x = x.div(2);
    if (x.norm().item() < 0.8) x = x.mul(10);
    return x.sum();
  }

  @loss
  objective(x: Tensor<['batch', 20]>): Tensor<[]> {
    return this.forward(x);
  }
}

/** A cell that runs as often as the data says, in training with noise in each turn: its backward needs what each turn had. */
@model({ optimizer: new optim.SGD({ lr: 0.05 }), loopLimit: 40 })
export class Settling extends nn.Module {
  cell = new nn.Linear(4, 4);
  decay = new nn.Parameter(rand([4]));

  forward(x: Tensor<['batch', 4]>): Tensor<['batch', 4]> {
    let h = x.mul(0);
    let change = 1;
    let step = 0;
    while (change > 0.05) {
      const noise = F.dropout(x, 0.5, { training: this.training });
      const next = F.tanh(
        this.cell
          .forward(h)
          .mul(0.5)
          .add(noise.mul(1 / (1 + step))),
      ).mul(this.decay);
      change = next.sub(h).abs().max().item();
      h = next;
      step += 1;
    }
    return h;
  }

  @loss
  objective(x: Tensor<['batch', 4]>): Tensor<[]> {
    return this.forward(x).square().sum();
  }
}

/** Never ends for zeros. */
@model({ optimizer: new optim.SGD({ lr: 0.1 }), loopLimit: 40 })
export class Growing extends nn.Module {
  weight = new nn.Parameter(rand([4]));

  @loss
  objective(x: Tensor<[4]>): Tensor<[]> {
    let y = x.mul(this.weight);
    while (y.norm().item() < 1) y = y.mul(2);
    return y.sum();
  }
}
