import type { ModelReport } from '../inspect.js';
import { inspect } from '../pipeline.js';
import { dimsOption, targetOption } from './arguments.js';
import type { AddCommand } from './command.js';
import { reportDiagnostics } from './report.js';
import { table } from './table.js';
import { bytesText, type Colors, colorsOf, plural } from './terminal.js';

interface Options {
  readonly target?: readonly string[];
  readonly dims?: Readonly<Record<string, number>>;
  readonly json?: boolean;
}

export const addInspect: AddCommand = (program, terminal, exit) => {
  program
    .command('inspect')
    .description('show the modules, parameters and kernels of the @model classes of the files')
    .argument('<files...>', 'TypeScript files')
    .addOption(targetOption())
    .addOption(dimsOption())
    .option('--json', 'print the report as JSON')
    .action(async (files: string[], options: Options) => {
      const { target: targets, dims } = options;
      const result = await inspect(files, { ...(targets && { targets }), ...(dims && { dims }) }).catch((error: unknown) => {
        if (!(error instanceof RangeError)) throw error;
        terminal.writeError(`error: ${error.message}\n`);
      });
      if (!result) return exit(2);
      const { diagnostics, reports } = result;
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
  const all = programs.flatMap(({ targets }) => targets);
  const withBytes = all.some(({ bytes }) => bytes);
  const withTapes = all.some(({ tape }) => tape !== undefined);
  const columns = (target: string): string[] => [
    `${target} kernels`,
    'arena bytes',
    ...(withBytes ? ['at least'] : []),
    ...(withTapes ? ['tape bytes a turn'] : []),
  ];
  const head = ['program', 'operations', ...(programs[0]?.targets.flatMap(({ target }) => columns(target)) ?? [])];
  const number = (value: number | undefined): string | undefined => value?.toLocaleString('en-US');
  const rows = programs.map(({ name, operations, targets }) => [
    name,
    String(operations),
    ...targets.flatMap(({ launches, arena, tape, bytes }) => [
      String(launches),
      number(bytes?.arena) ?? arena,
      ...(withBytes ? [number(bytes?.least) ?? ''] : []),
      ...(withTapes ? [number(bytes?.tape) ?? tape ?? ''] : []),
    ]),
  ]);
  return table([head, ...rows], ['left', ...head.slice(1).map(() => 'right' as const)]).map((line, i) =>
    i === 0 ? colors.dim(line) : line,
  );
}
