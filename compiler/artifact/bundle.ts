import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

export interface BundleOptions {
  readonly minify?: boolean;
}

/**
 * A module together with the part of the runtime that it uses, as one file that imports nothing. Throws esbuild's BuildFailure when the
 * source is no module.
 */
export async function bundleModule(source: string, options: BundleOptions = {}): Promise<string> {
  const result = await build({
    stdin: { contents: source, loader: 'js', resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    plugins: [ownRuntime],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    legalComments: 'none',
    charset: 'utf8',
    minify: options.minify ?? false,
    logLevel: 'silent',
  });
  return result.outputFiles[0]!.text;
}

/** The module that workers of the wasm device run, on its own. */
export const bundleWorker = (): Promise<string> => bundleModule("import 'kilnn/runtime/wasm-worker';", { minify: true });

/** `kilnn/runtime` is the runtime that this compiler came with, wherever the bundled module will lie. */
const ownRuntime: Plugin = {
  name: 'kilnn:runtime',
  setup({ onResolve }) {
    onResolve({ filter: /^kilnn\/runtime(\/|$)/ }, ({ path }) => {
      const file = path.slice('kilnn/runtime'.length) || '/index';
      return {
        path: fileURLToPath(new URL(`../../runtime${file}${extname(import.meta.url)}`, import.meta.url)),
        sideEffects: file === '/wasm-worker',
      };
    });
  },
};
