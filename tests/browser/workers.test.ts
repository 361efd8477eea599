import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChromium, servePages } from '../helpers/chromium.js';
import { bundleSources, numbersModule } from '../helpers/dataset-module.js';

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

const main = `
import { DataLoader } from 'kilnn/runtime';
import { broken, numbers, rows } from './numbers.js';

const module = new URL('./numbers.mjs', import.meta.url);
const found = [];
for await (const { label } of new DataLoader(numbers, { batchSize: 10, workers: 2, module })) found.push(await label.toArray());
// As a bundler would see it.
const start = () => new Worker(new URL('./numbers.mjs', import.meta.url), { type: 'module' });
for await (const [x] of new DataLoader(rows, { batchSize: 4, workers: 1, module: start })) found.push(x.shape);
const failed = async (dataset, module) => {
  try {
    for await (const _ of new DataLoader(dataset, { workers: 2, module }));
    return 'nothing';
  } catch (error) {
    return error.code + ' ' + error.message.replace(/worker [01]/, 'a worker');
  }
};
const failures = [await failed(broken, module), await failed(broken, new URL('/missing.mjs', module))];
globalThis.done = { found, failures };
`;

test('the workers of a DataLoader in a page, under a strict content security policy', async () => {
  const folder = await bundleSources({ 'numbers.ts': numbersModule, 'main.ts': main });
  const script = (name: string) => ({ type: 'text/javascript', body: readFileSync(new URL(name, folder), 'utf8') });
  const server = await servePages(
    new Map([
      ['/', { type: 'text/html', body: '<!doctype html><title>kilnn</title><script type="module" src="/main.mjs"></script>' }],
      ['/main.mjs', script('main.mjs')],
      ['/numbers.mjs', script('numbers.mjs')],
    ]),
  );
  const page = await browser.newPage();
  await page.goto(server.url);
  const handle = await page.waitForFunction(() => (globalThis as { done?: unknown }).done, undefined, { timeout: 30_000 });
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  expect(await handle.jsonValue()).toEqual({
    found: [range(0, 10), range(10, 20), range(20, 23), [4, 2], [4, 2], [2, 2]],
    failures: [
      'KN5006 a worker: sample 7: no such picture',
      expect.stringMatching(/^KN5006 a worker \(http:\/\/localhost:\d+\/missing\.mjs\): its module cannot be loaded$/),
    ],
  });
  await page.close();
  await server.close();
});
