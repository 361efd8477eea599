import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluatePrograms } from './evaluate.js';
import { runInNode } from './javascript.js';
import { programs } from './language-programs.js';

interface Row {
  readonly title: string;
  /** Undefined where the page says yes. */
  readonly code: string | undefined;
}

function readPage(): Row[] {
  const page = readFileSync(new URL('../../compiler/frontend/LANGUAGE.md', import.meta.url), 'utf8');
  const rows: Row[] = [];
  for (const line of page.split('\n')) {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const verdict = /^(yes|no: (KN\d{4}))$/.exec(cells[3] ?? '');
    if (verdict !== null) rows.push({ title: cells[1]!, code: verdict[2] });
  }
  return rows;
}

const rows = readPage();
const files = Object.fromEntries(
  Object.entries(programs).map(([name, program]) => [name, typeof program === 'string' ? { 'main.ts': program } : program]),
);
const evaluated = evaluatePrograms(files, { stepLimit: 100_000 });

describe('the language page', () => {
  it('has a program for each row, and a row for each program', () => {
    expect(rows.length).toBeGreaterThan(80);
    expect(rows.map((row) => row.title).sort()).toEqual(Object.keys(programs).sort());
  });

  const yes = rows.filter((row) => row.code === undefined);
  const judged = runInNode(Object.fromEntries(yes.map((row) => [row.title, files[row.title] ?? {}])));
  it.each(yes.map((row) => row.title))('%s: as JavaScript', (title) => {
    const outcome = evaluated[title]!;
    expect('result' in outcome ? outcome.result : outcome.diagnostic).toEqual(judged[title]);
    expect(judged[title]).not.toMatch(/^threw |^undefined$/);
  });

  const no = rows.flatMap((row) => (row.code === undefined ? [] : [[row.title, row.code] as const]));
  it.each(no)('%s: refused with %s', (title, code) => {
    const outcome = evaluated[title]!;
    expect('diagnostic' in outcome ? outcome.diagnostic.code : outcome.result).toBe(code);
    expect('diagnostic' in outcome && outcome.diagnostic.span).toMatchObject({ start: expect.any(Number) });
  });
});
