/** How often the loops of PyTorch's cases turn, and what they look at, in built modules and in frozen ones. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { build, freeze } from '../../compiler/index.js';
import { type ModelClass, saveSafetensors } from '../../runtime/index.js';
import { type AnyModel, sourceFile, temporaryFolder } from '../e2e/built.js';
import { openGpu } from '../helpers/gpu.js';
import { onDevice } from './built-models.js';
import { casesOf, type TensorRecord, type TorchCase } from './cases.js';

/** The measure before each turn and after the last, then how many turns there were. */
const traced = (name: string, width: number, measure: string, end: string) => `
@model() export class ${name} extends nn.Module {
  linear = new nn.Linear(${width}, ${width});
  randWeight = new nn.Buffer(zeros([${width}, ${width}]));
  forward(x: Tensor<[2, ${width}]>) {
    let y = this.linear.forward(F.relu(this.linear.forward(x).mm(this.randWeight).add(1)));
    const trace = zeros([16]);
    let turns = 0;
    trace.select(0, 0).copy_(${measure});
    while (${measure}.item() > 1) {
      y = y.div(2);
      turns++;
      trace.select(0, turns).copy_(${measure});
    }
    return { trace, turns: full([], turns), times_ten: full([], ${end}) };
  }
}`;

const head = "import { F, full, model, nn, type Tensor, zeros } from 'kilnn';";
const classes: Readonly<Record<string, string>> = {
  Fixed: traced('Fixed', 20, 'y.abs().sum()', '0'),
  Small: traced('Small', 5, 'y.abs().sum()', '0'),
  Fancy: traced('Fancy', 20, 'y.norm()', 'y.norm().item() < 0.8 ? 1 : 0'),
  Apply: `
@model() export class Apply extends nn.Module {
  lin = new nn.Linear(4, 4);
  forward(x: Tensor<[2, 4]>) {
    let y: Tensor = x;
    let steps = 0;
    while (y.norm().item() < 6 && steps < 20) { y = y.add(this.lin.forward(y).tanh().mul(0.5)); steps++; }
    return { steps: full([], steps) };
  }
}`,
};

const classOf = (name: string): string | undefined => {
  if (name === 'modules-fixed-hidden-mlp-nan') return 'Small';
  if (name.startsWith('modules-fixed-hidden-mlp-')) return 'Fixed';
  if (name.startsWith('modules-fancy-mlp-')) return 'Fancy';
  return name === 'modules-flow-while-apply' ? 'Apply' : undefined;
};

const cases = casesOf('modules').filter(({ name }) => classOf(name) !== undefined);

const stateOf = ({ params = {}, constants = {} }: TorchCase): Record<string, TensorRecord> => ({
  ...params,
  ...(constants.rand_weight && { randWeight: constants.rand_weight }),
});

async function compare(net: AnyModel, { inputs, values }: TorchCase): Promise<void> {
  const results = (await net.forward!(onDevice(inputs.X!))) as unknown as Record<string, { data(): Promise<ArrayLike<number>> }>;
  const found = Object.fromEntries(
    await Promise.all(Object.entries(results).map(async ([name, value]) => [name, [...Array.from(await value.data())]] as const)),
  );
  const { while_iterations: turns, steps, times_ten: ten, trace } = values as Record<string, unknown>;
  if (steps !== undefined) expect(found.steps).toEqual([steps]);
  if (turns !== undefined) expect(found.turns).toEqual([turns]);
  if (ten !== undefined) expect(found.times_ten).toEqual([Number(ten)]);
  (trace as number[] | undefined)?.forEach((want, i) => {
    expect(Math.abs(found.trace![i]! - want)).toBeLessThanOrEqual(1e-4 * want);
  });
}

describe('turns of loops', () => {
  const out = temporaryFolder();
  const modules: Record<string, ModelClass<AnyModel>> = {};
  const importFrom = async (path: string) => (await import(pathToFileURL(path).href)) as Record<string, ModelClass<AnyModel>>;

  beforeAll(async () => {
    const { diagnostics, models } = await build([sourceFile([head, ...Object.values(classes)].join('\n'), 'turns.ts')], {
      out,
      targets: ['js', 'wasm', 'webgpu'],
    });
    expect(diagnostics).toEqual([]);
    for (const { module } of models) Object.assign(modules, await importFrom(join(out, `${module}.js`)));
  }, 120_000);

  test('there are such cases', () => expect(cases.length).toBe(13));

  test.each(['js', 'wasm', 'webgpu'] as const)(
    'in built modules on %s',
    async (device) => {
      const gpu = await openGpu();
      for (const torchCase of cases) {
        const net = await modules[classOf(torchCase.name)!]!.create({ device, gpu });
        const state = Object.entries(stateOf(torchCase)).map(([name, record]) => [name, onDevice(record)] as const);
        await net.loadStateDict(Object.fromEntries(state));
        await compare(net, torchCase);
        net.dispose();
      }
    },
    60_000,
  );

  test.each(['js', 'wasm'] as const)('in frozen modules on %s', async (device) => {
    for (const name of ['modules-fixed-hidden-mlp-loop3', 'modules-fancy-mlp-many-times10', 'modules-fixed-hidden-mlp-nan']) {
      const torchCase = cases.find((each) => each.name === name)!;
      const state = Object.entries(stateOf(torchCase)).map(([key, record]) => [key, onDevice(record)] as const);
      const folder = temporaryFolder();
      const weights = join(folder, 'weights.safetensors');
      await saveSafetensors(weights, Object.fromEntries(state));
      const written = classOf(name)!;
      const file = sourceFile(`${head}\n${classes[written]}`, 'frozen.ts');
      const { diagnostics, files } = await freeze(file, { weights, out: folder, targets: [device] });
      expect(diagnostics).toEqual([]);
      const path = files.find((each) => each.path.endsWith('js'))!.path;
      const module = await importFrom(join(folder, path));
      await compare(await module[written]!.create({ device }), torchCase);
    }
  });
});
