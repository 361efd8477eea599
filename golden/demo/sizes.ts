import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Prints what a page that uses the modules would download, weights of the trained model apart. */
export async function showSizes(modules: readonly string[], root: string): Promise<void> {
  const text = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`.padStart(10);
  console.log(`${'module'.padEnd(30)}${'as built'.padStart(10)}   with the runtime: ${'min'.padStart(8)}${'min + gzip'.padStart(13)}`);
  for (const module of modules) {
    const bundle = await bundled(module);
    const columns = [
      text((await readFile(module)).length),
      ' '.repeat(19),
      text(bundle.length),
      '  ',
      text(gzipSync(bundle, { level: 9 }).length),
    ];
    console.log(`${relative(root, module).padEnd(30)}${columns.join('')}`);
  }
}

/** The module and what it imports of the runtime, in one minified file. */
async function bundled(module: string): Promise<Uint8Array> {
  const result = await build({
    entryPoints: [module],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  return result.outputFiles[0]!.contents;
}
