import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { EmitKind, TargetName, WhyTopic } from '../options.js';
import { type BuildResult, build, stageNames } from '../pipeline.js';
import { emitOption, nameFrom, targetOption, whyOption } from './arguments.js';
import { reportDiagnostics } from './report.js';
import type { AddCommand } from './run.js';
import { bytesText, colorsOf, plural, type Terminal } from './terminal.js';

interface Options {
  readonly out: string;
  readonly target?: readonly TargetName[];
  readonly emit?: readonly EmitKind[];
  readonly emitDir?: string;
  readonly stopAfter?: string;
  readonly why?: readonly WhyTopic[];
  readonly minify?: boolean;
}

export const addBuild: AddCommand = (program, terminal, exit) => {
  program
    .command('build')
    .description('compile the @model classes of the files to ES modules with type declarations')
    .argument('<files...>', 'TypeScript files')
    .option('-o, --out <folder>', 'where the modules are written to', 'dist')
    .addOption(targetOption())
    .option('--minify', 'write the modules without comments and line breaks')
    .addOption(emitOption())
    .option('--emit-dir <folder>', 'write what --emit and --why ask for to files in this folder instead of printing it')
    .option('--stop-after <stage>', `end after a stage: ${stageNames.join(', ')}`, nameFrom('stage', stageNames))
    .addOption(whyOption())
    .action(async (files: string[], options: Options) => {
      const result = await build(files, {
        out: options.out,
        ...(options.target && { targets: options.target }),
        ...(options.emit && { emit: options.emit }),
        ...(options.why && { why: options.why }),
        ...(options.stopAfter && { stopAfter: options.stopAfter }),
        ...(options.minify && { minify: true }),
      });
      await showDumps(result, options.emitDir, terminal);
      const failed = reportDiagnostics(result.diagnostics, terminal);
      if (!failed) showModules(result, terminal);
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

function showModules(result: BuildResult, terminal: Terminal): void {
  const colors = colorsOf(terminal);
  for (const built of result.modules) {
    for (const file of built.files.filter(({ path }) => path.endsWith('.js'))) {
      const bytes = Buffer.byteLength(file.text);
      const size = `${bytesText(bytes)}, ${bytesText(gzipSync(file.text, { level: 9 }).length)} gzip`;
      const kernels = built.targets.map(({ target, kernels }) => `${plural(kernels, 'kernel')} for ${target}`).join(', ');
      terminal.write(`${colors.green('built')} ${colors.bold(file.path)}  ${colors.dim(`${built.model}: ${size}; ${kernels}`)}\n`);
    }
  }
}
