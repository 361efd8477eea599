/**
 * `npm run bench`: Kilnn's js device beside other libraries, on the models of golden/models. Both sides get the same weights, their
 * outputs are compared first, and then they are timed in turn in one process.
 *   --peers tfjs-cpu      what to compare with, comma-separated
 *   --seconds 10          about how long each line is measured
 *   --only lenet          lines whose name contains this
 *   --minify              measure the minified module
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { installPeers } from './install-peers.js';
import { buildModels, prepare } from './kilnn.js';
import { type Comparison, compare } from './measure.js';
import { nameOf, type Peer, type Workload, workloads } from './workload.js';

const peerNames = ['tfjs-cpu'];

const { values: options } = parseArgs({
  options: {
    peers: { type: 'string', default: peerNames.join() },
    seconds: { type: 'string', default: '10' },
    only: { type: 'string', default: '' },
    minify: { type: 'boolean', default: false },
  },
});

function chosenPeers(): string[] {
  const names = options.peers.split(',');
  for (const name of names) {
    if (!peerNames.includes(name)) throw new Error(`'${name}' is not a peer; there is ${peerNames.join(', ')}`);
  }
  return names;
}

function chosenSeconds(): number {
  const seconds = Number(options.seconds);
  if (!(seconds > 0)) throw new Error(`--seconds is '${options.seconds}', expected a positive number`);
  return seconds;
}

/** Throws when the two sides do not compute the same thing: what they do differently is not worth timing. */
function checkAgreement(name: string, peer: string, ours: Float32Array, theirs: Float32Array): void {
  const scale = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
  if (ours.length !== theirs.length || !(worst <= 1e-4 * scale)) {
    throw new Error(`${name}: Kilnn and ${peer} disagree by ${worst} where values reach ${scale}`);
  }
}

async function measure(workload: Workload, peer: Peer, models: Awaited<ReturnType<typeof buildModels>>): Promise<Comparison | undefined> {
  const { problem, run } = await prepare(models, workload);
  const theirs = await peer.prepare(workload, problem);
  if (theirs === undefined) return undefined;
  // Of a training step the second run too: its loss shows the update of the first.
  for (let turn = 0; turn < (workload.kind === 'inference' ? 1 : 2); turn++) {
    checkAgreement(nameOf(workload), peer.name, Float32Array.from(await run()), await theirs());
  }
  return compare(run, theirs, chosenSeconds());
}

const milliseconds = (value: number): string => (value < 10 ? value.toPrecision(3) : value.toFixed(1));

function row(name: string, cells: readonly string[]): string {
  const [kilnn = '', peer = '', ratio = '', range = '', best = ''] = cells;
  return `${name.padEnd(30)}${kilnn.padStart(9)}${peer.padStart(10)}${ratio.padStart(8)}   ${range.padEnd(18)}${best.padStart(6)}`;
}

function resultRow(name: string, result: Comparison | undefined): string {
  if (result === undefined) return row(name, ['', 'not offered']);
  const times = (value: number): string => `${value.toFixed(1)}x`;
  const range = `${result.least.toFixed(1)} to ${result.greatest.toFixed(1)} (${result.pairs})`;
  return row(name, [milliseconds(result.first), milliseconds(result.second), times(result.ratio), range, times(result.best)]);
}

async function main(): Promise<void> {
  const names = chosenPeers();
  installPeers();
  const models = await buildModels(options.minify);
  console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, one thread`);
  for (const name of names) {
    const { peer } = (await import(new URL(`./peers/${name}.mjs`, import.meta.url).href)) as { peer: Peer };
    console.log(
      `\nKilnn (js) and ${peer.name} ${peer.version}. Median milliseconds of alternating runs; how many times as long the peer takes:`,
    );
    console.log('the median of the pairs, their range (and number), and the best time against the best.\n');
    console.log(row('', ['Kilnn', 'peer', 'ratio', 'range of pairs', 'best']));
    for (const workload of workloads.filter((one) => nameOf(one).toLowerCase().includes(options.only.toLowerCase()))) {
      console.log(resultRow(nameOf(workload), await measure(workload, peer, models)));
    }
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
