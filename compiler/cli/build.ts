import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sourcesOf } from '../compile-targets.js';
import type { WasmPlacement } from '../options.js';
import { type BuildResult, build, stageNames } from '../pipeline.js';
import { emitOption, stageFrom, targetOption, wasmOption, whyOption } from './arguments.js';
import type { AddCommand } from './command.js';
import { reportDiagnostics } from './report.js';
import { bytesText, colorsOf, filesText, plural, type Terminal } from './terminal.js';

interface Options {
  readonly out: string;
  readonly target?: readonly string[];
  readonly emit?: readonly string[];
  readonly emitDir?: string;
  readonly stopAfter?: string;
  readonly why?: readonly string[];
  readonly minify?: boolean;
  readonly wasm: WasmPlacement;
}

export const addBuild: AddCommand = (program, terminal, exit) => {
  program
    .command('build')
    .description('compile the @model classes of the files to ES modules with type declarations')
    .argument('<files...>', 'TypeScript files')
    .option('-o, --out <folder>', 'where the modules are written to', 'dist')
    .addOption(targetOption())
    .option('--minify', 'write the modules without comments and line breaks')
    .addOption(wasmOption())
    .addOption(emitOption())
    .option('--emit-dir <folder>', 'write what --emit and --why ask for to files in this folder instead of printing it')
    .option('--stop-after <stage>', `end after a stage: ${stageNames.join(', ')}`, stageFrom(stageNames))
    .addOption(whyOption())
    .action(async (files: string[], options: Options) => {
      const result = await build(files, {
        out: options.out,
        wasm: options.wasm,
        ...(options.target && { targets: options.target }),
        ...(options.emit && { emit: options.emit }),
        ...(options.why && { why: options.why }),
        ...(options.stopAfter && { stopAfter: options.stopAfter }),
        ...(options.minify && { minify: true }),
      });
      await showDumps(result, options.emitDir, terminal);
      const failed = reportDiagnostics(result.diagnostics, terminal);
      if (!failed) showModules(result, options.out, terminal);
      exit(failed ? 1 : 0);
    });
};

async function showDumps(result: BuildResult, folder: string | undefined, terminal: Terminal): Promise<void> {
  const colors = colorsOf(terminal);
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  for (const dump of result.dumps) {
    if (folder === undefined) terminal.write(`${colors.bold(colors.cyan(`// ${dump.name}`))}\n${dump.text.trimEnd()}\n\n`);
    else await writeFile(join(folder, dump.name), dump.text);
  }
}

function showModules(result: BuildResult, folder: string, terminal: Terminal): void {
  const colors = colorsOf(terminal);
  for (const { model, files, binaries, targets } of result.models) {
    const beside = filesText(binaries);
    for (const { path, text } of files.filter(({ path }) => path.endsWith('.js'))) {
      const size = `${bytesText(Buffer.byteLength(text))}, ${bytesText(gzipSync(text, { level: 9 }).length)} gzip`;
      const kernels = targets
        .map(({ backend, kernels }) => `${plural(sourcesOf(kernels).length, 'kernel')} for ${backend.target}`)
        .join(', ');
      terminal.write(
        `${colors.green('built')} ${colors.bold(join(folder, path))}  ${colors.dim(`${model.name}: ${size}; ${kernels}${beside}`)}\n`,
      );
    }
  }
}
