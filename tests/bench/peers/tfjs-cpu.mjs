// TensorFlow.js on its plain JavaScript backend: the nearest relative of Kilnn's js device.
import { createRequire } from 'node:module';
import { tfjs } from './tfjs.mjs';

// Node resolves only the CommonJS build of the full package, which registers kernels and gradients.
export const open = tfjs(createRequire(import.meta.url)('@tensorflow/tfjs'), 'cpu');
