import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { root } from './sources.js';

const run = promisify(execFile);

/** Runs a tool of the repository; gives what it says when it is not content. */
async function complaints(...args: string[]): Promise<string> {
  try {
    await run(process.execPath, args, { cwd: root, maxBuffer: 1e8 });
    return '';
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

test('types are right', async () => {
  expect(await complaints('node_modules/typescript/bin/tsc', '--noEmit', '-p', '.')).toBe('');
});

test('format and lint are right', async () => {
  expect(await complaints('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings')).toBe('');
});
