/** Optimizers: `new optim.SGD({ lr: 0.1 })`. */
export { Adadelta, type AdadeltaOptions } from './optim/adadelta.js';
export { Adagrad, type AdagradOptions } from './optim/adagrad.js';
export { Adam, type AdamOptions, AdamW } from './optim/adam.js';
export { Adamax, type AdamaxOptions } from './optim/adamax.js';
export { ASGD, type ASGDOptions } from './optim/asgd.js';
export { NAdam, type NAdamOptions } from './optim/nadam.js';
export { type CommonOptions, Optimizer, type StateRecord, type TensorRecord, type Update } from './optim/optimizer.js';
export type { GroupOptions, ParameterList, ParameterSource, ParamGroup } from './optim/param-groups.js';
export { RAdam, type RAdamOptions } from './optim/radam.js';
export { RMSprop, type RMSpropOptions } from './optim/rmsprop.js';
export { Rprop, type RpropOptions } from './optim/rprop.js';
export * as lrScheduler from './optim/schedules.js';
export { SGD, type SGDOptions } from './optim/sgd.js';
export type { OptimizerStateDict } from './optim/state-dict.js';
