import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where `@sparticuz/chromium` is installed: it brings headless Chromium and SwiftShader, compressed. */
export function chromiumPackage(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..', '..');
}

/**
 * A folder among the temporary files that `unpack` has filled, once for each version of `@sparticuz/chromium`. Safe when several
 * processes do it at the same time: it gets its name when it is complete.
 */
export function unpackOnce(what: string, unpack: (folder: string) => void): string {
  const { version } = JSON.parse(readFileSync(join(chromiumPackage(), 'package.json'), 'utf8')) as { version: string };
  const folder = join(tmpdir(), `kilnn-${what}-${version}`);
  if (statSync(folder, { throwIfNoEntry: false })) return folder;
  const partial = mkdtempSync(`${folder}-`);
  unpack(partial);
  try {
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true });
    if (!statSync(folder, { throwIfNoEntry: false })) throw error;
  }
  return folder;
}

/** Writes the executable and libraries of headless Chromium into a folder. */
export function unpackChromium(folder: string): void {
  // The package unpacks into the temporary folder of the process, so it gets a process of its own.
  const script = 'import("@sparticuz/chromium").then(({ default: chromium }) => chromium.executablePath())';
  execFileSync(process.execPath, ['-e', script], {
    cwd: chromiumPackage(),
    env: { ...process.env, TMPDIR: folder, TMP: folder, TEMP: folder },
  });
}
