/** Functions without state: `F.relu(x)`, `F.crossEntropy(logits, labels)`. */
export * from './functional/activation.js';
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from './functional/adaptive-pooling.js';
export { type ScaledAttentionOptions, scaledDotProductAttention } from './functional/attention.js';
export { bilinear } from './functional/bilinear.js';
export {
  type ConvOptions,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  type PerDim,
} from './functional/convolution.js';
export { type CrossEntropyOptions, crossEntropy, type NllOptions, nllLoss, type Reduction } from './functional/cross-entropy.js';
export * from './functional/distance-losses.js';
export { type EmbeddingBagOptions, type EmbeddingOptions, embedding, embeddingBag } from './functional/embedding.js';
export * from './functional/likelihood-losses.js';
export { linear } from './functional/linear.js';
export {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  huberLoss,
  klDiv,
  type LossOptions,
  l1Loss,
  mseLoss,
  smoothL1Loss,
} from './functional/losses.js';
export * from './functional/margin-losses.js';
export * from './functional/max-pooling.js';
export * from './functional/normalization.js';
export { type PaddingMode, pad } from './functional/pad.js';
export {
  type AvgPoolOptions,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  lpPool1d,
  lpPool2d,
  type MaxPoolOptions,
} from './functional/pooling.js';
export { alphaDropout, dropout, dropout1d, dropout2d, dropout3d, featureAlphaDropout } from './functional/regularization.js';
export * from './functional/resize.js';
export { fold, unfold, type WindowOptions } from './functional/windows.js';
export { oneHot } from './ops/indexing.js';
export { logSoftmax, softmax } from './ops/reduction.js';
