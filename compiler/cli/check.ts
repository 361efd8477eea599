import { check } from '../pipeline.js';
import type { AddCommand } from './command.js';
import { reportDiagnostics } from './report.js';
import { colorsOf } from './terminal.js';

export const addCheck: AddCommand = (program, terminal, exit) => {
  program
    .command('check')
    .description('find the errors in the @model classes of the files; writes nothing')
    .argument('<files...>', 'TypeScript files')
    .action(async (files: string[]) => {
      const { diagnostics, models } = await check(files);
      const failed = reportDiagnostics(diagnostics, terminal);
      if (!failed) terminal.write(`${colorsOf(terminal).green('no errors')} in ${models.map(({ model }) => model.name).join(', ')}\n`);
      exit(failed ? 1 : 0);
    });
};
