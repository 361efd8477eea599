import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { unpackChromium, unpackOnce } from './unpack-chromium.js';

/**
 * Headless Chromium from npm alone, with WebGPU on SwiftShader (KILNN_GPU=native: on the machine's GPU). It asks the network for
 * nothing of its own accord.
 */
export async function openChromium(): Promise<Browser> {
  const adapter = process.env.KILNN_GPU === 'native' ? [] : ['--use-webgpu-adapter=swiftshader'];
  return chromium.launch({
    executablePath: join(unpackOnce('chromium', unpackChromium), 'chromium'),
    headless: true,
    args: [
      '--no-sandbox',
      '--headless=shell',
      '--enable-unsafe-webgpu',
      '--enable-features=Vulkan',
      ...adapter,
      '--disable-background-networking',
      '--disable-component-update',
      '--no-pings',
      '--no-first-run',
    ],
  });
}

/** Forbids `eval`, `new Function`, WebAssembly and everything that is not of the page's own origin. */
export const strictPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'";

export interface Page {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** With these a page is isolated from others, and has shared memory. */
export const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** Serves those pages by path on a free local port, each under the policy and with further headers. */
export async function servePages(
  pages: ReadonlyMap<string, Page>,
  policy = strictPolicy,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const page = pages.get(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (!page) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': page.type, 'content-security-policy': policy, ...headers }).end(page.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    close: () => new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  };
}
