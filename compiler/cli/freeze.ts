import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { freeze } from '../freeze.js';
import type { WasmPlacement } from '../options.js';
import { targetOption, wasmOption } from './arguments.js';
import type { AddCommand } from './command.js';
import { reportDiagnostics } from './report.js';
import { bytesText, colorsOf, filesText } from './terminal.js';

interface Options {
  readonly weights: string;
  readonly entry?: readonly string[];
  readonly out: string;
  readonly target?: readonly string[];
  readonly minify?: boolean;
  readonly wasm: WasmPlacement;
  readonly threads?: boolean;
}

export const addFreeze: AddCommand = (program, terminal, exit) => {
  program
    .command('freeze')
    .description('compile a model together with its trained weights to a module that only has its methods: no training, nothing to load')
    .argument('<file>', 'TypeScript file with one @model class')
    .requiredOption('-w, --weights <file>', "the model's state dictionary, a safetensors or PyTorch file")
    .option('-e, --entry <names...>', 'methods and losses to keep (default: all methods that are no losses)')
    .option('-o, --out <folder>', 'where the module is written to', 'frozen')
    .addOption(targetOption())
    .addOption(wasmOption())
    .option('--threads', 'let create({ threads }) share the work of the wasm target between workers (some kilobytes more)')
    .option('--minify', 'write the module without comments and line breaks')
    .action(async (file: string, options: Options) => {
      const result = await freeze(file, {
        weights: options.weights,
        out: options.out,
        wasm: options.wasm,
        ...(options.entry && { entries: options.entry }),
        ...(options.target && { targets: options.target }),
        ...(options.minify && { minify: true }),
        ...(options.threads && { threads: true }),
      });
      const failed = reportDiagnostics(result.diagnostics, terminal);
      const colors = colorsOf(terminal);
      for (const { path, text } of failed ? [] : result.files.filter(({ path }) => path.endsWith('.js'))) {
        const size = `${bytesText(Buffer.byteLength(text))}, ${bytesText(gzipSync(text, { level: 9 }).length)} gzip`;
        terminal.write(
          `${colors.green('frozen')} ${colors.bold(join(options.out, path))}  ${colors.dim(`${size}${filesText(result.binaries)}`)}\n`,
        );
      }
      exit(failed ? 1 : 0);
    });
};
