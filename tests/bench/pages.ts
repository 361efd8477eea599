import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { isolation, openChromium } from '../helpers/chromium.js';
import type { Host, Output, Readiness } from './host.js';
import { quantile } from './measure.js';
import type { ColdStarts } from './report.js';
import type { Side } from './sides.js';
import type { Work } from './works.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const types: Readonly<Record<string, string>> = {
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.html': 'text/html',
};
const coldRounds = 9;

/** Sides as the pages of a browser, from a server on this machine that isolates them, so that they have shared memory. */
export class Pages {
  private constructor(
    private readonly browser: Browser,
    private readonly server: Server,
    private readonly url: string,
  ) {}

  static async open(sides: readonly Side[], folder: string): Promise<Pages> {
    for (const module of new Set(sides.map(({ module }) => module))) await bundlePage(module, folder);
    const server = await serve({ files: folder, modules: join(here, 'node_modules') });
    try {
      return new Pages(await openChromium(), server, `http://localhost:${(server.address() as AddressInfo).port}`);
    } catch (error) {
      server.close();
      throw error;
    }
  }

  get version(): string {
    return `headless Chromium ${this.browser.version()}`;
  }

  /** In a context of its own, which means a process of its own. */
  async start(side: Side): Promise<Host> {
    const context = await this.browser.newContext();
    const page = await this.visit(context, side, 'work');
    return new SidePage(side, page);
  }

  /** Medians of milliseconds from the start of a page's load to the first result of the MLP, without anything cached, all in turn. */
  async coldStarts(sides: readonly Side[]): Promise<ColdStarts> {
    const times = new Map<string, number[]>(sides.map(({ id }) => [id, []]));
    // The first round brings the files into memory.
    for (let round = 0; round <= coldRounds; round++) {
      for (const side of sides) {
        const context = await this.browser.newContext();
        const page = await this.visit(context, side, 'first');
        if (round > 0) times.get(side.id)!.push(await page.evaluate<number>('window.bench.elapsed'));
        await context.close();
      }
    }
    return {
      title: 'Start of the load of a page to the first result of the MLP, batch 1, nothing cached',
      times: Object.fromEntries([...times].map(([id, list]) => [id, quantile(list, 0.5)])),
    };
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Opens the page of a side and waits until it is ready. */
  private async visit(context: BrowserContext, { title, module, threads, device = '' }: Side, task: 'work' | 'first'): Promise<Page> {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('requestfailed', (request) => complaints.push(`${request.url()} ${request.failure()?.errorText}`));
    const query = new URLSearchParams({ script: `page-${module}.mjs`, threads: String(threads), device, task });
    await page.goto(`${this.url}/?${query}`);
    try {
      await page.waitForFunction('window.bench', undefined, { timeout: 60_000 });
    } catch (error) {
      throw new Error(`${title}: ${[...complaints, (error as Error).message].join('; ')}`);
    }
    const failure = await page.evaluate<string | undefined>('window.bench.failure');
    if (failure !== undefined) throw new Error(`${title}: ${failure}`);
    return page;
  }
}

class SidePage implements Host {
  constructor(
    readonly side: Side,
    private readonly page: Page,
  ) {}

  async prepare(work: Work): Promise<Readiness> {
    const found = await this.ask<SentReadiness>('prepare', work);
    if (!found.offered) return { offered: false };
    const outputs = found.outputs.map(({ length, data }): Output => ({ length, data: Float32Array.from(data) }));
    return { offered: true, cost: found.cost, outputs, ...(found.flops != null && { flops: found.flops }) };
  }

  measure(window: number): Promise<readonly number[]> {
    return this.ask<readonly number[]>('measure', window);
  }

  stop(): void {
    // The browser closes them all; until then it may be busy.
    void this.page
      .context()
      .close()
      .catch(() => {});
  }

  private async ask<T>(method: string, argument: unknown): Promise<T> {
    try {
      return await this.page.evaluate<T>(`window.bench.${method}(${JSON.stringify(argument)})`);
    } catch (error) {
      throw new Error(`${this.side.title}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
}

/** As it comes from a page: no typed arrays. */
type SentReadiness =
  | { readonly offered: false }
  | {
      readonly offered: true;
      readonly outputs: readonly { readonly length: number; readonly data: readonly number[] }[];
      readonly cost: number;
      readonly flops?: number | null;
    };

/** `page-<module>.mjs`: a side with what a page does with it. What its library loads on demand stays apart. */
async function bundlePage(module: string, folder: string): Promise<void> {
  const own = join(here, 'peers', 'browser', `${module}.mjs`);
  const shared = join(here, 'peers', `${module}.mjs`);
  await build({
    stdin: {
      contents: `import { open } from '${existsSync(own) ? own : shared}'; import { host } from './peers/page.mjs'; host(open);`,
      resolveDir: here,
    },
    outdir: folder,
    entryNames: `page-${module}`,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // Served as they are, or never reached in a page.
    external: [
      '/modules/*',
      './web-worker.mjs',
      'node:*',
      'fs',
      'path',
      'os',
      'util',
      'crypto',
      'worker_threads',
      'perf_hooks',
      'string_decoder',
    ],
    legalComments: 'none',
    logLevel: 'silent',
  });
}

/** Serves `/files/...` and `/modules/...` from folders, and at `/` a page that runs the script which its address names. */
async function serve(folders: Readonly<Record<string, string>>): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const send = (type: string, body: string | Uint8Array) => response.writeHead(200, { 'content-type': type, ...isolation }).end(body);
    if (pathname === '/') {
      send('text/html', `<!doctype html><title>bench</title><script type="module" src="/files/${searchParams.get('script')}"></script>`);
      return;
    }
    const [, top = '', ...rest] = normalize(decodeURIComponent(pathname)).split('/');
    const path = folders[top] && join(folders[top], ...rest);
    if (path && existsSync(path)) send(types[extname(path)] ?? 'application/octet-stream', readFileSync(path));
    else response.writeHead(404, isolation).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
