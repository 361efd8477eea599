export { Optimizer, type TensorRecord } from './optim/optimizer.js';
export { SGD, type SGDOptions } from './optim/sgd.js';
