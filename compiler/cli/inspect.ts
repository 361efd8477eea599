import type { ModelReport } from '../inspect.js';
import { inspect } from '../pipeline.js';
import { targetOption } from './arguments.js';
import type { AddCommand } from './command.js';
import { reportDiagnostics } from './report.js';
import { table } from './table.js';
import { bytesText, type Colors, colorsOf, plural } from './terminal.js';

interface Options {
  readonly target?: readonly string[];
  readonly json?: boolean;
}

export const addInspect: AddCommand = (program, terminal, exit) => {
  program
    .command('inspect')
    .description('show the modules, parameters and kernels of the @model classes of the files')
    .argument('<files...>', 'TypeScript files')
    .addOption(targetOption())
    .option('--json', 'print the report as JSON')
    .action(async (files: string[], options: Options) => {
      const { diagnostics, reports } = await inspect(files, options.target ? { targets: options.target } : {});
      const failed = reportDiagnostics(diagnostics, terminal);
      if (!failed && options.json) terminal.write(`${JSON.stringify(reports, undefined, 2)}\n`);
      else if (!failed) terminal.write(`${reports.map((report) => reportText(report, colorsOf(terminal))).join('\n\n')}\n`);
      exit(failed ? 1 : 0);
    });
};

/** The tree in PyTorch's form with a column of output shapes and one of parameters, then totals and programs. */
export function reportText(report: ModelReport, colors: Colors): string {
  const { bytes } = report;
  const sizes = [`${bytesText(bytes.parameters)} of parameters`];
  if (bytes.buffers > 0) sizes.push(`${bytesText(bytes.buffers)} of buffers`);
  if (bytes.optimizer > 0) sizes.push(`${bytesText(bytes.optimizer)} of optimizer state`);
  const frozen = report.trainable === report.parameters ? '' : `, ${report.trainable.toLocaleString('en-US')} of them trained`;
  return [
    ...tree(report, colors),
    '',
    `${plural(report.parameters, 'parameter')}${frozen}: ${sizes.join(', ')}`,
    '',
    ...programs(report, colors),
  ].join('\n');
}

function tree({ modules }: ModelReport, colors: Colors): string[] {
  const rows: [line: string, output: string, parameters: string][] = [];
  for (const [i, { depth, name, className, extraRepr, output, parameters }] of modules.entries()) {
    const label = `${'  '.repeat(depth)}${depth === 0 ? '' : `(${name}): `}${className}`;
    const columns = [output ?? '', parameters === 0 ? '' : parameters.toLocaleString('en-US')] as const;
    const next = modules[i + 1]?.depth ?? 0;
    const ownLines = extraRepr === '' ? [] : extraRepr.split('\n');
    if (next <= depth && ownLines.length < 2) rows.push([`${label}(${extraRepr})`, ...columns]);
    else {
      rows.push([`${label}(`, ...columns]);
      for (const line of ownLines) rows.push([`${'  '.repeat(depth + 1)}${line}`, '', '']);
      if (next <= depth) rows.push([`${'  '.repeat(depth)})`, '', '']);
    }
    for (let level = depth - 1; level >= next; level--) rows.push([`${'  '.repeat(level)})`, '', '']);
  }
  const head: [string, string, string] = ['', 'output', 'parameters'];
  return table([head, ...rows], ['left', 'left', 'right']).map((line, i) => (i === 0 ? colors.dim(line) : line));
}

function programs({ programs }: ModelReport, colors: Colors): string[] {
  const head = ['program', 'operations', ...(programs[0]?.targets.flatMap(({ target }) => [`${target} kernels`, 'arena bytes']) ?? [])];
  const rows = programs.map(({ name, operations, targets }) => [
    name,
    String(operations),
    ...targets.flatMap(({ launches, arena }) => [String(launches), arena]),
  ]);
  return table([head, ...rows], ['left', ...head.slice(1).map(() => 'right' as const)]).map((line, i) =>
    i === 0 ? colors.dim(line) : line,
  );
}
