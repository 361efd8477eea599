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
import { type WasmDevice, wasmDevices } from '../helpers/wasm-devices.js';
import { type AnyModel, temporaryFolder } from './built.js';
import { compare, compareWithEager, dataOf, onDevice, type Trained } from './eager-twin.js';
import * as small from './small.model.js';
import * as smallWebgpu from './small-webgpu.model.js';
import * as blocks from './trained-blocks.model.js';

type Classes = Readonly<Record<string, new () => nn.Module>>;

interface Builds {
  readonly out: string;
  readonly compilations: readonly Compilation[];
}

const webgpuFiles = ['./small-webgpu.model.ts'];
const jsFiles = [...webgpuFiles, './small.model.ts', './trained-blocks.model.ts', '../../golden/models/blocks/from-scratch.ts'];
const classes: Classes = { ...small, ...smallWebgpu, ...blocks, EdgeDetector, Regularized };

/** What integer arguments are below, where that is not 10. */
const below = { source: 7, target: 7, tokens: 40 };
const perModel: Readonly<Record<string, Readonly<Record<string, number>>>> = { SmallTransformer: { y: 2 }, SharedAndDropped: { y: 5 } };

describe('on js and wasm', () => {
  let built: Builds;
  let also: readonly WasmDevice[];
  beforeAll(async () => {
    built = await buildAll(jsFiles, ['js', 'wasm']);
    also = await wasmDevices();
  }, 600_000);

  test('every model is built', () => {
    expect(built.compilations.map(({ model }) => model.name).sort()).toEqual(Object.keys(classes).sort());
  });

  test.each(Object.entries(classes))('%s: as eagerly, trained and frozen', async (name, Eager) => {
    const { compilation, Model } = await find(built, name);
    const trained = await compareWithEager(compilation, Eager, Model, {
      device: { device: 'js' },
      also,
      below: { ...below, ...perModel[name] },
    });
    await compareFrozen(built, compilation, trained);
  });
});

describe('on webgpu', () => {
  let built: Builds;
  beforeAll(async () => {
    built = await buildAll(webgpuFiles, ['webgpu']);
  });

  test.each(Object.entries(smallWebgpu as Classes))(
    '%s: as eagerly, and trained',
    async (name, Eager) => {
      const { compilation, Model } = await find(built, name);
      const device = { device: 'webgpu', gpu: await openGpu() } as const;
      await compareWithEager(compilation, Eager, Model, { device, below: { ...below, ...perModel[name] }, steps: 2 });
      // A CPU that plays GPU compiles a kernel for up to a second.
    },
    120_000,
  );
});

async function buildAll(files: readonly string[], targets: readonly string[]): Promise<Builds> {
  const out = temporaryFolder();
  const paths = files.map((file) => fileURLToPath(new URL(file, import.meta.url)));
  const { diagnostics, models } = await build(paths, { out, targets });
  expect(diagnostics).toEqual([]);
  return { out, compilations: models };
}

async function find({ out, compilations }: Builds, name: string) {
  const compilation = compilations.find(({ model }) => model.name === name)!;
  return { compilation, Model: await importModel(join(out, `${compilation.module}.js`), name) };
}

/** The frozen module gives what the trained one does. */
async function compareFrozen({ out }: Builds, compilation: Compilation, { state, results }: Trained): Promise<void> {
  const { model, frozen } = freezeModel(compilation.model, state);
  const programs = model.entries.map((entry) => ({ name: entry.name, kind: 'entry' as const, graph: optimize(entry.graph) }));
  const file = join(out, `${compilation.module}.frozen.js`);
  writeFileSync(file, await bundleModule(writeModule(model, emitKernels(lowerPrograms(programs, ['js', 'wasm'])), { frozen }).text));
  for (const device of ['js', 'wasm'] as const) {
    const net = await (await importModel(file, model.name)).create({ device });
    for (const { method, args, result } of results) {
      compare(await dataOf(await net[method]!(...args.map(onDevice))), result, `frozen ${method} on ${device}`);
    }
  }
}

async function importModel(file: string, name: string): Promise<ModelClass<AnyModel>> {
  const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, ModelClass<AnyModel>>;
  return module[name]!;
}
