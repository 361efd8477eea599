import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bytes } from './bytes.js';
import type { Outcome } from './measure.js';
import type { Side } from './sides.js';
import type { Work } from './works.js';

export interface Results {
  readonly date: string;
  readonly command: string;
  readonly machine: string;
  readonly node: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly sides: readonly Side[];
  readonly works: readonly { readonly work: Work; readonly outcomes: Readonly<Record<string, Outcome>> }[];
  readonly cold?: Readonly<Record<string, number>>;
  readonly bytes?: readonly Bytes[];
}

export function machineText(): string {
  return `${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB`;
}

/** The tables as Markdown. */
export function reportText(results: Results): string {
  const { sides, works, cold, bytes } = results;
  const versions = Object.entries(results.versions).map(([title, version]) => `${title} ${version}`);
  const lines = [
    `# Bench of ${results.date}`,
    '',
    `${results.machine}; Node ${results.node}; \`${results.command}\`.`,
    `Versions: ${versions.join(', ')}. 1T, 2T: threads.`,
    '',
    'Each side in a process of its own, all in turn in short rounds; medians, with half the distance between the quartiles of the rounds.',
    'Outputs are compared before anything is timed. Typed arrays in, typed arrays out.',
    '',
  ];
  if (works.length > 0) {
    const rows = (cell: (outcome: Outcome | undefined, work: Work, outcomes: Readonly<Record<string, Outcome>>) => string, some = works) =>
      table(
        ['', ...sides.map(({ title }) => title)],
        some.map(({ work, outcomes }) => [work.name, ...sides.map(({ id }) => cell(outcomes[id], work, outcomes))]),
      );
    lines.push('## Milliseconds', '', ...rows(timeCell), '');
    const counted = works.filter(({ work }) => work.flops > 0);
    if (counted.length > 0) {
      const rate = (outcome: Outcome | undefined, { flops }: Work) => (isFigure(outcome) ? digits(flops / outcome.median / 1e6) : '');
      lines.push('## GFLOP/s', '', ...rows(rate, counted), '');
    }
    if (sides.some(({ module }) => module === 'kilnn') && sides.length > 1) {
      lines.push('## How many times as long as Kilnn (wasm, as many threads)', '');
      lines.push(...ratioRows(results), '');
    }
  }
  if (cold !== undefined) {
    lines.push('## Cold start', '', 'Process start to the first result of the MLP, batch 1, less an empty process; milliseconds.', '');
    lines.push(
      ...table(
        ['', 'ms'],
        sides.filter(({ id }) => id in cold).map(({ id, title }) => [title, digits(cold[id]!)]),
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

const isFigure = (outcome: Outcome | undefined) => typeof outcome === 'object' && 'median' in outcome;

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
  writeFileSync(`${path}.md`, reportText(results));
  writeFileSync(`${path}.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  return path;
}
