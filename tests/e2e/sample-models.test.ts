import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { nn } from 'kilnn';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleModule } from '../../compiler/artifact/bundle.js';
import { freezeModel } from '../../compiler/artifact/freeze.js';
import { writeModule } from '../../compiler/artifact/write-module.js';
import type { Compilation } from '../../compiler/compilation.js';
import { emitKernels, lowerPrograms } from '../../compiler/compile-targets.js';
import { build } from '../../compiler/index.js';
import { optimize } from '../../compiler/passes/index.js';
import { EdgeDetector, Regularized } from '../../golden/models/blocks/from-scratch.js';
import type { ModelClass } from '../../runtime/index.js';
import { openGpu } from '../helpers/gpu.js';
import { type AnyModel, temporaryFolder } from './built.js';
import { compare, compareWithEager, dataOf, onDevice, type Trained } from './eager-twin.js';
import * as small from './small.model.js';
import * as smallWebgpu from './small-webgpu.model.js';
import * as blocks from './trained-blocks.model.js';

type Classes = Readonly<Record<string, new () => nn.Module>>;
type Built = ModelClass<AnyModel>;

const files: readonly { file: string; classes: Classes; targets: readonly ('js' | 'webgpu')[] }[] = [
  { file: './small.model.ts', classes: small, targets: ['js'] },
  { file: './small-webgpu.model.ts', classes: smallWebgpu, targets: ['js', 'webgpu'] },
  { file: './trained-blocks.model.ts', classes: blocks, targets: ['js'] },
  { file: '../../golden/models/blocks/from-scratch.ts', classes: { EdgeDetector, Regularized }, targets: ['js'] },
];

/** What integer arguments are below, where that is not 10. */
const below = { source: 7, target: 7, tokens: 40 };
const perModel: Readonly<Record<string, Readonly<Record<string, number>>>> = { SmallTransformer: { y: 2 }, Dropped: { y: 3 } };

describe.each(files)('$file', ({ file, classes, targets }) => {
  const out = temporaryFolder();
  let compilations: readonly Compilation[];
  beforeAll(async () => {
    const result = await build([fileURLToPath(new URL(file, import.meta.url))], { out, targets });
    expect(result.diagnostics).toEqual([]);
    compilations = result.models;
  });

  test('has its models built', () => {
    expect(compilations.map(({ model }) => model.name).sort()).toEqual(Object.keys(classes).sort());
  });

  const cases = Object.entries(classes).flatMap(([name, Eager]) => targets.map((device) => ({ name, Eager, device })));
  test.each(cases)(
    '$name on $device: as eagerly, trained and frozen',
    async ({ name, Eager, device }) => {
      const compilation = compilations.find(({ model }) => model.name === name)!;
      const Model = (await imported(join(out, `${compilation.module}.js`)))[name] as Built;
      const trained = await compareWithEager(compilation, Eager, Model, {
        device: device === 'js' ? { device } : { device, gpu: await openGpu() },
        below: { ...below, ...perModel[name] },
      });
      if (device === 'js') await compareFrozen(compilation, trained);
    },
    120_000,
  );

  async function compareFrozen(compilation: Compilation, { state, results }: Trained): Promise<void> {
    const { model, frozen } = freezeModel(compilation.model, state);
    const programs = model.entries.map((entry) => ({ name: entry.name, kind: 'entry' as const, graph: optimize(entry.graph) }));
    const file = join(out, `${compilation.module}.frozen.js`);
    writeFileSync(file, await bundleModule(writeModule(model, emitKernels(lowerPrograms(programs, ['js'])), { frozen })));
    const net = await ((await imported(file))[model.name] as Built).create({ device: 'js' });
    for (const { method, args, result } of results) {
      compare(await dataOf(await net[method]!(...args.map(onDevice))), result, `frozen ${method}`);
    }
  }
});

function imported(file: string): Promise<Record<string, unknown>> {
  return import(/* @vite-ignore */ pathToFileURL(file).href) as Promise<Record<string, unknown>>;
}
