/** PyTorch's figures met by whole nets and by training on WebGPU: a fixed list of cases; GPU_CASES=all runs them all. */
import 'kilnn/eager';
import { readFileSync } from 'node:fs';
import { describe } from 'vitest';
import { autogradPlan } from './autograd-plans.js';
import { ModelFile, testBuilt } from './built-models.js';
import { modulePlan } from './module-plans.js';
import { optimPlan } from './optim-plans.js';
import { parameterPlan } from './parameter-plans.js';
import { trainPlan } from './train-plans.js';

const plans = { modules: modulePlan, parameters: parameterPlan, autograd: autogradPlan, train: trainPlan, optim: optimPlan } as const;
type Planned = keyof typeof plans;
const text = readFileSync(new URL('./webgpu-cases.json', import.meta.url), 'utf8');
const chosen = JSON.parse(text) as Readonly<Partial<Record<Planned, readonly string[]>>>;
const file = new ModelFile(['webgpu']);

const all = process.env.GPU_CASES === 'all';

for (const category of Object.keys(plans) as Planned[]) {
  if (!all && chosen[category] === undefined) continue;
  describe(category, () => testBuilt(category, plans[category], file, all ? undefined : chosen[category]));
}
