import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

let made: Promise<URL> | undefined;

/** The module of the wasm device's workers as JavaScript: tests run the sources, which Node cannot. */
export function wasmWorker(): Promise<URL> {
  made ??= makeWorker();
  return made;
}

async function makeWorker(): Promise<URL> {
  const file = join(mkdtempSync(join(tmpdir(), 'kilnn-worker-')), 'wasm-worker.mjs');
  const source = fileURLToPath(new URL('../../runtime/wasm-worker.ts', import.meta.url));
  await build({
    entryPoints: [source],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    logLevel: 'silent',
  });
  return pathToFileURL(file);
}
