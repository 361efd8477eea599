import type { Command } from 'commander';
import type { Terminal } from './terminal.js';

/** All is well; the sources have errors; the command line is wrong; the compiler itself failed. */
export type ExitCode = 0 | 1 | 2 | 70;

/** Adds a command whose action ends by telling its exit code. */
export type AddCommand = (program: Command, terminal: Terminal, exit: (code: ExitCode) => void) => void;
