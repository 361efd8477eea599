/** Modules: `nn.Linear`, `nn.Sequential`, and what they are made of. */
export * as init from './init.js';
export * from './nn/activation.js';
export * from './nn/adaptive-pooling.js';
export {
  type AttentionOptions,
  MultiheadAttention,
  type MultiheadAttentionOptions,
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
} from './nn/attention.js';
export { Bilinear } from './nn/bilinear.js';
export * as utils from './nn/clip-gradients.js';
export { type Layer, ModuleDict, ModuleList, type NamedLayers, Sequential } from './nn/containers.js';
export {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvOptions,
  type ConvOptionsWithKernel,
  ConvTranspose1d,
  ConvTranspose2d,
  type ConvTransposeLayerOptions,
} from './nn/convolution.js';
export * from './nn/distance-loss.js';
export { AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout } from './nn/dropout.js';
export { Embedding, EmbeddingBag, type EmbeddingLayerOptions } from './nn/embedding.js';
export { Flatten, Identity, Unflatten } from './nn/flatten.js';
export * from './nn/instance-normalization.js';
export { Linear } from './nn/linear.js';
export * from './nn/loss.js';
export * from './nn/margin-loss.js';
export * from './nn/max-pooling.js';
export { Module, type StateDict } from './nn/module.js';
export { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormLayerOptions, GroupNorm, LayerNorm } from './nn/normalization.js';
export * from './nn/padding.js';
export { Buffer, Parameter } from './nn/parameter.js';
export { ParameterDict, ParameterList } from './nn/parameter-containers.js';
export {
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  LPPool1d,
  LPPool2d,
  type LpPoolOptions,
} from './nn/pooling.js';
export { GRU, LSTM, type RecurrentOptions, RNN } from './nn/recurrent.js';
export { GRUCell, LSTMCell, RNNCell } from './nn/recurrent-cells.js';
export * from './nn/resize.js';
export * from './nn/transformer.js';
export { Fold, Unfold } from './nn/windows.js';
