import { F, loss, model, nn, optim, type Tensor, zeros } from 'kilnn';

/** Gradients are halved until they are small: a loop for each parameter, in the training step. */
export function halved(gradients: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const small: Record<string, Tensor> = {};
  for (const [name, gradient] of Object.entries(gradients)) {
    let each: Tensor = gradient;
    while (each.norm().item() > 0.05) each = each.mul(0.5);
    small[name] = each;
  }
  return small;
}

@model({ optimizer: new optim.SGD({ lr: 0.1 }), gradients: halved, loopLimit: 60 })
export class Hooks extends nn.Module {
  layer = new nn.Linear(3, 3);

  @loss
  objective(x: Tensor<['batch', 3]>, y: Tensor<['batch'], 'i32'>) {
    let h: Tensor = this.layer.forward(x);
    while (h.norm().item() > 0.5) h = h.mul(0.7);
    return F.crossEntropy(h, y);
  }
}

/** Loops that make no turn, that end by NaN, that never end; buffers that turns and branches change. */
@model({ optimizer: new optim.SGD({ lr: 0.1, momentum: 0.9 }), loopLimit: 30 })
export class Edges extends nn.Module {
  layer = new nn.Linear(3, 3);
  norm = new nn.BatchNorm1d(3);
  turns = new nn.Buffer(zeros([]));
  calls = new nn.Buffer(zeros([]));

  forward(x: Tensor<['batch', 3]>) {
    let h: Tensor = x;
    if (this.training) this.calls.add_(1);
    while (h.sum().item() > 1) {
      h = h.mul(0.5);
      if (this.training) this.turns.add_(1);
    }
    for (let i = 0; i < x.shape[0]; i++) h = h.add(x.select(0, i).mul(0.1));
    if (h.sum().item() > 0 && this.training) this.turns.add_(100);
    return this.norm.forward(h);
  }

  @loss
  objective(x: Tensor<['batch', 3]>) {
    return this.forward(this.layer.forward(x)).pow(2).sum();
  }
}
