// TensorFlow.js on its plain JavaScript backend: the nearest relative of Kilnn's js device.
import { tfjs } from './tfjs.mjs';

export const open = tfjs('cpu', () => true);
