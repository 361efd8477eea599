import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

export interface Bytes {
  readonly title: string;
  readonly raw: number;
  readonly gzip: number;
}

const folder = fileURLToPath(new URL('.', import.meta.url));
const modules = join(folder, 'node_modules');

/** What a page loads of each library to run the MLP, weights apart: the bundle for browsers, and the binaries that it fetches. */
const peers: readonly { readonly title: string; readonly source: string; readonly binaries: readonly string[] }[] = [
  {
    title: 'jax-js',
    source: "import { jit, lax, nn, numpy } from '@jax-js/jax'; console.log(jit, lax.dot, nn.relu, numpy.matmul);",
    binaries: [],
  },
  {
    title: 'tfjs core + wasm',
    source:
      "import * as tf from '@tensorflow/tfjs-core'; import '@tensorflow/tfjs-backend-wasm'; console.log(tf.setBackend, tf.fused.matMul, tf.tensor, tf.tidy);",
    binaries: ['@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'],
  },
  {
    title: 'tfjs core + cpu',
    source:
      "import * as tf from '@tensorflow/tfjs-core'; import '@tensorflow/tfjs-backend-cpu'; console.log(tf.setBackend, tf.fused.matMul, tf.tensor, tf.tidy);",
    binaries: [],
  },
  {
    title: 'onnxruntime-web, wasm',
    source: "import { InferenceSession, Tensor } from 'onnxruntime-web/wasm'; console.log(InferenceSession.create, Tensor);",
    binaries: ['onnxruntime-web/dist/ort-wasm-simd-threaded.wasm'],
  },
];

/** `own`: Kilnn's minified modules of the MLP with the runtime, by device. */
export async function bytesToBrowser(own: Readonly<Record<string, string>>): Promise<Bytes[]> {
  const found = Object.entries(own).map(([device, text]) => sizes(`Kilnn ${device}`, [Buffer.from(text)]));
  for (const { title, source, binaries } of peers) {
    const { outputFiles } = await build({
      stdin: { contents: source, resolveDir: folder },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      // Bundles that end in a server's modules.
      external: ['fs', 'path', 'os', 'util', 'crypto', 'worker_threads', 'perf_hooks', 'string_decoder', 'node:*', 'module', 'url'],
      legalComments: 'none',
      logLevel: 'silent',
      outdir: folder,
      splitting: true,
    });
    // The part that every page loads: what is imported later (other backends) is not counted.
    const entry = outputFiles.find(({ path }) => path.endsWith('stdin.js'))!;
    const loaded = new Set<string>();
    const follow = (path: string, text: string): void => {
      if (loaded.has(path)) return;
      loaded.add(path);
      for (const [, other] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) {
        const file = outputFiles.find((one) => one.path.endsWith(other!));
        if (file) follow(file.path, file.text);
      }
    };
    follow(entry.path, entry.text);
    const scripts = outputFiles.filter(({ path }) => loaded.has(path)).map(({ contents }) => Buffer.from(contents));
    found.push(sizes(title, [...scripts, ...binaries.map((path) => readFileSync(join(modules, path)))]));
  }
  return found;
}

function sizes(title: string, files: readonly Buffer[]): Bytes {
  const sum = (count: (file: Buffer) => number) => files.reduce((total, file) => total + count(file), 0);
  return { title, raw: sum(({ length }) => length), gzip: sum((file) => gzipSync(file, { level: 9 }).length) };
}
