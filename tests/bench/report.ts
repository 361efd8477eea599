import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bytes } from './bytes.js';
import type { Figure, Outcome } from './measure.js';
import { gauges, type Side } from './sides.js';
import type { Work } from './works.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

type Outcomes = Readonly<Record<string, Outcome>>;

export interface Results {
  readonly date: string;
  readonly command: string;
  readonly machine: string;
  /** What ran it, and which: `Node v20.20.2`. */
  readonly engine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly sides: readonly Side[];
  /** Outcomes of sides and gauges by id. */
  readonly works: readonly { readonly work: Work; readonly outcomes: Outcomes }[];
  readonly cold?: ColdStarts;
  readonly bytes?: readonly Bytes[];
}

export interface ColdStarts {
  /** What is timed. */
  readonly title: string;
  /** Milliseconds by a side's id. */
  readonly times: Readonly<Record<string, number>>;
}

/** With what others had it do in the last minute: figures of a busy machine mean little. */
export function machineText(): string {
  const load = loadavg()[0]!.toFixed(1);
  return `${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, load average ${load} before`;
}

/** The tables as Markdown. */
export function reportText(results: Results): string {
  const { sides, works, cold, bytes } = results;
  const versions = Object.entries(results.versions).map(([title, version]) => `${title} ${version}`);
  const lines = [
    `# Bench of ${results.date}`,
    '',
    `${results.machine}; ${results.engine}; \`${results.command}\`.`,
    `Versions: ${versions.join(', ')}. 1T, 2T: threads.`,
    '',
    'Each side in a process of its own, all in turn in short rounds; medians, with half the distance between the quartiles of the rounds.',
    'Outputs are compared before anything is timed. Typed arrays in, typed arrays out. Training takes eight batches in turn and starts anew',
    'every forty steps, so that all sides do the same steps.',
    '',
  ];
  if (works.length > 0) {
    const rows = (cell: (outcome: Outcome | undefined, work: Work) => string, some = works) =>
      table(
        ['', ...sides.map(({ title }) => title)],
        some.map(({ work, outcomes }) => [work.name, ...sides.map(({ id }) => cell(outcomes[id], work))]),
      );
    lines.push('## Milliseconds', '', ...rows(timeCell), '');
    const counted = works.filter(({ work }) => work.flops > 0);
    if (counted.length > 0) {
      const rate = (outcome: Outcome | undefined, { flops }: Work) => (isFigure(outcome) ? digits(flops / outcome.median / 1e6) : '');
      lines.push('## GFLOP/s', '', ...rows(rate, counted), '');
      lines.push(...peakLines(sides, counted));
    }
    lines.push(...copyLines(sides, works));
    if (sides.some(({ module }) => module === 'kilnn') && sides.length > 1) {
      lines.push('## How many times as long as Kilnn (wasm, as many threads)', '');
      lines.push(...ratioRows(results), '');
    }
  }
  if (cold !== undefined) {
    lines.push('## Cold start', '', `${cold.title}; milliseconds.`, '');
    lines.push(
      ...table(
        ['', 'ms'],
        sides.filter(({ id }) => id in cold.times).map(({ id, title }) => [title, digits(cold.times[id]!)]),
      ),
      '',
    );
  }
  if (bytes !== undefined) {
    const kilobytes = (count: number) => digits(count / 1000);
    lines.push('## Bytes', '', 'What a page loads to run the MLP, without its weights; thousands of bytes.', '');
    lines.push(
      ...table(
        ['', 'raw', 'gzip'],
        bytes.map(({ title, raw, gzip }) => [title, kilobytes(raw), kilobytes(gzip)]),
      ),
      '',
    );
  }
  return lines.join('\n');
}

/** Rates as parts of what loops of nothing but multiply-adds reached between the same rounds, with as many threads. */
function peakLines(sides: readonly Side[], works: Results['works']): string[] {
  const measured = gauges.filter(({ id, module }) => module === 'peak' && works.some(({ outcomes }) => isFigure(outcomes[id])));
  const rateOf = (gauge: Side, outcomes: Outcomes): number => {
    const outcome = outcomes[gauge.id];
    return isFigure(outcome) && outcome.flops !== undefined ? outcome.flops / outcome.median / 1e6 : 0;
  };
  const peakOf = ({ code, threads }: Side, outcomes: Outcomes): number =>
    Math.max(0, ...measured.filter((gauge) => gauge.code === code && gauge.threads === threads).map((gauge) => rateOf(gauge, outcomes)));
  const compared = sides.filter(({ code, threads }) => measured.some((gauge) => gauge.code === code && gauge.threads === threads));
  if (compared.length === 0) return [];
  const cells = works.map(({ work, outcomes }) => [
    work.name,
    ...compared.map((side) => {
      const [outcome, peak] = [outcomes[side.id], peakOf(side, outcomes)];
      return isFigure(outcome) && peak > 0 ? `${((100 * work.flops) / outcome.median / 1e6 / peak).toFixed(0)}%` : '';
    }),
    ...measured.map((gauge) => digits(rateOf(gauge, outcomes))),
  ]);
  return [
    '## Per cent of the multiply-add peak',
    '',
    'The peak is what loops of twelve chains of multiplications and additions in registers reach, measured in turn with the sides and with as many',
    'threads: in wasm the faster of the two ways that the engine has, for Kilnn js doubles. The last columns have the peaks in GFLOP/s.',
    '',
    ...table(['', ...compared.map(({ title }) => title), ...measured.map(({ title }) => title)], cells),
    '',
  ];
}

/** Works that move much and compute little: how much of their time is copying, which every library does whose memory is not the caller's. */
function copyLines(sides: readonly Side[], works: Results['works']): string[] {
  const copied = works.filter(({ outcomes }) => isFigure(outcomes.copy));
  const compared = sides.filter(({ code }) => code === 'wasm');
  if (copied.length === 0 || compared.length === 0) return [];
  const cells = copied.map(({ work, outcomes }) => {
    const { median } = outcomes.copy as Figure;
    const parts = compared.map(({ id }) => {
      const outcome = outcomes[id];
      return isFigure(outcome) ? `${((100 * median) / outcome.median).toFixed(0)}%` : '';
    });
    return [work.name, digits(median), ...parts];
  });
  return [
    '## Copying',
    '',
    'Milliseconds to copy the arguments into a WebAssembly memory and a result of that size out of it into a new array, measured in turn with the',
    'sides, and its part of their time.',
    '',
    ...table(['', 'ms', ...compared.map(({ title }) => title)], cells),
    '',
  ];
}

function ratioRows({ sides, works }: Results): string[] {
  const own = sides.filter(({ module }) => module === 'kilnn');
  const others = sides.filter(({ module }) => module !== 'kilnn');
  const rival = ({ threads }: Side) => own.find((side) => side.device === 'wasm' && side.threads === threads) ?? own[0]!;
  const cells = works.map(({ work, outcomes }) => [
    work.name,
    ...others.map((side) => {
      const [theirs, ours] = [outcomes[side.id], outcomes[rival(side).id]];
      return isFigure(theirs) && isFigure(ours) ? digits(theirs.median / ours.median) : '';
    }),
  ]);
  return table(['', ...others.map(({ title }) => title)], cells);
}

const isFigure = (outcome: Outcome | undefined): outcome is Figure => typeof outcome === 'object' && 'median' in outcome;

function timeCell(outcome: Outcome | undefined): string {
  if (outcome === undefined || outcome === 'not offered') return '-';
  if ('failed' in outcome) return 'fails';
  return `${digits(outcome.median)} ±${Math.round(100 * outcome.spread)}%`;
}

/** Three significant digits, and no more than that of large numbers either way. */
export function digits(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? ':--' : '--:'))), ...rows.map(line)];
}

/** Writes the tables and the figures beside them; gives the path without its ending. */
export function writeResults(results: Results, name: string): string {
  const folder = fileURLToPath(new URL('results', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  // Messages of what failed may name files, which lie elsewhere for others.
  const write = (ending: string, text: string) => writeFileSync(path + ending, text.replaceAll(root, ''));
  write('.md', reportText(results));
  write('.json', `${JSON.stringify(results, undefined, 2)}\n`);
  // Tables as they stand in the repository.
  execFileSync('npx', ['biome', 'format', '--write', `${path}.md`, `${path}.json`], { cwd: root, stdio: 'ignore' });
  return path;
}
