import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleModule } from '../../compiler/artifact/bundle.js';
import { ConstantPool, targetPlan } from '../../compiler/artifact/plan.js';
import { assembleTarget, packTarget } from '../../compiler/artifact/wasm-code.js';
import { assembleVariants, assembleWasm } from '../../compiler/backends/wasm/assemble.js';
import { type BuildResult, build, freeze } from '../../compiler/index.js';
import { relaxedModule } from '../../runtime/devices/wasm/code.js';
import { type ModelClass, saveSafetensors } from '../../runtime/index.js';
import { wasmInline } from '../../runtime/wasm.js';
import type { AnyModel } from '../e2e/built.js';
import { offerRelaxedSimd } from '../helpers/relaxed-simd.js';

const source = 'golden/models/softmax-regression.ts';
let folder: string;
let built: BuildResult;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kilnn-wasm-'));
  built = await build([source], { targets: ['wasm'], emit: ['wat'] });
});
afterAll(() => rmSync(folder, { recursive: true }));

const planOf = ({ models }: BuildResult) => targetPlan(models[0]!.model, models[0]!.targets[0]!, new ConstantPool(), new Map());

test('the module by which the runtime asks for relaxed SIMD is what its text assembles to', () => {
  const zero = '(i8x16.splat (i32.const 0))';
  const binary = assembleWasm(`(module (func (result v128) (f32x4.relaxed_madd ${zero} ${zero} ${zero})))`, 'relaxed');
  expect(Buffer.from(binary).toString('base64')).toBe(relaxedModule);
});

describe('the binary of a model', () => {
  test('is what --emit wat prints, assembled', () => {
    const { simd, relaxed } = assembleTarget(planOf(built));
    const printed = assembleVariants(built.dumps[0]!.text);
    expect(Buffer.compare(simd, printed.simd)).toBe(0);
    expect(Buffer.compare(relaxed, printed.relaxed)).toBe(0);
    const fused = Buffer.of(0xfd, 0x85, 2);
    expect([simd, relaxed].map((binary) => Buffer.from(binary).includes(fused))).toEqual([false, true]);
  });

  test('is the one for shared memory but for one byte', () => {
    const { simd, shared } = assembleTarget(planOf(built));
    const text = built.dumps[0]!.text.replace('(memory 1 65536)', '(memory 1 65536 shared)');
    const patched = simd.slice();
    expect(patched[shared]).toBe(1);
    patched[shared] = 3;
    expect(Buffer.compare(patched, assembleVariants(text).simd)).toBe(0);
    expect(WebAssembly.validate(simd) && WebAssembly.validate(patched)).toBe(true);
  });

  test('comes out of its packing as either variant, for shared memory or not', async () => {
    offerRelaxedSimd(true);
    const { text, choice, shared } = packTarget(planOf(built));
    const load = async (relaxed: boolean, memory: number): Promise<Uint8Array> => {
      const seen: Uint8Array[] = [];
      await wasmInline(text, choice)(relaxed, (binary) => {
        binary[shared] = memory;
        seen.push(binary.slice());
      });
      return seen[0]!;
    };
    const fused = Buffer.of(0xfd, 0x85, 2);
    for (const memory of [1, 3]) {
      const simd = Buffer.from(await load(false, memory));
      const relaxed = Buffer.from(await load(true, memory));
      expect([simd.length, simd.includes(fused), relaxed.includes(fused)]).toEqual([relaxed.length, false, true]);
      expect([simd[choice], relaxed[choice]]).toEqual(choice === 0 ? [0, 0] : [0, 1]);
    }
  });

  test('takes less room than its variants', () => {
    const { simd, relaxed } = assembleTarget(planOf(built));
    const apart = deflateRawSync(Buffer.concat([simd, relaxed]), { level: 9, memLevel: 9 }).toString('base64');
    expect(packTarget(planOf(built)).text.length).toBeLessThan(apart.length);
  });

  test('is the same bytes every time', async () => {
    const again = await build([source], { targets: ['wasm'] });
    expect(again.models[0]!.files).toEqual(built.models[0]!.files);
  });
});

describe('in Node', () => {
  const results = async (file: string) => {
    const { SoftmaxRegression } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, ModelClass<AnyModel>>;
    const model = await SoftmaxRegression!.create({ device: 'wasm', seed: 3 });
    const x = Float32Array.from({ length: 2 * 784 }, (_, i) => Math.sin(i));
    return { model, data: Buffer.from((await (await model.forward!(x)).data()).buffer).toString('hex') };
  };

  test('in files beside the module, and frozen, both ways', async () => {
    await build([source], { targets: ['wasm'], out: join(folder, 'inline') });
    await build([source], { targets: ['wasm'], wasm: 'file', out: join(folder, 'file') });
    const name = (place: string) => join(folder, place, 'softmax-regression.js');
    expect(readFileSync(name('file'), 'utf8')).toContain("new URL('./softmax-regression.relaxed.wasm', import.meta.url)");
    const { model, data } = await results(name('inline'));
    expect((await results(name('file'))).data).toBe(data);
    const weights = join(folder, 'weights.safetensors');
    await saveSafetensors(weights, await model.stateDict());
    for (const wasm of ['inline', 'file'] as const) {
      const out = join(folder, `frozen-${wasm}`);
      const { diagnostics, binaries } = await freeze(source, { weights, targets: ['wasm'], wasm, out, minify: true });
      expect([diagnostics, binaries.length]).toEqual([[], wasm === 'file' ? 2 : 0]);
      const text = readFileSync(join(out, 'softmax-regression.js'), 'utf8');
      // Where the binary is a file, Node's way to read one is there.
      if (wasm === 'inline') expect(text).not.toMatch(/import\(|from\s*["']|wasm-worker/);
      const frozen = await results(join(out, 'softmax-regression.js'));
      expect(frozen.data).toBe(data);
      expect((frozen.model as unknown as { dispose(): void }).dispose()).toBe(undefined);
    }
  });

  test('a process ends although workers wait, and with a worker module that a bundler has made', async () => {
    await build([source], { targets: ['wasm'], out: folder });
    const module = readFileSync(join(folder, 'softmax-regression.js'), 'utf8');
    writeFileSync(join(folder, 'bundle.mjs'), await bundleModule(module));
    const worker = await bundleModule("import 'kilnn/runtime/wasm-worker';");
    writeFileSync(join(folder, 'wasm-worker.mjs'), worker);
    writeFileSync(
      join(folder, 'main.mjs'),
      `import { SoftmaxRegression } from './bundle.mjs';
      const model = await SoftmaxRegression.create({ device: 'wasm', threads: 2, worker: new URL('./wasm-worker.mjs', import.meta.url) });
      const result = await model.forward(new Float32Array(1000 * 784));
      console.log(JSON.stringify([model.threads, result.shape]));`,
    );
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, 'main.mjs')], { timeout: 30_000 });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([{ count: 2 }, [1000, 10]]);
  });
});
