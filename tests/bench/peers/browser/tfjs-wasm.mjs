// TensorFlow.js in WebAssembly, in a page, on one thread as in Node.

import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { tfjs } from '../tfjs.mjs';

setWasmPaths('/modules/@tensorflow/tfjs-backend-wasm/dist/');
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);

/** A page that only predicts does without them. */
const gradients = () => import('@tensorflow/tfjs-core/dist/register_all_gradients.js');

export const open = tfjs(tf, 'wasm', gradients);
