import { Option } from 'commander';
import { type ConvertOptions, type ConvertResult, convert } from '../convert.js';
import type { AddCommand } from './command.js';
import { reportDiagnostics } from './report.js';
import { table } from './table.js';
import { bytesText, type Colors, colorsOf, plural } from './terminal.js';

export const addConvert: AddCommand = (program, terminal, exit) => {
  program
    .command('convert')
    .description(
      "write the tensors of a PyTorch file (.pt, .pth) or a safetensors file as a safetensors file; the file's code is never run",
    )
    .argument('<in>', 'file to read')
    .argument('<out>', 'safetensors file to write')
    .addOption(new Option('--dtype <type>', 'how floats are stored (default: as they are)').choices(['f32', 'f16', 'bf16']))
    .option('--prefix <text>', "take only the tensors whose names begin with it, and take it off ('model.' of a checkpoint)")
    .action(async (source: string, target: string, options: ConvertOptions) => {
      const result = await convert(source, target, options);
      const failed = reportDiagnostics(result.diagnostics, terminal);
      if (!failed) terminal.write(`${convertText(result, target, colorsOf(terminal))}\n`);
      exit(failed ? 1 : 0);
    });
};

const mostNamed = 5;

function convertText({ tensors, others, bytes }: ConvertResult, target: string, colors: Colors): string {
  const rows = tensors.map(({ name, from, dtype, shape, bytes }) => [
    JSON.stringify(name).slice(1, -1),
    from === dtype ? dtype : `${from} -> ${dtype}`,
    `[${shape.join(', ')}]`,
    bytesText(bytes),
  ]);
  const lines = table([['tensor', 'dtype', 'shape', 'size'], ...rows], ['left', 'left', 'left', 'right']);
  lines[0] = colors.dim(lines[0]!);
  const more = others.length > mostNamed ? `, and ${plural(others.length - mostNamed, 'other')}` : '';
  const skipped = others.length ? [`${colors.dim('no tensors, left out:')} ${others.slice(0, mostNamed).join(', ')}${more}`] : [];
  const summary = `${colors.green('converted')} ${colors.bold(target)}  ${colors.dim(`${plural(tensors.length, 'tensor')}, ${bytesText(bytes)}`)}`;
  return [...lines, '', ...skipped, summary].join('\n');
}
