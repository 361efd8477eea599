/**
 * Loops on webgpu: turns in chunks, as they run, against one read-back a turn. `npx tsx tests/bench/loops.ts`, with KILNN_GPU=native on
 * the machine's own GPU. A turn is one small kernel.
 */
import { wgslBackend } from '../../compiler/backends/wgsl/index.js';
import type { Graph } from '../../compiler/ir/graph.js';
import { lowerGraph } from '../../compiler/kernel/index.js';
import { regionsOf } from '../../runtime/devices/webgpu/regions.js';
import { openOnGpu } from '../helpers/gpu-program.js';
import { f32, i32, Regions, sines, turnsOf } from '../helpers/region-graphs.js';

const windows = 9;

function counting(): Graph {
  const b = new Regions('counting');
  const n = b.input('n', 'argument', i32);
  const x = b.input('x', 'argument', f32(64, 64));
  return b.results(b.counted(n, [x], (_, [x]) => [b.emit('sin', [b.scaled(x!, 1.1)])]));
}

async function run(): Promise<void> {
  const graph = counting();
  const program = lowerGraph(graph, wgslBackend.traits);
  const inputs = (n: number) =>
    new Map([
      ['n', turnsOf(n)],
      ['x', sines([64, 64])],
    ]);
  const kinds = { chunks: regionsOf(128), 'one by one': regionsOf(1) };
  const opened = await Promise.all(
    Object.entries(kinds).map(async ([name, support]) => ({ name, run: (await openOnGpu(graph, program, inputs(1), support)).run })),
  );
  for (const n of [10, 100, 1000]) {
    const times = opened.map((): number[] => []);
    // Both in turn, so that what else the machine does meets both.
    for (let i = 0; i < windows; i++) {
      for (const [k, { run }] of opened.entries()) {
        const start = performance.now();
        await run(inputs(n));
        // The first call of each compiles, and does not know the turns yet.
        if (i > 0) times[k]!.push(performance.now() - start);
      }
    }
    const [chunks, single] = times.map(median) as [number, number];
    const each = opened.map(({ name }, k) => `${name} ${median(times[k]!).toFixed(1)} ms`).join(', ');
    console.log(`${n} turns: ${each}: ${(single / chunks).toFixed(1)} times as long one by one`);
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

await run();
process.exit(0);
