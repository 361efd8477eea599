import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleModule } from '../../compiler/artifact/bundle.js';
import { build } from '../../compiler/index.js';
import { isolation, openChromium, type Page, servePages, strictPolicy } from '../helpers/chromium.js';
import { wasmWorker } from '../helpers/wasm-worker.js';

/** What a page finds. */
interface Found {
  readonly device: string;
  readonly threads: { readonly count: number; readonly note?: string };
  readonly losses: number[];
  readonly logits: number[];
  readonly notes: string[];
  /** What was compiled, and how. */
  readonly compiled: string[];
}

/** Trains and predicts with the options of the call; tells how WebAssembly was asked to compile. */
const run = `
const compiled = [];
for (const name of ['compile', 'compileStreaming']) {
  const plain = globalThis.WebAssembly?.[name];
  if (plain) WebAssembly[name] = (source) => {
    compiled.push(name + (source instanceof Response ? ' ' + new URL(source.url).pathname : ''));
    return plain.call(WebAssembly, source);
  };
}
export async function run(Mlp, options) {
  const notes = [];
  compiled.length = 0;
  const model = await Mlp.create({ seed: 1, onNote: (note) => notes.push(note), ...options });
  const x = Float32Array.from({ length: 64 * 784 }, (_, i) => Math.sin(i));
  const y = Int32Array.from({ length: 64 }, (_, i) => i % 10);
  const losses = [];
  for (let step = 0; step < 3; step++) losses.push(await (await model.train.objective(x, y)).loss.item());
  const logits = Array.from(await (await model.forward(x)).data());
  const found = { device: model.device, threads: model.threads, losses, logits, notes, compiled: [...compiled] };
  model.dispose();
  return found;
}
`;

const main = `
import { run } from './run.js';
import { Mlp } from './mlp.js';
import { Mlp as FileMlp } from './files/mlp.js';
const attempt = async (Net, options) => {
  try {
    return await run(Net, options);
  } catch (error) {
    return { error: error.code + ' ' + error.message };
  }
};
window.run = (options, files) => attempt(files ? FileMlp : Mlp, options);
window.inWorker = (options) =>
  new Promise((resolve, reject) => {
    const worker = new Worker('./in-worker.js', { type: 'module' });
    worker.onmessage = ({ data }) => (worker.terminate(), resolve(data));
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(options);
  });
`;

const inWorker = `
import { run } from './run.js';
import { Mlp } from './mlp.js';
onmessage = async ({ data }) => postMessage(await run(Mlp, data));
`;

const wasmPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";

let browser: Browser;
let pages: Map<string, Page>;
beforeAll(async () => {
  browser = await openChromium();
  const source = fileURLToPath(new URL('../../golden/models/mlp.ts', import.meta.url));
  const [inline, files] = await Promise.all(
    (['inline', 'file'] as const).map(async (wasm) => (await build([source], { targets: ['js', 'wasm'], wasm })).models[0]!),
  );
  const script = (body: string) => ({ type: 'text/javascript', body });
  pages = new Map<string, Page>([
    ['/', { type: 'text/html', body: '<!doctype html><title>kilnn</title><script type="module" src="main.js"></script>' }],
    ['/main.js', script(main)],
    ['/run.js', script(run)],
    ['/in-worker.js', script(inWorker)],
    ['/mlp.js', script(await bundleModule(inline!.files[0]!.text))],
    ['/files/mlp.js', script(await bundleModule(files!.files[0]!.text))],
    ...files!.binaries.map(({ path, bytes }): [string, Page] => [`/files/${path}`, { type: 'application/wasm', body: bytes }]),
    // Where the bundle looks for it.
    ['/wasm-worker.js', script(readFileSync(await wasmWorker(), 'utf8'))],
  ]);
}, 300_000);
afterAll(() => browser?.close());

async function visit<T>(
  policy: string,
  headers: Readonly<Record<string, string>>,
  ask: (evaluate: (code: string) => Promise<Found>) => T,
): Promise<Awaited<T>> {
  const server = await servePages(pages, policy, headers);
  const page = await browser.newPage();
  try {
    await page.goto(server.url, { waitUntil: 'load' });
    await page.waitForFunction('window.run');
    return await ask((code) => page.evaluate(code) as Promise<Found>);
  } finally {
    await page.close();
    await server.close();
  }
}

function expectSame(found: Found, expected: Found): void {
  for (const part of ['losses', 'logits'] as const) {
    expect(found[part]).toHaveLength(expected[part].length);
    const worst = Math.max(...found[part].map((value, i) => Math.abs(value - expected[part][i]!)));
    expect(worst, part).toBeLessThan(1e-4);
  }
}

test('an isolated page: the default device, threads, files, a worker of the page', async () => {
  await visit(wasmPolicy, isolation, async (evaluate) => {
    const js = await evaluate("run({ device: 'js' })");
    const one = await evaluate('run({})');
    expect(one).toMatchObject({ device: 'wasm', threads: { count: 1 }, notes: [], compiled: ['compile'] });
    expectSame(one, js);

    const two = await evaluate('run({ threads: 2 })');
    expect(two.threads).toEqual({ count: 2 });
    expect([two.losses, two.logits]).toEqual([one.losses, one.logits]);

    const streamed = await evaluate('run({}, true)');
    expect(streamed.compiled).toEqual(['compileStreaming /files/mlp.relaxed.wasm']);
    expect([streamed.losses, streamed.logits]).toEqual([one.losses, one.logits]);

    const worker = await evaluate('inWorker({ threads: 2 })');
    expect(worker).toMatchObject({ device: 'wasm', threads: { count: 2 } });
    expect([worker.losses, worker.logits]).toEqual([one.losses, one.logits]);
  });
}, 120_000);

test('a page that is not isolated runs on one thread and says why', async () => {
  const found = await visit(wasmPolicy, {}, (evaluate) => evaluate("run({ threads: 'auto' })"));
  expect(found).toMatchObject({ device: 'wasm', threads: { count: 1, note: expect.stringContaining('Cross-Origin-Opener-Policy') } });
}, 60_000);

test("a policy without 'wasm-unsafe-eval': js and a note, or an error for who asks for wasm", async () => {
  await visit(strictPolicy, {}, async (evaluate) => {
    const found = await evaluate('run({})');
    expect(found.device).toBe('js');
    expect(found.notes).toEqual([expect.stringMatching(/^Mlp runs on js: WebAssembly is not available here: .*'wasm-unsafe-eval'/)]);
    expect(await evaluate("run({ device: 'wasm' })")).toEqual({
      error: expect.stringMatching(/^KN5001 WebAssembly is not available here: .*'wasm-unsafe-eval'/),
    });
  });
}, 60_000);
