import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleModule } from '../../compiler/artifact/bundle.js';
import { build, formatDiagnostics } from '../../compiler/index.js';
import { openChromium, servePages } from '../helpers/chromium.js';

/** What the page finds: losses of three steps, then logits and a weight's first elements, on webgpu and on js. */
interface Found {
  readonly device: string;
  readonly losses: number[];
  readonly logits: number[];
  readonly weight: number[];
}

const script = `
import { Mlp } from './mlp.js';
const x = Float32Array.from({ length: 8 * 784 }, (_, i) => Math.sin(i));
const y = Int32Array.from({ length: 8 }, (_, i) => i % 10);
async function run(device) {
  const model = await Mlp.create({ device, seed: 1 });
  const losses = [];
  for (let step = 0; step < 3; step++) losses.push(await (await model.train.objective(x, y)).loss.item());
  const logits = Array.from(await (await model.forward(x)).data());
  const weight = Array.from((await (await model.stateDict())['hidden.weight'].data()).subarray(0, 1000));
  return { device: model.device, losses, logits, weight };
}
window.found = (async () => [await run('webgpu'), await run('js')])();
window.found.catch(() => {});
const attempt = (action) => {
  try {
    return String(action());
  } catch (error) {
    return error.name;
  }
};
window.forbidden = [
  attempt(() => new Function('return 1')()),
  attempt(() => new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))),
];
`;

let browser: Browser;
const folder = mkdtempSync(join(tmpdir(), 'kilnn-browser-'));
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

test('a built module trains and predicts on webgpu as on js, in a browser, under a strict policy', async () => {
  const source = fileURLToPath(new URL('../../golden/models/mlp.ts', import.meta.url));
  const { diagnostics } = await build([source], { out: folder });
  expect(formatDiagnostics(diagnostics, { source: () => undefined })).toBe('');
  const pages = new Map([
    ['/', { type: 'text/html', body: '<!doctype html><title>kilnn</title><script type="module" src="main.js"></script>' }],
    ['/main.js', { type: 'text/javascript', body: script }],
    ['/mlp.js', { type: 'text/javascript', body: await bundleModule(readFileSync(join(folder, 'mlp.js'), 'utf8')) }],
  ]);
  const server = await servePages(pages);
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(server.url, { waitUntil: 'load' });
  const [gpu, js] = (await page.evaluate('window.found')) as [Found, Found];
  expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([]);
  expect([gpu.device, js.device]).toEqual(['webgpu', 'js']);
  for (const part of ['losses', 'logits', 'weight'] as const) {
    const worst = Math.max(...gpu[part].map((value, i) => Math.abs(value - js[part][i]!)));
    expect(gpu[part].length, part).toBe(js[part].length);
    expect(worst, part).toBeLessThan(1e-5);
  }
  expect(gpu.losses[2]).toBeLessThan(gpu.losses[0]!);
  // What the policy forbids is really forbidden (asked by the page itself: what the driver evaluates is exempt).
  expect(await page.evaluate('window.forbidden')).toEqual(['EvalError', 'CompileError']);
  await page.close();
  await server.close();
}, 300_000);
