/** Lists and dictionaries of parameters, and what is a parameter at all. */
import { entry, full, model, nn, rand, randn, type Tensor } from 'kilnn';

/**
 * A field that is a Parameter is trained and saved; a plain tensor is a constant of the model, computed anew where it is used.
 * A textbook exercise: list the parameters, and find one of the two weights.
 */
@model()
export class MyModel extends nn.Module {
  weight1 = new nn.Parameter(rand([2, 2]));
  weight2 = full([2, 2], 0.5);

  forward(x: Tensor<['batch', 2]>): Tensor<['batch', 2]> {
    return x.mm(this.weight1).mm(this.weight2);
  }
}

/**
 * A chain of products by the parameters of a list: 'params.0', 'params.1', ...
 */
@model()
export class MyListDense extends nn.Module {
  params = new nn.ParameterList(Array.from({ length: 3 }, () => new nn.Parameter(randn([4, 4]))));

  constructor() {
    super();
    this.params.append(new nn.Parameter(randn([4, 1])));
  }

  forward(x: Tensor<['batch', 4]>): Tensor<['batch', 1]> {
    let y: Tensor = x;
    for (const weight of this.params) y = y.mm(weight);
    return y;
  }
}

/**
 * The key chooses the parameter. Choices are made while the model is built: each becomes an entry with kernels of its own.
 */
@model()
export class MyDictDense extends nn.Module {
  params = new nn.ParameterDict({ linear1: new nn.Parameter(randn([4, 4])), linear2: new nn.Parameter(randn([4, 1])) });

  constructor() {
    super();
    this.params.update({ linear3: new nn.Parameter(randn([4, 2])) });
  }

  forward(x: Tensor<['batch', 4]>, choice = 'linear1'): Tensor<['batch', number]> {
    return x.mm(this.params.get(choice));
  }

  @entry
  second(x: Tensor<['batch', 4]>) {
    return this.forward(x, 'linear2');
  }

  @entry
  third(x: Tensor<['batch', 4]>) {
    return this.forward(x, 'linear3');
  }
}

/**
 * Both in a row.
 */
@model()
export class DictThenList extends nn.Sequential {
  constructor() {
    super(new MyDictDense(), new MyListDense());
  }

  override forward(x: Tensor<['batch', 4]>): Tensor<['batch', 1]> {
    return super.forward(x);
  }
}
