/** Lists and dictionaries of modules: they register what they hold, and leave the order of calls to `forward`. */
import { cat, F, model, nn, type Tensor } from 'kilnn';

/**
 * A list is gone through like an array and read by position, here the layer at half the position, too.
 * The example for ModuleList of PyTorch's documentation.
 */
@model()
export class MyModule extends nn.Module {
  linears = new nn.ModuleList(Array.from({ length: 10 }, () => new nn.Linear(10, 10)));

  forward(x: Tensor<['batch', 10]>): Tensor<['batch', 10]> {
    let y: Tensor = x;
    for (const [i, linear] of [...this.linears].entries())
      y = this.linears
        .at(Math.floor(i / 2))
        .forward(y)
        .add(linear.forward(y));
    return y;
  }
}

/**
 * A ModuleList grows by `append`; its parameters are the net's.
 * One half of a comparison: what a plain array leaves unregistered.
 */
@model()
export class Module_ModuleList extends nn.Module {
  linears = new nn.ModuleList([new nn.Linear(10, 10)]);

  constructor() {
    super();
    this.linears.append(new nn.Linear(10, 4));
  }

  forward(x: Tensor<['batch', 10]>): Tensor<['batch', 4]> {
    let y: Tensor = x;
    for (const linear of this.linears) y = linear.forward(y);
    return y;
  }
}

/**
 * A plain array registers nothing: this net has no parameters, and as a model it is refused with a message that says so.
 * The other half of the comparison.
 */
export class Module_List extends nn.Module {
  linears = [new nn.Linear(10, 10)];

  forward(x: Tensor): Tensor {
    return this.linears[0]!.forward(x);
  }
}

/**
 * Layers by name in a dictionary, one of them added later.
 * A ModuleDict with the forward that a dictionary does not have by itself.
 */
@model()
export class ModuleDictNet extends nn.Module {
  layers = new nn.ModuleDict({ linear: new nn.Linear(20, 32), act: new nn.ReLU() });

  constructor() {
    super();
    this.layers.set('output', new nn.Linear(32, 10));
  }

  forward(x: Tensor<['batch', 20]>): Tensor<['batch', 10]> {
    return this.layers.get('output').forward(this.layers.get('act').forward(this.layers.get('linear').forward(x)));
  }
}

/**
 * Branches that read the same input, and whose results are joined.
 * Lists make it natural to have as many branches as a setting says.
 */
@model()
export class ParallelBlock extends nn.Module {
  branches: nn.ModuleList<nn.Linear>;

  constructor(widths: readonly number[] = [4, 8, 4]) {
    super();
    this.branches = new nn.ModuleList(widths.map((width) => new nn.Linear(6, width)));
  }

  forward(x: Tensor<['batch', 6]>): Tensor<['batch', 16]> {
    return F.relu(
      cat(
        this.branches.map((branch) => branch.forward(x)),
        -1,
      ),
    );
  }
}
