import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reportText } from '../../compiler/cli/inspect.js';
import { colorsOf } from '../../compiler/cli/terminal.js';
import { formatDiagnostics } from '../../compiler/diagnostics/format.js';
import { build, emitKinds, inspect, targetNames } from '../../compiler/index.js';
import { sourceFile } from '../e2e/built.js';
import { filesUnder, read, root } from './sources.js';

const readme = read('README.md');
const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({ language: language!, text: text! }));
const models = blocks.filter(({ language, text }) => language === 'ts' && text.includes('@model'));
const nameOf = (text: string) => /^\/\/ ([\w-]+\.ts)$/m.exec(text)![1]!;

test('the models in the README build', async () => {
  expect(models.length).toBe(3);
  for (const { text } of models) {
    const { diagnostics } = await build([sourceFile(text, nameOf(text))], { stopAfter: 'emit' });
    expect(formatDiagnostics(diagnostics, { source: () => text })).toBe('');
  }
});

test('inspect says what the README shows', async () => {
  const { text } = models.find(({ text }) => nameOf(text) === 'two-layers.ts')!;
  const { reports } = await inspect([sourceFile(text)]);
  const shown = blocks.find((block) => block.text.includes('js kernels'))!.text;
  expect(`${reportText(reports[0]!, colorsOf({ write() {}, writeError() {}, colors: false }))}\n`).toBe(shown);
});

test('commands, options and files that the README names are there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = [...readme.matchAll(/npm (?:run (\w+)|(test)\b)/g)].map(([, script, test]) => script ?? test!);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((script) => !(script in scripts))).toEqual([]);
  for (const [, file] of readme.matchAll(/\]\(([\w./-]+)\)/g)) expect(readFileSync(join(root, file!)).length, file).toBeGreaterThan(0);
  for (const [, kinds] of readme.matchAll(/--emit ([\w,]+)/g))
    expect(kinds!.split(',').filter((kind) => !emitKinds.includes(kind))).toEqual([]);
  for (const [, device] of readme.matchAll(/device: '(\w+)'/g)) expect(targetNames).toContain(device);
});

test('what scripts run is there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const files = new Set(filesUnder(['golden', 'tests', 'compiler'], '.ts'));
  for (const command of Object.values(scripts)) {
    for (const [file] of command.matchAll(/\b(?:golden|tests|compiler)\/[\w./-]+\.ts\b/g)) expect(files).toContain(file);
  }
});
