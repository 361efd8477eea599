import { loss, model, nn, noGrad, optim, randn, type Tensor } from 'kilnn';

/** The loss is sum(w x) + sum(stop(w^2) w) + mean(stop(w)): what noGrad keeps out is kept in several ways. */
@model({ optimizer: new optim.SGD({ lr: 0.1 }) })
export class Kept extends nn.Module {
  w = new nn.Parameter(randn([3]));

  @loss
  objective(x: Tensor<[3]>): Tensor<[]> {
    let outer = x;
    const list: Tensor[] = [];
    const kept: { seen?: Tensor } = {};
    const nothing = noGrad(() => {
      outer = this.w.mul(this.w);
      list.push(noGrad(() => this.w.add(0)));
      kept.seen = this.w.mul(3);
      return undefined;
    });
    if (nothing !== undefined) throw new Error('noGrad gives what its function gives');
    const after = this.w.mul(x).sum();
    return after.add(outer.mul(this.w).sum()).add(list[0]!.mean()).add(kept.seen!.sum());
  }

  /** A mistake inside noGrad does not switch gradients off for what follows. */
  @loss
  recovered(x: Tensor<[3]>): Tensor<[]> {
    try {
      noGrad(() => {
        throw new RangeError('inside');
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    return this.w.mul(x).sum();
  }
}
