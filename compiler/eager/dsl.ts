/** The parts of the DSL that eager use is made of. */
export { gradientError, KilnnError, shapeError, valueError } from '../../dsl/errors.js';
export { Module } from '../../dsl/nn/module.js';
export { Parameter } from '../../dsl/nn/parameter.js';
export { type Attributes, type Executor, setExecutor } from '../../dsl/op.js';
export { type DType, Tensor } from '../../dsl/tensor.js';
