import { entry, F, loss, model, nn, type Tensor } from 'kilnn';

/** Windows over sizes that are known when it runs only. */
@model()
export class Windows extends nn.Module {
  first = new nn.Conv2d(1, 2, 5, { stride: 2 });
  second = new nn.Conv2d(2, 1, 3, { padding: 1, dilation: 2 });

  forward(x: Tensor<['batch', 1, 'height', 'width']>) {
    return this.second.forward(F.maxPool2d(F.relu(this.first.forward(x)), 2));
  }

  @entry
  averaged(x: Tensor<['batch', 'length']>) {
    return F.avgPool1d(x.unsqueeze(1), 4, { stride: 3 });
  }

  @entry
  windows(x: Tensor<['length', 2]>) {
    return x.unfold(0, 3, { step: 2 });
  }

  @entry
  shorter(x: Tensor<['rows', 'columns']>) {
    return x.narrow(0, 2, x.shape[0]! - 2);
  }

  /** Positions from the end and bounds of a dim whose size is not known. */
  @entry
  ends(x: Tensor<['rows', 'columns']>) {
    return { last: x.select(0, -1), rest: x.slice(1, { start: 2 }), third: x.index(2, null) };
  }

  /** Sizes of which none is too small. */
  @entry
  padded(x: Tensor<['batch', 1, 'height', 'width']>) {
    return F.maxPool2d(x, 3, { padding: 1 });
  }

  @loss
  objective(x: Tensor<['batch', 1, 'height', 'width']>) {
    return this.forward(x).sum();
  }
}
