import { describe, expect, test } from 'vitest';
import { filesUnder, type Import, importsOf } from './sources.js';

const imports = filesUnder(['dsl', 'compiler', 'runtime'], '.ts').flatMap(importsOf);

/** The part of the house that a path belongs to: `dsl`, `runtime`, `compiler/passes`, `compiler/backends/js`, `compiler/pipeline.ts`. */
function partOf(path: string): string {
  const [top, second, third, fourth] = path.split('/');
  if (top !== 'compiler') return top!;
  if (second === 'backends' && fourth !== undefined) return `compiler/backends/${third}`;
  return `compiler/${second}`;
}

/**
 * What each part may import, besides itself and files of the list `data`. The IR and the op table are one layer: the
 * graph builder asks an op's type rule, and ops speak of graphs.
 */
const core = ['compiler/ir', 'compiler/ops', 'compiler/diagnostics'];
const allowed: Readonly<Record<string, readonly string[]>> = {
  dsl: [],
  runtime: [],
  'compiler/ir': ['compiler/ops'],
  'compiler/ops': ['compiler/ir'],
  'compiler/diagnostics': ['compiler/ir'],
  'compiler/frontend': core,
  'compiler/interpreter': core,
  'compiler/passes': core,
  'compiler/training-step.ts': [...core, 'compiler/passes'],
  'compiler/kernel': core,
  'compiler/backends': [...core, 'compiler/kernel', 'compiler/backends/js', 'compiler/backends/wgsl', 'compiler/backends/wasm'],
  'compiler/backends/js': [...core, 'compiler/kernel'],
  'compiler/backends/wgsl': [...core, 'compiler/kernel'],
  'compiler/backends/wasm': [...core, 'compiler/kernel'],
  'compiler/artifact': core,
  // Prints tensors as the runtime does.
  'compiler/eager': [...core, 'compiler/interpreter', 'compiler/passes', 'dsl', 'runtime'],
  'compiler/checks': [...core, 'compiler/passes'],
  'compiler/programs.ts': [...core, 'compiler/passes', 'compiler/training-step.ts', 'compiler/checks'],
  'compiler/compile-targets.ts': [...core, 'compiler/kernel', 'compiler/backends', 'compiler/programs.ts'],
  'compiler/compilation.ts': ['compiler/checks', 'compiler/compile-targets.ts', 'compiler/programs.ts'],
  'compiler/options.ts': ['compiler/backends'],
  'compiler/output.ts': [...core, 'compiler/artifact', 'compiler/options.ts'],
  'compiler/print-fused.ts': core,
  'compiler/dumps.ts': [
    ...core,
    'compiler/artifact',
    'compiler/kernel',
    'compiler/compile-targets.ts',
    'compiler/options.ts',
    'compiler/print-fused.ts',
  ],
  'compiler/inspect.ts': [...core, 'compiler/kernel'],
  'compiler/pipeline.ts': [
    ...core,
    'compiler/frontend',
    'compiler/passes',
    'compiler/checks',
    'compiler/programs.ts',
    'compiler/compile-targets.ts',
    'compiler/output.ts',
    'compiler/dumps.ts',
    'compiler/options.ts',
    'compiler/inspect.ts',
  ],
  // Reads the runtime's file format with the runtime's reader.
  'compiler/weights.ts': [...core, 'runtime'],
  'compiler/freeze.ts': [
    ...core,
    'compiler/frontend',
    'compiler/passes',
    'compiler/checks',
    'compiler/programs.ts',
    'compiler/compile-targets.ts',
    'compiler/artifact',
    'compiler/fixed-buffers.ts',
    'compiler/fold-state.ts',
    'compiler/output.ts',
    'compiler/options.ts',
    'compiler/weights.ts',
  ],
  'compiler/fixed-buffers.ts': [...core, 'compiler/interpreter', 'compiler/passes'],
  'compiler/fold-state.ts': [...core, 'compiler/interpreter', 'compiler/passes'],
  'compiler/convert.ts': [...core, 'compiler/weights.ts', 'runtime'],
  'compiler/index.ts': [
    ...core,
    'compiler/pipeline.ts',
    'compiler/options.ts',
    'compiler/inspect.ts',
    'compiler/freeze.ts',
    'compiler/convert.ts',
    'compiler/dumps.ts',
    'compiler/output.ts',
  ],
  'compiler/cli': [
    ...core,
    'compiler/compile-targets.ts',
    'compiler/pipeline.ts',
    'compiler/options.ts',
    'compiler/inspect.ts',
    'compiler/freeze.ts',
    'compiler/convert.ts',
  ],
  'compiler/cli.ts': ['compiler/cli', 'compiler/package-root.ts'],
};

/** The data that phases hand to each other: importable by every later phase, without the code that makes it. */
const data = [
  'compiler/frontend/evaluated-model.ts',
  'compiler/kernel/expr.ts',
  'compiler/kernel/kernel.ts',
  'compiler/kernel/program.ts',
  'compiler/kernel/target.ts',
  'compiler/backends/backend.ts',
  'compiler/compilation.ts',
];

/** Packages per part; the rest uses none. */
const packages: Readonly<Record<string, readonly string[]>> = {
  runtime: ['node:fs/promises', 'node:os', 'node:worker_threads'],
  'compiler/frontend': ['ts-morph', 'node:fs', 'node:path', 'node:url'],
  'compiler/diagnostics': ['picocolors', 'node:path'],
  'compiler/artifact': ['esbuild', 'node:path', 'node:url', 'node:zlib'],
  'compiler/backends/wasm': ['watr/compile', 'watr/parse'],
  'compiler/eager': ['node:util'],
  'compiler/weights.ts': ['node:fs/promises'],
  'compiler/output.ts': ['esbuild', 'node:fs/promises', 'node:path'],
  'compiler/dumps.ts': ['node:fs', 'node:path'],
  'compiler/package-root.ts': ['node:fs'],
  'compiler/cli': ['commander', 'picocolors', 'node:fs', 'node:fs/promises', 'node:path', 'node:zlib'],
  'compiler/cli.ts': ['picocolors', 'node:fs'],
};

function isAllowed({ from, to, typeOnly }: Import): boolean {
  const part = partOf(from);
  // The runtime runs in browsers: all it may know of Node is a type.
  if (!/^(dsl|compiler|runtime)\//.test(to)) return (packages[part]?.includes(to) ?? false) && (part !== 'runtime' || typeOnly);
  if (partOf(to) === part) return true;
  if (part.startsWith('compiler/') && to === 'runtime/program.ts') return typeOnly;
  // Memory is planned by one function, when sizes are known: at run time, and for reports.
  if (part === 'compiler/kernel' && to === 'runtime/arena.ts') return true;
  if (part.startsWith('compiler/') && part !== 'compiler/ir' && part !== 'compiler/ops' && data.includes(to)) return true;
  return allowed[part]?.includes(partOf(to)) ?? false;
}

describe('layering', () => {
  test('every import follows an arrow of the design', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.filter((one) => !isAllowed(one)).map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test('no circle of parts', () => {
    const edges = new Map<string, string[]>();
    // The IR and the op table are one layer; data is a part of its own, before the code that makes it.
    const layerOf = (path: string) => (data.includes(path) ? path : partOf(path).replace('compiler/ops', 'compiler/ir'));
    for (const { from, to } of imports) edges.set(layerOf(from), [...(edges.get(layerOf(from)) ?? []), layerOf(to)]);
    expect(circles(edges)).toEqual([]);
  });
});

/** The strongly connected components of more than one member (Tarjan 1972). */
function circles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    stack.push(file);
    for (const next of edges.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const component = stack.splice(stack.indexOf(file));
    if (component.length > 1) found.push(component);
  };
  for (const file of edges.keys()) if (!order.has(file)) visit(file);
  return found;
}
