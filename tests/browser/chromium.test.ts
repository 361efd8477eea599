import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChromium, servePages } from '../helpers/chromium.js';

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

test('a page has WebGPU under a strict content security policy', async () => {
  const server = await servePages(new Map([['/', { type: 'text/html', body: '<!doctype html><title>kilnn</title>' }]]));
  const page = await browser.newPage();
  await page.goto(server.url);
  const adapter = await page.evaluate(async () => {
    const found = await navigator.gpu?.requestAdapter();
    return found && `${found.info.vendor} ${found.info.architecture}`;
  });
  console.info(`WebGPU adapter in ${browser.version()}: ${adapter}`);
  expect(adapter).toMatch(/\w/);
  await page.close();
  await server.close();
});
