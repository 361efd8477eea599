/** Iterations as they are written in PyTorch: each ends where the values of tensors say so. */
import { arange, argmax, cat, cdist, F, full, loss, model, nn, noGrad, optim, stack, type Tensor, where, zeros } from 'kilnn';

const sgd = () => new optim.SGD({ lr: 0.05 });

/** The root of z^3 + z = a by Newton's method, and gradients through the turns. */
@model({ optimizer: sgd() })
export class Newton extends nn.Module {
  linear = new nn.Linear(3, 2);

  forward(x: Tensor<['batch', 3]>) {
    const a = this.linear.forward(x);
    let z = a.mul(0).add(1);
    for (let i = 0; i < 50; i++) {
      const step = z.pow(3).add(z).sub(a).div(z.pow(2).mul(3).add(1));
      z = z.sub(step);
      if (step.abs().max().item() < 1e-3) break;
    }
    return z;
  }

  @loss
  objective(x: Tensor<['batch', 3]>) {
    return this.forward(x).pow(2).sum();
  }
}

/** Bisection of one number, in numbers and not in tensors. */
@model({ optimizer: sgd() })
export class Bisection extends nn.Module {
  weight = new nn.Parameter(full([3], 0.7));

  forward(x: Tensor<[3]>) {
    const target = x.abs().sum().item() + 0.25;
    let low = 0;
    let high = target + 1;
    while (high - low > 0.01) {
      const middle = (low + high) / 2;
      if (middle * middle + middle > target) high = middle;
      else low = middle;
    }
    return x.mul(this.weight).mul((low + high) / 2);
  }

  @loss
  objective(x: Tensor<[3]>) {
    return this.forward(x).sum();
  }
}

/** The largest eigenvalue of a parameter's square, by power iteration. */
@model({ optimizer: sgd() })
export class PowerIteration extends nn.Module {
  matrix = new nn.Linear(4, 4, { bias: false });

  forward(x: Tensor<[4]>) {
    const square = this.matrix.weight.t().matmul(this.matrix.weight);
    let v: Tensor = x.div(x.norm());
    let eigenvalue: Tensor = v.sum().mul(0);
    let change = Infinity;
    while (change > 1e-2) {
      const w = square.matmul(v);
      const next = v.dot(w);
      change = Math.abs(next.item() - eigenvalue.item());
      eigenvalue = next;
      v = w.div(w.norm());
    }
    return eigenvalue;
  }

  @loss
  objective(x: Tensor<[4]>) {
    return this.forward(x).sub(1).pow(2);
  }
}

/** An equation whose steps are halved until the error is small. */
@model({ optimizer: sgd() })
export class AdaptiveSteps extends nn.Module {
  field = new nn.Linear(2, 2);

  slope(y: Tensor) {
    return this.field.forward(y).tanh();
  }

  forward(x: Tensor<['batch', 2]>) {
    let t = 0;
    let h = 0.5;
    let y: Tensor = x;
    while (t < 1) {
      if (t + h > 1) h = 1 - t;
      const k1 = this.slope(y);
      const euler = y.add(k1.mul(h));
      const heun = y.add(k1.add(this.slope(euler)).mul(h / 2));
      const error = heun.sub(euler).abs().max().item();
      if (error > 0.0213 && h > 0.05) {
        h *= 0.5;
        continue;
      }
      t += h;
      y = heun;
      if (error < 0.0041) h *= 2;
    }
    return y;
  }

  @loss
  objective(x: Tensor<['batch', 2]>) {
    return this.forward(x).pow(2).mean();
  }
}

/** Decodes greedily until the stop token: a buffer of tokens and a mask, as far as the longest answer. */
@model({ optimizer: sgd() })
export class GreedyDecoder extends nn.Module {
  embedding = new nn.Embedding(6, 5);
  cell = new nn.Linear(10, 5);
  head = new nn.Linear(5, 6);

  forward(x: Tensor<['batch', 5]>) {
    let h: Tensor = x;
    let token = argmax(this.head.forward(h), -1);
    let finished = token.eq(0);
    let length = finished.logicalNot().int();
    let steps = 0;
    while (!finished.all().item() && steps < 8) {
      h = this.cell.forward(cat([this.embedding.forward(token), h], -1)).tanh();
      token = where(finished, token, argmax(this.head.forward(h), -1));
      finished = finished.logicalOr(token.eq(0));
      length = length.add(finished.logicalNot().int());
      steps++;
    }
    return length.float().add(h.sum(-1)).add(steps);
  }

  @loss
  objective(x: Tensor<['batch', 5]>, y: Tensor<['batch'], 'i32'>) {
    let h: Tensor = x;
    let total: Tensor = F.crossEntropy(this.head.forward(h), y);
    for (let step = 0; step < 5; step++) {
      const token = argmax(this.head.forward(h), -1);
      if (token.eq(0).all().item()) break;
      h = this.cell.forward(cat([this.embedding.forward(token), h], -1)).tanh();
      total = total.add(F.crossEntropy(this.head.forward(h), y));
    }
    return total;
  }
}

/** Leaves the net where a layer is certain enough. */
@model({ optimizer: sgd() })
export class EarlyExit extends nn.Module {
  layers = new nn.ModuleList(Array.from({ length: 4 }, () => new nn.Linear(4, 4)));
  heads = new nn.ModuleList(Array.from({ length: 4 }, () => new nn.Linear(4, 3)));

  forward(x: Tensor<['batch', 4]>): Tensor<['batch', 3]> {
    let h: Tensor = x;
    for (let i = 0; i < this.layers.length; i++) {
      h = F.relu(this.layers.at(i).forward(h));
      const scores = this.heads.at(i).forward(h);
      if (F.softmax(scores, -1).amax([-1]).min().item() > 0.4531) return scores as Tensor<['batch', 3]>;
    }
    return this.heads.at(0).forward(h) as Tensor<['batch', 3]>;
  }

  @loss
  objective(x: Tensor<['batch', 4]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(x), y).add(
      this.parameters()
        .map((p) => p.pow(2).sum())
        .reduce((a, b) => a.add(b))
        .mul(0.01),
    );
  }
}

/** Adaptive computation time: each row halts by itself, the loop when all have. */
@model({ optimizer: sgd() })
export class Halting extends nn.Module {
  cell = new nn.Linear(3, 3);
  halt = new nn.Linear(3, 1);

  forward(x: Tensor<['batch', 3]>) {
    let h: Tensor = x;
    let sum = zeros([x.shape[0]]);
    let out: Tensor = x.mul(0);
    let ponder = 0;
    do {
      h = this.cell.forward(h).tanh();
      const p = this.halt.forward(h).sigmoid().squeeze(-1);
      const running = sum.lt(0.99);
      const last = sum.add(p).ge(0.99);
      const weight = where(running, where(last, sum.neg().add(1), p), zeros([1]));
      out = out.add(h.mul(weight.unsqueeze(-1)));
      sum = sum.add(weight);
      ponder++;
    } while (sum.lt(0.99).any().item() && ponder < 12);
    return out.add(ponder * 0.01);
  }

  @loss
  objective(x: Tensor<['batch', 3]>) {
    return this.forward(x).pow(2).mean();
  }
}

/** A line search without gradient within forward. */
@model({ optimizer: sgd() })
export class LineSearch extends nn.Module {
  target = new nn.Linear(3, 3);

  energy(y: Tensor, goal: Tensor) {
    return y.sub(goal).pow(2).sum().add(y.pow(4).sum().mul(0.1));
  }

  forward(x: Tensor<['batch', 3]>) {
    const goal = this.target.forward(x);
    let y: Tensor = x;
    for (let step = 0; step < 3; step++) {
      const direction = y.sub(goal).mul(2).add(y.pow(3).mul(0.4));
      let rate = 1;
      noGrad(() => {
        const now = this.energy(y, goal).item();
        while (this.energy(y.sub(direction.mul(rate)), goal).item() > now - 0.1 * rate * direction.pow(2).sum().item() && rate > 1e-3)
          rate /= 2;
      });
      y = y.sub(direction.mul(rate));
    }
    return y;
  }

  @loss
  objective(x: Tensor<['batch', 3]>) {
    return this.energy(this.forward(x), x);
  }
}

/** A recurrent net over a named length, each row as long as it is. */
@model({ optimizer: sgd() })
export class MaskedRecurrence extends nn.Module {
  input = new nn.Linear(3, 4);
  hidden = new nn.Linear(4, 4);

  forward(x: Tensor<['batch', 'time', 3]>, lengths: Tensor<['batch'], 'i32'>) {
    let h: Tensor = zeros([x.shape[0], 4]);
    for (let t = 0; t < x.shape[1]; t++) {
      const next = this.input.forward(x.select(1, t)).add(this.hidden.forward(h)).tanh();
      h = where(lengths.gt(t).unsqueeze(-1), next, h);
    }
    return h;
  }

  @loss
  objective(x: Tensor<['batch', 'time', 3]>, lengths: Tensor<['batch'], 'i32'>) {
    return this.forward(x, lengths).pow(2).sum();
  }
}

/** Rows and columns that sum to one, as near as it takes. */
@model({ optimizer: sgd() })
export class Sinkhorn extends nn.Module {
  cost = new nn.Linear(4, 4);

  forward(x: Tensor<['batch', 4]>) {
    let p = this.cost.forward(x).exp();
    while (true) {
      p = p.div(p.sum(1, { keepdim: true }));
      const columns = p.sum(0, { keepdim: true });
      const error = columns.sub(columns.mean()).abs().max().item();
      if (!(error > 5e-3)) break;
      p = p.div(columns);
    }
    return p;
  }

  @loss
  objective(x: Tensor<['batch', 4]>) {
    return this.forward(x).pow(2).sum();
  }
}

/** Steps of k-means until nothing moves; the gradient goes through the means. */
@model({ optimizer: sgd() })
export class KMeans extends nn.Module {
  project = new nn.Linear(3, 2);

  forward(x: Tensor<[8, 3]>) {
    const points = this.project.forward(x);
    let centres: Tensor = points.slice(0, { end: 3 });
    let assigned = zeros([8], { dtype: 'i32' });
    let moved = true;
    for (let i = 0; moved && i < 20; i++) {
      const nearest = cdist(points, centres).argmin(1);
      moved = i === 0 || Boolean(nearest.ne(assigned).any().item());
      assigned = nearest;
      const members = F.oneHot(nearest, 3).float();
      const counts = members.sum(0).clamp(1);
      centres = members.t().matmul(points).div(counts.unsqueeze(-1));
    }
    return centres;
  }

  @loss
  objective(x: Tensor<[8, 3]>) {
    return this.forward(x).pow(2).sum();
  }
}

/** Fixed-point layer: the turns without gradient, and one step with it. */
@model({ optimizer: sgd() })
export class Equilibrium extends nn.Module {
  z = new nn.Linear(3, 3);
  x = new nn.Linear(3, 3);
  turns = new nn.Buffer(zeros([]));

  step(z: Tensor, x: Tensor) {
    return this.z.forward(z).mul(0.3).add(this.x.forward(x)).tanh();
  }

  forward(x: Tensor<['batch', 3]>) {
    const z = noGrad(() => {
      let z: Tensor = x.mul(0);
      for (let i = 0; i < 40; i++) {
        const next = this.step(z, x);
        const done = next.sub(z).norm().item() < 1e-2;
        z = next;
        if (this.training) this.turns.add_(1);
        if (done) break;
      }
      return z;
    });
    return this.step(z, x);
  }

  @loss
  objective(x: Tensor<['batch', 3]>) {
    return this.forward(x).pow(2).sum();
  }
}

/** Normalisation and dropout of each turn, running statistics included. */
@model({ optimizer: new optim.Adam({ lr: 0.01, eps: 0.1 }) })
export class NormalisedTurns extends nn.Module {
  linear = new nn.Linear(4, 4);
  norm = new nn.BatchNorm1d(4);
  drop = new nn.Dropout(0.25);
  calls = new nn.Buffer(zeros([]));

  forward(x: Tensor<['batch', 4]>) {
    let h: Tensor = x;
    let turns = 0;
    while (h.abs().mean().item() > 0.1171 && turns < 4) {
      h = this.drop.forward(this.norm.forward(this.linear.forward(h))).mul(0.5);
      if (this.training && h.max().item() > 0.7133) this.calls.add_(1);
      turns++;
    }
    return h;
  }

  @loss
  objective(x: Tensor<['batch', 4]>) {
    return this.forward(x).pow(2).sum();
  }
}

/** A sum as long as its terms count, collected in a list and in a record. */
@model({ optimizer: sgd() })
export class Series extends nn.Module {
  scale = new nn.Parameter(full([3], 0.5));

  forward(x: Tensor<[3]>) {
    const state = { term: x.mul(this.scale) as Tensor, order: 1, history: [x.mul(0), x.mul(0)] as Tensor[] };
    let sum: Tensor = state.term;
    for (; state.term.abs().max().item() > 1e-3; state.order += 1) {
      state.term = state.term
        .mul(x)
        .mul(this.scale)
        .div(state.order + 1);
      if (state.order % 2 === 0) state.history[0] = state.term;
      else state.history[1] = state.term;
      sum = sum.add(state.term);
    }
    return stack([sum, ...state.history]);
  }

  @loss
  objective(x: Tensor<[3]>) {
    return this.forward(x).pow(2).sum();
  }
}

/** Rows that are looked at one by one until enough was found. */
@model({ optimizer: sgd() })
export class Scan extends nn.Module {
  score = new nn.Linear(3, 1);

  forward(x: Tensor<['batch', 3]>) {
    let best: Tensor = x.select(0, 0);
    let bestScore = -Infinity;
    for (let i = 0; i < x.shape[0]; i++) {
      const row = x.select(0, i);
      const score = this.score.forward(row).item();
      if (score <= bestScore) continue;
      bestScore = score;
      best = row;
      if (score > 0.6) break;
    }
    return best.mul(this.score.weight.squeeze(0)).add(arange(3).mul(0.1));
  }

  @loss
  objective(x: Tensor<['batch', 3]>) {
    return this.forward(x).pow(2).sum().add(this.score.parameters()[1]!.pow(2).sum());
  }
}

/** The states of all steps, written one by one to a tensor that is there before the loop. */
@model({ optimizer: sgd() })
export class AllStates extends nn.Module {
  cell = new nn.Linear(3, 3);

  forward(x: Tensor<['batch', 'time', 3]>) {
    const states = zeros([x.shape[0], x.shape[1], 3]);
    let h: Tensor = zeros([x.shape[0], 3]);
    for (let t = 0; t < x.shape[1]; t++) {
      h = this.cell.forward(h.add(x.select(1, t))).tanh();
      states.select(1, t).copy_(h);
    }
    return states;
  }

  @loss
  objective(x: Tensor<['batch', 'time', 3]>) {
    return this.forward(x).pow(2).sum();
  }
}
