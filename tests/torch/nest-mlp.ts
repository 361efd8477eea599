import { nn, type Tensor } from 'kilnn';

/** The smaller one of two classes of this name: the name is part of what is printed. */
export class NestMLP extends nn.Module {
  net = new nn.Sequential(new nn.Linear(40, 30), new nn.ReLU());

  forward(x: Tensor): Tensor {
    return this.net.forward(x);
  }
}
