#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import pc from 'picocolors';
import { run } from './cli/run.js';
import { packageRoot } from './package-root.js';

const { version } = JSON.parse(readFileSync(new URL('package.json', packageRoot()), 'utf8')) as { version: string };

// `kilnn ... | head` closes our output early: there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await run(
  process.argv.slice(2),
  {
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
    colors: pc.isColorSupported,
  },
  version,
);
