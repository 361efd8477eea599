/** The parts of the DSL that eager use is made of. */
export { gradientError, KilnnError, lostValueError, rangeError, shapeError, valueError } from '../../dsl/errors.js';
export { noGrad } from '../../dsl/gradient-mode.js';
export { Module } from '../../dsl/nn/module.js';
export { Parameter } from '../../dsl/nn/parameter.js';
export { type Attribute, type Attributes, type BackwardOptions, type Executor, op, setExecutor } from '../../dsl/op.js';
export { type DType, Tensor } from '../../dsl/tensor.js';
export { copyOf, currentHandle, shownOf, withoutGradient } from '../../dsl/views.js';
