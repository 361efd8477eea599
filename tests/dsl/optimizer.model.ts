/** Models of which the tests of optimizers are made. */
import { F, loss, model, nn, optim, type Tensor } from 'kilnn';

class Net extends nn.Module {
  hidden = new nn.Linear(4, 5);
  drop = new nn.Dropout(0.25);
  norm = new nn.BatchNorm1d(5);
  output = new nn.Linear(5, 3);

  forward(x: Tensor<['batch', 4]>): Tensor<['batch', 3]> {
    return this.output.forward(this.drop.forward(this.norm.forward(F.tanh(this.hidden.forward(x)))));
  }

  @loss
  objective(x: Tensor<['batch', 4]>, y: Tensor<['batch'], 'i32'>) {
    return F.crossEntropy(this.forward(x), y);
  }
}

/** Biases without decay and with a rate of their own; the norm's parameters are not trained; gradients are clipped. */
@model({
  optimizer: (net: Groups) =>
    new optim.SGD(
      [
        { params: net.namedParameters().filter(([name]) => name.endsWith('bias') && !name.startsWith('norm')), weightDecay: 0, lr: 0.01 },
        { params: [net.hidden.weight, net.output.weight], momentum: 0.5 },
      ],
      { lr: 0.1, momentum: 0.9, weightDecay: 0.1 },
    ),
  gradients: (gradients) => nn.utils.clipGradNorm(gradients, 0.5),
  schedule: (optimizer) => new optim.lrScheduler.StepLR(optimizer, 2, { gamma: 0.5 }),
})
export class Groups extends Net {}

@model({
  optimizer: new optim.SGD({ lr: 0.1, momentum: 0.9, dampening: 0.1 }),
  schedule: (optimizer) => new optim.lrScheduler.CosineAnnealingLR(optimizer, 4),
  scheduleEvery: 'step',
})
export class WithSGD extends Net {}

@model({
  optimizer: new optim.Adam({ lr: 0.01, weightDecay: 0.1, amsgrad: true }),
  schedule: (optimizer) => new optim.lrScheduler.OneCycleLR(optimizer, 0.05, { totalSteps: 8 }),
  scheduleEvery: 'step',
})
export class WithAdam extends Net {}

@model({ optimizer: new optim.AdamW({ lr: 0.01 }), schedule: (optimizer) => new optim.lrScheduler.LinearLR(optimizer) })
export class WithAdamW extends Net {}

@model({
  optimizer: new optim.RMSprop({ lr: 0.01, momentum: 0.5, centered: true }),
  schedule: (optimizer) => new optim.lrScheduler.ExponentialLR(optimizer, 0.9),
  scheduleEvery: 'step',
})
export class WithRMSprop extends Net {}

@model({
  optimizer: new optim.Adagrad({ lr: 0.1, lrDecay: 0.1, initialAccumulatorValue: 0.1 }),
  schedule: (optimizer) => new optim.lrScheduler.MultiStepLR(optimizer, [2, 5]),
})
export class WithAdagrad extends Net {}

@model({ optimizer: new optim.Adadelta({ lr: 0.5 }) })
export class WithAdadelta extends Net {}

@model({ optimizer: new optim.Adamax({ lr: 0.01, maximize: true }) })
export class WithAdamax extends Net {}

@model({ optimizer: new optim.NAdam({ lr: 0.01, weightDecay: 0.1, decoupledWeightDecay: true }) })
export class WithNAdam extends Net {}

@model({ optimizer: new optim.RAdam({ lr: 0.01, betas: [0.9, 0.9] }) })
export class WithRAdam extends Net {}

@model({ optimizer: new optim.ASGD({ lr: 0.05, t0: 2, weightDecay: 0.01 }) })
export class WithASGD extends Net {}

@model({ optimizer: new optim.Rprop({ lr: 0.01 }) })
export class WithRprop extends Net {}
