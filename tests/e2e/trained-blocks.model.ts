/** The blocks of golden/models/blocks with something to train for: results near 1. */
import { loss, model, optim, type Tensor } from 'kilnn';
import { Chimera, FancyMLP, FixedHiddenMLP } from '../../golden/models/blocks/control-flow.js';
import { CenteredNet, MyLinearNet } from '../../golden/models/blocks/custom-layers.js';
import { ConstantNet, CustomNet, NormalNet, PerLayerNet } from '../../golden/models/blocks/initialization.js';
import { Module_ModuleList, ModuleDictNet, MyModule, ParallelBlock } from '../../golden/models/blocks/module-containers.js';
import { RegressionNet } from '../../golden/models/blocks/nested-blocks.js';
import { DictThenList, MyDictDense, MyListDense, MyModel } from '../../golden/models/blocks/parameter-containers.js';
import { LinearNet, MLP, NestMLP } from '../../golden/models/blocks/perceptrons.js';
import { GrownNet, PositionalNet, SequentialNet } from '../../golden/models/blocks/sequential.js';
import { SharedLayers, SquaredWeight } from '../../golden/models/blocks/shared-layers.js';

const optimizer = new optim.SGD({ lr: 0.001, momentum: 0.9 });

function distance(result: Tensor): Tensor {
  return result.sub(1).square().mean();
}

@model({ optimizer })
export class TrainedMLP extends MLP {
  @loss
  objective(x: Tensor<['batch', 20]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedNestMLP extends NestMLP {
  @loss
  objective(x: Tensor<['batch', 20]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedLinearNet extends LinearNet {
  @loss
  objective(x: Tensor<['batch', 2]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedPositionalNet extends PositionalNet {
  @loss
  objective(x: Tensor<['batch', 20]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedSequentialNet extends SequentialNet {
  @loss
  objective(x: Tensor<['batch', 28, 28]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedGrownNet extends GrownNet {
  @loss
  objective(x: Tensor<['batch', 8]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedMyModule extends MyModule {
  @loss
  objective(x: Tensor<['batch', 10]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedModule_ModuleList extends Module_ModuleList {
  @loss
  objective(x: Tensor<['batch', 10]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedModuleDictNet extends ModuleDictNet {
  @loss
  objective(x: Tensor<['batch', 20]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedParallelBlock extends ParallelBlock {
  @loss
  objective(x: Tensor<['batch', 6]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedRegressionNet extends RegressionNet {
  @loss
  objective(x: Tensor<['batch', 4]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedCenteredNet extends CenteredNet {
  @loss
  objective(x: Tensor<['batch', 8]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedMyLinearNet extends MyLinearNet {
  @loss
  objective(x: Tensor<['batch', 64]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedMyModel extends MyModel {
  @loss
  objective(x: Tensor<['batch', 2]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedMyListDense extends MyListDense {
  @loss
  objective(x: Tensor<['batch', 4]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedMyDictDense extends MyDictDense {
  @loss
  objective(x: Tensor<['batch', 4]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedDictThenList extends DictThenList {
  @loss
  objective(x: Tensor<['batch', 4]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedSharedLayers extends SharedLayers {
  @loss
  objective(x: Tensor<['batch', 4]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedSquaredWeight extends SquaredWeight {
  @loss
  objective(x: Tensor<['batch', 1]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedNormalNet extends NormalNet {
  @loss
  objective(x: Tensor<['batch', 4]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedConstantNet extends ConstantNet {
  @loss
  objective(x: Tensor<['batch', 4]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedPerLayerNet extends PerLayerNet {
  @loss
  objective(x: Tensor<['batch', 4]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedCustomNet extends CustomNet {
  @loss
  objective(x: Tensor<['batch', 4]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedFixedHiddenMLP extends FixedHiddenMLP {
  @loss
  objective(x: Tensor<['batch', 20]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedFancyMLP extends FancyMLP {
  @loss
  objective(x: Tensor<['batch', 20]>) {
    return distance(this.forward(x));
  }
}

@model({ optimizer })
export class TrainedChimera extends Chimera {
  @loss
  objective(x: Tensor<['batch', 20]>) {
    return distance(this.forward(x));
  }
}
