import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Installs the peers of this folder's lock file unless they are there. They are no part of the main install. */
export function installPeers(): void {
  if (isInstalled()) return;
  console.log('installing the peers to compare with (tests/bench/package.json)');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Of a library as it is installed. */
export function versionOf(library: string): string {
  return (JSON.parse(readFileSync(`${folder}node_modules/${library}/package.json`, 'utf8')) as { version: string }).version;
}

/** npm leaves its own copy of the lock file behind, which is as new as what it installed. */
function isInstalled(): boolean {
  try {
    const lock = JSON.parse(readFileSync(`${folder}package-lock.json`, 'utf8')) as Lock;
    const installed = JSON.parse(readFileSync(`${folder}node_modules/.package-lock.json`, 'utf8')) as Lock;
    return Object.entries(lock.packages).every(
      ([path, { version }]) => path === '' || (installed.packages[path]?.version === version && statSync(folder + path).isDirectory()),
    );
  } catch {
    return false;
  }
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string }>>;
}
