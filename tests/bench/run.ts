/** `npm run bench`: Kilnn beside other libraries on this machine, all with the same weights and inputs, interleaved in one run. */
import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { bytesToBrowser } from './bytes.js';
import { coldStarts } from './cold.js';
import { installPeers } from './install-peers.js';
import { measureWork, type Outcome } from './measure.js';
import { prepare } from './prepare.js';
import { SideProcess } from './processes.js';
import { digits, machineText, type Results, reportText, writeResults } from './report.js';
import { chosenSides, sides } from './sides.js';
import { type Work, works } from './works.js';

interface Options {
  readonly only: string;
  readonly peers: string;
  readonly seconds: string;
  readonly node: string;
  readonly cold?: boolean;
  readonly save?: string;
  readonly list: boolean;
}

const options: Options = new Command()
  .name('npm run bench --')
  .description('times Kilnn beside other libraries, which it installs into tests/bench/node_modules at first')
  .option('--only <names>', 'works whose id begins with one of these: mlp,matmul-512', '')
  .option('--peers <names>', 'sides whose id is, or begins with, one of these; all but the slow tfjs-cpu if not given', '')
  .option('--seconds <n>', 'about how long each side is measured at each work', '0.8')
  .option('--node <path>', 'the Node that runs the sides', process.execPath)
  .option('--cold', 'only cold starts and bytes')
  .option('--no-cold', 'without cold starts and bytes')
  .option('--save <name>', 'write tests/bench/results/<name>.md and .json')
  .option('--list', 'name the works and the sides', false)
  .parse()
  .opts();

function chosenWorks(): readonly Work[] {
  if (options.only === '') return works;
  const names = options.only.split(',');
  for (const name of names) {
    if (!works.some(({ id }) => id.startsWith(name))) {
      throw new Error(`'${name}' is no work; there are ${works.map(({ id }) => id).join(', ')}`);
    }
  }
  return works.filter(({ id }) => names.some((name) => id.startsWith(name)));
}

function chosenSeconds(): number {
  const seconds = Number(options.seconds);
  if (!(seconds > 0)) throw new Error(`--seconds is '${options.seconds}', expected a positive number`);
  return seconds;
}

/** What is measured, told as it comes. */
function tell(name: string, outcomes: ReadonlyMap<string, Outcome>): void {
  const cells = [...outcomes].map(([id, outcome]) => {
    if (outcome === 'not offered') return `${id} -`;
    return 'failed' in outcome ? `${id} fails: ${outcome.failed}` : `${id} ${digits(outcome.median)}`;
  });
  console.log(`${name}: ${cells.join(', ')}`);
}

async function main(): Promise<void> {
  if (options.list) {
    console.log(`works: ${works.map(({ id }) => id).join(', ')}\nsides: ${sides.map(({ id }) => id).join(', ')}`);
    return;
  }
  const seconds = chosenSeconds();
  const chosen = chosenSides(options.peers);
  const wanted = options.cold === true ? [] : chosenWorks();
  installPeers();
  const devices = [...new Set(chosen.flatMap(({ device }) => device ?? []))];
  const mlp = works.find(({ id }) => id === 'mlp-1')!;
  const { folder, minified } = await prepare([...new Set([mlp, ...wanted])], devices);
  const processes: SideProcess[] = [];
  const measured: Results['works'][number][] = [];
  const versions: Record<string, string> = {};
  try {
    if (wanted.length > 0) {
      for (const side of chosen) {
        const process = await SideProcess.start(side, folder, options.node);
        processes.push(process);
        if (side.module !== 'kilnn') versions[side.module] = process.version;
      }
    }
    for (const work of wanted) {
      const outcomes = await measureWork(work, processes, seconds);
      tell(work.name, outcomes);
      measured.push({ work, outcomes: Object.fromEntries(outcomes) });
    }
  } finally {
    for (const process of processes) process.stop();
  }
  const withCold = options.cold ?? options.only === '';
  const results: Results = {
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
    machine: machineText(),
    node: execFileSync(options.node, ['--version'], { encoding: 'utf8' }).trim(),
    versions,
    sides: chosen,
    works: measured,
    ...(withCold && {
      cold: Object.fromEntries(
        await coldStarts(
          chosen.filter(({ threads }) => threads === 1),
          folder,
          options.node,
        ),
      ),
      bytes: await bytesToBrowser(minified),
    }),
  };
  console.log(`\n${reportText(results)}`);
  if (options.save !== undefined) console.log(`written: ${writeResults(results, options.save)}.md and .json`);
  const failures = measured.flatMap(({ work, outcomes }) =>
    Object.entries(outcomes).flatMap(([id, outcome]) =>
      typeof outcome === 'object' && 'failed' in outcome ? [`${work.id}, ${id}: ${outcome.failed}`] : [],
    ),
  );
  if (failures.length > 0) throw new Error(`not measured:\n${failures.join('\n')}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
