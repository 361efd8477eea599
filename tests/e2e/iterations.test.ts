import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Compilation } from '../../compiler/compilation.js';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import { build } from '../../compiler/index.js';
import type { ModelClass } from '../../runtime/index.js';
import { wasmDevices } from '../helpers/wasm-devices.js';
import { type AnyModel, temporaryFolder } from './built.js';
import { compareWithEager } from './eager-twin.js';
import * as iterations from './iterations.model.js';

const classes = new Map(Object.entries(iterations));

/** Iterations as users write them: results, gradients and training against eager execution. */
describe('iterations', () => {
  let compilations: readonly Compilation[];
  let modules: Record<string, ModelClass<AnyModel>>;

  beforeAll(async () => {
    const out = temporaryFolder();
    const file = fileURLToPath(new URL('./iterations.model.ts', import.meta.url));
    const { diagnostics, models } = await build([file], { out, targets: ['js', 'wasm'] });
    expect(formatDiagnostics(diagnostics, { source: () => undefined })).toBe('');
    compilations = models;
    const files = [...new Set(models.map(({ module }) => join(out, `${module}.js`)))];
    modules = Object.assign({}, ...(await Promise.all(files.map((file) => import(pathToFileURL(file).href)))));
  }, 300_000);

  test.each([...classes.keys()])('%s on js and wasm', async (name) => {
    const compilation = compilations.find(({ model }) => model.name === name)!;
    await compareWithEager(compilation, classes.get(name)!, modules[name]!, {
      device: { device: 'js' },
      also: await wasmDevices(),
      below: { y: 3, lengths: 4 },
    });
  });
});
