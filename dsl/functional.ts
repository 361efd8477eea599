/** Functions without state: `F.relu(x)`, `F.crossEntropy(logits, labels)`. */

export { crossEntropy } from './functional/cross-entropy.js';
export { linear } from './functional/linear.js';
export { relu } from './ops/unary.js';
