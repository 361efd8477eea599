/**
 * How fast tiles of contractions run from the first cache, and matrix products as the compiler builds them: what the table in
 * compiler/backends/wasm/tiles.ts rests on. `npx tsx tests/bench/matmul-sweep.ts`; the engine is the one that runs it. GFLOP/s, the best of many
 * short runs taken in turns.
 */
import { assembleWasm, type WasmVariant } from '../../compiler/backends/wasm/assemble.js';
import { callTile } from '../../compiler/backends/wasm/contract-tile.js';
import { emitWasm } from '../../compiler/backends/wasm/index.js';
import { i32 } from '../../compiler/backends/wasm/text.js';
import type { Kernel } from '../../compiler/kernel/kernel.js';
import { axis, load, local, read, rowMajor, write } from '../helpers/kernel-parts.js';
import { moduleText } from '../helpers/wasm-kernel.js';

interface Case {
  readonly row: string;
  readonly column: string;
  readonly flops: number;
  readonly run: () => void;
  best: number;
}

const depth = 256;
const repeats = 100;

function instance(text: string, variant: WasmVariant): WebAssembly.Exports {
  const memory = new WebAssembly.Memory({ initial: 512, maximum: 65536 });
  return new WebAssembly.Instance(new WebAssembly.Module(assembleWasm(text, variant)), { kilnn: { memory } }).exports;
}

/** A tile on panels in the first cache, called many times. */
function tileCase(form: 'outer' | 'dot', rows: number, columns: number, variant: WasmVariant): Case {
  const isOuter = form === 'outer';
  const level = { size: i32(depth), y: i32(isOuter ? 4 * rows : 4), x: i32(isOuter ? 16 * columns : 4) };
  const far = i32(4 * depth);
  const tile = {
    form,
    rows,
    columns,
    levels: [level],
    yRow: isOuter ? i32(4) : far,
    xColumn: isOuter ? i32(16) : far,
    oRow: i32(64),
    oColumn: isOuter ? 16 : 4,
    adds: false,
    isWhole: true,
  };
  const { helper, code } = callTile(tile, i32(65536), i32(131072), i32(4096));
  const loop = `(loop $each ${code} (br_if $each (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`;
  const text = `(module (import "kilnn" "memory" (memory 1 65536)) ${helper.source} (func (export "run") (param $n i32) ${loop}))`;
  const run = instance(text, variant).run as (n: number) => void;
  return {
    row: `${form} ${rows} x ${columns}`,
    column: variant,
    flops: 2 * rows * columns * depth * (isOuter ? 4 : 1) * repeats,
    run: () => run(repeats),
    best: Infinity,
  };
}

/** An n x n product as it is compiled; `transposed`: of the second operand's transpose. */
function productCase(n: number, isTransposed: boolean, variant: WasmVariant): Case {
  const [M, N, K] = [axis('m', n), axis('n', n), axis('k', n)];
  const kernel: Kernel = {
    name: 'product',
    tensors: [read('a', n * n), read('b', n * n), write('c', n * n)],
    parts: [
      {
        kind: 'contract',
        batch: [],
        m: [M],
        n: [N],
        k: [K],
        a: load(0, rowMajor(M, K)),
        b: load(1, isTransposed ? rowMajor(N, K) : rowMajor(K, N)),
        stores: [{ tensor: 2, index: rowMajor(M, N), value: local('acc') }],
      },
    ],
  };
  const emitted = emitWasm(kernel);
  const exports = instance(moduleText([emitted]), variant);
  (exports.scratch as WebAssembly.Global).value = 16 * n * n;
  const run = exports.run0 as (...args: readonly number[]) => void;
  const grains = typeof emitted.grains === 'number' ? [0, emitted.grains] : [];
  const places = [64, 64 + 4 * n * n, 64 + 8 * n * n];
  return {
    row: `${n} x ${n}${isTransposed ? ' transposed' : ''}`,
    column: variant,
    flops: 2 * n ** 3,
    run: () => run(...places, ...grains),
    best: Infinity,
  };
}

const shapes = (form: 'outer' | 'dot', columns: readonly number[]): ['outer' | 'dot', number, number][] =>
  columns.flatMap((count) =>
    [1, 2, 3, 4, 5, 6].filter((rows) => rows * count <= 12).map((rows): ['outer' | 'dot', number, number] => [form, rows, count]),
  );

const cases = (['simd', 'relaxed'] as const).flatMap((variant) => [
  ...[...shapes('outer', [1, 2, 3]), ...shapes('dot', [1, 2, 3, 4, 5, 6])].map((shape) => tileCase(...shape, variant)),
  ...[64, 128, 256, 512, 1024].flatMap((n) => [productCase(n, false, variant), productCase(n, true, variant)]),
]);

/** Of the clock or, where a run is long enough for others to come between, of the processor. */
function milliseconds(run: () => void): number {
  const [start, before] = [performance.now(), process.cpuUsage()];
  run();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return wall < 2 ? wall : Math.min(wall, (user + system) / 1000);
}

for (const { run } of cases) for (let end = performance.now() + 50; performance.now() < end; ) run();
for (let round = 0; round < 20; round++) {
  for (const one of cases) {
    for (let end = performance.now() + 5, turn = 0; turn < 1 || performance.now() < end; turn++) {
      one.best = Math.min(one.best, milliseconds(one.run));
    }
  }
}

const table: Record<string, Record<string, number>> = {};
for (const { row, column, flops, best } of cases) table[row] = { ...table[row], [column]: Number((flops / best / 1e6).toFixed(1)) };
console.log(`Node ${process.versions.node}, V8 ${process.versions.v8}`);
console.table(table);
