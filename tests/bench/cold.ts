import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { quantile } from './measure.js';
import type { ColdStarts } from './report.js';
import type { Side } from './sides.js';

const script = fileURLToPath(new URL('peers/first-result.mjs', import.meta.url));
const rounds = 9;

/** Milliseconds from a process's start to its first result of the MLP, less those of an empty process: medians, all in turn. */
export async function coldStarts(sides: readonly Side[], folder: string, node: string): Promise<ColdStarts> {
  const starts: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    ...sides.map((side) => [side.id, [side.module, String(side.threads), folder, side.device ?? '']] as const),
  ];
  const times = new Map<string, number[]>(starts.map(([id]) => [id, []]));
  // The first round brings the files into memory.
  for (let round = 0; round <= rounds; round++) {
    for (const [id, args] of starts) {
      const elapsed = await firstOutput(node, [script, ...args]);
      if (round > 0) times.get(id)!.push(elapsed);
    }
  }
  const empty = quantile(times.get('')!, 0.5);
  return {
    title: 'Process start to the first result of the MLP, batch 1, less an empty process',
    times: Object.fromEntries(sides.map(({ id }) => [id, quantile(times.get(id)!, 0.5) - empty])),
  };
}

function firstOutput(node: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(node, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (text: Buffer) => {
      complaint += text.toString();
    });
    let output = '';
    let elapsed = 0;
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString();
      elapsed = performance.now() - start;
    });
    child.on('error', reject);
    child.on('close', () => {
      if (output.endsWith('done')) resolve(elapsed);
      else reject(new Error(`${args.join(' ')} gave no result: ${complaint || output}`));
    });
  });
}
