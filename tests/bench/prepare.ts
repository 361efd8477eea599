import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { bundleModule } from '../../compiler/artifact/bundle.js';
import type { Compilation } from '../../compiler/compilation.js';
import { build } from '../../compiler/index.js';
import { flopsOfTurn, peakModule } from './peaks.js';
import { type ModelName, type Problem, problemOf, type Work } from './works.js';

const sourceOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const singles = sourceOf('works.model.ts');
const sources: Readonly<Record<ModelName, { readonly file: string; readonly className: string }>> = {
  mlp: { file: sourceOf('../../golden/models/mlp.ts'), className: 'Mlp' },
  lenet: { file: sourceOf('../../golden/models/lenet.ts'), className: 'LeNet' },
  resnet: { file: sourceOf('../../golden/models/resnet.ts'), className: 'ResNet' },
  encoder: { file: singles, className: 'Encoder' },
  matmul: { file: singles, className: 'Matmul' },
  elementwise: { file: singles, className: 'Elementwise' },
  softmax: { file: singles, className: 'Softmax' },
};

export interface Prepared {
  /** Modules, problems and ONNX files: `mlp-wasm.mjs`, `mlp-256.bin`, `mlp-256.onnx`. */
  readonly folder: string;
  /** Bytes of the minified MLP with the runtime, by device, for the table of bytes. */
  readonly minified: Readonly<Record<string, string>>;
}

/**
 * Builds the models of the works for Kilnn's devices as a user does, each bundled with the runtime as for a web page, and writes what the
 * processes of the sides read. It lies where imports of the peers are found from.
 */
export async function prepare(works: readonly Work[], devices: readonly string[]): Promise<Prepared> {
  const folder = sourceOf('node_modules/.kilnn');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { onnxModel } = (await import(new URL('./peers/onnx.mjs', import.meta.url).href)) as {
    onnxModel(model: ModelName, problem: Problem): Uint8Array;
  };
  const { encodeProblem } = (await import(new URL('./peers/problem.mjs', import.meta.url).href)) as {
    encodeProblem(problem: Problem): Uint8Array;
  };
  const names = [...new Set<ModelName>(['mlp', ...works.map(({ model }) => model)])];
  const files = [...new Set(names.map((name) => sources[name].file))];
  const minified: Record<string, string> = {};
  const compilations = new Map<ModelName, Compilation>();
  for (const device of devices.length > 0 ? devices : ['js']) {
    const { models, diagnostics } = await build(files, { targets: [device] });
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
    for (const name of names) {
      const { className } = sources[name];
      const compilation = models.find(({ model }) => model.name === className)!;
      compilations.set(name, compilation);
      const { text } = compilation.files.find(({ path }) => path === `${compilation.module}.js`)!;
      if (name === 'mlp') minified[device] = await bundleModule(text, { minify: true });
      const module = `${text}\nexport { ${className} as Model };\nexport { tensor } from 'kilnn/runtime';\n`;
      writeFileSync(join(folder, `${name}-${device}.mjs`), await bundleModule(module, { minify: true }));
    }
  }
  for (const variant of ['simd', 'relaxed'] as const) writeFileSync(join(folder, `peak-${variant}.wasm`), peakModule(variant));
  writeFileSync(join(folder, 'peak.json'), JSON.stringify({ flopsOfTurn, turns: 60_000 }));
  copyFileSync(sourceOf('peers/peak-worker.mjs'), join(folder, 'peak-worker.mjs'));
  const worker = { entryPoints: [sourceOf('../../runtime/wasm-worker.ts')], outfile: join(folder, 'wasm-worker.mjs') };
  await bundle({ ...worker, bundle: true, format: 'esm', platform: 'neutral', target: 'es2022', logLevel: 'silent' });
  for (const work of works) {
    const problem = problemOf(work, compilations.get(work.model)!);
    writeFileSync(join(folder, `${work.id}.bin`), encodeProblem(problem));
    if (work.kind === 'inference') writeFileSync(join(folder, `${work.id}.onnx`), onnxModel(work.model, problem));
  }
  return { folder, minified };
}
