/** PyTorch's figures of training and of optimizers met by built training steps, in JavaScript. */
import 'kilnn/eager';
import { describe } from 'vitest';
import { ModelFile, testBuilt } from './built-models.js';
import { optimPlan } from './optim-plans.js';
import { trainPlan } from './train-plans.js';

const file = new ModelFile('js');

describe('train', () => testBuilt('train', trainPlan, file));
describe('optim', () => testBuilt('optim', optimPlan, file));
