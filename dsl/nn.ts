/** Modules: `nn.Linear`, `nn.Sequential`, and what they are made of. */
export * as init from './init.js';
export { Flatten, Identity, Unflatten } from './nn/flatten.js';
export { Linear } from './nn/linear.js';
export { Module, type StateDict } from './nn/module.js';
export { Buffer, Parameter } from './nn/parameter.js';
