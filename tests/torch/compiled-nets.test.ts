/** PyTorch's figures met by whole nets as they are built, in JavaScript. */
import 'kilnn/eager';
import { describe } from 'vitest';
import { testBuilt } from './built-models.js';
import { modulePlan } from './module-plans.js';

describe('modules', () => testBuilt('modules', modulePlan, 'js'));
