/** PyTorch's figures of training, of optimizers and of initial values met by built models and their training steps, in JavaScript and in WebAssembly. */
import 'kilnn/eager';
import { describe } from 'vitest';
import { ModelFile, testBuilt } from './built-models.js';
import { initPlan } from './init-plans.js';
import { optimPlan } from './optim-plans.js';
import { trainPlan } from './train-plans.js';

const file = new ModelFile(['js', 'wasm']);

describe('train', () => testBuilt('train', trainPlan, file));
describe('optim', () => testBuilt('optim', optimPlan, file));
describe('init', () => testBuilt('init', initPlan, file));
