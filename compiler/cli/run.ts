import { Command, CommanderError } from 'commander';
import { addBuild } from './build.js';
import { addCheck } from './check.js';
import type { AddCommand, ExitCode } from './command.js';
import { addConvert } from './convert.js';
import { addFreeze } from './freeze.js';
import { addInspect } from './inspect.js';
import type { Terminal } from './terminal.js';

/** Runs the command line `kilnn ...argv` (without the program's name) and says how it ended; does not end the process. */
export async function run(argv: readonly string[], terminal: Terminal, version: string): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = new Command('kilnn')
    .description('Compiles neural nets written as TypeScript classes to their own kernels.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('(--help lists the commands and options)')
    .configureOutput({ writeOut: terminal.write, writeErr: terminal.writeError, getOutHasColors: () => terminal.colors })
    .exitOverride();
  for (const add of [addBuild, addCheck, addInspect, addFreeze, addConvert] satisfies AddCommand[]) {
    add(program, terminal, (given) => {
      code = given;
    });
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    terminal.writeError(`kilnn: internal error: ${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env.KILNN_DEBUG && error instanceof Error) terminal.writeError(`${error.stack}\n`);
    else terminal.writeError('This is a bug of kilnn, not of your model. With KILNN_DEBUG=1 it shows where it happened.\n');
    return 70;
  }
}
