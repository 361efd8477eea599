/** `kilnn`: what a model's source imports. */

export { customGradient, type GradientRule } from './custom-gradient.js';
export { type EntryOptions, entry, type LossOptions, loss, type ModelOptions, model, optimizerOf } from './decorators.js';
export { KilnnError } from './errors.js';
export * as F from './functional.js';
export { noGrad } from './gradient-mode.js';
export * as nn from './nn.js';
export * from './ops/arithmetic.js';
export * from './ops/arrangement.js';
export * from './ops/comparison.js';
export * from './ops/creation.js';
export * from './ops/diagonal.js';
export * from './ops/einsum.js';
export * from './ops/grid.js';
export { cat, gather, type Index, indexSelect, oneHot, type SliceRange, stack, take, takeAlongDim } from './ops/indexing.js';
export * from './ops/matmul.js';
export { flip, repeat, repeatInterleave, roll, tile, tril, triu } from './ops/movement.js';
export {
  all,
  amax,
  amin,
  any,
  argmax,
  argmin,
  cumprod,
  cumsum,
  type Dims,
  logSoftmax,
  logsumexp,
  max,
  mean,
  min,
  norm,
  prod,
  type ReduceOptions,
  softmax,
  std,
  sum,
  type ValuesAndIndices,
  variance,
} from './ops/reduction.js';
export * from './ops/scatter.js';
export * from './ops/selection.js';
export * from './ops/sorting.js';
export * from './ops/special.js';
export * from './ops/statistics.js';
export * from './ops/unary.js';
export {
  chunk,
  diagonal,
  expand,
  flatten,
  index,
  movedim,
  narrow,
  permute,
  reshape,
  select,
  slice,
  split,
  squeeze,
  t,
  transpose,
  unbind,
  unflatten,
  unfold,
  unsqueeze,
} from './ops/views.js';
export * as optim from './optim.js';
export { type DType, type Shape, Tensor } from './tensor.js';
