// TensorFlow.js in WebAssembly: one thread in Node.
import { createRequire } from 'node:module';
import { tfjs } from './tfjs.mjs';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs');
require('@tensorflow/tfjs-backend-wasm');

export const open = tfjs(tf, 'wasm');
