// TensorFlow.js in WebAssembly: one thread in Node. It has no gradient of a convolution.
import { createRequire } from 'node:module';
import { tfjs } from './tfjs.mjs';

createRequire(import.meta.url)('@tensorflow/tfjs-backend-wasm');

export const open = tfjs('wasm', ({ model, kind }) => !(model === 'lenet' && kind === 'training'));
