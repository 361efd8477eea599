import { entry, F, loss, model, nn, optim, type Tensor, tensor } from 'kilnn';

/** Positions among the arguments, in all the ways that layers use them. */
@model({ optimizer: new optim.SGD({ lr: 0.1 }) })
export class Positions extends nn.Module {
  table = new nn.Embedding(5, 3);
  head = new nn.Linear(3, 4);

  order: Tensor<[3], 'i32'> = new nn.Buffer(tensor([2, 0, 1], { dtype: 'i32' }));

  forward(words: Tensor<['batch', 'length'], 'i32'>) {
    return this.head.forward(this.table.forward(words)).mean(1);
  }

  @loss
  objective(words: Tensor<['batch', 'length'], 'i32'>, labels: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(words), labels);
  }

  /** Along a dim whose size is known when it runs. */
  @entry
  rows(x: Tensor<['n', 2]>, at: Tensor<['m'], 'i32'>) {
    return x.indexSelect(0, at);
  }

  @entry
  picked(x: Tensor<['n', 4]>, at: Tensor<['n', 1], 'i32'>) {
    return x.gather(1, at);
  }

  @entry
  added(x: Tensor<[6]>, at: Tensor<['m'], 'i32'>, values: Tensor<['m']>) {
    return x.scatterAdd(0, at, values);
  }

  /** In range whatever the arguments are. */
  @entry
  certain(x: Tensor<['n', 4]>, at: Tensor<['n', 1], 'i32'>) {
    const best = x.indexSelect(1, x.sum(0).argmax(0).unsqueeze(0));
    return best.add(x.gather(1, at.clamp(0, 3)));
  }

  /** Of the model's state. */
  @entry
  ordered(x: Tensor<[3]>) {
    return x.indexSelect(0, this.order);
  }

  /** Takes a matrix product to know. */
  @entry
  far(x: Tensor<['n', 3]>) {
    return x.indexSelect(1, this.head.forward(x).mean(0).to('i32'));
  }
}
