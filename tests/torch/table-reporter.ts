/** Prints, when all tests are over, how many of PyTorch's cases are met, by category and by the way they are run. */
import type { Reporter, TestModule } from 'vitest/node';
import type { Execution } from './listed.js';

interface Counts {
  passed: number;
  listed: number;
  all: number;
}

const executions: readonly Execution[] = ['eager', 'js', 'wasm', 'webgpu'];

export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const categories = new Map<string, Partial<Record<Execution, Counts>>>();
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { torch } = test.meta();
        if (torch === undefined) continue;
        const row = categories.get(torch.category) ?? {};
        categories.set(torch.category, row);
        row[torch.execution] ??= { passed: 0, listed: 0, all: 0 };
        const counts = row[torch.execution]!;
        counts.all++;
        if (test.ok()) counts[torch.listed ? 'listed' : 'passed']++;
      }
    }
    if (categories.size > 0) console.log(`\nPyTorch's cases: passed + listed / all\n\n${table(categories)}\n`);
  }
}

function table(categories: ReadonlyMap<string, Partial<Record<Execution, Counts>>>): string {
  const text = (counts: Counts | undefined) => (counts === undefined ? '' : `${counts.passed} + ${counts.listed} / ${counts.all}`);
  const rows = [...categories].map(([category, row]) => [category, ...executions.map((execution) => text(row[execution]))]);
  const totals = executions.map((execution) => {
    const counts = [...categories.values()].flatMap((row) => row[execution] ?? []);
    const sum = (key: keyof Counts) => counts.reduce((total, each) => total + each[key], 0);
    return counts.length === 0 ? '' : text({ passed: sum('passed'), listed: sum('listed'), all: sum('all') });
  });
  const lines = [['', ...executions], ...rows.sort((a, b) => (a[0]! < b[0]! ? -1 : 1)), ['total', ...totals]];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const padded = lines.map((line) => line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))));
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [padded[0]!, rule, ...padded.slice(1)].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
