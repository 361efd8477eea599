/** `npm run bench`: Kilnn beside other libraries on this machine, all with the same weights and inputs, interleaved in one run. */
import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { bytesToBrowser } from './bytes.js';
import { coldStarts } from './cold.js';
import { commandText } from './command-text.js';
import type { Host } from './host.js';
import { installPeers, versionOf } from './install-peers.js';
import { measureWork, type Outcome } from './measure.js';
import { Pages } from './pages.js';
import { prepare } from './prepare.js';
import { SideProcess } from './processes.js';
import { digits, machineText, type Results, reportText, writeResults } from './report.js';
import { chosenSides, gauges, gaugesFor, sides } from './sides.js';
import { type Work, works } from './works.js';

interface Options {
  readonly only: string;
  readonly peers: string;
  readonly seconds: string;
  readonly node: string;
  readonly browser: boolean;
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
  .option('--browser', 'in headless Chromium instead, each side in a page of its own', false)
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
  if (options.browser && options.node !== process.execPath) throw new Error('--node has no part in --browser, which runs in Chromium');
  const machine = machineText();
  const seconds = chosenSeconds();
  const chosen = chosenSides(options.peers, options.browser);
  const wanted = options.cold === true ? [] : chosenWorks();
  installPeers();
  const devices = [...new Set(chosen.flatMap(({ module, device }) => (module === 'kilnn' ? device! : [])))];
  const mlp = works.find(({ id }) => id === 'mlp-1')!;
  const { folder, minified } = await prepare([...new Set([mlp, ...wanted])], devices);
  const pages = options.browser ? await Pages.open([...chosen, ...gauges], folder) : undefined;
  const hosts: Host[] = [];
  const measured: Results['works'][number][] = [];
  try {
    if (wanted.length > 0) {
      for (const side of [...chosen, ...gaugesFor(chosen)]) {
        hosts.push(await (pages ? pages.start(side) : SideProcess.start(side, folder, options.node)));
      }
    }
    for (const work of wanted) {
      const outcomes = await measureWork(work, hosts, seconds);
      tell(work.name, outcomes);
      measured.push({ work, outcomes: Object.fromEntries(outcomes) });
    }
    for (const host of hosts.splice(0)) host.stop();
    const withCold = options.cold ?? options.only === '';
    const single = chosen.filter(({ threads }) => threads === 1);
    const node = execFileSync(options.node, ['--version'], { encoding: 'utf8' }).trim();
    const results: Results = {
      date: new Date().toISOString().slice(0, 10),
      command: commandText(process.argv.slice(2), node),
      machine,
      engine: pages?.version ?? `Node ${node}`,
      versions: Object.fromEntries(chosen.flatMap(({ library }) => (library ? [[library, versionOf(library)]] : []))),
      sides: chosen,
      works: measured,
      ...(withCold && {
        cold: await (pages ? pages.coldStarts(single) : coldStarts(single, folder, options.node)),
        bytes: await bytesToBrowser(minified),
      }),
    };
    console.log(`\n${reportText(results)}`);
    if (options.save !== undefined) console.log(`written: ${writeResults(results, options.save)}.md and .json`);
  } finally {
    for (const host of hosts) host.stop();
    await pages?.close();
  }
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
