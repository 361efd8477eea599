import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { defineConfig } from 'vitest/config';

/** Standard decorators are lowered by esbuild: Vite's own transformer leaves them in place and Node 20 cannot parse them. */
const decorators = {
  name: 'kilnn:decorators',
  enforce: 'pre' as const,
  async transform(code: string, id: string) {
    if (!/\.ts$/.test(id) || id.includes('/node_modules/')) return null;
    const result = await transform(code, { loader: 'ts', target: 'es2022', sourcemap: true, sourcefile: id });
    return { code: result.code, map: result.map };
  },
};

/** The package's own name means its sources here, as in tsconfig's paths. */
const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const alias = [
  { find: /^kilnn$/, replacement: source('dsl/index.ts') },
  { find: /^kilnn\/compiler$/, replacement: source('compiler/index.ts') },
  { find: /^kilnn\/eager$/, replacement: source('compiler/eager/index.ts') },
  { find: /^kilnn\/runtime$/, replacement: source('runtime/index.ts') },
  { find: /^kilnn\/runtime\/(.*)$/, replacement: source('runtime/$1.ts') },
];

export default defineConfig({
  plugins: [decorators],
  resolve: { alias },
  oxc: false,
  test: {
    include: ['tests/**/*.test.ts'],
    setupFiles: ['tests/helpers/fixed-seed.ts'],
    reporters: ['default', './tests/torch/table-reporter.ts'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // A process loads the compiler, and TypeScript with it, for seconds: the files of a worker share it. No module of kilnn keeps
    // anything between uses, but for caches and for `kilnn/eager`, which every test that runs eagerly imports.
    isolate: false,
    maxWorkers: 2,
  },
});
