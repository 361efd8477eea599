/** PyTorch's figures met by whole nets as they are built, in JavaScript and in WebAssembly. */
import 'kilnn/eager';
import { describe } from 'vitest';
import { autogradPlan } from './autograd-plans.js';
import { ModelFile, testBuilt } from './built-models.js';
import { modulePlan } from './module-plans.js';
import { parameterPlan } from './parameter-plans.js';

const file = new ModelFile(['js', 'wasm']);

describe('modules', () => testBuilt('modules', modulePlan, file));
describe('parameters', () => testBuilt('parameters', parameterPlan, file));
describe('autograd', () => testBuilt('autograd', autogradPlan, file));
