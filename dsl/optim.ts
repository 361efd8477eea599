/** Optimizers: `new optim.SGD({ lr: 0.1 })`. */
export { Adam, type AdamOptions, AdamW } from './optim/adam.js';
export { Optimizer, type TensorRecord } from './optim/optimizer.js';
export { SGD, type SGDOptions } from './optim/sgd.js';
