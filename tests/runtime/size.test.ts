import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bundleModule } from '../../compiler/artifact/bundle.js';
import { build, type Compilation } from '../../compiler/index.js';

/** Bytes of a program after bundling, minifying and compressing. */
async function gzipped(source: string): Promise<number> {
  return gzipSync(await bundleModule(source, { minify: true }), { level: 9 }).length;
}

const define = (imports: string, targets: string) =>
  `import { defineModel } from 'kilnn/runtime'; ${imports} export const Net = defineModel({}, [${targets}]);`;
const defineWithLoops = (imports: string, targets: string) =>
  define(
    `${imports} import { regions as a } from 'kilnn/runtime/js-regions'; import { regions as b } from 'kilnn/runtime/webgpu-regions';`,
    targets,
  );
const js = "import { js } from 'kilnn/runtime/js';";
const webgpu = "import { webgpu } from 'kilnn/runtime/webgpu';";
const wasm = "import { wasm, wasmFiles, wasmInline } from 'kilnn/runtime/wasm';";
const wasmLoops = "import { regions as c } from 'kilnn/runtime/wasm-regions';";

/** The runtime's own part of a built module, without its kernels and plan. */
describe('bytes of the runtime, minified and compressed', () => {
  test.each([
    ['models on js', define(js, 'js({})'), 8000],
    ['models on js and webgpu', define(js + webgpu, 'js({}), webgpu({})'), 12500],
    ['models on wasm', define(wasm, "wasm({ code: wasmInline('', 0) })"), 9500],
    ['models on wasm, in files of its own', define(wasm, 'wasm({ code: wasmFiles(() => {}) })'), 9500],
    ['models with loops on wasm', define(wasm + wasmLoops, "wasm({ code: wasmInline('', 0) }, c)"), 10000],
    ['models on js, wasm and webgpu', define(js + wasm + webgpu, "js({}), wasm({ code: wasmInline('', 0) }), webgpu({})"), 16500],
    ["wasm's threads", "export { openThreads } from 'kilnn/runtime/wasm-threads';", 2600],
    ["the module of wasm's workers", "import 'kilnn/runtime/wasm-worker';", 1500],
    ['models with loops on js', defineWithLoops(js, 'js({}, a)'), 8500],
    ['models with loops on js and webgpu', defineWithLoops(js + webgpu, 'js({}, a), webgpu({}, b)'), 14000],
    [
      'frozen models on js',
      `import { defineFrozen } from 'kilnn/runtime/frozen'; ${js} export const Net = defineFrozen({}, [js({})]);`,
      5500,
    ],
    ['safetensors files', `export { loadSafetensors, saveSafetensors } from 'kilnn/runtime';`, 4500],
    ['the data loader', `export { DataLoader, TensorDataset } from 'kilnn/runtime';`, 3500],
    ['the data loader with workers', `export { DataLoader, serveDatasets } from 'kilnn/runtime';`, 5000],
    ["PyTorch's files", `export { loadTorch } from 'kilnn/runtime/torch';`, 7000],
  ])('%s', async (what, source, limit) => {
    const bytes = await gzipped(source);
    console.log(`${what}: ${bytes} bytes`);
    expect(bytes).toBeLessThan(limit);
    expect(bytes).toBeGreaterThan(500);
  });
});

describe('bytes of the MLP with its runtime, forward and training, minified and compressed', () => {
  const file = fileURLToPath(new URL('../../golden/models/mlp.ts', import.meta.url));

  /** What runs several threads is loaded by pages that ask for them: bundlers make a file of its own of it. */
  const gzippedModule = ({ files }: Compilation): Promise<number> => {
    const { text } = files.find(({ path }) => path.endsWith('.js'))!;
    return gzipped(text.replace(/, threads: \(\) => import\('kilnn\/runtime\/wasm-threads'\)/, ''));
  };

  test.each([
    [['js'], 11_900],
    [['wasm'], 20_700],
    [['js', 'webgpu'], 19_600],
    [['js', 'wasm', 'webgpu'], 32_000],
  ] as const)('for %s', async (targets, limit) => {
    const { models, diagnostics } = await build([file], { targets: [...targets] });
    expect(diagnostics).toEqual([]);
    const bytes = await gzippedModule(models[0]!);
    console.log(`MLP for ${targets.join(' and ')}: ${bytes} bytes`);
    expect(bytes).toBeLessThanOrEqual(limit);
    expect(bytes).toBeGreaterThan(limit / 4);
  });

  test('for js, wasm and webgpu, the binary in a file, of which a page loads one variant', async () => {
    const { models, diagnostics } = await build([file], { wasm: 'file' });
    expect(diagnostics).toEqual([]);
    const { binaries } = models[0]!;
    expect(binaries.map(({ path }) => path)).toEqual(['mlp.wasm', 'mlp.relaxed.wasm']);
    const bytes =
      (await gzippedModule(models[0]!)) + Math.max(...binaries.map(({ bytes: binary }) => gzipSync(binary, { level: 9 }).length));
    console.log(`MLP for js and wasm and webgpu, the binary in a file: ${bytes} bytes`);
    expect(bytes).toBeLessThanOrEqual(30_300);
  });
});
